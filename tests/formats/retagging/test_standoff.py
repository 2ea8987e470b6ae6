"""Entities replaced in brat's pairs: the other lines as they were."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from formats.retagging.conftest import Sentence, edits
from formats.retagging.test_spans import list_spans
from hypothesis import assume, given
from hypothesis import strategies as st

from tner_hf.errors import DataError
from tner_hf.formats.brat import scan_brat
from tner_hf.formats.options import ReadOptions
from tner_hf.formats.retagging.standoff import MarkedPairs

BY_SPACES = ReadOptions(word_splitter="whitespace")


def open_pair(folder: Path, text: bytes, marks: bytes) -> tuple[MarkedPairs, list[Sentence]]:
    (folder / "a.txt").write_bytes(text)
    (folder / "a.ann").write_bytes(marks)
    read = scan_brat(folder / "a.ann", BY_SPACES)
    assert not read.errors
    pairs = MarkedPairs.of([folder / "a.ann"], [read], BY_SPACES)
    assert pairs is not None
    assert pairs.write({}) == {"a.txt": text, "a.ann": marks}
    return pairs, read.sentences


@given(drawn=edits(), hand=st.randoms(use_true_random=False), end=st.sampled_from(["\n", "\r\n"]))
def test_only_the_lines_of_changed_entities_differ(
    drawn: tuple[list[Sentence], dict[int, list[str]]],
    hand: random.Random,
    end: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    sentences, changed = drawn
    assume(all(word.split() == [word] for tokens, _ in sentences for word in tokens))
    text, lines, owner = "", ["#1\tAnnotatorNotes T0\tnobody"], [(-1, "")]
    for number, sentence in enumerate(sentences):
        for start, stop, kind in list_spans(sentence):
            surface = " ".join(sentence[0])[start:stop]
            bounds = f"{len(text) + start} {len(text) + stop}"
            lines.append(f"T{hand.randint(1, 9)}{len(lines)}\t{kind} {bounds}\t{surface}")
            owner.append((number, f"{kind} {bounds}"))
        text += " ".join(sentence[0]) + end
    lines += ["*\tEquiv T1 T2", ""]
    owner += [(-1, ""), (-1, "")]
    folder = tmp_path_factory.mktemp("brat")
    pairs, read = open_pair(folder, text.encode(), end.join(lines).encode())
    assert read == sentences
    for number, tags in changed.items():
        pairs.judge(number, tags)
    files = pairs.write(changed)
    assert files["a.txt"].decode() == text
    after = files["a.ann"].decode().split(end)
    wanted = {}
    at = 0
    for number, sentence in enumerate(sentences):
        told = list_spans((sentence[0], changed.get(number, sentence[1])))
        wanted[number] = {f"{kind} {at + start} {at + stop}" for start, stop, kind in told}
        at += len(" ".join(sentence[0]) + end)
    for line, (number, entity) in zip(lines, owner, strict=True):
        assert (number >= 0 and entity not in wanted[number]) or line in after
    marks = [line.split("\t") for line in after if line.startswith("T")]
    assert sorted(m[1] for m in marks) == sorted(e for found in wanted.values() for e in found)
    assert len({m[0] for m in marks}) == len(marks)
    for name in files:
        (folder / name).write_bytes(files[name])
    again = scan_brat(folder / "a.ann", BY_SPACES).sentences
    assert [t for _, t in again] == [changed.get(n, t) for n, (_, t) in enumerate(sentences)]


def test_an_id_stays_with_what_names_it_and_may_not_go(tmp_path: Path) -> None:
    marks = b"T1\tPER 0 3\tAda\r\nA1\tFamous T1\r\nR1\tKnows Arg1:T1 Arg2:T2\r\nT2\tPER 4 6\tBo\r\n"
    pairs, _ = open_pair(tmp_path, b"Ada Bo\r\nLee\r\n", marks)
    with pytest.raises(DataError, match=r"T2 cannot go: a\.ann:3 names it, 'R1"):
        pairs.judge(0, ["B-ORG", "I-ORG"])
    assert pairs.write({0: ["B-ORG", "B-PER"], 1: ["B-X"]})["a.ann"] == (
        marks.replace(b"T1\tPER", b"T1\tORG") + b"T3\tX 8 11\tLee\r\n"
    )


def test_pieces_stay_pieces_until_the_bounds_change(tmp_path: Path) -> None:
    marks = b"T1\tPER 0 3;8 11\tAda Lee\nT2\tLOC 12 16\tOslo"
    pairs, read = open_pair(tmp_path, b"Ada Bea Lee Oslo\n", marks)
    assert read[0][1] == ["B-PER", "I-PER", "I-PER", "B-LOC"]
    kept = pairs.write({0: ["B-ORG", "I-ORG", "I-ORG", "O"]})["a.ann"]
    assert kept == b"T1\tORG 0 3;8 11\tAda Lee"
    moved = pairs.write({0: ["B-PER", "I-PER", "O", "B-LOC"]})["a.ann"]
    assert moved == b"T1\tPER 0 7\tAda Bea\nT2\tLOC 12 16\tOslo"


def test_an_entity_over_a_lines_end_has_a_piece_for_each_line(tmp_path: Path) -> None:
    marks = b"T1\tPER 0 3;5 8\tAda Lee\r\n"
    pairs, read = open_pair(tmp_path, b"Ada\r\nLee sang\r\n", marks)
    assert read == [(["Ada", "Lee", "sang"], ["B-PER", "I-PER", "O"])]
    grown = pairs.write({0: ["B-PER", "I-PER", "I-PER"]})["a.ann"]
    assert grown == b"T1\tPER 0 3;5 13\tAda Lee sang\r\n"
    assert pairs.write({0: ["B-PER", "O", "O"]})["a.ann"] == b"T1\tPER 0 3\tAda\r\n"


def test_nested_entities_are_not_lost_and_an_empty_file_takes_new_ones(tmp_path: Path) -> None:
    marks = b"T1\tLOC 0 13\tNew York City\nT2\tLOC 0 8\tNew York\n"
    pairs, _ = open_pair(tmp_path, b"New York City\n", marks)
    with pytest.raises(DataError, match=r"a\.ann cannot say that beside what else it holds"):
        pairs.judge(0, ["O", "O", "O"])
    pairs, _ = open_pair(tmp_path, b"New York City\n", b"")
    assert pairs.write({0: ["B-LOC", "I-LOC", "O"]})["a.ann"] == b"T1\tLOC 0 8\tNew York\n"
