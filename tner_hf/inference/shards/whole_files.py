"""Files that are read whole, and are one shard: words in lines and spans, lists of JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tner_hf.formats.csv_rows import decode_table
from tner_hf.formats.csv_texts import read_text_table
from tner_hf.formats.iob import unreadable
from tner_hf.formats.iob_lines import Findings
from tner_hf.formats.json_rows import read_json_values
from tner_hf.formats.options import TOKEN_COLUMNS, ReadOptions
from tner_hf.inference.shards.addresses import open_address
from tner_hf.inference.shards.columns import infer_schema
from tner_hf.inference.shards.rows import Batch, read_objects
from tner_hf.inference.shards.shard import Facts, Part, hash_stream
from tner_hf.inference.shards.words_files import read_words

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class WholeSource:
    """A file of this machine that is read whole.

    Attributes:
        form: annotated words, in any format that data is read from; objects in a list of JSON; or
            a table of texts.
        column: of the text, or the words, in an object.
    """

    address: str
    name: str
    form: Literal["words", "objects", "table"] = "words"
    column: str = TOKEN_COLUMNS[0]
    reading: ReadOptions = field(default_factory=ReadOptions)

    unit = "row"

    def cut(self, size: int) -> tuple[Facts, list[Part]]:  # noqa: ARG002
        with open_address(self.address) as file:
            count, digest = hash_stream(file)
        rows = len(self._read())
        parts = [Part(0, rows, 0, count, digest)] if rows else []
        return Facts(self.name, count, digest), parts

    def schema(self, parts: list[Part]) -> pa.Schema:
        return infer_schema(self, parts, self.column)

    def read(self, part: Part) -> Iterator[Batch]:  # noqa: ARG002 — it is all of the file
        return read_objects(self._read(), self.column)

    def _read(self) -> list[dict[str, Any] | str]:
        if self.form == "objects":
            values = [value for _, value in read_json_values(Path(self.address),
                                                             self.reading.encoding)]  # fmt: skip
            return [v if isinstance(v, dict) else f"{type(v).__name__}, no object" for v in values]
        if self.form == "table":
            return self._read_table()
        found = read_words(Path(self.address), self.reading)
        return [] if found is None else list(found.objects())

    def _read_table(self) -> list[dict[str, Any] | str]:
        findings = Findings(self.name)
        content = decode_table(Path(self.address), self.reading, findings)
        if findings.count["error"]:
            raise unreadable(self.name, findings.listed())
        table = read_text_table(self.name, content, self.column)
        width = len(table.names)
        return [
            dict(zip(table.names, row, strict=True))
            if len(row) == width
            else f"{len(row)} columns, and the header has {width}"
            for _, row in table.rows
        ]
