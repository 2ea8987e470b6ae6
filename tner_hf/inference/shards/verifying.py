"""Everything counted again: each shard's file, rows, entities and places, and the inputs' texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from tner_hf.errors import DataError
from tner_hf.files import parse_json, system_errors
from tner_hf.formats.csv_texts import TEXT
from tner_hf.inference.shards.answering import text_of
from tner_hf.inference.shards.plan import TagSettings, make_plan, read_manifest
from tner_hf.inference.shards.running import ERRORS, Summary, summarise
from tner_hf.inference.shards.shard import Shard, Source, hash_stream
from tner_hf.inference.shards.work import DATA, Receipt

_ROWS = 1024


def verify_folder(folder: Path, sources: Sequence[Source] = ()) -> Summary:
    """Count again what a finished tagging holds; inputs that are given are compared text by text.

    Raises:
        DataError: with everything that is not as the manifest says.
    """
    stored = read_manifest(folder)
    if stored is None:
        raise DataError(f"{folder} holds no tagging: there is no manifest.json")
    if stored.get("state") != "complete":
        raise DataError(f"{folder} holds an unfinished tagging; run the same command again")
    settings = TagSettings(**stored["settings"])
    wrong: list[str] = []
    shards: Sequence[Shard | None] = [None] * len(stored["shards"])
    if sources:
        plan = make_plan(sources, stored["model"], settings)
        wrong += plan.differences(stored)
        if not wrong:
            shards = plan.shards
    receipts = []
    errors = _count_lines(folder / ERRORS)
    for listed, shard in zip(stored["shards"], shards, strict=True):
        source = None if shard is None else sources[shard.source]
        found, faults = _recount(folder, listed, settings, source, shard)
        wrong += [f"{listed['name']}: {fault}" for fault in faults]
        receipts.append(found)
    here = {path.name.partition(".")[0] for path in (folder / DATA).glob("[!.]*")}
    wrong += [f"{name} is no shard of this" for name in
              sorted(here - {each["name"] for each in stored["shards"]})]  # fmt: skip
    listed_errors = sum(each["errors"] for each in stored["shards"])
    if errors != listed_errors:
        wrong.append(f"{ERRORS} has {errors:,} lines instead of {listed_errors:,}")
    total = summarise(receipts)
    for name in ("rows", "characters", "entities", "bytes"):
        if not wrong and getattr(total, name) != stored["totals"][name]:
            wrong.append(f"{name} are {getattr(total, name)} instead of {stored['totals'][name]}")
    if wrong:
        raise DataError(
            f"{folder} is not what its manifest says: {'; '.join(wrong[:20])}"
            + (f"; and {len(wrong) - 20} more" if len(wrong) > 20 else "")
            + ". Delete the files that are named, and run the same command again"
        )
    return Summary(**{**vars(total), "errors": errors})


def _recount(
    folder: Path,
    listed: Mapping[str, Any],
    settings: TagSettings,
    source: Source | None,
    shard: Shard | None,
) -> tuple[Receipt, list[str]]:
    """A shard as it is, and where that is not what was written down."""
    name = listed["name"]
    path = folder / DATA / f"{name}.{settings.output_format}"
    nothing = Receipt(name, 0, 0, {}, 0, "")
    if not path.is_file():
        return nothing, ["its file is not there"]
    with system_errors(path, "read"), path.open("rb") as file:
        size, digest = hash_stream(file)
    if digest != listed["sha256"]:
        return nothing, [f"its file has other content ({size:,} bytes, sha256 {digest[:12]}…)"]
    faults: list[str] = []
    rows = characters = 0
    entities: Counter[str] = Counter()
    given = iter(()) if source is None or shard is None else _texts(source, shard)
    column = settings.text_column or TEXT
    for row, text in zip_longest(_read_rows(path), given):
        if row is None or (source is not None and text is None):
            faults.append("it has other rows than its input")
            break
        own = row.get(column) if isinstance(row.get(column), str) else row.get(TEXT)
        own = own if isinstance(own, str) else ""
        if text is not None and text[0] is not None and text[0] != own:
            faults.append(f"row {rows} has another text than its input")
            break
        rows += 1
        if text is None or text[0] is not None:
            characters += len(own)
        for entity in row[settings.entity_column] or ():
            entities[entity["type"]] += 1
            if own[entity["start"] : entity["end"]] != entity["text"]:
                faults.append(f"row {rows - 1} has an entity that its text does not hold")
    if source is None:  # a text that could not be read is there, and was not counted
        characters = listed["characters"]
    found = Receipt(name, rows, characters, dict(sorted(entities.items())), size, digest)
    for what in ("rows", "characters", "entities"):
        if not faults and getattr(found, what) != listed[what]:
            faults.append(f"{what} are {getattr(found, what)} instead of {listed[what]}")
    return found, faults


def _texts(source: Source, shard: Shard) -> Iterator[tuple[str | None]]:
    for batch in source.read(shard.part):
        for item in batch.items:
            yield (None if item is None else text_of(item),)


def _read_rows(path: Path) -> Iterator[dict[str, Any]]:
    if path.suffix == ".jsonl":
        with path.open(encoding="utf-8", newline="\n") as lines:
            yield from map(parse_json, lines)
        return
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as table:
        for batch in table.iter_batches(batch_size=_ROWS):
            yield from batch.to_pylist()


def _count_lines(path: Path) -> int:
    if not path.is_file():
        return 0
    with path.open("rb") as lines:
        return sum(1 for _ in lines)
