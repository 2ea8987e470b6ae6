"""The pipeline by words, and its stock strategies against transformers' own pipeline."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from conftest import TOY_SENTENCES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transformers.pipelines.pt_utils import KeyDataset

from tner_hf import pipeline
from tner_hf.config import CheckpointSettings
from tner_hf.errors import CheckpointError, DataError, SettingError
from tner_hf.inference.pipelines import predict
from tner_hf.inference.pipelines.ner import NERPipeline
from tner_hf.inference.pipelines.parity import check_parity
from tner_hf.labels import LabelSpace
from tner_hf.models import load_model, load_tokenizer

STOCK = ["none", "simple", "first", "average", "max"]
SPACE = LabelSpace(("PER", "LOC", "ORG"))
TEXTS = [
    "Ada Lovelace lived in London.",
    "",
    "unknowable Ünïcödé wörds, 東京 and x@y 1843 👩‍👩‍👧!",
    "acme corp hired Grace in New York",
    "   ",
    "Paris London Rome " * 4,
]


def save_tagger(encoder: Path, folder: Path, **stored: Any) -> Path:
    """A tagger with a random but decided head: its labels vary from sub-token to sub-token."""
    torch.manual_seed(1)
    model = load_model(encoder, SPACE, settings=CheckpointSettings(max_length=32, **stored))
    model.classifier.weight.data.normal_(std=2.0)
    model.save_pretrained(folder)
    load_tokenizer(encoder).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """Tiny models gain nothing from threads, and lose much where other work runs beside."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def tagger(tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tagger(tiny_encoder, tmp_path_factory.mktemp("tagger") / "model")


@pytest.fixture(scope="module")
def bpe_tagger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A RoBERTa with byte-level BPE, as saved by someone who knew nothing of add_prefix_space."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast, RobertaConfig, RobertaModel

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = [("Ġ", "A"), ("d", "a"), ("L", "o"), ("n", "d"), ("o", "n"), ("Lo", "nd")]
    vocabulary = ["<s>", "<pad>", "</s>", "<unk>", *alphabet, *("".join(m) for m in merges)]
    ids = {piece: i for i, piece in enumerate(vocabulary)}
    raw = Tokenizer(models.BPE(ids, merges))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    raw.post_processor = processors.RobertaProcessing(
        ("</s>", 2), ("<s>", 0), add_prefix_space=False
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=raw, bos_token="<s>", eos_token="</s>", cls_token="<s>",
        sep_token="</s>", unk_token="<unk>", pad_token="<pad>", model_max_length=62,
    )  # fmt: skip
    torch.manual_seed(0)
    config = RobertaConfig(
        vocab_size=len(ids), hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=64, type_vocab_size=1,
    )  # fmt: skip
    encoder = tmp_path_factory.mktemp("bpe-encoder")
    RobertaModel(config).save_pretrained(encoder)
    tokenizer.save_pretrained(encoder)
    folder = save_tagger(encoder, tmp_path_factory.mktemp("bpe-tagger") / "model")
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def ner(tagger: Path) -> NERPipeline:
    return pipeline(tagger, device="cpu")


@pytest.fixture(scope="module")
def make_stock() -> Callable[..., Any]:
    """transformers' own pipeline."""
    made: dict[str, Any] = {}

    def make(folder: Path, strategy: str) -> Any:
        key = f"{folder} {strategy}"
        if key not in made:
            made[key] = transformers.pipeline(
                "ner", model=str(folder), aggregation_strategy=strategy, device="cpu"
            )
        return made[key]

    return make


class LearnedTagger:
    """A pipeline whose model gives every sub-token the label that a table has for it."""

    def __init__(self, folder: Path, table: dict[str, str]) -> None:
        self.pipeline = pipeline(folder, device="cpu")
        tokenizer = self.pipeline.tokenizer
        by_id = {
            tokenizer.convert_tokens_to_ids(piece): SPACE.label2id[tag]
            for piece, tag in table.items()
        }

        class Model(type(self.pipeline.model)):  # type: ignore[misc]
            def forward(self, input_ids: torch.Tensor, **_: Any) -> Any:
                logits = torch.zeros((*input_ids.shape, len(SPACE)))
                logits[..., 0] = 1.0
                for piece, label in by_id.items():
                    logits[..., label] += 3.0 * (input_ids == piece)
                return transformers.modeling_outputs.TokenClassifierOutput(logits=logits)

        self.pipeline.model.__class__ = Model


