"""The form that a file was read from, to be written again with other tags in some sentences."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from tner_hf.formats.iob import IobFile
from tner_hf.formats.options import ReadOptions
from tner_hf.formats.retagging.columns import TaggedLines
from tner_hf.formats.retagging.spans import SPAN_SHAPES, MarkedRows
from tner_hf.formats.retagging.standoff import MarkedPairs
from tner_hf.formats.retagging.tables import TaggedTable


class Original(Protocol):
    """A file as it is, with tags that can be replaced.

    Attributes:
        keeps_all: whether no sentence can be left out.
    """

    keeps_all: bool

    def judge(self, sentence: int, tags: Sequence[str]) -> None:
        """Make sure that a sentence can have these tags in IOB2.

        Raises:
            DataError: it cannot.
        """

    def write(
        self, changed: Mapping[int, Sequence[str]], kept: Collection[int] | None = None
    ) -> bytes | Mapping[str, bytes]:
        """The bytes of the file, of brat of each file by its name.

        Args:
            changed: sentence to its tags in IOB2.
            kept: sentences to write; all where None, or where `keeps_all`.

        Raises:
            DataError: tags that the file cannot say.
        """


def open_original(
    paths: Sequence[Path], form: str, reads: Sequence[IobFile], options: ReadOptions
) -> Original | None:
    """Files that were scanned, in their own form; None where that form is written anew only."""
    if form == "brat":
        return MarkedPairs.of(paths, reads, options)
    if len(paths) > 1:
        return None
    path, read = paths[0], reads[0]
    if form == "csv":
        return TaggedTable.of(path, read, options) or TaggedLines.of(path, read, options)
    if form in SPAN_SHAPES:
        return MarkedRows.of(path, form, read, options)
    return TaggedLines.of(path, read, options) if form == "columns" else None
