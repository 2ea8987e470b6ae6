"""The error report: classes, breakdowns, agreement, and its way through JSON."""

from __future__ import annotations

import json

import pytest

from tner_hf.data import labels_of
from tner_hf.data.fingerprints import fingerprint_sentences
from tner_hf.errors import DataError
from tner_hf.lab.analysis import ErrorReport, Training, read_training, report_errors
from tner_hf.lab.analysis.training_data import recorded_training
from tner_hf.predictions import PredictedSplit, read_predictions
from tner_hf.runs import Run, SplitFacts
from tner_hf.training import DataArguments
from tner_hf.training.splits import load_splits


@pytest.fixture
def answer(write_predictions) -> PredictedSplit:
    return read_predictions(write_predictions())


def test_every_entity_is_in_its_class(answer) -> None:
    report = report_errors(answer)
    assert report.count_classes("gold") == {
        "correct": 1, "type_error": 1, "boundary_error": 1, "both": 1, "missed": 1,
    }  # fmt: skip
    assert report.count_classes("predicted") == {
        "correct": 1, "type_error": 1, "boundary_error": 1, "both": 1, "spurious": 1,
    }  # fmt: skip
    assert report.top_confusions() == [("place", "group", 1), ("place", "person", 1)]


def test_a_type_of_one_side_only_is_a_schema_gap(write_predictions) -> None:
    rows = [("aspirin helps Ada", "O O B-person", "B-drug O B-person")]
    types = {"gold": ["person"], "predicted": ["person", "drug"]}
    report = report_errors(read_predictions(write_predictions(rows, types=types)))
    assert report.count_classes("predicted") == {"schema_gap": 1, "correct": 1}


def test_seen_entities_are_those_of_the_training_data(answer) -> None:
    training = Training("train.txt", {"Ada Lovelace": frozenset({"person"}),
                                      "London": frozenset({"person"})})  # fmt: skip
    report = report_errors(answer, training=training)
    assert {b.name: (b.gold, b.predicted, b.correct) for b in report.by_familiarity} == {
        "seen": (1, 1, 1), "seen_as_other_type": (1, 1, 0), "seen_in_other_case": (0, 0, 0),
        "unseen": (3, 3, 0),
    }  # fmt: skip
    assert report_errors(answer).by_familiarity is None


def test_a_model_that_lowercases_has_seen_what_it_reads(answer, toy_iob) -> None:
    training = read_training({"train": str(toy_iob)}, name="toy", lowercase=True)
    assert training.surfaces["ada lovelace"] == {"person"}
    report = report_errors(answer, training=training)
    seen = {b.name: b.gold for b in report.by_familiarity}
    assert seen["seen"] == 2  # Ada Lovelace, Grace; the others have other types there
    assert seen["seen_as_other_type"] == 3


def test_scorers_and_the_sentences_on_which_they_differ(answer) -> None:
    report = report_errors(answer)
    assert report.agreement["partial"].f1 == pytest.approx(0.6)  # 2 exact, 2 halves, of 5 and 5
    assert [d.sentence for d in report.disagreements] == [0, 1]


def test_the_report_survives_json(answer, tmp_path) -> None:
    report = report_errors(answer, training=Training("t", {}))
    path = tmp_path / "deep" / "errors.json"
    report.save(path)
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert ErrorReport.from_dict(stored) == report
    assert stored["counts"]["gold"]["person"] == {"correct": 1, "missed": 1}
    assert stored["confusion"]["place"] == {"group": 1, "person": 1}


@pytest.mark.parametrize(
    ("corpora", "message"),
    [
        ([], "does not say what it was trained on; name its training data with --train_dataset"),
        (["wnut2017", "letters"], r"was trained on wnut2017 \+ letters; name its training data"),
    ],
)
def test_training_data_that_is_not_recorded_is_asked_for(answer, corpora, message) -> None:
    answer.provenance["settings"] = {"corpora": corpora}
    with pytest.raises(DataError, match=message):
        recorded_training(answer, None)


def test_recorded_corpora_are_read_with_their_configuration(answer) -> None:
    answer.provenance["settings"] = {"corpora": ["wnut2017", "wikiann/ja"]}
    assert recorded_training(answer, "nowhere") == (
        ["wnut2017", "wikiann/ja"],
        "wnut2017 + wikiann/ja",
    )


def test_own_files_are_found_by_what_the_run_records(answer, toy_iob, tmp_path) -> None:
    answer.provenance["settings"] = {"corpora": ["Letters"]}
    data = {"source": {"train": str(toy_iob)}, "max_train_samples": 3}
    rows = load_splits(data["source"], DataArguments(max_train_samples=3), seed=7)["train"]
    facts = SplitFacts(3, (), fingerprint_sentences(rows, labels_of(rows).names))
    Run(data=data, training={"seed": 7}, splits={"train": facts}).write(tmp_path)
    found, name = recorded_training(answer, tmp_path)
    assert (found["tokens"][:], name) == (rows["tokens"][:], "Letters")
    training = read_training(found, name=name)
    assert training.surfaces["Ada Lovelace"] == {"person"}

    toy_iob.write_text(toy_iob.read_text().replace("Ada", "Eve"))
    with pytest.raises(DataError, match="Letters, which cannot be read again"):
        recorded_training(answer, tmp_path)
    toy_iob.unlink()
    with pytest.raises(DataError, match=r"no such file.*--train_file"):
        recorded_training(answer, tmp_path)