@pytest.fixture
def learned(tagger: Path) -> NERPipeline:
    table = {
        "ada": "B-PER",
        "lovelace": "I-PER",
        "london": "B-LOC",
        "paris": "I-LOC",
        "##s": "B-ORG",
    }
    return LearnedTagger(tagger, table).pipeline


def by_value(answer: Any) -> Any:
    """Answers with scores rounded away, for comparison."""
    if isinstance(answer, list):
        return [by_value(item) for item in answer]
    return {k: v for k, v in answer.items() if k != "score"}


def scores_of(answer: Any) -> list[float]:
    if isinstance(answer, dict):
        return [float(answer["score"])]
    return [score for item in answer for score in scores_of(item)]


def assert_same(ours: Any, theirs: Any) -> None:
    assert by_value(ours) == by_value(theirs)
    assert scores_of(ours) == pytest.approx(scores_of(theirs), abs=1e-5)


# By words


def test_entities_are_whole_words_with_places_in_the_text(learned: NERPipeline) -> None:
    text = "London's Ada  Lovelace, of Londons"
    found = learned(text)
    assert by_value(found) == [
        {"entity_group": "LOC", "word": "London", "start": 0, "end": 6},
        {"entity_group": "PER", "word": "Ada  Lovelace", "start": 9, "end": 22},
        {"entity_group": "LOC", "word": "Londons", "start": 27, "end": 34},
    ]
    assert all(text[e["start"] : e["end"]] == e["word"] for e in found)
    logits = torch.tensor([1.0, 3.0, *[0.0] * (len(SPACE) - 2)])
    assert found[1]["score"] == pytest.approx(float(logits.softmax(0).max()))


def test_entities_follow_the_rule_that_scores_them(learned: NERPipeline) -> None:
    found = learned("paris paris london ada paris")
    assert [(e["entity_group"], e["word"]) for e in found] == [
        ("LOC", "paris paris"), ("LOC", "london"), ("PER", "ada"), ("LOC", "paris"),
    ]  # fmt: skip


def test_lists_of_words_come_back_by_those_words(learned: NERPipeline) -> None:
    sentences = [["Ada", "Lovelace", "in", "London."], [], ["of", "Londons", "Paris"]]
    found = learned(sentences)
    assert by_value(found) == [
        [
            {"entity_group": "PER", "word": "Ada Lovelace", "start": 0, "end": 12,
             "start_word": 0, "end_word": 2, "words": ["Ada", "Lovelace"]},
            {"entity_group": "LOC", "word": "London.", "start": 16, "end": 23,
             "start_word": 3, "end_word": 4, "words": ["London."]},
        ],
        [],
        [
            {"entity_group": "LOC", "word": "Londons Paris", "start": 3, "end": 16,
             "start_word": 1, "end_word": 3, "words": ["Londons", "Paris"]},
        ],
    ]  # fmt: skip
    for strategy in STOCK[1:]:
        assert learned(sentences, aggregation_strategy=strategy) == found


def test_one_list_of_words_is_a_list_of_one_as_in_transformers(learned: NERPipeline) -> None:
    words = ["Ada", "in", "London"]
    assert learned(words, is_split_into_words=True) == learned([words])
    assert [len(found) for found in learned(words)] == [1, 0, 1]


def test_a_delimiter_lays_words_out(learned: NERPipeline) -> None:
    found = learned([["Ada", "Lovelace"]], delimiter="")[0][0]
    assert (found["word"], found["start"], found["end"]) == ("AdaLovelace", 0, 11)


