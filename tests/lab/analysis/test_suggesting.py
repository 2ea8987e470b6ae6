"""Label maps proposed from a model's predictions: counts, thresholds, warnings, and the file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from tner_hf.lab.analysis.suggesting import Match, Suggestion, bound_share, suggest_label_map
from tner_hf.labels import LabelSpace
from tner_hf.labels.maps import read_label_map
from tner_hf.predictions import PredictedSplit


def predicted(*rows: tuple[str, str, int]) -> PredictedSplit:
    """Sentences of gold tags, predicted tags, and how often."""
    pairs = [(g.split(), p.split()) for g, p, times in rows for _ in range(times)]
    gold_names, model_names = (
        LabelSpace.from_names(tag for pair in pairs for tag in pair[side]).names for side in (0, 1)
    )
    gold, guess = (
        np.array([names.index(tag) for pair in pairs for tag in pair[side]])
        for side, names in ((0, gold_names), (1, model_names))
    )
    return PredictedSplit(
        sentences=[["x"] * len(g) for g, _ in pairs],
        gold=gold,
        predicted=guess,
        offsets=np.cumsum([0, *(len(g) for g, _ in pairs)]),
        corpus_names=gold_names,
        own_names=model_names,
        provenance={"model": "M", "dataset": "D", "split": "test"},
    )


def test_the_majority_of_what_the_model_finds_decides() -> None:
    suggestion = suggest_label_map(
        predicted(
            ("B-GPE I-GPE", "B-LOC I-LOC", 10),
            ("B-GPE I-GPE", "B-LOC O", 3),
            ("B-GPE", "B-PER", 1),
            ("B-GPE", "O", 6),
            ("B-PERSON", "B-PER", 2),
        )
    )
    gpe, person = suggestion.types

    assert suggestion.entries == {"GPE": "location"}
    assert suggestion.model_types == ("location", "person")
    assert (gpe.entities, gpe.found, gpe.status) == (20, 14, "proposed")
    assert gpe.matches == {"location": Match(13, 10), "person": Match(1, 1)}
    assert gpe.precision == 13 / 14
    assert (person.target, person.status) == ("person", "known")


def test_a_majority_that_may_be_an_accident_is_no_proposal() -> None:
    suggestion = suggest_label_map(
        predicted(("B-GPE", "B-LOC", 6), ("B-GPE", "B-PER", 4), ("B-Drug", "O", 5))
    )
    assert suggestion.entries == {}
    assert [(t.native, t.target, t.status) for t in suggestion.types] == [
        ("GPE", "location", "unclear"),
        ("Drug", None, "unclear"),
    ]


def test_names_do_not_decide_which_entities_belong_together() -> None:
    """The longest overlap counts, also where a shorter one has the name of the gold type."""
    suggestion = suggest_label_map(predicted(("B-A I-A I-A", "B-A B-B I-B", 9)))
    assert suggestion.types[0].matches == {"B": Match(9, 0), "A": Match(0, 0)}
    assert suggestion.warnings() == [
        (
            "of the entities of types that both know, the model names 0% rightly; it is a poor "
            "witness on this corpus"
        ),
        "A is A by name, and B by what the model says (100%)",
    ]


def test_the_types_that_both_know_tell_whether_to_believe_the_model() -> None:
    suggestion = suggest_label_map(
        predicted(("B-PER", "B-PER", 7), ("B-PER", "B-LOC", 3), ("B-PER", "O", 9), ("B-X", "O", 1))
    )
    assert suggestion.agreement == 0.7
    assert "the model names 70% rightly" in suggestion.warnings()[0]
    assert suggest_label_map(predicted(("B-X", "B-LOC", 9))).agreement is None


def test_warnings_of_split_merged_and_hardly_found_types() -> None:
    suggestion = suggest_label_map(
        predicted(
            ("B-GPE", "B-LOC", 30), ("B-GPE", "B-ORG", 10),
            ("B-FAC", "B-LOC", 20),
            ("B-Drug", "B-ORG", 6), ("B-Drug", "O", 94),
            ("B-LOC", "B-LOC", 5),
        )
    )  # fmt: skip
    assert suggestion.entries == {
        "GPE": "location", "FAC": "location", "Drug": "organization",
    }  # fmt: skip
    assert suggestion.warnings() == [
        "Drug: the model finds 6 of 100 entities only; it may not know this type at all",
        "GPE is split: location 75%, organization 25%",
        "GPE and FAC and LOC become one type, location",
    ]


def test_the_file_is_read_back(tmp_path: Path) -> None:
    suggestion = suggest_label_map(
        predicted(
            ("B-GPE", "B-LOC", 8),
            ("B-Drug:name", "B-MED", 9),
            ("B-odd", "B-MED", 1),
            ("B-PER", "B-PER", 1),
        )
    )
    path = tmp_path / "map.yaml"
    path.write_text(suggestion.to_yaml(), encoding="utf-8")
    label_map = read_label_map(path)

    assert {n: label_map.map_type(n) for n in label_map.origins} == suggestion.entries
    assert suggestion.entries == {"GPE": "location", "Drug:name": "MED"}
    assert suggestion.to_yaml().splitlines() == [
        "# Proposed from what M predicts on D, split test.",
        "# Behind each line: of the entities that the model finds, those of the type.",
        "extends: unified",
        "new_types: [MED]",
        (
            '"Drug:name": MED  # 9 of 9 (100.0%, surely 70.1%), 9 with the same boundaries; '
            "9 in the corpus"
        ),
        (
            "GPE: location  # 8 of 8 (100.0%, surely 67.6%), 8 with the same boundaries; "
            "8 in the corpus"
        ),
        (
            "# unclear: odd: MED  # 1 of 1 (100.0%, surely 20.7%), 1 with the same boundaries; "
            "1 in the corpus"
        ),
    ]


def test_an_empty_proposal_is_a_map_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "map.yaml"
    path.write_text(suggest_label_map(predicted(("B-X", "O", 3))).to_yaml(), encoding="utf-8")
    assert read_label_map(path).origins == {}


def test_the_suggestion_survives_json() -> None:
    suggestion = suggest_label_map(predicted(("B-GPE", "B-LOC", 8), ("B-X O", "O B-LOC", 2)))
    assert Suggestion.from_dict(json.loads(json.dumps(suggestion.to_dict()))) == suggestion


def test_nothing_found_is_bounded_by_nothing() -> None:
    assert bound_share(0, 0) == 0.0
