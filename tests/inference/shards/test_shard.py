"""Files are cut at line ends, tables by rows; nothing is lost and nothing comes twice."""

from __future__ import annotations

import hashlib
import io

from hypothesis import given
from hypothesis import strategies as st

from tner_hf.inference.shards.shard import cut_lines
from tner_hf.inference.shards.tables import cut_rows


@given(
    data=st.lists(st.sampled_from([b"\n", b"a", b"\r", b"\xc3\xa9", b"bcd"]), max_size=60),
    size=st.none() | st.integers(1, 20),
)
def test_parts_are_whole_lines_and_all_of_them(data: list[bytes], size: int | None) -> None:
    whole = b"".join(data)
    count, digest, parts = cut_lines(io.BytesIO(whole), size)
    assert (count, digest) == (len(whole), hashlib.sha256(whole).hexdigest())
    pieces = [whole[part.begin : part.end] for part in parts]
    assert b"".join(pieces) == whole
    assert [hashlib.sha256(piece).hexdigest() for piece in pieces] == [p.digest for p in parts]
    assert all(piece.endswith(b"\n") for piece in pieces[:-1])
    assert [part.first for part in parts] == [
        1 + whole[: part.begin].count(b"\n") for part in parts
    ]
    if size is None:
        assert len(parts) == bool(whole)
    else:  # a part ends with the first line that makes it long enough
        assert all(len(piece) >= size for piece in pieces[:-1])
        assert all(len(piece[: piece[:-1].rfind(b"\n") + 1]) < size for piece in pieces[:-1])


@given(
    groups=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 500)), max_size=6),
    size=st.integers(1, 100),
)
def test_tables_are_cut_into_all_their_rows(groups: list[tuple[int, int]], size: int) -> None:
    parts = cut_rows(groups, size)
    assert [row for begin, end, _ in parts for row in range(begin, end)] == list(
        range(sum(rows for rows, _ in groups))
    )
    assert all(begin < end for begin, end, _ in parts)