def test_words_alone_with_the_strategy_none(learned: NERPipeline) -> None:
    found = learned([["Ada", "of", "Londons"]], aggregation_strategy="none")[0]
    assert by_value(found) == [
        {"entity": "B-PER", "index": 0, "word": "Ada", "start": 0, "end": 3},
        {"entity": "B-LOC", "index": 2, "word": "Londons", "start": 7, "end": 14},
    ]


def test_a_corpus_of_characters_splits_and_joins_them(tiny_encoder: Path, tmp_path: Path) -> None:
    folder = save_tagger(tiny_encoder, tmp_path / "m", word_splitter="characters")
    ner = pipeline(folder, device="cpu")
    assert ner.read("東 京").words == ["東", "京"]
    assert ner.read(["東", "京"]).text == "東京"
    assert pipeline(folder, word_splitter="whitespace").read("a, b").words == ["a,", "b"]


def test_ignored_types_are_left_out(learned: NERPipeline) -> None:
    found = learned("Ada in London", ignore_labels=["O", "PER"])
    assert [e["entity_group"] for e in found] == ["LOC"]


@pytest.mark.parametrize("strategy", [None, *STOCK])
@pytest.mark.parametrize("text", ["", " \n\t", "\u200b", "\u200b \ufeff", "\x00"])
def test_nothing_to_tag_gives_nothing(ner: NERPipeline, text: str, strategy: str | None) -> None:
    assert ner(text, aggregation_strategy=strategy) == []


@pytest.mark.parametrize(
    "text",
    [
        "x" * 5000,
        "Ada\u200bLovelace",
        "👩‍👩‍👧 in 🇬🇧",
        "عاش محمد في لندن",
        "e\u0301 " * 300,
        "ada " * 500,
    ],
)
@pytest.mark.parametrize("strategy", [None, "simple", "none"])
def test_odd_texts_give_slices_of_themselves(
    ner: NERPipeline, text: str, strategy: str | None
) -> None:
    found = ner(text, aggregation_strategy=strategy)
    assert all(0 <= e["start"] < e["end"] <= len(text) for e in found)
    if strategy is None:
        assert all(text[e["start"] : e["end"]] == e["word"] for e in found)


def test_a_long_text_is_tagged_to_its_end(learned: NERPipeline) -> None:
    text = "nothing to see here. " * 100 + "Ada lived in London"
    assert [e["word"] for e in learned(text)] == ["Ada", "London"]
    found = learned(text, aggregation_strategy="none")
    assert [text[e["start"] : e["end"]] for e in found] == ["Ada", "London"]
    found = learned(text, aggregation_strategy="simple")
    assert [text[e["start"] : e["end"]] for e in found] == ["Ada", "London"]


