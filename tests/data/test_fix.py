"""Repairing files: a good copy, a log of every change, or no file at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tner_hf.data.check import check_files
from tner_hf.data.fix import fix_file
from tner_hf.errors import DataError
from tner_hf.formats.iob import read_iob


def fix(folder: Path, content: bytes, **options: str) -> tuple[bytes, list[str]]:
    """The repaired bytes and the log."""
    (folder / "old.txt").write_bytes(content)
    log = fix_file(folder / "old.txt", folder / "new.txt", **options)  # type: ignore[arg-type]
    assert check_files([folder / "new.txt"], strict=True).ok
    return (folder / "new.txt").read_bytes(), [str(change) for change in log.changes]


def test_a_good_file_stays_as_it_is(tmp_path: Path, toy_iob: Path) -> None:
    assert fix(tmp_path, toy_iob.read_bytes()) == (toy_iob.read_bytes(), [])


def test_bytes_are_put_in_order(tmp_path: Path) -> None:
    content = "\ufeffZoë\tB-PER\r\n\t\r\nRome\tB-LOC".encode()
    assert fix(tmp_path, content) == (
        "Zoë\tB-PER\n\nRome\tB-LOC\n".encode(),
        [
            "byte-order mark removed",
            "line ends became LF",
            "line end added after the last line",
            "spaces and TABs removed from 1 blank line",
        ],
    )


def test_another_encoding_becomes_utf_8(tmp_path: Path) -> None:
    content = "Zoë\tB-PER\n"
    assert fix(tmp_path, content.encode("latin-1"), encoding="latin-1") == (
        content.encode(),
        ["latin-1 became utf-8"],
    )


def test_strays_are_given_a_start(tmp_path: Path) -> None:
    fixed, log = fix(tmp_path, b"Ada N B-PER\nRome  N I-LOC\nwins V O\n")

    assert fixed == b"Ada N B-PER\nRome N B-LOC\nwins V O\n"
    assert log == ["line 2: tag 'I-LOC' starts an entity; under IOB2 that is B-LOC; now 'B-LOC'"]


def test_another_scheme_becomes_iob2(tmp_path: Path) -> None:
    fixed, log = fix(tmp_path, b"a\tS-LOC\nb\tS-LOC\nc\tO\nd\tB-PER\ne\tE-PER\n")

    assert fixed == b"a\tB-LOC\nb\tB-LOC\nc\tO\nd\tB-PER\ne\tI-PER\n"
    assert log == ["BIOES became IOB2: 3 tags rewritten"]


def test_schemes_that_contradict_each_other_are_reconciled(tmp_path: Path) -> None:
    fixed, log = fix(tmp_path, b"a\tB-PER\nb\tE-PER\n\nc\tB-LOC\nd\tL-LOC\n\ne\tS-LOC\nf\tB-LOC\n")

    assert fixed == b"a\tB-PER\nb\tI-PER\n\nc\tB-LOC\nd\tI-LOC\n\ne\tB-LOC\nf\tB-LOC\n"
    assert log == [
        "BIOES became IOB2: 3 tags rewritten",
        "line 5: tag 'L-LOC' is not BIOES, whose prefixes are B, I, E, S and plain O; now 'I-LOC'",
        "line 8: tag 'B-LOC' ends an entity; under BIOES that is E-LOC or S-LOC; now 'B-LOC'",
    ]


def test_a_repaired_file_holds_the_same_entities(tmp_path: Path) -> None:
    content = b"a I-LOC\nb B-LOC\nc I-LOC\n\nd I-PER\n"
    (tmp_path / "old.txt").write_bytes(content)

    fix_file(tmp_path / "old.txt", tmp_path / "new.txt")

    assert read_iob(tmp_path / "new.txt").sentences == read_iob(tmp_path / "old.txt").sentences


def test_a_file_may_be_repaired_in_place(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_bytes(b"a B-PER\r\n")

    fix_file(path, path)

    assert path.read_bytes() == b"a B-PER\n"
    assert list(tmp_path.iterdir()) == [path]


def test_what_needs_a_person_is_not_guessed(tmp_path: Path) -> None:
    (tmp_path / "old.txt").write_text("a B-PER\nb\nc PER\n")

    with pytest.raises(DataError) as caught:
        fix_file(tmp_path / "old.txt", tmp_path / "new.txt")

    assert [problem.line for problem in caught.value.problems] == [2, 3]
    assert not (tmp_path / "new.txt").exists()
