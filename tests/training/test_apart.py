"""Types that corpora mean differently: rows of their own inside, one type outside."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from merged_training import keep, train_merged

import tner_hf
from tner_hf.config import CheckpointSettings
from tner_hf.data import annotated_types, labels_of
from tner_hf.data.merging import merge_datasets
from tner_hf.data.record import read_record, write_record
from tner_hf.errors import CheckpointError, SettingError, UnknownNameError
from tner_hf.inference.runtimes import open_runtime
from tner_hf.inference.tagging import tag_sentences
from tner_hf.lab.averaging import average_models
from tner_hf.labels.apart import Joint
from tner_hf.metrics import score_labels
from tner_hf.models import load_config, load_model, load_tokenizer, read_settings, tag_names
from tner_hf.models.loading import load_stock_pipeline
from tner_hf.publishing.cards import collect_facts, render_model_card
from tner_hf.publishing.hub.parity_gate import _next_step
from tner_hf.training.apart import choose_apart, join_logits, list_apart, split_types
from tner_hf.training.loss import TokenLoss, find_open_labels

APART = ("PER@a", "PER@b")


@pytest.fixture(scope="module")
def corpora() -> dict[str, Any]:
    return {"a": keep("LOC", "PER"), "b": keep("PER"), "c": keep("LOC")}


@pytest.fixture(scope="module")
def trained(tiny_encoder: Path, corpora: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("apart") / "model"
    train_merged(folder, tiny_encoder, corpora, keep_apart=["PER"], corpus_condition=0.5)
    return folder


def test_entities_are_in_the_rows_of_their_corpus(corpora: Any) -> None:
    train = merge_datasets(corpora)["train"]
    apart = choose_apart(["PER"], train)
    assert (apart, list_apart(apart)) == ({"PER": ("a", "b")}, APART)
    split = split_types(train, apart)
    names = labels_of(split).names
    assert names == ("O", "B-LOC", "I-LOC", "B-PER@a", "I-PER@a", "B-PER@b", "I-PER@b")
    before = labels_of(train).names
    for row, own in zip(train, split, strict=True):
        own_names = [names[i] for i in own["ner_tags"]]
        expected = [before[i] for i in row["ner_tags"]]
        expected = [f"{tag}@{row['corpus']}" if "PER" in tag else tag for tag in expected]
        assert (own["tokens"], own["corpus"], own_names) == (row["tokens"], row["corpus"], expected)
    # An `O` denies all rows of the types that its corpus annotates, and leaves the others open.
    told = {"a": ("LOC", *APART), "b": APART, "c": ("LOC",)}
    assert {corpus: tuple(types) for corpus, types in annotated_types(split).items()} == told
    assert find_open_labels(labels_of(split), told) == {"b": (0, 1, 2), "c": (0, 3, 4, 5, 6)}
    assert annotated_types(train)["b"] == ("PER",)  # as it was


def test_sentences_of_no_known_corpus_are_refused(corpora: Any) -> None:
    train = merge_datasets(corpora)["train"]
    own = train.remove_columns("corpus").add_column("corpus", ["x"] * len(train))
    write_record(own, read_record(train))
    with pytest.raises(SettingError, match="the column 'corpus' names 'x' where the corpora are a"):
        split_types(own, {"PER": ("a", "b")})


def test_corpora_that_nothing_is_known_against_share_rows() -> None:
    train = merge_datasets({"a": keep("PER"), "b": keep("PER"), "c": keep("PER")})["train"]
    split = split_types(train, {"PER": ("b",)})
    assert labels_of(split).types == ("PER", "PER@b")
    assert [{*types} for types in annotated_types(split).values()] == [{"PER", "PER@b"}] * 3
    used = {(row["corpus"], *sorted({*row["ner_tags"]} - {0})) for row in split}
    assert {(corpus, i) for corpus, *ids in used for i in ids} == {
        *[("a", i) for i in (1, 2)], *[("b", i) for i in (3, 4)], *[("c", i) for i in (1, 2)],
    }  # fmt: skip


def test_an_entity_of_one_corpus_says_nothing_of_the_rows_of_another() -> None:
    # O, B-x@a, I-x@a, B-x@b, I-x@b; the label 5 is an `O` that leaves x open.
    joint = Joint.of(["O", "B-x@a", "I-x@a", "B-x@b", "I-x@b"], ["x@a", "x@b"])
    logits = torch.randn(4, 5, generator=torch.Generator().manual_seed(0), requires_grad=True)
    labels = torch.tensor([3, 0, 2, 5])
    loss = TokenLoss([(0, 1, 2, 3, 4)], twins=joint.twins)({"logits": logits[None]}, labels[None])
    kept = [[0, 2, 3, 4], [0, 1, 2, 3, 4], [0, 1, 2, 3], [0]]
    expected = [
        -logits[i, own].log_softmax(0)[own.index(min(label, 5) % 5)]
        for i, (own, label) in enumerate(zip(kept, labels.tolist(), strict=True))
    ]
    assert loss.item() == pytest.approx(sum(e.item() for e in expected) / 4, rel=1e-6)
    loss.backward()
    assert [row.nonzero().flatten().tolist() for row in logits.grad] == [*kept[:3], []]
    # The rows of both are denied by an `O`, as much as one row was.
    assert (logits.grad[1, 1:] > 0).all()


def test_probabilities_of_rows_are_summed(trained: Path) -> None:
    model, tokenizer = load_model(trained), load_tokenizer(trained)
    assert tag_names(model.config) == ("O", "B-LOC", "I-LOC", "B-PER", "I-PER")
    words = ["Ada", "Lovelace", "came", "to", "London"]
    encoded = tokenizer(words, is_split_into_words=True, return_tensors="pt")
    with torch.inference_mode():
        inside = model.eval()(**encoded).logits[0]
    first = [encoded.word_ids().index(word) for word in range(len(words))]
    rows = inside.softmax(-1).numpy()[first]
    assert rows.shape[1] == 7
    outside = np.stack([*rows.T[:3], rows[:, 3] + rows[:, 5], rows[:, 4] + rows[:, 6]], axis=1)

    tagged = tag_sentences(model, tokenizer, [words], probabilities=True, top_k=5)
    assert list(tagged.tags()) == [[tagged.names[i] for i in outside.argmax(1)]]
    assert list(tagged.tags()) == [["B-PER", "I-PER", "O", "O", "B-LOC"]]
    for at, likely in enumerate(outside):
        said = dict(tagged.top.of(at))
        np.testing.assert_allclose([said[n] for n in tagged.names], likely, atol=1e-5)
    # A temperature is one of labels: it divides what has been summed.
    warm = tag_sentences(
        model, tokenizer, [words], probabilities=True,
        settings=CheckpointSettings(max_length=64, temperature=2.0),
    )  # fmt: skip
    warmed = np.sqrt(outside) / np.sqrt(outside).sum(1, keepdims=True)
    np.testing.assert_allclose(warm.probabilities, warmed.max(1), atol=1e-5)
    np.testing.assert_allclose(
        join_logits(inside, Joint.of(model.config.id2label.values(), APART)).softmax(-1)[first],
        outside, atol=1e-5,
    )  # fmt: skip


def test_rows_that_are_likelier_together_win_everywhere(trained: Path, tmp_path: Path) -> None:
    """Each row of PER has 0.3 and O 0.4: outside it is a person of 0.6, in plain transformers O."""
    model = load_model(trained)
    model.classifier.weight.data.zero_()
    odds = torch.tensor([0.4, 1e-9, 1e-9, 0.3, 1e-9, 0.3, 1e-9])
    model.classifier.bias.data.copy_(odds.log())
    model.save_pretrained(tmp_path)
    load_tokenizer(trained).save_pretrained(tmp_path)
    with open_runtime(model) as runtime:
        batch = {"input_ids": np.array([[1, 2]]), "attention_mask": np.array([[1, 0]])}
        assert runtime.label(batch).tolist() == [3]
        labels, scores = runtime.label_and_score(batch)
        assert (labels.tolist(), scores.tolist()) == ([3], [pytest.approx(0.6, abs=1e-5)])

    (entity,) = tner_hf.pipeline(tmp_path)("London")
    assert (entity["entity_group"], entity["score"]) == ("PER", pytest.approx(0.6, abs=1e-5))
    (told,) = tner_hf.pipeline(tmp_path, corpus="b")("London")
    assert told["entity_group"] == "PER"
    found = tner_hf.evaluate(tmp_path, keep("PER"), native=True)
    assert {*found["protocols"]["full"]["type_aware"]["default"]["per_type"]} == {"PER"}
    stock = load_stock_pipeline(tmp_path, aggregation_strategy="first")
    assert stock("London") == []
    model.classifier.bias.data[5] += 1
    model.save_pretrained(tmp_path)
    (shown,) = load_stock_pipeline(tmp_path, aggregation_strategy="first")("London")
    assert shown["entity_group"] == "PER@b"


def test_a_run_is_validated_in_types(corpora: Any, tmp_path: Path, run_training: Any) -> None:
    merged = merge_datasets(corpora)
    merged["validation"] = merged.pop("test")
    result = run_training("out", merged, keep_apart=["PER"], num_train_epochs=3, save_strategy="no")
    gold = labels_of(merged).names
    rows = merged["validation"]
    model, tokenizer = load_model(tmp_path / "out"), load_tokenizer(tmp_path / "out")
    tagged = tag_sentences(model, tokenizer, rows["tokens"][:], top_k=5)
    assert tagged.names == gold
    gold_rows = rows["ner_tags"][:]
    true, places = (
        np.concatenate(gold_rows),
        np.repeat(np.arange(len(rows)), [*map(len, gold_rows)]),
    )
    ends = (
        [true[places == row] for row in range(len(rows))],
        [tagged.ids[places == row] for row in range(len(rows))],
    )
    padded = [
        np.stack([np.pad(row, (0, 20 - len(row)), constant_values=fill) for row in side])
        for side, fill in zip(ends, (-100, 0), strict=True)
    ]
    assert result.validation == score_labels(*padded, gold)
    assert result.validation["type_aware"]["default"]["micro"]["f1"] > 0
    likely = [dict(tagged.top.of(at))[gold[label]] for at, label in enumerate(true)]
    assert result.epochs[-1]["eval_loss"] == pytest.approx(-np.log(likely).mean(), rel=1e-3)
    assert set(result.per_corpus["validation"]) == {"a", "b", "c"}


def test_a_checkpoint_says_what_it_keeps_apart(trained: Path, tmp_path: Path) -> None:
    assert read_settings(load_config(trained)).apart == APART
    facts = collect_facts(trained)
    assert facts.types == ("LOC", "PER")
    card = " ".join(render_model_card(trained).split())
    assert (
        "Its head has rows of their own for types of some corpora (`PER@a`, "
        "`PER@b`; `tner_hf.apart` in `config.json`). `tner_hf` sums their probabilities" in card
    )
    assert "first sub-token, one row of the head each, and" in card
    assert "keep_apart" in card
    assert "It keeps types apart inside (--keep_apart), and plain" in _next_step(facts)
    config = json.loads((trained / "config.json").read_text())
    config["tner_hf"]["apart"] = ["PER"]
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(
        CheckpointError, match=r"apart is \['PER'\]; accepted: a list of TYPE@CORPUS"
    ):
        load_config(tmp_path)


def test_training_goes_on_with_the_same_rows_or_with_new_ones(
    trained: Path, corpora: Any, tmp_path: Path, caplog: Any
) -> None:
    how = {"epochs": 1, "sampling_temperature": 1.0}
    with caplog.at_level(logging.INFO, logger="tner_hf"):
        train_merged(tmp_path / "on", trained, corpora, keep_apart=["PER"], **how)
        assert "all 7 tags keep their rows of the head" in caplog.text
        caplog.clear()
        train_merged(tmp_path / "joined", trained, corpora, **how)
    assert "3 tags keep their rows of the head; new: B-PER, I-PER; gone: B-PER@a" in caplog.text
    settings = read_settings(load_config(tmp_path / "joined"))
    assert settings.apart == ()

    average_models([str(trained), str(tmp_path / "on")], tmp_path / "mean")
    heads = [load_model(tmp_path / n).classifier.weight for n in ("on", "mean")]
    torch.testing.assert_close(
        heads[1], (heads[0] + load_model(trained).classifier.weight) / 2, rtol=1e-5, atol=1e-6
    )
    assert read_settings(load_config(tmp_path / "mean")).apart == APART
    with pytest.raises(SettingError, match=r"was trained with apart \('PER@a', 'PER@b'\) and"):
        average_models([str(trained), str(tmp_path / "joined")], tmp_path / "none")


def test_types_that_the_training_split_shows_to_differ(
    tiny_encoder: Path, tmp_path: Path, caplog: Any
) -> None:
    names = [f"{letter}{n}" for letter in "abcde" for n in range(6)]
    people = [([name], ["B-PER"]) for name in names] * 2
    others = [([name], ["O"]) for name in names]
    given = {
        "a": rows_of(*people), "b": rows_of(*others, (["Ada"], ["B-PER"])),
        "c": rows_of((["Oslo"], ["B-PER"])),
    }  # fmt: skip
    train = merge_datasets(given)["train"]
    assert choose_apart(["auto"], train) == {"PER": ("a", "b")}
    assert labels_of(split_types(train, {"PER": ("a", "b")})).types == ("PER", *APART)

    alike = {"a": rows_of(*people), "b": rows_of(*people)}
    with caplog.at_level(logging.WARNING, logger="tner_hf"):
        for name, settings in (("auto", {"keep_apart": "auto"}), ("plain", {})):
            train_merged(tmp_path / name, tiny_encoder, alike, epochs=1, **settings)
    assert "--keep_apart auto: no type is shown to differ between these corpora" in caplog.text
    weights = [(tmp_path / n / "model.safetensors").read_bytes() for n in ("auto", "plain")]
    assert weights[0] == weights[1]
    assert "apart" not in json.loads((tmp_path / "auto" / "config.json").read_text())["tner_hf"]


def rows_of(*rows: tuple[list[str], list[str]]) -> Any:
    """A corpus with a training split of words and tags of the one type PER."""
    from datasets import ClassLabel, Dataset, DatasetDict, Features, Sequence, Value

    names = ["O", "B-PER", "I-PER"]
    features = Features(
        {"tokens": Sequence(Value("string")), "ner_tags": Sequence(ClassLabel(names=names))}
    )
    listed = [{"tokens": words, "ner_tags": [names.index(t) for t in tags]} for words, tags in rows]
    split = Dataset.from_list(listed, features=features)
    return DatasetDict({"train": split, "test": split})


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        (
            {"head": "crf"},
            SettingError,
            "--head crf scores sequences of rows, not of types; --keep",
        ),
        ({"teachers": ["x"]}, SettingError, "--teachers know types, and not whose"),
        ({"class_weights": "balanced"}, SettingError, "--class_weights weighs types, and not rows"),
        ({"keep_apart": ["LOC", "PERS"]}, UnknownNameError, "'PERS'"),
        ({"keep_apart": ["ORG"]}, SettingError, "--keep_apart ORG: d alone annotates it"),
    ],
)
def test_what_cannot_be_kept_apart_is_refused(
    tiny_encoder: Path, corpora: Any, tmp_path: Path, settings: Any, error: Any, message: str
) -> None:
    given = {**corpora, "d": keep("ORG")}
    with pytest.raises(error, match=message):
        train_merged(tmp_path / "out", tiny_encoder, given, **{"keep_apart": ["PER"], **settings})


def test_rows_need_several_corpora_with_names_that_can_be_told(corpora: Any) -> None:
    single = merge_datasets({"a": corpora["a"]})["train"]
    with pytest.raises(SettingError, match="--keep_apart PER is for several corpora, and this is"):
        choose_apart(["PER"], single)
    odd = merge_datasets({"a": corpora["a"], "b@c": corpora["b"]})["train"]
    with pytest.raises(SettingError, match="the corpus 'b@c' has an @ in its own name"):
        choose_apart(["PER"], odd)


def test_a_student_cannot_take_over_rows(trained: Path, tmp_path: Path) -> None:
    from tner_hf.lab.distilling import distil
    from tner_hf.training import NERTrainingArguments

    args = NERTrainingArguments(str(tmp_path / "student"), eval_strategy="no")
    with pytest.raises(CheckpointError, match="answers in other labels than the rows"):
        distil(str(trained), ["texts.txt"], args, layers=1)
