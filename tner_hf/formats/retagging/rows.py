"""A file of JSON rows with other tags in it.

{"tokens": ["Ada"], "id":7, "ner_tags": [ "B-PER" ]}
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from tner_hf.formats.iob_lines import Sentence
from tner_hf.formats.options import TAG_COLUMNS, ReadOptions
from tner_hf.formats.retagging.json_text import find_elements, find_members, find_rows
from tner_hf.formats.retagging.splicing import (
    Bounds,
    decode_exactly,
    encode_text,
    join_parts,
    splice,
)
from tner_hf.formats.retagging.tags import FileTags


class TaggedRows:
    """The rows of a file of JSON, in which tags can be replaced.

    Args:
        text: of the file.
        encoding: of the file.
        rows: where each row is, a sentence each.
        cells: where the tags of each row are, in the text.
        tags: what stands there.
    """

    keeps_all = False

    def __init__(
        self, text: str, encoding: str, rows: list[Bounds], cells: list[list[Bounds]],
        tags: FileTags,
    ) -> None:  # fmt: skip
        self.text, self.encoding = text, encoding
        self.rows, self.cells, self.tags = rows, cells, tags

    @classmethod
    def of(
        cls, path: Path, sentences: Sequence[Sentence], options: ReadOptions,
        label2id: Mapping[str, int] | None,
    ) -> Self | None:  # fmt: skip
        """The rows of a file that was read; None where its tags cannot be replaced in place."""
        text = decode_exactly(path, options.encoding)
        if text is None:
            return None
        try:
            rows = [place for _, place in find_rows(text)]
        except (ValueError, RecursionError, IndexError):
            return None
        if len(rows) != len(sentences):
            return None
        given = options.named_column("tag_column")
        names = (given,) if given else TAG_COLUMNS
        cells, raw = [], []
        for start, _ in rows:
            members = find_members(text, start)
            lists = [members[n] for n in names if n in members and text[members[n][0]] == "["]
            cells.append(find_elements(text, lists[0][0]) if lists else [])
            raw.append([json.loads(text[a:b]) for a, b in cells[-1]])
        is_id = any(isinstance(tag, int) for one in raw for tag in one)
        meant: dict[Any, str] = {}
        if is_id:
            meant = {number: tag for tag, number in (label2id or {}).items()}
        tags = (
            FileTags.of(raw, meant, sentences, known=is_id) if len(rows) == len(sentences) else None
        )
        return cls(text, options.encoding, rows, cells, tags) if tags and rows else None

    def judge(self, sentence: int, tags: Sequence[str]) -> None:
        """Make sure that a sentence can have these tags.

        Raises:
            DataError: it cannot.
        """
        self._write_row(sentence, tags)

    def write(
        self, changed: Mapping[int, Sequence[str]], kept: Collection[int] | None = None
    ) -> bytes:
        """The file with other tags.

        Args:
            changed: sentence to its tags in IOB2.
            kept: sentences to write; all where None.

        Raises:
            DataError: tags that the file cannot say.
        """
        rows = {sentence: self._write_row(sentence, tags) for sentence, tags in changed.items()}
        return encode_text(join_parts(self.text, self.rows, rows, kept), self.encoding)

    def _write_row(self, sentence: int, tags: Sequence[str]) -> str:
        start, end = self.rows[sentence]
        old, new = self.tags.raw[sentence], self.tags.spell(sentence, tags)
        edits = [
            ((a - start, b - start), write_value(tag, self.text))
            for (a, b), before, tag in zip(self.cells[sentence], old, new, strict=True)
            if before != tag
        ]
        row = splice(self.text[start:end], edits)
        encode_text(row, self.encoding)
        return row


def write_value(value: Any, text: str, **how: Any) -> str:
    """A value as JSON; escaped where a file of only ASCII would get other characters."""
    return json.dumps(value, ensure_ascii=text.isascii(), **how)
