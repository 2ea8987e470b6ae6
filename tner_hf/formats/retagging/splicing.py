"""Text in which some places are replaced."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tner_hf.errors import DataError
from tner_hf.formats.containers import read_bytes

#: Start and end in a text.
Bounds = tuple[int, int]


def decode_exactly(path: Path, encoding: str) -> str | None:
    """The text of a file with any byte-order mark; None where encoding it gives other bytes."""
    data = read_bytes(path)
    try:
        text = data.decode(encoding)
        return text if text.encode(encoding) == data else None
    except UnicodeError:
        return None


def encode_text(text: str, encoding: str) -> bytes:
    """The bytes of a text.

    Raises:
        DataError: the encoding has no place for a character.
    """
    try:
        return text.encode(encoding)
    except UnicodeEncodeError as error:
        raise DataError(
            f"{error.object[error.start]!r} cannot be written in {encoding}, the encoding of this "
            "file; choose another type, or another format (--to jsonl)"
        ) from error


def splice(text: str, edits: Iterable[tuple[Bounds, str]]) -> str:
    """A text with other text in some places, which do not overlap.

    >>> splice("Ada sang", [((4, 8), "wrote"), ((0, 3), "Zoë")])
    'Zoë wrote'
    """
    pieces, at = [], 0
    for (start, end), new in sorted(edits):
        pieces += [text[at:start], new]
        at = end
    return "".join([*pieces, text[at:]])


def join_parts(
    text: str, parts: Sequence[Bounds], changed: Mapping[int, str], kept: Collection[int] | None
) -> str:
    """A text with some of its parts changed, or left out with what stands before them.

    >>> join_parts("[a, b,c]", [(1, 2), (4, 5), (6, 7)], {2: "C"}, kept={1, 2})
    '[b,C]'
    """
    if kept is None:
        return splice(text, [(parts[number], new) for number, new in changed.items()])
    pieces = [text[: parts[0][0]]]
    for number, (start, end) in enumerate(parts):
        if number in kept:
            gap = text[parts[number - 1][1] : start] if len(pieces) > 1 else ""
            pieces += [gap, changed.get(number, text[start:end])]
    return "".join([*pieces, text[parts[-1][1] :]])


@dataclass
class TextParts(ABC):
    """A text whose parts are written one by one, each from the tags of a sentence in it.

    Attributes:
        parts: where each part is.
        places: the part of each sentence.
    """

    text: str
    encoding: str
    parts: Sequence[Bounds]
    places: Sequence[int]

    keeps_all = False

    @abstractmethod
    def _write_part(self, sentence: int, tags: Sequence[str]) -> str:
        """The part of a sentence with other tags.

        Raises:
            DataError: it cannot say them.
        """

    def judge(self, sentence: int, tags: Sequence[str]) -> None:
        """See `Original`."""
        encode_text(self._write_part(sentence, tags), self.encoding)

    def write(
        self, changed: Mapping[int, Sequence[str]], kept: Collection[int] | None = None
    ) -> bytes:
        """See `Original`."""
        parts = {self.places[n]: self._write_part(n, tags) for n, tags in changed.items()}
        chosen = None if kept is None else {self.places[n] for n in kept}
        return encode_text(join_parts(self.text, self.parts, parts, chosen), self.encoding)

    def _edit(self, sentence: int, edits: Iterable[tuple[Bounds, str]]) -> str:
        """The part of a sentence with other text in some places of the whole text."""
        start, end = self.parts[self.places[sentence]]
        moved = [((a - start, b - start), new) for (a, b), new in edits]
        return splice(self.text[start:end], moved)
