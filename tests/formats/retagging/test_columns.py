"""Tags replaced in files of columns: exact bytes, in every scheme, the others as they were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tner_hf.errors import DataError
from tner_hf.formats.iob import read_iob, scan_iob
from tner_hf.formats.options import ReadOptions
from tner_hf.formats.retagging.columns import TaggedLines
from tner_hf.labels.schemes import Scheme, encode_entities, from_iob2


def open_lines(path: Path, data: bytes, **options: Any) -> TaggedLines:
    path.write_bytes(data)
    chosen = ReadOptions(**options)
    lines = TaggedLines.of(path, scan_iob(path, chosen), chosen)
    assert lines is not None
    return lines


@pytest.mark.parametrize(
    ("data", "tags", "expected"),
    [
        pytest.param(
            b"Ada  NNP\tB-PER\r\nsang VBD   O\r\n\r\n",
            ["O", "B-ART"],
            b"Ada  NNP\tO\r\nsang VBD   B-ART\r\n\r\n",
            id="runs of spaces, and CRLF",
        ),
        pytest.param(
            b"\xef\xbb\xbf-DOCSTART- -X- O O\n\nAda NNP x I-PER\nLee NNP x I-PER\n\n\n",
            ["B-PER", "B-PER"],
            b"\xef\xbb\xbf-DOCSTART- -X- O O\n\nAda NNP x I-PER\nLee NNP x B-PER\n\n\n",
            id="IOB1, a byte-order mark, documents",
        ),
        pytest.param(
            b"# id = 7\nNew\tB-LOC\nYork\tE-LOC\nrains\tO",
            ["O", "B-LOC", "O"],
            b"# id = 7\nNew\tO\nYork\tS-LOC\nrains\tO",
            id="BIOES, a comment, no last line end",
        ),
        pytest.param(
            b"Oslo\tB-LOC\tx\nsang\tO\tx\n",
            ["O", "B-PER"],
            b"Oslo\tO\tx\nsang\tB-PER\tx\n",
            id="tags in a middle column",
        ),
        pytest.param(
            "東\tB-LOC\n京\tM-LOC\n都\tE-LOC\n人\tO\n".encode(),
            ["B-ORG", "I-ORG", "I-ORG", "I-ORG"],
            "東\tB-ORG\n京\tM-ORG\n都\tM-ORG\n人\tE-ORG\n".encode(),
            id="BMES keeps its M, for a new type too",
        ),
        pytest.param(
            b"Ada per\nsang o\nOslo loc\n".replace(b" o\n", b" O\n"),
            ["B-per", "O", "B-org"],
            b"Ada per\nsang O\nOslo org\n",
            id="types without prefix",
        ),
    ],
)
def test_only_the_tags_that_change_are_written(
    data: bytes, tags: list[str], expected: bytes, tmp_path: Path
) -> None:
    lines = open_lines(
        tmp_path / "a.conll", data, **({"tag_column": 1} if b"\tx\n" in data else {})
    )
    assert lines.write({}) == data
    assert lines.write({0: tags}) == expected


def test_a_stray_start_that_would_join_what_is_before_it_is_written_anew(tmp_path: Path) -> None:
    lines = open_lines(tmp_path / "a.conll", b"Rome\tO\nOslo\tI-LOC\nAda\tB-PER\nLee\tI-PER\n")
    assert lines.write({0: ["B-LOC", "B-LOC", "O", "O"]}) == (
        b"Rome\tB-LOC\nOslo\tB-LOC\nAda\tO\nLee\tO\n"
    )


def test_what_a_scheme_cannot_say_is_refused(tmp_path: Path) -> None:
    lines = open_lines(tmp_path / "a.conll", b"Rome I-LOC\nOslo O\nand O\n", scheme="IO")
    with pytest.raises(DataError, match="IO, as this file has them, cannot part two touching"):
        lines.write({0: ["B-LOC", "B-LOC", "O"]})


def test_a_type_that_would_part_columns_is_refused(tmp_path: Path) -> None:
    lines = open_lines(tmp_path / "a.conll", b"Rome B-LOC\nand O\n")
    with pytest.raises(DataError, match="'B-big city' cannot stand in the columns"):
        lines.write({0: ["B-big city", "O"]})
    tabs = open_lines(tmp_path / "b.conll", b"Rome\tB-LOC\nand\tO\n")
    assert tabs.write({0: ["B-big city", "O"]}) == b"Rome\tB-big city\nand\tO\n"


def test_sentences_that_are_left_out_go_with_their_lines_and_documents_stay(tmp_path: Path) -> None:
    data = b"-DOCSTART-\tO\n\nAda\tO\n\n# two\nLee\tO\n\nMay\tO\n"
    lines = open_lines(tmp_path / "a.conll", data)
    assert lines.write({1: ["B-PER"]}, kept={1}) == b"-DOCSTART-\tO\n# two\nLee\tB-PER\n"


def test_lines_that_are_not_one_token_each_are_not_written_in_place(tmp_path: Path) -> None:
    path = tmp_path / "a.conllu"
    path.write_bytes(b"1\tGo\tO\n2-3\tdella\t_\n2\tdi\tO\n3\tRoma\tB-LOC\n\n")
    read = scan_iob(path, ReadOptions())
    if not read.errors:
        assert TaggedLines.of(path, read, ReadOptions()) is None


words = st.text(st.characters(categories=["L", "N", "S", "So", "Mn"]), min_size=1, max_size=4)
sentence = st.lists(
    st.tuples(words, st.sampled_from(["O", "PER", "LOC"]), st.booleans()), min_size=2
)


def tags_of(drawn: list[tuple[str, str, bool]]) -> list[str]:
    found, start = [], 0
    for at, (_, kind, splits) in enumerate(drawn):
        after = drawn[at + 1][1] if at + 1 < len(drawn) else "O"
        if kind != after or splits:
            found += [(kind, start, at + 1)] if kind != "O" else []
            start = at + 1
    return encode_entities(found, len(drawn), Scheme.IOB2)


@given(
    before=st.lists(sentence, min_size=1, max_size=4),
    after=st.lists(st.tuples(st.sampled_from(["O", "PER", "ART"]), st.booleans()), min_size=40),
    scheme=st.sampled_from([Scheme.IOB2, Scheme.BIOES, Scheme.BILOU, Scheme.IOB1]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_what_is_written_reads_as_it_was_meant_and_the_rest_is_the_same(
    before: list[list[tuple[str, str, bool]]],
    after: list[tuple[str, bool]],
    scheme: Scheme,
    end: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.mktemp("retagged") / "a.conll"
    blocks = [
        end.join(
            f"{w[0]}\tx\t{t}" for w, t in zip(one, from_iob2(tags_of(one), scheme), strict=True)
        )
        for one in before
    ]
    data = (end * 2).join(blocks).encode() + end.encode()
    lines = open_lines(path, data, scheme=scheme)
    new = tags_of([(w, *t) for (w, _, _), t in zip(before[0], after, strict=False)])
    written = lines.write({0: new})
    old = [tags_of(one) for one in before]
    changed = path.with_name("b.conll")
    changed.write_bytes(written)
    assert [t for _, t in read_iob(changed, scheme=scheme).sentences] == [new, *old[1:]]
    was, now = (from_iob2(tags, scheme) for tags in (old[0], new))
    for raw, line, before_, after_ in zip(
        data.split(b"\n"), written.split(b"\n"), was, now, strict=False
    ):
        assert (raw == line) == (before_ == after_)
    tail = data.split(b"\n")[len(before[0]) :]
    assert written.split(b"\n")[len(before[0]) :] == tail
