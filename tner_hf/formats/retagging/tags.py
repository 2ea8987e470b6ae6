"""The tags of a file as it spells them: its scheme, its prefixes, its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

from tner_hf.errors import DataError
from tner_hf.formats.iob_lines import Sentence
from tner_hf.formats.options import ReadOptions
from tner_hf.labels import OUTSIDE, split_tag
from tner_hf.labels.schemes import (
    Scheme,
    choose_scheme,
    convert_sentences,
    count_pairs,
    find_fault,
    from_iob2,
    to_iob2,
)


@dataclass(frozen=True)
class FileTags:
    """What stands in a file for the tags of its sentences.

    Attributes:
        raw: of each sentence, as they stand: text, or ids.
        meant: raw tag to the tag that it is, where that is another one.
        scheme: that they are in.
        known: whether there are no others, as with ids.
    """

    raw: Sequence[Sequence[Any]]
    meant: Mapping[Any, str]
    scheme: Scheme
    known: bool = False

    @classmethod
    def of(
        cls,
        raw: Sequence[Sequence[Any]],
        meant: Mapping[Any, str],
        read: Sequence[Sentence],
        scheme: Scheme | None = None,
        *,
        known: bool = False,
    ) -> FileTags | None:
        """The tags, if they mean what was read; the scheme is found out where none is given."""
        tags = [[meant.get(tag, tag) for tag in one] for one in raw]
        if any(not isinstance(tag, str) or find_fault(tag) for tag in set(chain(*tags))):
            return None
        scheme = scheme or choose_written(choose_scheme(count_pairs(tags)), ReadOptions(), meant)
        try:
            written = convert_sentences(tags, scheme)
            same = all(new == list(old) for new, (_, old) in zip(written, read, strict=True))
        except (DataError, ValueError):
            return None
        return cls(raw, meant, scheme, known) if same else None

    @cached_property
    def _raw_of(self) -> dict[str, Any]:
        return {tag: raw for raw, tag in self.meant.items()}

    def spell(self, sentence: int, tags: Sequence[str]) -> list[Any]:
        """A sentence's tags in IOB2 as the file writes them; those that stay, as they stand.

        Raises:
            DataError: the file's scheme cannot say them, or it has no id for one.
        """
        raw = self.raw[sentence]
        old = [self.meant.get(tag, tag) for tag in raw]
        before = from_iob2(to_iob2(old, self.scheme), self.scheme)
        after = from_iob2(tags, self.scheme)
        new = [o if b == a else a for o, b, a in zip(old, before, after, strict=True)]
        if to_iob2(new, self.scheme) != list(tags):  # what stands there means another thing now
            new = after
        if to_iob2(new, self.scheme) != list(tags):
            raise DataError(
                f"tags in {self.scheme}, as this file has them, cannot part two touching entities "
                "of one type; leave a word between them, or write another format (--to iob2)"
            )
        return [r if o == n else self._spell(n) for r, o, n in zip(raw, old, new, strict=True)]

    def _spell(self, tag: str) -> Any:
        if tag in self._raw_of or (tag == OUTSIDE and not self.known):
            return self._raw_of.get(tag, tag)
        if self.known:
            raise DataError(
                f"this file has ids for tags, and none for {tag!r}; choose a type that it has, or "
                "write tags as text (--to jsonl)"
            )
        prefix, entity_type = split_tag(tag)
        for known, raw in self._raw_of.items():  # a new type, as others of its prefix are spelt
            if split_tag(known)[0] == prefix and raw.endswith(split_tag(known)[1]):
                return raw.removesuffix(split_tag(known)[1]) + entity_type
        return tag


def choose_written(read: Scheme, options: ReadOptions, meant: Mapping[Any, str]) -> Scheme:
    """The scheme to write in where one was read.

    Where nothing touches IOB1 looks like IO, and says all that IO says.
    """
    plain = read is Scheme.IO and options.scheme is None and not meant
    return Scheme.IOB1 if plain else read
