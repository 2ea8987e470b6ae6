"""Scores equal seqeval's to the last digit, on any tags and in any layout."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities, precision_recall_fscore_support
from seqeval.metrics.v1 import precision_recall_fscore_support as strict_support
from seqeval.scheme import IOB2, Entities

from tner_hf.errors import DataError, SettingError
from tner_hf.metrics import score, score_flat, score_labels
from tner_hf.metrics.counts import count_entities, list_entities

KEYS = ("precision", "recall", "f1", "support")
#: Types with inner hyphens, types that contain each other, and more than eight of them: numpy
#: sums longer arrays in another order.
TYPES = ["a", "b", "geo-a", "creative-work", "c", "d", "e", "f", "g", "h", "i"]
IOB_TAGS = ["O", *(f"{p}-{t}" for t in TYPES for p in "BI")]
#: What else seqeval's default mode reads: other prefixes, no type, hyphens at both ends.
ODD_TAGS = [
    "O",
    *(f"{prefix}{rest}" for rest in ("", "-", "-a") for prefix in "BIES"),
    *(f"{prefix}-{name}" for name in ("a", "b", "-a", "a-") for prefix in "BIESLU"),
]


def collapse(tags: list[list[str]]) -> list[list[str]]:
    return [[t if t == "O" else f"{t[0]}-entity" for t in sentence] for sentence in tags]


def ask_seqeval(gold: list[list[str]], predicted: list[list[str]], mode: str) -> dict[str, Any]:
    """seqeval's own numbers in the layout of `ModeScores`; zeros where it divides by no type."""

    def run(average: str | None) -> Any:
        if mode == "strict":
            return strict_support(gold, predicted, average=average, scheme=IOB2)
        return precision_recall_fscore_support(gold, predicted, average=average)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # divisions by zero, and prefixes that it only tolerates
        if mode == "strict":
            types = Entities(gold, IOB2).unique_tags | Entities(predicted, IOB2).unique_tags
        else:
            types = {name for name, _, _ in get_entities(gold) + get_entities(predicted)}
        per_type = zip(sorted(types), *run(None), strict=True)
        macro = run("macro") if types else (0.0, 0.0, 0.0, 0)
        return {
            "micro": dict(zip(KEYS, run("micro"), strict=True)),
            "macro": dict(zip(KEYS, macro, strict=True)),
            "per_type": {name: dict(zip(KEYS, row, strict=True)) for name, *row in per_type},
        }


def tagged_pairs(tags: list[str]) -> st.SearchStrategy[tuple[list[list[str]], list[list[str]]]]:
    """Gold and predicted sentences of equal lengths, often agreeing, some of them empty."""
    token = st.sampled_from(tags).flatmap(
        lambda tag: st.tuples(st.just(tag), st.one_of(st.just(tag), st.sampled_from(tags)))
    )
    sentences = st.lists(st.lists(token, max_size=8), min_size=1, max_size=6)
    return sentences.map(
        lambda pairs: tuple([[token[side] for token in s] for s in pairs] for side in (0, 1))
    )


@given(tagged_pairs(IOB_TAGS))
def test_scores_equal_seqeval_on_any_iob_tags(
    pair: tuple[list[list[str]], list[list[str]]],
) -> None:
    gold, predicted = pair
    scores = score(gold, predicted)
    for mode in ("default", "strict"):
        assert scores["type_aware"][mode] == ask_seqeval(gold, predicted, mode)
        expected = ask_seqeval(collapse(gold), collapse(predicted), mode)
        assert scores["type_ignored"][mode] == expected


@given(tagged_pairs(ODD_TAGS))
def test_default_scores_equal_seqeval_on_every_prefix_that_it_knows(
    pair: tuple[list[list[str]], list[list[str]]],
) -> None:
    gold, predicted = pair
    scores = score(gold, predicted, modes=("default",))
    assert scores["type_aware"]["default"] == ask_seqeval(gold, predicted, "default")
    expected = ask_seqeval(collapse(gold), collapse(predicted), "default")
    assert scores["type_ignored"]["default"] == expected


@given(tagged_pairs(["O", "B", "I", "B--a", "I--a", "B-a-", "I-a-", "B-a", "I-a", "B-", "I-"]))
def test_both_modes_equal_seqeval_where_they_read_different_types(
    pair: tuple[list[list[str]], list[list[str]]],
) -> None:
    gold, predicted = pair
    scores = score(gold, predicted)
    for mode in ("default", "strict"):
        assert scores["type_aware"][mode] == ask_seqeval(gold, predicted, mode)


