"""Tag schemes: detection over a whole corpus, and conversion that keeps every entity."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities
from strategies import any_tags, iob2_sentences

from tner_hf.errors import DataError, Problem, UnknownNameError
from tner_hf.labels.schemes import (
    Scheme,
    choose_scheme,
    count_pairs,
    encode_entities,
    entities,
    find_breaches,
    find_fault,
    from_iob2,
    parse_scheme,
    to_iob2,
)


def detect_scheme(sentences: Iterable[Sequence[str]]) -> Scheme:
    """The scheme of a corpus; stray `I-` starts in an otherwise IOB2 corpus pass."""
    kept = [list(tags) for tags in sentences]
    pairs = count_pairs(kept)
    scheme = choose_scheme(pairs)
    problems = [
        Problem(f"sentence {breach.sentence}, token {breach.token}", 0, breach.what)
        for breach in find_breaches(kept, scheme, pairs)
        if not breach.stray
    ]
    if problems:
        raise DataError(f"the tags contradict each other; {scheme} fits most of them", problems)
    return scheme


@given(iob2_sentences(), st.sampled_from([s for s in Scheme if s is not Scheme.IO]))
def test_a_scheme_and_back_changes_nothing(tags: list[str], scheme: Scheme) -> None:
    assert to_iob2(from_iob2(tags, scheme), scheme) == tags


@given(iob2_sentences())
def test_io_and_back_loses_only_the_parting_of_touching_entities(tags: list[str]) -> None:
    back = to_iob2(from_iob2(tags, Scheme.IO), Scheme.IO)

    assert [tag[1:] for tag in back] == [tag[1:] for tag in tags]
    parted = [a != "O" and b == f"B{a[1:]}" for a, b in pairwise(tags)]
    assert (back == tags) == (not any(parted))


@given(iob2_sentences(), st.sampled_from(list(Scheme)))
def test_encoded_tags_are_lawful(tags: list[str], scheme: Scheme) -> None:
    assert not list(find_breaches([from_iob2(tags, scheme)], scheme))


@given(st.lists(iob2_sentences(), max_size=5), st.sampled_from(list(Scheme)))
def test_reading_by_the_detected_scheme_keeps_every_entity(
    corpus: list[list[str]], scheme: Scheme
) -> None:
    written = [from_iob2(tags, scheme) for tags in corpus]
    detected = detect_scheme(written)

    read = [entities(to_iob2(tags, detected)) for tags in written]
    assert read == [entities(tags) for tags in written]
    if scheme is not Scheme.IO:
        assert read == [entities(tags) for tags in corpus]


@given(any_tags)
def test_entities_are_those_of_seqeval(tags: list[str]) -> None:
    assert entities(tags) == [(kind, start, end + 1) for kind, start, end in get_entities(tags)]


@given(any_tags)
def test_entities_survive_encoding_of_any_tags(tags: list[str]) -> None:
    found = entities(tags)

    assert entities(encode_entities(found, len(tags), Scheme.IOB2)) == found


@pytest.mark.parametrize(
    ("sentences", "scheme"),
    [
        ([], "IOB2"),
        (["O O"], "IOB2"),
        (["B-PER I-PER O B-LOC B-LOC"], "IOB2"),
        (["B-PER B-PER"], "IOB2"),
        (["I-PER I-PER O I-LOC"], "IO"),
        (["I-PER O I-LOC B-LOC"], "IOB1"),
        (["O", "I-LOC I-LOC", "O B-NAME I-NAME O", "B-NAME"], "IOB2"),
        (["B-PER O I-LOC", "I-PER"], "IOB2"),  # the benefit of the doubt
        (["S-PER O"], "BIOES"),
        (["B-PER E-PER"], "BIOES"),
        (["U-PER O B-LOC I-LOC L-LOC"], "BILOU"),
    ],
)
def test_the_scheme_is_judged_by_all_tags(sentences: list[str], scheme: str) -> None:
    assert detect_scheme(tags.split() for tags in sentences) is Scheme(scheme)


def test_a_late_sentence_can_decide() -> None:
    corpus = [["I-NAME", "I-NAME"]] * 1000
    assert detect_scheme(corpus) is Scheme.IO
    assert detect_scheme([*corpus, ["I-NAME", "B-NAME"]]) is Scheme.IOB1


@pytest.mark.parametrize(
    ("sentences", "where", "what"),
    [
        (
            ["S-PER O", "B-LOC E-LOC", "U-PER"],
            "sentence 2, token 0",
            "tag 'U-PER' is not BIOES, whose prefixes are B, I, E, S and plain O",
        ),
        (
            ["S-PER", "B-LOC E-LOC", "O B-LOC"],
            "sentence 2, token 1",
            "tag 'B-LOC' ends an entity; under BIOES that is E-LOC or S-LOC",
        ),
        (
            ["U-PER", "B-LOC L-LOC", "I-LOC L-LOC"],
            "sentence 2, token 0",
            "tag 'I-LOC' starts an entity; under BILOU that is B-LOC or U-LOC",
        ),
    ],
)
def test_contradicting_schemes_are_shown_where_they_are(
    sentences: list[str], where: str, what: str
) -> None:
    with pytest.raises(DataError) as caught:
        detect_scheme(tags.split() for tags in sentences)

    assert [str(problem) for problem in caught.value.problems] == [f"{where}: {what}"]


def test_an_unclosed_and_an_unopened_entity_are_two_breaches() -> None:
    breaches = list(find_breaches([["B-PER", "I-LOC", "E-LOC"]], Scheme.BIOES))

    assert [(breach.token, breach.stray) for breach in breaches] == [(0, False), (1, False)]


def test_stray_starts_can_be_read_in_one_way_only() -> None:
    tags = [["B-PER", "I-PER", "I-LOC", "O", "I-PER"]]

    assert [(b.token, b.stray) for b in find_breaches(tags, Scheme.IOB2)] == [(2, True), (4, True)]
    assert [(b.token, b.stray) for b in find_breaches(tags, Scheme.IOB1)] == [(0, True)]
    assert not any(breach.stray for breach in find_breaches(tags, Scheme.BIOES))


@pytest.mark.parametrize(
    ("tag", "fault"),
    [
        ("", "the tag is empty"),
        ("PER", "tag 'PER' has no prefix"),
        ("o", "tag 'o' has no prefix"),
        ("B-", "tag 'B-' has the prefix 'B' but no type"),
        ("I", "tag 'I' has the prefix 'I' but no type"),
        ("X-PER", "tag 'X-PER' has the unknown prefix 'X'"),
        ("b-PER", "tag 'b-PER' has the unknown prefix 'b'"),
        ("O-PER", "tag 'O-PER' has the prefix 'O', which takes no type"),
        ("B- PER", "tag 'B- PER' has white space around its type"),
        ("B-\x1b[1mPER", "tag 'B-\\x1b[1mPER' has a control character or a line end in its type"),
        ("I-a\u2028b", "tag 'I-a\\u2028b' has a control character or a line end in its type"),
        ("I-a\x85b", "tag 'I-a\\x85b' has a control character or a line end in its type"),
    ],
)
def test_malformed_tags_are_told_apart(tag: str, fault: str) -> None:
    accepted = "O, or B-, I-, E-, S-, L- or U- and a type, as in IOB2, IO, IOB1, BIOES, BILOU"
    assert find_fault(tag) == f"{fault}; accepted: {accepted}"


@pytest.mark.parametrize("tag", ["O", "B-creative-work", "U-x", "I-二"])
def test_good_tags_have_no_fault(tag: str) -> None:
    assert find_fault(tag) is None


@pytest.mark.parametrize("read", [entities, lambda tags: to_iob2(tags, Scheme.IOB2)])
def test_malformed_tags_are_never_read(read: object) -> None:
    with pytest.raises(DataError, match="tag 'PER' has no prefix"):
        read(["O", "PER"])  # type: ignore[operator]


def test_a_prefix_of_another_scheme_is_never_read() -> None:
    with pytest.raises(DataError, match="tag 'S-PER' is not IOB2"):
        to_iob2(["S-PER"], Scheme.IOB2)


@pytest.mark.parametrize(
    ("name", "scheme"),
    [("iob2", Scheme.IOB2), ("BIO", Scheme.IOB2), ("iobes", Scheme.BIOES), (Scheme.IO, Scheme.IO)],
)
def test_schemes_have_other_names(name: str, scheme: Scheme) -> None:
    assert parse_scheme(name) is scheme


def test_an_unknown_scheme_names_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match="Known: IOB2, IO, IOB1, BIOES, BILOU"):
        parse_scheme("BMEWO")


def test_touching_entities_stay_apart_in_each_scheme() -> None:
    tags: Sequence[str] = ["B-LOC", "B-LOC", "I-LOC", "O", "B-LOC"]

    assert {scheme.value: " ".join(from_iob2(tags, scheme)) for scheme in Scheme} == {
        "IOB2": "B-LOC B-LOC I-LOC O B-LOC",
        "IO": "I-LOC I-LOC I-LOC O I-LOC",
        "IOB1": "I-LOC B-LOC I-LOC O I-LOC",
        "BIOES": "S-LOC B-LOC E-LOC O S-LOC",
        "BILOU": "U-LOC B-LOC L-LOC O U-LOC",
    }