@given(st.lists(st.sampled_from(["ada", "lovelace", "in", "london", "paris", "."]), max_size=90))
@settings(
    deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_windows_do_not_show(learned: NERPipeline, words: list[str]) -> None:
    text = " ".join(words)
    singly = {
        (i, entity["entity_group"]) for i, word in enumerate(words) for entity in learned(word)
    }
    inside = {
        (i, e["entity_group"])
        for e in learned([words])[0]
        for i in range(e["start_word"], e["end_word"])
    }
    assert inside == singly
    starts = [len(" ".join(words[:i])) + (i > 0) for i in range(len(words))]
    found = learned(text, aggregation_strategy="none")
    assert [e["start"] for e in found] == [starts[i] for i, _ in sorted(singly)]
    assert [e["index"] for e in found] == [i + 1 for i, _ in sorted(singly)]


# Stock strategies


@pytest.mark.parametrize("strategy", STOCK)
def test_stock_strategies_are_the_stock_pipeline(
    ner: NERPipeline, tagger: Path, make_stock: Callable[..., Any], strategy: str
) -> None:
    theirs = make_stock(tagger, strategy)
    ours = ner(TEXTS, aggregation_strategy=strategy)
    assert_same(ours, theirs(TEXTS))
    assert sum(map(len, ours)) > 10
    assert_same(ner(TEXTS[0], aggregation_strategy=strategy), theirs(TEXTS[0]))
    json.dumps(ours)


@pytest.mark.parametrize("strategy", STOCK)
def test_stock_strategies_on_byte_level_bpe(
    bpe_tagger: Path, make_stock: Callable[..., Any], strategy: str
) -> None:
    texts = [TEXTS[0], "wörds, 東京 and 👩!", *TEXTS[3:5], "Paris London"]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*words are guessed|.*real words", UserWarning)
        ours = pipeline(bpe_tagger, device="cpu", aggregation_strategy=strategy)(texts)
        assert_same(ours, make_stock(bpe_tagger, strategy)(texts))
    assert sum(map(len, ours)) > 10


def test_guessed_words_are_warned_of(bpe_tagger: Path) -> None:
    with pytest.warns(UserWarning, match="leave aggregation_strategy out"):
        pipeline(bpe_tagger, device="cpu")("Ada", aggregation_strategy="first")


@given(st.lists(st.text(alphabet="ad lonLAé.,'-東\u200b", max_size=40), min_size=1, max_size=4))
@settings(deadline=None, max_examples=10)
def test_stock_strategies_on_any_text(
    ner: NERPipeline, tagger: Path, make_stock: Callable[..., Any], texts: list[str]
) -> None:
    for strategy in STOCK:
        ours = ner(texts, aggregation_strategy=strategy)
        assert_same(ours, make_stock(tagger, strategy)(texts))


@pytest.mark.parametrize("strategy", STOCK[1:])
@pytest.mark.parametrize("stride", [0, 7, 30])
def test_strides_are_the_stock_pipeline_s(
    ner: NERPipeline, tagger: Path, make_stock: Callable[..., Any], strategy: str, stride: int
) -> None:
    texts = ["Ada met paris in Romeo and London. " * 9, "short", "acme corp " * 80]
    ours = ner(texts, aggregation_strategy=strategy, stride=stride)
    assert_same(ours, make_stock(tagger, strategy)(texts, stride=stride))


@pytest.mark.parametrize("labels", [["O", "PER"], ["B-PER", "LOC"], []])
@pytest.mark.parametrize("strategy", ["none", "simple", "max"])
def test_ignored_labels_are_the_stock_pipeline_s(
    tagger: Path, make_stock: Callable[..., Any], strategy: str, labels: list[str]
) -> None:
    ours = pipeline(tagger, aggregation_strategy=strategy, ignore_labels=labels, device="cpu")
    assert_same(ours(TEXTS), make_stock(tagger, strategy)(TEXTS, ignore_labels=labels))


@pytest.mark.parametrize("strategy", ["simple", "first"])
def test_labels_without_prefixes(tagger: Path, tmp_path: Path, strategy: str) -> None:
    model = load_model(tagger)
    names = ["O", "PER", "S-LOC", "B-X-Y", "X-Y", "ORG", "I-ORG"]
    model.config.id2label = dict(enumerate(names))
    model.config.label2id = {name: i for i, name in enumerate(names)}
    model.save_pretrained(tmp_path)
    load_tokenizer(tagger).save_pretrained(tmp_path)
    theirs = transformers.pipeline(
        "ner", model=str(tmp_path), aggregation_strategy=strategy, device="cpu"
    )
    ours = pipeline(tmp_path, device="cpu")
    assert_same(ours(TEXTS, aggregation_strategy=strategy), theirs(TEXTS))
    assert {e["entity_group"] for e in ours(TEXTS[5])} <= {"PER", "LOC", "X-Y", "Y", "ORG"}


# Inputs and streams


def test_it_is_a_token_classification_pipeline(ner: NERPipeline) -> None:
    assert isinstance(ner, transformers.TokenClassificationPipeline)
    assert ner.task == "token-classification"


@pytest.mark.parametrize("strategy", [None, "simple"])
@pytest.mark.parametrize("batch_size", [1, 2, 100])
def test_answers_come_in_order_whatever_the_batches(
    ner: NERPipeline, strategy: str | None, batch_size: int
) -> None:
    one_by_one = [ner(text, aggregation_strategy=strategy) for text in TEXTS]
    together = ner(TEXTS, aggregation_strategy=strategy, batch_size=batch_size, batch_tokens=40)
    assert_same(together, one_by_one)


@pytest.mark.parametrize("strategy", [None, "simple"])
def test_a_stream_is_read_as_far_as_it_is_needed(ner: NERPipeline, strategy: str | None) -> None:
    read: list[str] = []

    def texts() -> Iterator[str]:
        for text in TEXTS:
            read.append(text)
            yield text

    answers = ner(texts(), aggregation_strategy=strategy, batch_size=2)
    assert read == []
    first = next(answers)
    assert len(read) == 2
    assert_same([first, *answers], ner(TEXTS, aggregation_strategy=strategy))


def test_datasets_are_streams(ner: NERPipeline) -> None:
    from datasets import Dataset

    rows = Dataset.from_dict({"tokens": [words for words, _ in TOY_SENTENCES], "text": TEXTS[:5]})
    sentences, texts = rows["tokens"][:], rows["text"][:]
    assert list(ner(KeyDataset(rows, "text"))) == ner(texts)
    assert list(ner(KeyDataset(rows, "tokens"))) == ner(sentences)
    assert list(ner(rows["tokens"])) == ner(sentences)
    with pytest.raises(SettingError, match="of a dataset pass one column"):
        list(ner(rows))


def test_texts_and_sentences_may_be_mixed(learned: NERPipeline) -> None:
    found = learned(["Ada", ["Ada"], "x"], aggregation_strategy="simple")
    assert [[e["word"] for e in entities] for entities in found] == [["ada"], ["Ada"], []]


def test_an_empty_list_has_no_answers(ner: NERPipeline) -> None:
    assert ner([]) == []
    assert ner([[]]) == [[]]
    assert list(ner(iter([]))) == []


@pytest.mark.parametrize(
    ("inputs", "options", "message"),
    [
        (None, {}, "is no input; accepted: a text"),
        (b"Ada", {}, "is no input"),
        (3, {}, "is no input"),
        (["Ada", 3], {}, "input 1 is 3 "),
        ([["Ada", None]], {}, "input 0 holds None"),
        ("Ada", {"is_split_into_words": True}, "is no input"),
        (["Ada", ["b"]], {"is_split_into_words": True}, "is a list of words, not a text"),
        ("Ada", {"aggregation_strategy": "last"}, "accepted: words, none"),
        ("Ada", {"batch_size": 0}, "batch_size=0; accepted: at least 1"),
        ("Ada", {"stride": 62, "aggregation_strategy": "simple"}, "stride=62; accepted: 0 to 61"),
        ("Ada", {"grouped_entities": True}, "no option grouped_entities; accepted: agg"),
    ],
)
def test_what_cannot_be_used_is_explained(
    ner: NERPipeline, inputs: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(SettingError, match=message):
        ner(inputs, **options)


def test_a_loaded_model_needs_its_tokenizer(tagger: Path) -> None:
    model = load_model(tagger)
    with pytest.raises(SettingError, match=r"pipeline\(model, tokenizer=tokenizer\)"):
        pipeline(model)
    ner = pipeline(model, tokenizer=load_tokenizer(tagger), device="cpu")
    assert ner(TEXTS[0]) == pipeline(tagger, device="cpu")(TEXTS[0])


def test_an_encoder_is_no_tagger(tiny_encoder: Path) -> None:
    with pytest.raises(CheckpointError, match="is no token classifier"):
        pipeline(tiny_encoder)


def test_lower_casing_travels_with_the_checkpoint(bpe_tagger: Path, tmp_path: Path) -> None:
    folder = save_tagger(bpe_tagger, tmp_path / "m", lowercase=True)
    upper, lower = pipeline(folder, device="cpu")([["ADA", "LONDON"], ["ada", "london"]])
    assert [(e["start"], e["score"]) for e in upper] == [(e["start"], e["score"]) for e in lower]
    assert "".join(w for e in upper for w in e["words"]).isupper()


# T-NER's dictionary


def test_predict_gives_the_dictionary_of_t_ner(learned: NERPipeline) -> None:
    answer = predict(learned, ["Ada Lovelace, in London.", ["of", "Paris"], ""])
    assert list(answer) == ["prediction", "probability", "input", "entity_prediction"]
    assert answer["input"] == [["Ada", "Lovelace", ",", "in", "London", "."], ["of", "Paris"], []]
    assert answer["prediction"] == [
        ["B-PER", "I-PER", "O", "O", "B-LOC", "O"], ["O", "I-LOC"], [],
    ]  # fmt: skip
    assert [len(scores) for scores in answer["probability"]] == [6, 2, 0]
    entities = answer["entity_prediction"]
    assert [[e["type"] for e in sentence] for sentence in entities] == [["PER", "LOC"], ["LOC"], []]
    assert entities[0][0] == {
        "type": "PER",
        "entity": ["Ada", "Lovelace"],
        "position": [0, 1],
        "probability": answer["probability"][0][:2],
        "start": 0,
        "end": 12,
    }
    json.dumps(answer)


def test_predict_of_nothing(learned: NERPipeline) -> None:
    assert predict(learned, []) == {
        "prediction": [], "probability": [], "input": [], "entity_prediction": [],
    }  # fmt: skip


def test_predict_shows_gold_beside(learned: NERPipeline) -> None:
    answer = predict(learned, [["of", "Paris"]], labels=[["O", "B-ORG"]])
    assert answer["label"] == [["O", "B-ORG"]]
    assert answer["entity_label"] == [
        [{"type": "ORG", "entity": ["Paris"], "position": [1], "probability": [None],
          "start": 3, "end": 8}]
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([], "0 lists of labels for 1 inputs"),
        ([["O"]], "input 0 has 2 words and 1 labels"),
        ([["O", 3]], "An id means nothing"),
        ([["O", "PER"]], "input 0: tag 'PER' has no prefix"),
    ],
)
def test_labels_that_do_not_fit_are_refused(
    learned: NERPipeline, labels: Any, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        predict(learned, [["of", "Paris"]], labels=labels)


# Parity


def test_parity_of_a_model_that_knows_no_pieces(tagger: Path, learned: NERPipeline) -> None:
    sentences = [words for words, _ in TOY_SENTENCES]
    report = check_parity(tagger, sentences, device="cpu")
    assert (report.sentences, report.count("pipeline")) == (5, 0)


def test_parity_shows_what_the_plain_pipeline_does_otherwise(tagger: Path) -> None:
    sentences = [["U.S.", "x-y"], ["Ada"]]
    report = check_parity(tagger, sentences, aggregation_strategy="first", device="cpu")
    assert report.count("plain") == 1
    assert not report.agrees
    assert report.lines()[0].startswith("2 sentences: tner_hf.pipeline differs in 0, plain")
    assert "sentence 0, plain" in report.lines()[1]
    json.dumps(report.to_dict())


def test_parity_against_stored_tags(tagger: Path) -> None:
    report = check_parity(tagger, [["Ada"]], tags=[["B-nothing"]], device="cpu")
    assert [d.missing for d in report.differences] == [(("nothing", 0, 3),)] * 2


def test_the_strategy_that_departs_least_is_chosen(tagger: Path) -> None:
    sentences = [["U.S.", "x-y", "Londons"], ["Ada", "lived"], ["Parisians", "a.b.c"]]
    report = check_parity(tagger, sentences, device="cpu")
    assert sorted(report.tried) == ["average", "first", "max", "simple"]
    assert report.count("plain") == report.tried[report.strategy] == min(report.tried.values()) > 0
    for strategy in ("first", "average", "max", "simple"):
        alone = check_parity(tagger, sentences, aggregation_strategy=strategy, device="cpu")
        assert alone.count("plain") == report.tried[strategy]
    assert report.lines()[1].startswith("other aggregation strategies differ: ")


def test_nothing_else_is_tried_where_words_are_read_alike(tagger: Path) -> None:
    report = check_parity(tagger, [["Ada", "lived"]], device="cpu")
    assert (report.strategy, dict(report.tried), report.agrees) == ("first", {"first": 0}, True)


def test_parity_in_terms_of_f1(tagger: Path) -> None:
    words = ["U.S.", "x-y", "Ada"]
    predicted = predict(pipeline(tagger, device="cpu"), [words])["prediction"]
    report = check_parity(tagger, [words], gold=predicted, device="cpu")
    assert report.f1["scored"] == 1.0
    assert report.f1["plain"] < 1.0
    assert "F1 on these sentences: 100.00 as scored" in "\n".join(report.lines())


# The likeliest labels


def probabilities_by_hand(ner: NERPipeline, words: list[str]) -> list[list[float]]:
    """Of every label at the first sub-token of each word, by plain transformers."""
    encoded = ner.tokenizer(words, is_split_into_words=True, return_tensors="pt")
    with torch.inference_mode():
        rows = ner.model(**encoded).logits.softmax(-1)[0].tolist()
    ids = encoded.word_ids()
    return [rows[ids.index(at)] for at in range(len(words))]


@pytest.mark.parametrize("top_k", [1, 3, 7])
def test_the_likeliest_labels_of_each_word(ner: NERPipeline, top_k: int) -> None:
    text = "Ada Lovelace lived in London."
    words = ner.read(text).words
    names = [ner.model.config.id2label[i] for i in range(7)]
    found = ner(text, top_k=top_k)
    assert [word["word"] for word in found] == words
    for word, expected in zip(found, probabilities_by_hand(ner, words), strict=True):
        best = sorted(zip(expected, names, strict=True), key=lambda pair: -pair[0])[:top_k]
        assert [each["label"] for each in word["labels"]] == [name for _, name in best]
        scores = [each["score"] for each in word["labels"]]
        assert scores == pytest.approx([score for score, _ in best], abs=1e-6)
        assert (word["entity"], word["score"]) == (best[0][1], scores[0])
        assert text[word["start"] : word["end"]] == word["word"]
    assert ner([text, ""], top_k=top_k) == [found, []]
    assert list(ner(iter([text]), top_k=top_k)) == [found]
    assert by_value(ner([words], top_k=top_k)[0])[0]["word"] == "Ada"


def test_words_of_the_likeliest_labels_are_those_of_entities(ner: NERPipeline) -> None:
    """Every word of a long text is answered for once, and the best label is the one that counts."""
    text = " ".join(TEXTS * 8)
    words = ner(text, top_k=2)
    plain = ner([ner.read(text).words], aggregation_strategy="none", ignore_labels=[])[0]
    tags = [(word["index"], word["entity"]) for word in plain]
    assert [(word["index"], word["entity"]) for word in words] == tags
    assert all(len(word["labels"]) in {0, 2} for word in words)


def test_the_model_says_nothing_of_a_word_without_sub_tokens(ner: NERPipeline) -> None:
    found = ner([["Ada", "\u200b", "London"]], top_k=2)[0]
    assert [len(word["labels"]) for word in found] == [2, 0, 2]
    assert found[1]["score"] == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"top_k": 0}, "top_k=0; accepted: a whole number from 1"),
        ({"top_k": -1}, "top_k=-1; accepted"),
        ({"top_k": True}, "top_k=True; accepted"),
        ({"top_k": 2.0}, "top_k=2.0; accepted"),
        ({"top_k": 8}, r"top_k=8: this checkpoint has 7 labels \(O, B-PER.*accepted: 1 to 7"),
        ({"top_k": 2, "aggregation_strategy": "none"}, "leave one of the two out"),
    ],
)
def test_likeliest_labels_that_cannot_be_given(
    ner: NERPipeline, tagger: Path, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(SettingError, match=message):
        ner("Ada", **options)
    with pytest.raises(SettingError, match=message):
        pipeline(tagger, device="cpu", **options)
