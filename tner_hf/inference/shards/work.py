"""One shard done: read, tagged, written, and a receipt that says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

from tner_hf.errors import DataError
from tner_hf.files import read_json, write_json
from tner_hf.inference.shards.answering import Answered, Tagger, answer_batches, text_of
from tner_hf.inference.shards.plan import TagSettings, read_schema
from tner_hf.inference.shards.rows import Batch
from tner_hf.inference.shards.shard import Shard, Source
from tner_hf.inference.shards.writing import write_shard

#: The shards, and the receipts of those that are done while others are not.
DATA, RECEIPTS = "data", ".receipts"

#: Told of rows and characters that are done.
Watcher = Callable[[int, int], None]


@dataclass(frozen=True)
class Receipt:
    """What a finished shard holds, and size and hash of its file.

    An error is the number in the input of a row that could not be tagged, and why.
    """

    name: str
    rows: int
    characters: int
    entities: dict[str, int]
    bytes: int
    sha256: str
    errors: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Job:
    """What a worker has to know of the whole; can be sent to another process.

    Schema, serialised, and folder are those of the output; `load` gives the tagger.
    """

    sources: tuple[Source, ...]
    settings: TagSettings
    schema: bytes
    folder: Path
    load: Callable[[], Tagger]

    def path(self, shard: Shard) -> Path:
        return self.folder / DATA / f"{shard.name}.{self.settings.output_format}"

    def receipt_path(self, shard: Shard) -> Path:
        return self.folder / RECEIPTS / f"{shard.name}.json"

    def find_receipt(self, shard: Shard) -> Receipt | None:
        """The receipt of a shard that is done while others are not; None where there is none."""
        try:
            stored = read_json(self.receipt_path(shard))
            return None if stored is None else Receipt(**stored)
        except (DataError, TypeError):
            return None

    def do(self, shard: Shard, tagger: Tagger, watch: Watcher | None = None) -> Receipt:
        """Read, tag and write a shard; its receipt comes last.

        Raises:
            DataError: the input cannot be read, or is not what it was.
            FileError: the output cannot be written.
        """
        source, most = self.sources[shard.source], self.settings.most_characters
        rows = characters = 0
        entities: Counter[str] = Counter()
        errors: list[dict[str, Any]] = []

        def answered(batches: Iterator[Batch]) -> Iterator[Answered]:
            nonlocal rows, characters
            for batch, answers, faults in answer_batches(batches, tagger, most_characters=most):
                yield batch, answers, faults  # the writer may find more faults
                held = sum(len(text_of(item)) for item in batch.items)
                rows += len(batch.items)
                characters += held
                entities.update(e["type"] for found in answers if found for e in found)
                errors.extend(
                    {source.unit: batch.numbers[at], "error": faults[at]} for at in sorted(faults)
                )
                if watch is not None:
                    watch(len(batch.items), held)

        schema, form = read_schema(self.schema), self.settings.output_format
        with closing(_read_ahead(source.read(shard.part))) as batches:
            size, digest = write_shard(self.path(shard), answered(batches), schema, form)
        receipt = Receipt(
            shard.name, rows, characters, dict(sorted(entities.items())), size, digest, errors
        )
        write_json(self.receipt_path(shard), asdict(receipt), indent=None)
        return receipt


def _read_ahead(batches: Iterator[Batch]) -> Generator[Batch]:
    """Each batch while a thread reads the next: models compute without the interpreter's lock.

    Closed, it does not wait for a read that nobody wants any more, which may never end.
    """
    wanted: SimpleQueue[Future[Batch | None] | None] = SimpleQueue()

    def read() -> None:
        while (future := wanted.get()) is not None:
            try:
                future.set_result(next(batches, None))
            except BaseException as error:
                future.set_exception(error)

    def ask() -> Future[Batch | None]:
        future: Future[Batch | None] = Future()
        wanted.put(future)
        return future

    # An executor's threads are waited for when the interpreter ends.
    Thread(target=read, name="reading", daemon=True).start()
    try:
        coming = ask()
        while (batch := coming.result()) is not None:
            coming = ask()
            yield batch
    finally:
        wanted.put(None)