@given(tagged_pairs(IOB_TAGS), st.randoms(use_true_random=False))
def test_padding_windows_and_the_order_of_names_change_nothing(
    pair: tuple[list[list[str]], list[list[str]]], random: Any
) -> None:
    gold, predicted = pair
    names = random.sample(IOB_TAGS, len(IOB_TAGS))
    rows, sentence_ids = [], []
    for number, tags in enumerate(zip(gold, predicted, strict=True)):
        ids = [(names.index(g), names.index(p)) for g, p in zip(*tags, strict=True)]
        cut = random.randint(0, len(ids))
        rows += [ids[:cut], ids[cut:]]
        sentence_ids += [number, number]
    width = 12
    label_ids = np.full((len(rows), width), -100)
    predicted_ids = np.full((len(rows), width), 999)  # anything may stand where gold is ignored
    for row, ids in enumerate(rows):
        places = sorted(random.sample(range(width), len(ids)))
        for place, (g, p) in zip(places, ids, strict=True):
            label_ids[row, place], predicted_ids[row, place] = g, p
    scores = score_labels(label_ids, predicted_ids, names, sentence_ids=sentence_ids)
    assert scores == score(gold, predicted)


@given(tagged_pairs(IOB_TAGS))
def test_listed_entities_add_up_to_the_counts(
    pair: tuple[list[list[str]], list[list[str]]],
) -> None:
    sides = [np.array([IOB_TAGS.index(t) for s in side for t in s], int) for side in pair]
    arguments = {"names": IOB_TAGS, "offsets": np.cumsum([0, *map(len, pair[0])])}
    whole, listed = count_entities(*sides, **arguments), list_entities(*sides, **arguments)
    for variant, by_mode in whole.items():
        for mode, counts in by_mode.items():
            entries = listed[variant][mode]
            assert entries.types == counts.types
            for side, name in enumerate(("correct", "predicted", "gold")):
                kinds = entries.kinds[entries.sides == side]
                found = np.bincount(kinds, minlength=len(counts.types))
                assert found.tolist() == getattr(counts, name).tolist()


@given(tagged_pairs(IOB_TAGS), st.integers(1, 5))
def test_chunks_of_any_size_change_nothing(
    pair: tuple[list[list[str]], list[list[str]]], size: int
) -> None:
    whole = score(*pair)
    width = max(map(len, pair[0])) + 1
    sides = [
        [[IOB_TAGS.index(t) for t in s] + [-100] * (width - len(s)) for s in side] for side in pair
    ]
    # Each sentence in two rows, the second with what the first leaves over.
    rows = [
        np.array([row for s in side for row in (s[:2] + [-100] * (width - 2), [-100] * 2 + s[2:])])
        for side in (sides if width > 1 else ([], []))
    ]
    ids = np.repeat(np.arange(len(pair[0])), 2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tner_hf.metrics.counts.CHUNK", size)
        patch.setattr("tner_hf.metrics.scores.CHUNK", size)
        assert score(*pair) == whole
        if width > 1:
            assert score_labels(*rows, IOB_TAGS, sentence_ids=ids) == whole


def test_places_are_told_in_later_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tner_hf.metrics.counts.CHUNK", 2)
    with pytest.raises(DataError, match="'X' at token 2 of sentence 4"):
        score([["O"] * 2] * 5, [["O"] * 2] * 3 + [["O", "X"]] * 2)


def test_layout_names_both_variants_and_modes() -> None:
    scores = score([["B-x", "I-x"]], [["I-x", "I-x"]])
    assert scores["type_aware"]["default"]["per_type"] == {
        "x": {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 1}
    }
    assert scores["type_aware"]["strict"]["per_type"] == {
        "x": {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 1}
    }
    assert list(scores["type_ignored"]["default"]["per_type"]) == ["entity"]


def test_macro_counts_types_that_are_only_predicted() -> None:
    scores = score([["B-x", "O"]], [["B-x", "B-y"]])
    assert scores["type_aware"]["default"]["macro"]["f1"] == 0.5


@pytest.mark.parametrize("sentences", [[], [[]], [["O", "O"], []]])
def test_nothing_to_find_scores_zero(sentences: list[list[str]]) -> None:
    zero = {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 0}
    empty = {"micro": zero, "macro": zero, "per_type": {}}
    block = {"default": empty, "strict": empty}
    assert score(sentences, sentences) == {"type_aware": block, "type_ignored": block}


@pytest.mark.parametrize("shape", [(0, 0), (0, 5), (3, 0)])
def test_empty_arrays_score_zero(shape: tuple[int, int]) -> None:
    ids = np.zeros(shape, dtype=int)
    assert score_labels(ids, ids, ["O"])["type_aware"]["default"]["micro"]["support"] == 0


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.int32, np.uint64, np.int64])
def test_every_integer_type_is_read_alike(dtype: type) -> None:
    names = ["O", *(f"{p}-type{i}" for i in range(50) for p in "BI")]
    ids = np.arange(1, 101, dtype=dtype).reshape(5, 20)
    assert score_labels(ids, ids, names)["type_aware"]["default"]["micro"]["support"] == 50


