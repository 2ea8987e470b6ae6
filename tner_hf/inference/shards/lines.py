"""Files of lines: a text a line, or an object of JSON a line; cut at line ends."""

from __future__ import annotations

import codecs
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tner_hf.errors import DataError
from tner_hf.files import parse_json
from tner_hf.formats.containers import PACKED_SUFFIXES
from tner_hf.formats.csv_texts import TEXT
from tner_hf.inference.shards.addresses import open_address
from tner_hf.inference.shards.columns import infer_schema
from tner_hf.inference.shards.rows import BATCH_BYTES, BATCH_ROWS, Batch
from tner_hf.inference.shards.shard import Facts, Part, cut_lines

if TYPE_CHECKING:
    import pyarrow as pa

#: A line that is longer is not held in memory.
MOST_BYTES = 64 << 20


@dataclass(frozen=True)
class LinesSource:
    """A file of lines.

    Attributes:
        form: what a line is.
        column: of the text, or the words, in an object.
        encoding: how its bytes stand for text; one in which a line end is one byte.
    """

    address: str
    name: str
    form: Literal["text", "json"]
    column: str = TEXT
    encoding: str = "utf-8"

    unit = "line"

    def __post_init__(self) -> None:
        if "\n".encode(self.encoding) != b"\n":
            raise DataError(
                f"{self.name}: lines in {self.encoding} cannot be told apart by their bytes; "
                f"convert it, e.g. iconv -f {self.encoding} -t utf-8"
            )

    @property
    def _packed(self) -> bool:
        """Whether its bytes can only be read from the front; then it is one shard."""
        path = self.address
        return os.path.splitext(path)[1] in PACKED_SUFFIXES or ".zip/" in path  # noqa: PTH122

    def cut(self, size: int) -> tuple[Facts, list[Part]]:
        """Where the file is cut.

        Raises:
            DataError: it says by its first bytes that its lines cannot be told apart by bytes.
        """
        with open_address(self.address) as file:
            begins = file.read(2)
        if begins in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            raise DataError(
                f"{self.name}: the file begins like utf-16, whose lines cannot be told apart by "
                "their bytes; convert it, e.g. iconv -f utf-16 -t utf-8"
            )
        with open_address(self.address) as file:
            count, digest, parts = cut_lines(file, None if self._packed else size)
        return Facts(self.name, count, digest), parts

    def schema(self, parts: list[Part]) -> pa.Schema:
        import pyarrow as pa

        if self.form == "text":
            return pa.schema([(TEXT, pa.string())])
        return infer_schema(self, parts, self.column)

    def read(self, part: Part) -> Iterator[Batch]:
        for numbers, lines in self._read_lines(part):
            if self.form == "text":
                yield self._read_texts(numbers, lines)
                continue
            rows = [(n, line) for n, line in zip(numbers, lines, strict=True)
                    if not isinstance(line, bytes) or line.strip()]  # fmt: skip
            parsed = [self._parse(line) for _, line in rows]
            yield Batch.of_objects(parsed, [n for n, _ in rows], self.column)

    def _read_texts(self, numbers: range, lines: list[bytes | str]) -> Batch:
        """A text for each line."""
        texts: list[Any] = []
        faults: dict[int, str] = {}
        for at, line in enumerate(lines):
            if isinstance(line, str):
                faults[at] = line
                texts.append(None)
                continue
            try:
                texts.append(line.decode(self.encoding))
            except UnicodeDecodeError as error:
                faults[at] = f"byte {error.start} is not {self.encoding}; --encoding names another"
                texts.append(line.decode(self.encoding, "replace"))
        items = [None if at in faults else text for at, text in enumerate(texts)]
        return Batch([{TEXT: text} for text in texts], items, numbers, faults)

    def _parse(self, line: bytes | str) -> dict[str, Any] | str:
        """The object of a line, or why there is none."""
        if isinstance(line, str):
            return line
        try:
            row = parse_json(line.decode(self.encoding))
        except UnicodeDecodeError as error:
            return f"byte {error.start} is not {self.encoding}"
        except ValueError as error:
            return f"not JSON: {error}"[:200]
        return row if isinstance(row, dict) else f"{type(row).__name__}, and no object"

    def _read_lines(self, part: Part) -> Iterator[tuple[range, list[bytes | str]]]:
        """Lines without their ends, some at a time; a str is why one cannot be had.

        Raises:
            DataError: the file is not what it was when it was cut.
        """
        digest = hashlib.sha256()
        held: list[bytes | str] = []
        size, number = 0, part.first
        position = part.begin
        with open_address(self.address, seekable=not self._packed) as file:
            file.seek(part.begin)
            while position < part.end and (line := file.readline(MOST_BYTES)):
                begin, piece = position, line
                digest.update(piece)
                position += len(piece)
                while (  # a line of several pieces, of which only the length is told
                    not piece.endswith(b"\n")
                    and position < part.end
                    and (piece := file.readline(MOST_BYTES))
                ):
                    digest.update(piece)
                    position += len(piece)
                if (length := position - begin) > len(line):
                    held.append(f"a line of {length:,} bytes; the most is {MOST_BYTES:,}")
                else:
                    if begin == 0:
                        line = line.removeprefix(codecs.BOM_UTF8)  # a byte-order mark is no text
                    held.append(line.rstrip(b"\r\n"))
                    size += len(line)
                if len(held) == BATCH_ROWS or size >= BATCH_BYTES:
                    yield range(number, number + len(held)), held
                    number, held, size = number + len(held), [], 0
        if held:
            yield range(number, number + len(held)), held
        if position != part.end or digest.hexdigest() != part.digest:
            raise DataError(f"{self.name} was changed while it was tagged; begin anew")
