"""A file of JSON rows with other tags in it.

{"tokens": ["Ada"], "id":7, "ner_tags": [ "B-PER" ]}
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tner_hf.formats.iob_lines import Sentence
from tner_hf.formats.options import TAG_COLUMNS, ReadOptions
from tner_hf.formats.retagging.json_text import find_elements, find_members, find_rows
from tner_hf.formats.retagging.splicing import Bounds, TextParts, decode_exactly
from tner_hf.formats.retagging.tags import FileTags


@dataclass
class TaggedRows(TextParts):
    """The rows of a file of JSON, in which tags can be replaced.

    Attributes:
        cells: where the tags of each row are, in the text.
        tags: what stands there.
    """

    cells: list[list[Bounds]]
    tags: FileTags

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
        tags = FileTags.of(raw, meant, sentences, known=is_id)
        if not tags or not rows:
            return None
        return cls(text, options.encoding, rows, range(len(rows)), cells, tags)

    def _write_part(self, sentence: int, tags: Sequence[str]) -> str:
        old, new = self.tags.raw[sentence], self.tags.spell(sentence, tags)
        return self._edit(
            sentence,
            [
                (place, write_value(tag, self.text))
                for place, before, tag in zip(self.cells[sentence], old, new, strict=True)
                if before != tag
            ],
        )


def write_value(value: Any, text: str, **how: Any) -> str:
    """A value as JSON; escaped where a file of only ASCII would get other characters."""
    return json.dumps(value, ensure_ascii=text.isascii(), **how)