def test_ids_may_cross_the_blocks_that_are_looked_up_at_a_time() -> None:
    ids = np.tile([1, 2, 2], 50_000)
    scores = score_flat(ids, ids, names=["O", "B-x", "I-x"], offsets=np.array([0, len(ids)]))
    assert scores["type_aware"]["strict"]["micro"]["support"] == 50_000


def test_unequal_sentences_are_named() -> None:
    with pytest.raises(DataError, match=r"sentence 2 has 2 gold tags and 1 predicted"):
        score([["O"], ["O", "O"]], [["O"], ["O"]])
    with pytest.raises(DataError, match="2 sentences in references, 1 in predictions"):
        score([["O"], ["O"]], [["O"]])


def test_a_flat_list_of_tags_is_refused() -> None:
    with pytest.raises(DataError, match=r"references\[0\] is the tag 'O', not a sentence"):
        score(["O", "B-x"], ["O", "B-x"])  # type: ignore[list-item]


@pytest.mark.parametrize("tag", ["", "PER", "LABEL_0", "B_x", "b-x", "[PAD]", "L", "U-"])
def test_what_is_no_tag_is_refused_with_its_place(tag: str) -> None:
    with pytest.raises(DataError, match="at token 2 of sentence 3 is no NER tag"):
        score([["O"], [], ["O", "O"]], [["O"], [], ["O", tag]])


def test_a_name_that_is_no_tag_may_stay_unused() -> None:
    names = ["O", "B-x", "[PAD]"]
    assert score_labels([[1, 0]], [[1, 0]], names)["type_aware"]["strict"]["micro"]["f1"] == 1.0


def test_strict_mode_refuses_other_schemes_and_says_what_to_do() -> None:
    with pytest.raises(DataError, match=r"'S-x' at token 1 of sentence 1 .*to_iob2"):
        score([["S-x"]], [["S-x"]])
    assert score([["S-x"]], [["S-x"]], modes=["default"])["type_aware"].keys() == {"default"}


def test_an_id_without_a_name_is_refused_with_its_place() -> None:
    with pytest.raises(DataError, match=r"label id 3 at token 1 of sentence 2 .* ids 0 to 2"):
        score_labels([[0, 1], [0, -100]], [[0, 1], [3, 7]], ["O", "B-x", "I-x"])
    with pytest.raises(DataError, match="label id -1 at token 2"):
        score_labels([[0, -1]], [[0, 0]], ["O"])


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(SettingError, match=r"label_ids has shape \(1, 2\), predicted_ids \(1, 3\)"):
        score_labels([[0, 0]], [[0, 0, 0]], ["O"])
    with pytest.raises(SettingError, match=r"predicted_ids has shape \(1, 1, 2\).*argmax"):
        score_labels([[0]], [[[0.1, 0.9]]], ["O"])
    with pytest.raises(SettingError, match="float64"):
        score_labels([[0]], [[0.5]], ["O"])
    with pytest.raises(SettingError, match=r"sentence_ids has shape \(1,\)"):
        score_labels([[0], [0]], [[0], [0]], ["O"], sentence_ids=[0])
    with pytest.raises(SettingError, match="offsets must rise"):
        score_flat(np.zeros(3, int), np.zeros(3, int), names=["O"], offsets=np.array([0, 2]))
    with pytest.raises(SettingError, match="modes"):
        score([["O"]], [["O"]], modes=["loose"])  # type: ignore[list-item]


def test_pieces_of_a_sentence_must_be_neighbours() -> None:
    with pytest.raises(DataError, match="rows of sentence 7 are not next to each other"):
        score_labels([[0], [0], [0]], [[0], [0], [0]], ["O"], sentence_ids=[7, 8, 7])
