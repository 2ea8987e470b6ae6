import numpy as np
import pytest
from datasets import ClassLabel, Dataset, Features, List, Value

from tner_hf.errors import DataError
from tner_hf.labels import LabelSpace
from tner_hf.metrics import score_flat
from tner_hf.models import load_tokenizer
from tner_hf.training.gold_windows import GoldWindows

SPACE = LabelSpace(("PER", "LOC"))
LONG = ["Ada", "in", "London"] * 12
SENTENCES = [["Ada"], LONG, [], ["\u200b", "Paris", "here"]]
TAGS = [[1], [1, 0, 3] * 12, [], [0, 3, 0]]


def build(tokenizer, corpora=None, max_length=16):
    features = {"tokens": List(Value("string")), "ner_tags": List(ClassLabel(names=SPACE.names))}
    columns = {"tokens": SENTENCES, "ner_tags": TAGS}
    if corpora:
        features["corpus"], columns["corpus"] = Value("string"), corpora
    dataset = Dataset.from_dict(columns, Features(features))
    return GoldWindows(dataset, tokenizer, max_length=max_length)


@pytest.fixture
def tokenizer(tiny_encoder):
    return load_tokenizer(tiny_encoder)


def predict_gold(rows):
    """What a perfect model predicts, row by row, with nonsense wherever nothing is scored."""
    longest = max(len(row["input_ids"]) for row in rows)
    out = np.full((len(rows), longest), -100)
    for i, row in enumerate(rows):
        labels = np.asarray(row["labels"])
        out[i, : len(labels)] = np.where(labels == -100, 2, labels)
    return out


def test_every_gold_label_stands_in_one_row(tokenizer):
    rows = build(tokenizer)
    labels = [label for row in rows for label in row["labels"] if label != -100]
    assert len(rows) > 3
    assert max(len(row["input_ids"]) for row in rows) <= 16
    # All but the zero-width word, for which the tokenizer has nothing.
    assert sorted(labels) == sorted(label for tags in TAGS for label in tags)[1:]


def test_perfect_predictions_score_1_whatever_stands_elsewhere(tokenizer):
    rows = build(tokenizer)
    scores = rows.score(predict_gold(rows))
    assert scores["type_aware"]["strict"]["micro"] == {
        "precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 26,
    }  # fmt: skip


def test_rows_are_sorted_by_length(tokenizer):
    lengths = [len(row["input_ids"]) for row in build(tokenizer)]
    assert lengths == sorted(lengths, reverse=True)


def test_each_corpus_of_a_merged_dataset_is_scored_by_itself(tokenizer):
    rows = build(tokenizer, corpora=["a", "b", "b", "a"])
    predictions = predict_gold(rows)
    alone = rows.score_corpora(predictions)
    assert {name: s["type_aware"]["default"]["micro"]["support"] for name, s in alone.items()} == {
        "a": 2, "b": 24,
    }  # fmt: skip
    wrong = np.where(predictions == 3, 0, predictions)
    assert rows.score_corpora(wrong)["b"] == score_flat(
        np.array([1, 0, 3] * 12),
        np.array([1, 0, 0] * 12),
        names=SPACE.names,
        offsets=np.array([0, 36, 36]),
    )


def test_a_single_corpus_has_no_scores_by_corpus(tokenizer):
    rows = build(tokenizer)
    assert rows.score_corpora(predict_gold(rows)) == {}
    one = build(tokenizer, corpora=["a"] * 4)
    assert one.score_corpora(predict_gold(one)) == {}


def test_nothing_to_score_is_an_error(tokenizer):
    features = {"tokens": List(Value("string")), "ner_tags": List(ClassLabel(names=SPACE.names))}
    empty = Dataset.from_dict({"tokens": [], "ner_tags": []}, Features(features))
    with pytest.raises(DataError, match="no sentence to score"):
        GoldWindows(empty, tokenizer, max_length=16)
