"""Hand-computed scores of models on corpora with other types."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tner_hf.errors import DataError, SettingError
from tner_hf.labels import LabelSpace
from tner_hf.metrics import score, score_protocols

ONTONOTES = LabelSpace(("person", "date", "work_of_art", "cardinal_number"))
MOVIE = LabelSpace(("actor", "date", "plot"))


def run(gold: list[str], predicted: list[str], corpus: LabelSpace, model: LabelSpace):
    """One line of tags for each sentence, e.g. `"O B-date"`."""
    sentences = [line.split() for line in gold], [line.split() for line in predicted]
    return score_protocols(
        np.array([corpus.label2id[t] for s in sentences[0] for t in s]),
        np.array([model.label2id[t] for s in sentences[1] for t in s]),
        offsets=np.cumsum([0, *map(len, sentences[0])]),
        corpus_names=corpus.names,
        model_names=model.names,
    )


def test_date_only_overlap_of_ontonotes5_and_mit_movie_trivia() -> None:
    # Gold: 2 actors, 3 dates, 1 plot. Predicted: 2 persons (right spans), 2 right dates,
    # 1 date over the plot, 1 cardinal number where the third date is.
    gold = [
        "B-actor I-actor O O B-date",
        "O B-date I-date O B-plot I-plot",
        "B-actor O B-date",
    ]
    predicted = [
        "B-person I-person O O B-date",
        "O B-date I-date O B-date I-date",
        "B-person O B-cardinal_number",
    ]
    result = run(gold, predicted, MOVIE, ONTONOTES)
    assert result["coverage"] == {
        "shared_types": ["date"],
        "gold_total": 6,
        "gold_kept": 3,
        "predictions_masked": 3,
        "tokens_unscored": 0,
        # an actor is a person
        "lattice_types": {"actor": "person", "date": "date", "person": "person"},
        "lattice_gold_kept": 5,
        "lattice_predictions_masked": 1,
    }
    full, shared = result["protocols"]["full"], result["protocols"]["shared"]
    # full, typed: 2 of 6 predictions right, 6 gold.
    assert full["type_aware"]["default"]["micro"] == {
        "precision": 2 / 6,
        "recall": 2 / 6,
        "f1": 1 / 3,
        "support": 6,
    }
    # full, types ignored: every span is right.
    assert full["type_ignored"]["default"]["micro"]["f1"] == 1.0
    # shared: dates alone; 3 predicted, 3 gold, 2 right. With one type left, ignoring types
    # changes nothing: the paper's 88.87 on both sides of this pair.
    for variant in ("type_aware", "type_ignored"):
        for mode in ("default", "strict"):
            micro = shared[variant][mode]["micro"]
            assert micro["precision"] == micro["recall"] == 2 / 3
            assert micro["f1"] == pytest.approx(2 / 3, abs=1e-15)
            assert micro["support"] == 3
    assert list(shared["type_aware"]["default"]["per_type"]) == ["date"]


def test_no_shared_type_leaves_nothing_but_zeros() -> None:
    # bionlp2004's column of the paper's Table 3: off the diagonal nothing is shared.
    proteins = LabelSpace(("protein", "dna"))
    result = run(["B-protein I-protein O"], ["B-person I-person O"], proteins, ONTONOTES)
    assert result["coverage"] == {
        "shared_types": [],
        "gold_total": 1,
        "gold_kept": 0,
        "predictions_masked": 1,
        "tokens_unscored": 0,
        "lattice_types": {},
        "lattice_gold_kept": 0,
        "lattice_predictions_masked": 1,
    }
    shared = result["protocols"]["shared"]["type_ignored"]["default"]
    assert shared["micro"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 0}
    assert shared["per_type"] == {}
    # The full protocol still sees that the span was found.
    assert result["protocols"]["full"]["type_ignored"]["default"]["micro"]["f1"] == 1.0


def test_masking_comes_before_types_are_ignored() -> None:
    # A masked `plot` frees the date beside it; collapsed first, the two would be one entity.
    result = run(["B-date I-date O"], ["B-date I-date O"], MOVIE, ONTONOTES)
    assert result["coverage"]["gold_kept"] == 1
    result = run(["B-plot I-date O"], ["O B-date O"], MOVIE, ONTONOTES)
    assert result["coverage"]["gold_total"] == 2
    assert result["protocols"]["full"]["type_ignored"]["default"]["micro"]["support"] == 1
    assert result["protocols"]["full"]["type_ignored"]["default"]["micro"]["f1"] == 0.0
    assert result["protocols"]["shared"]["type_ignored"]["default"]["micro"]["f1"] == 1.0


def test_each_side_is_decoded_by_its_own_names() -> None:
    # T-NER 0.2 read gold ids with the model's names: perfect predictions then scored 0.
    result = score_protocols(
        np.array([0, 2, 2]),
        np.array([3, 0, 0]),
        offsets=np.array([0, 3]),
        corpus_names=["B-LOC", "B-PER", "O"],
        model_names=["O", "B-PER", "I-PER", "B-LOC"],
    )
    assert result["coverage"]["shared_types"] == ["LOC", "PER"]
    for scores in result["protocols"].values():
        assert scores["type_aware"]["strict"]["micro"]["f1"] == 1.0


def test_tokens_without_a_prediction_are_outside_and_counted() -> None:
    names = LabelSpace(("x",)).names
    result = score_protocols(
        np.array([1, 2, 0, 1]),
        np.array([1, -100, -100, -100]),
        offsets=np.array([0, 3, 4]),
        corpus_names=names,
        model_names=names,
    )
    assert result["coverage"]["tokens_unscored"] == 3
    micro = result["protocols"]["full"]["type_aware"]["default"]["micro"]
    assert micro == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 2}


def test_an_id_that_no_name_explains_is_refused() -> None:
    arguments = {
        "offsets": np.array([0, 2]),
        "corpus_names": ["O", "B-x"],
        "model_names": ["O"],
    }
    with pytest.raises(DataError, match=r"predicted label id 1 at token 2 .* model has 1 tags"):
        score_protocols(np.array([0, 0]), np.array([0, 1]), **arguments)
    with pytest.raises(DataError, match=r"gold label id -100 at token 1 .* corpus has 2 tags"):
        score_protocols(np.array([-100, 0]), np.array([0, 0]), **arguments)
    with pytest.raises(SettingError, match="each token needs both"):
        score_protocols(np.array([0, 0]), np.array([0]), **arguments)


@st.composite
def two_sides(draw: st.DrawFn) -> tuple[list[list[str]], list[list[str]]]:
    lengths = draw(st.lists(st.integers(0, 6), max_size=4))
    return tuple(
        [[draw(st.sampled_from(space.names)) for _ in range(n)] for n in lengths]
        for space in (MOVIE, ONTONOTES)
    )


@given(two_sides())
def test_both_protocols_equal_masking_the_tags_by_hand(
    sides: tuple[list[list[str]], list[list[str]]],
) -> None:
    gold, predicted = sides
    result = score_protocols(
        np.array([MOVIE.label2id[t] for s in gold for t in s], dtype=int),
        np.array([ONTONOTES.label2id[t] for s in predicted for t in s], dtype=int),
        offsets=np.cumsum([0, *map(len, gold)]),
        corpus_names=MOVIE.names,
        model_names=ONTONOTES.names,
    )
    assert result["protocols"]["full"] == score(gold, predicted)
    masked = ([[t if t.endswith("-date") else "O" for t in s] for s in side] for side in sides)
    assert result["protocols"]["shared"] == score(*masked)
