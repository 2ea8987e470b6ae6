"""Evaluation end to end with a random tagger: its scores are those of the tags it wrote down."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from preparations import save_tagger

import tner_hf
from tner_hf.errors import CheckpointError, DataError, SettingError, UnknownNameError
from tner_hf.lab.evaluation import Evaluation, evaluate, score_split
from tner_hf.labels import UNIFIED, LabelSpace
from tner_hf.metrics import score
from tner_hf.models import load_model, load_tokenizer
from tner_hf.predictions import read_predictions

SPACE = LabelSpace(("PER", "LOC", "Drug"))


@pytest.fixture(scope="module")
def tagger(tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    types = ("PER", "LOC", "Drug")
    return save_tagger(
        tmp_path_factory.mktemp("tagger"), tiny_encoder, *types, seed=3, spread=40, max_length=32
    )


def read_lines(path: Path) -> list[dict[str, list[str]]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_scores_are_those_of_the_written_predictions(tagger, toy_iob, tmp_path) -> None:
    written = tmp_path / "predictions.jsonl"
    result = evaluate(tagger, {"test": toy_iob}, predictions_file=written)
    rows = read_lines(written)
    assert rows[0]["tokens"] == ["Ada", "Lovelace", "lived", "in", "London", "."]
    assert rows[0]["gold"] == ["B-person", "I-person", "O", "O", "B-location", "O"]
    gold, predicted = ([row[side] for row in rows] for side in ("gold", "predicted"))
    assert any(tag != "O" for tags in predicted for tag in tags)
    assert result["protocols"]["full"] == score(gold, predicted)

    def mask(tags: list[str], types: set[str]) -> list[str]:
        return [tag if tag[2:] in types else "O" for tag in tags]

    shared = {"person", "location"}  # the model knows no organization, the corpus no drug
    assert result["protocols"]["shared"] == score(
        [mask(tags, shared) for tags in gold], [mask(tags, shared) for tags in predicted]
    )
    assert result["coverage"]["shared_types"] == ["location", "person"]
    assert result["coverage"]["gold_total"] == 10
    assert result["coverage"]["gold_kept"] == 8


def test_the_file_holds_scores_coverage_and_provenance(tagger, toy_iob, tmp_path) -> None:
    path = tmp_path / "deep" / "s.json"
    result = evaluate(tagger, {"test": toy_iob}, output_file=path)
    stored = json.loads(path.read_text())
    assert list(stored) == [
        "protocols", "coverage", "intervals", "calibration", "model", "dataset", "split",
        "fingerprint", "sentences", "tokens", "windowed_sentences", "unencodable_tokens",
        "label_map", "unification", "seconds", "max_length", "overlap", "lowercase", "settings",
        "versions", "model_files",
    ]  # fmt: skip
    assert Evaluation.from_dict(stored) == result
    assert list(stored["protocols"]) == ["full", "shared", "lattice"]
    assert list(stored["protocols"]["full"]) == ["type_aware", "type_ignored"]
    micro = stored["protocols"]["full"]["type_aware"]["strict"]["micro"]
    assert list(micro) == ["precision", "recall", "f1", "support"]
    assert (stored["sentences"], stored["tokens"]) == (5, 26)
    assert stored["label_map"] == UNIFIED.version
    assert stored["unification"]["model"] == {
        "mapped": {"PER": "person", "LOC": "location"}, "kept": ["Drug"], "near": {},
    }  # fmt: skip
    assert stored["versions"]["tner_hf"] == tner_hf.__version__
    assert [p.name for p in path.parent.iterdir()] == ["s.json"]


@pytest.mark.parametrize(
    ("method", "drawn"),
    [("exact", {"n_resamples": 0, "seed": 0}), ("bca", {"n_resamples": 200, "seed": 5})],
)
def test_intervals_lie_around_every_score_and_can_be_left_out(
    tagger, toy_iob, method, drawn
) -> None:
    result = evaluate(
        tagger, toy_iob, confidence=0.9, interval_method=method, resamples=200, seed=5
    )
    stored = result["intervals"]
    assert {key: stored[key] for key in stored if key != "protocols"} == {
        "level": 0.9, "method": method, "unit": "sentences", "n_units": 5, **drawn,
    }  # fmt: skip
    for protocol, variants in result["protocols"].items():
        for variant, modes in variants.items():
            for mode, scores in modes.items():
                low, high = stored["protocols"][protocol][variant][mode]["micro"]["f1"]
                assert 0 <= low <= scores["micro"]["f1"] <= high <= 1
    assert evaluate(tagger, toy_iob, confidence=None)["intervals"] is None


@pytest.mark.parametrize("wrong", [{"confidence": 95}, {"resamples": 0}, {"interval_method": "t"}])
def test_impossible_intervals_are_refused_before_anything_is_loaded(wrong) -> None:
    with pytest.raises(SettingError, match="accepted"):
        evaluate("no-such-model", "no-such-corpus", **wrong)


def test_written_predictions_can_be_read_and_scored_again(tagger, toy_iob, tmp_path) -> None:
    path = tmp_path / "predictions.jsonl"
    result = evaluate(tagger, toy_iob, predictions_file=path)
    again = score_split(read_predictions(path))
    assert again.protocols == result.protocols
    assert again.coverage == result.coverage  # the file names the types that never occur
    assert again.intervals == result.intervals


def test_native_types_are_compared_as_they_are(tagger, toy_iob) -> None:
    result = evaluate(tagger, {"test": toy_iob}, native=True)
    assert result["coverage"]["shared_types"] == ["LOC", "PER"]
    assert result["label_map"] is None


def test_a_checkpoint_is_scored_with_the_map_that_it_was_trained_with(
    tiny_encoder, tmp_path
) -> None:
    file = tmp_path / "test.txt"
    file.write_text("Ada B-NORP\nsat O\n", encoding="utf-8")
    taggers = {}
    for version, kind in (("unified-1", "group"), (None, "norp")):
        taggers[version] = save_tagger(
            tmp_path / str(version), tiny_encoder, kind, max_length=32, label_map=version
        )
    for version, kind in (("unified-1", "group"), (None, "norp")):
        result = evaluate(taggers[version], {"test": str(file)}, confidence=None)
        assert result["label_map"] == (version or UNIFIED.version)
        assert result["coverage"]["shared_types"] == [kind]
    asked = evaluate(taggers["unified-1"], {"test": str(file)}, label_map="unified-2")
    assert asked["coverage"]["shared_types"] == []
    assert "label map of these scores: unified-2; the model was trained with unified-1" in (
        asked.table()
    )


def test_a_lone_file_and_a_lone_dataset_are_what_is_scored(tagger, toy_iob) -> None:
    from_file = evaluate(tagger, toy_iob)
    dataset = tner_hf.load_dataset({"train": toy_iob}, split="train")
    from_dataset = evaluate(tagger, dataset)
    assert from_file["protocols"] == from_dataset["protocols"]
    assert from_file["fingerprint"] == from_dataset["fingerprint"]


def test_a_list_is_scored_as_one_merged_set(tagger, toy_iob, tmp_path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "test.txt").write_text("aspirin B-Drug\nhelps O\n", encoding="utf-8")
    alone = evaluate(tagger, {"test": toy_iob})
    merged = evaluate(tagger, [{"test": str(toy_iob)}, {"test": str(other / "test.txt")}])
    assert merged["sentences"] == alone["sentences"] + 1
    assert merged["coverage"]["gold_total"] == alone["coverage"]["gold_total"] + 1
    assert merged["coverage"]["shared_types"] == ["Drug", "location", "person"]


def test_a_loaded_model_serves_many_datasets(tagger, toy_iob) -> None:
    from transformers import pipeline

    model, tokenizer = load_model(tagger), load_tokenizer(tagger)
    expected = evaluate(tagger, toy_iob)["protocols"]
    assert evaluate(model, toy_iob, tokenizer=tokenizer)["protocols"] == expected
    stock = pipeline("token-classification", model=model, tokenizer=tokenizer)
    assert evaluate(stock, toy_iob)["protocols"] == expected
    with pytest.raises(CheckpointError, match="given without its tokenizer"):
        evaluate(model, toy_iob)


def test_lowercase_is_the_checkpoints_unless_given(tagger, toy_iob) -> None:
    assert evaluate(tagger, toy_iob)["lowercase"] is False
    assert evaluate(tagger, toy_iob, lowercase=True)["lowercase"] is True


def test_a_model_in_another_scheme_and_order_is_understood(tagger, toy_iob, tmp_path) -> None:
    """The labels of a BIOES model are decoded by its own names, then read as IOB2."""
    import torch

    names = ["S-LOC", "E-PER", "O", "B-PER", "I-PER", "B-LOC", "E-LOC", "I-LOC", "S-PER"]
    model = load_model(tagger, LabelSpace(tuple("abcd")))
    model.config.id2label = dict(enumerate(names))
    model.config.label2id = {name: i for i, name in enumerate(names)}
    model.classifier.weight.data *= 40
    torch.manual_seed(0)
    model.save_pretrained(tmp_path)
    load_tokenizer(tagger).save_pretrained(tmp_path)
    result = evaluate(tmp_path, toy_iob, predictions_file=tmp_path / "p.jsonl")
    seen = {tag for row in read_lines(tmp_path / "p.jsonl") for tag in row["predicted"]}
    assert seen <= {"O", "B-person", "I-person", "B-location", "I-location"}
    assert result["coverage"]["shared_types"] == ["location", "person"]


def test_every_gold_token_of_a_long_sentence_is_scored(tagger, tmp_path) -> None:
    path = tmp_path / "long.txt"
    path.write_text("London B-LOC\nis O\n" * 100, encoding="utf-8")
    result = evaluate(tagger, path)
    assert result["windowed_sentences"] == 1
    assert result["coverage"]["tokens_unscored"] == 0
    assert result["protocols"]["full"]["type_aware"]["default"]["micro"]["support"] == 100


def test_an_unknown_split_is_named(tagger, toy_iob) -> None:
    with pytest.raises(UnknownNameError, match="unknown split 'dev'"):
        evaluate(tagger, {"test": toy_iob}, split="dev")


def test_an_empty_split_is_an_error(tagger, toy_iob) -> None:
    dataset = tner_hf.load_dataset({"test": toy_iob}, split="test").select([])
    with pytest.raises(DataError, match="has no sentences; there is nothing to score"):
        evaluate(tagger, dataset)


def scores_of(f1: float, support: int) -> dict:
    one = {"precision": f1, "recall": f1, "f1": f1, "support": support}
    mode = {"micro": one, "macro": one, "per_type": {"person": one}}
    return {v: {"default": mode, "strict": mode} for v in ("type_aware", "type_ignored")}


def test_the_table_shows_every_score_and_what_it_covers() -> None:
    result = Evaluation(
        {"full": scores_of(0.5, 1200), "shared": scores_of(0.75, 800)},
        {
            "shared_types": ["person"], "gold_total": 1200, "gold_kept": 800,
            "predictions_masked": 9, "tokens_unscored": 0,
        },
        {
            "model": "out", "dataset": "toy", "split": "test", "sentences": 1000, "tokens": 12345,
            "seconds": 2.0, "windowed_sentences": 2, "unencodable_tokens": 1, "max_length": 128,
            "unification": {"model": {"mapped": {"PER": "person"}, "kept": ["Persn"],
                                      "near": {"Persn": "person"}}},
        },
    )  # fmt: skip
    lines = result.table().splitlines()
    assert lines[0] == (
        "out on toy, split test: 1,000 sentences, 12,345 tokens, 2.0 s; scores in percent"
    )
    assert lines[2:5] == [
        "protocol full",
        "types    mode     average  precision  recall     f1  support",
        "aware    default  micro        50.00   50.00  50.00    1,200",
    ]
    assert lines[18] == "ignored  strict   micro        75.00   75.00  75.00      800"
    assert lines[20] == "type    precision  recall     f1  support  shared f1"
    assert lines[21] == "person      50.00   50.00  50.00    1,200      75.00"
    assert lines[23:] == [
        "shared types: 1 (person)",
        "gold entities kept by 'shared': 800 of 1,200",
        "predicted entities masked by 'shared': 9",
        "tokens without a prediction: 0",
        "sentences longer than 128 sub-tokens, read in overlapping windows: 2",
        "tokens that this tokenizer cannot see, tagged after the next one: 1",
        "types of the model mapped: PER -> person",
        "type 'Persn' of the model is kept; it nearly matches 'person'",
    ]


def test_intervals_stand_in_brackets_and_are_explained(tagger, toy_iob) -> None:
    result = evaluate(tagger, toy_iob)
    low, high = result["intervals"]["protocols"]["full"]["type_aware"]["default"]["micro"]["f1"]
    f1 = result["protocols"]["full"]["type_aware"]["default"]["micro"]["f1"]
    printed = result.table()
    row = "\n".join(printed.splitlines()[4:6])  # intervals stand below scores where they must
    assert f"{100 * f1:.2f}" in row
    assert f"[{100 * low:.1f}, {100 * high:.1f}]" in row
    assert max(map(len, printed.splitlines())) <= 80
    assert (
        "in brackets: 95 % confidence intervals, exact (Clopper-Pearson at the effective number of "
        "entities; macro: MOVER) over 5 sentences taken as independent"
    ) in " ".join(printed.split())


def test_wnut_is_scored_whole(tagger, raw_corpora: Path, tmp_path) -> None:
    result = evaluate(
        tagger, "wnut2017", data_dir=raw_corpora / "wnut2017", cache_dir=tmp_path, split="test"
    )
    assert (result["sentences"], result["tokens"]) == (1287, 23394)
    assert result["coverage"]["gold_total"] == 1079


def test_documents_are_drawn_where_the_corpus_names_them(tagger, tmp_path) -> None:
    words = "-DOCSTART- -X- O\n\nAda B-PER\nruns O\n\nParis B-LOC\n\n"
    path = tmp_path / "test.txt"
    path.write_text(words * 12, encoding="utf-8")
    result = evaluate(tagger, {"test": str(path)}, predictions_file=tmp_path / "p.jsonl")
    assert (result["intervals"]["unit"], result["intervals"]["n_units"]) == ("documents", 12)
    assert "MOVER) over 12 documents" in result.table()
    again = score_split(read_predictions(tmp_path / "p.jsonl"))
    assert again.intervals == result.intervals


def test_results_of_an_earlier_version_are_read(tagger, toy_iob) -> None:
    stored = evaluate(tagger, toy_iob).to_dict()
    made = {"level": 0.95, "method": "bca", "n_resamples": 1000, "n_sentences": 5, "seed": 0}
    stored["intervals"] = {**made, "protocols": stored["intervals"]["protocols"]}
    read = Evaluation.from_dict(stored)
    assert (read.intervals.unit, read.intervals.n_units) == ("sentences", 5)
    told = "BCa bootstrap over 5 sentences taken as independent, 1,000 resamples"
    assert told in " ".join(read.table().split())


def test_a_result_prints_as_a_table_and_is_one_for_pandas(tagger, toy_iob) -> None:
    result = evaluate(tagger, toy_iob, confidence=None)
    full = result["protocols"]["full"]["type_aware"]["default"]
    assert result.f1 == full["micro"]["f1"]
    shown = repr(result)
    assert shown == result.table().partition("\n\ntype ")[0]
    assert result._repr_html_().startswith("<pre>")
    assert "<pre>" not in shown
    frame = result.to_pandas()
    place = ["protocol", "types", "mode", "average"]
    scores = frame.set_index(place).loc[("full", "aware", "default", "macro")]
    assert scores.to_dict() == full["macro"]
    protocols, modes, averages = 3, 2, 3  # type-ignored scores have no macro average
    assert len(frame) == protocols * modes * averages == len(frame.drop_duplicates(place))
