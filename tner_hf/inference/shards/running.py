"""A job from beginning to end: plan, what is done already, the rest, and what is told of it all."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from tner_hf.errors import SettingError
from tner_hf.files import check_writable, system_errors, write_file
from tner_hf.inference.shards.answering import Tagger
from tner_hf.inference.shards.model import ModelSpec
from tner_hf.inference.shards.plan import (
    MANIFEST,
    Plan,
    TagSettings,
    make_plan,
    read_manifest,
    write_manifest,
)
from tner_hf.inference.shards.processes import Done, run_here, run_processes
from tner_hf.inference.shards.ray_cluster import check_ray, run_ray
from tner_hf.inference.shards.shard import Shard, Source
from tner_hf.inference.shards.work import DATA, RECEIPTS, Job, Receipt
from tner_hf.runs.locking import LOCK_FILE, FolderLock

EngineKind = Literal["local", "ray"]

#: Rows that could not be tagged, and why.
ERRORS = "errors.jsonl"
#: Tells the datasets library which files are the rows.
CARD = "README.md"

_CARD = "---\nconfigs:\n- config_name: default\n  data_files: {pattern}\n---\n"


@dataclass(frozen=True)
class Engine:
    """What runs the shards; the output is the same.

    Attributes:
        workers: how many processes; one is this process itself, but for Ray.
        kind: processes of this machine, or of a Ray cluster.
        address: of the cluster; None for one on this machine, which ends with the work.
    """

    workers: int = 1
    kind: EngineKind = "local"
    address: str | None = None

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise SettingError(f"--workers {self.workers}; accepted: at least 1")
        if self.address is not None and self.kind != "ray":
            raise SettingError(f"--address {self.address} is that of a Ray cluster: --engine ray")

    def check(self) -> None:
        """Make sure that it can be had, before inputs are read.

        Raises:
            MissingExtraError, SettingError: it cannot.
        """
        if self.kind == "ray":
            check_ray(self.address)

    def run(self, job: Job, shards: Sequence[Shard], watch: Any) -> Done:
        """Do the shards, in any order."""
        if self.kind == "ray":
            return run_ray(job, shards, watch, workers=self.workers, address=self.address)
        if self.workers > 1:
            return run_processes(job, shards, watch, workers=self.workers)
        return run_here(job, shards, watch)


class Progress(Protocol):
    """Told of how far a job has got."""

    def begin(self, total: int, done: int, entities: Mapping[str, int]) -> None:
        """There is so much to do, in bytes about, and so much was done before."""

    def rows(self, rows: int, characters: int) -> None:
        """So many more rows are tagged."""

    def shard(self, size: int, entities: Mapping[str, int]) -> None:
        """A shard is finished."""

    def end(self) -> None:
        """There is nothing more to tell."""


@dataclass(frozen=True)
class Summary:
    """What a finished job holds, and how many of its shards were there before.

    Entities are counted by type, the most frequent first; errors are rows that could not be tagged.
    """

    rows: int
    characters: int
    entities: dict[str, int]
    errors: int
    shards: int
    bytes: int
    done_before: int = 0


def tag_sources(
    sources: Sequence[Source],
    model: ModelSpec | tuple[Mapping[str, Any], Callable[[], Tagger]],
    folder: Path,
    settings: TagSettings,
    engine: Engine,
    progress: Progress,
) -> Summary:
    """Tag inputs into a folder, each row once; a job that was stopped goes on where it was.

    The model is a checkpoint; or what a tagger is, and what loads it.

    Raises:
        SettingError: the folder holds something else, or another process writes to it.
        DataError: an input that cannot be read.
        FileError: the output cannot be written.
        TaggingError: the job cannot go on.
    """
    engine.check()
    check_folder(folder)
    check_writable(folder)
    with FolderLock(folder, "written into"):
        stored = read_manifest(folder)
        known, load = model.pin() if isinstance(model, ModelSpec) else model
        plan = make_plan(sources, known, settings)
        if stored is not None and (differences := plan.differences(stored)):
            raise SettingError(
                f"--output_dir {folder} holds another tagging: {'; '.join(differences)}. Choose "
                "another folder, or delete this one"
            )
        job = Job(tuple(sources), settings, plan.schema, folder.absolute(), load)
        done = _find_done(job, plan, stored)
        if stored is None:
            write_manifest(folder, plan, {"state": "running", "shards": []})
        left = [shard for shard in plan.shards if shard.name not in done]
        before = len(done)
        if left:
            done |= _run(job, plan, left, done, engine, progress)
        if left or (stored or {}).get("state") != "complete":
            _finish(job, plan, done)
        _clean(folder)
        return summarise(done.values(), before)


def check_folder(folder: Path) -> None:
    """Make sure that a folder is new, empty or holds a tagging.

    Raises:
        SettingError: it holds something else.
    """
    if not folder.is_dir() or (folder / MANIFEST).is_file():
        return
    with system_errors(folder, "read"):
        held = [path.name for path in folder.iterdir() if path.name != LOCK_FILE]
    if held := [name for name in held if not name.endswith(".partial")]:
        raise SettingError(
            f"--output_dir {folder} holds {min(held)!r} and no {MANIFEST}: it is no tagging. "
            "Choose a new folder"
        )


def summarise(receipts: Iterable[Receipt], done_before: int = 0) -> Summary:
    """The receipts in one."""
    receipts = list(receipts)
    entities: Counter[str] = Counter()
    for receipt in receipts:
        entities.update(receipt.entities)
    return Summary(
        rows=sum(each.rows for each in receipts),
        characters=sum(each.characters for each in receipts),
        entities=dict(sorted(entities.items(), key=lambda pair: (-pair[1], pair[0]))),
        errors=sum(len(each.errors) for each in receipts),
        shards=len(receipts),
        bytes=sum(each.bytes for each in receipts),
        done_before=done_before,
    )


def _find_done(job: Job, plan: Plan, stored: Mapping[str, Any] | None) -> dict[str, Receipt]:
    """The shards that are there, by name."""
    listed = {each["name"]: each for each in (stored or {}).get("shards", [])}
    done: dict[str, Receipt] = {}
    errors = _read_errors(job.folder) if listed else {}
    for shard in plan.shards:
        receipt = job.find_receipt(shard)
        if receipt is None and shard.name in listed:
            facts = {k: v for k, v in listed[shard.name].items() if k != "errors"}
            receipt = Receipt(**facts, errors=errors.get(shard.name, []))
        path = job.path(shard)
        if receipt and path.is_file() and path.stat().st_size == receipt.bytes:
            done[shard.name] = receipt
    return done


def _run(
    job: Job, plan: Plan, left: Sequence[Shard], done: Mapping[str, Receipt], engine: Engine,
    progress: Progress,
) -> dict[str, Receipt]:  # fmt: skip
    sizes = {shard.name: shard.part.size for shard in plan.shards}
    before = summarise(done.values())
    progress.begin(sum(sizes.values()), sum(sizes[name] for name in done), before.entities)
    found: dict[str, Receipt] = {}
    try:
        for shard, receipt in engine.run(job, left, progress.rows):
            found[shard.name] = receipt
            progress.shard(shard.part.size, receipt.entities)
    finally:
        progress.end()
    return found


def _finish(job: Job, plan: Plan, done: Mapping[str, Receipt]) -> None:
    """Write what is told of the whole, the manifest last."""
    receipts = [(shard, done[shard.name]) for shard in plan.shards]
    errors = (
        {"input": job.sources[shard.source].name, "shard": shard.name, **error}
        for shard, receipt in receipts
        for error in receipt.errors
    )
    write_file(job.folder / ERRORS, (json.dumps(e, ensure_ascii=False) + "\n" for e in errors))
    pattern = f"{DATA}/*.{job.settings.output_format}"
    write_file(job.folder / CARD, _CARD.format(pattern=pattern))
    shards = [{**asdict(receipt), "errors": len(receipt.errors)} for _, receipt in receipts]
    totals = asdict(summarise(done.values()))
    del totals["done_before"]
    write_manifest(job.folder, plan, {"state": "complete", "totals": totals, "shards": shards})


def _clean(folder: Path) -> None:
    """Remove what is of no use once all is done, and what killed processes left."""
    with system_errors(folder, "written to"):
        receipts = folder / RECEIPTS
        left = [*receipts.glob("*"), *receipts.glob(".*")]
        for path in (*left, *folder.glob(".*.partial"), *(folder / DATA).glob(".*.partial")):
            path.unlink(missing_ok=True)
        if receipts.is_dir():
            receipts.rmdir()


def _read_errors(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The errors of each shard."""
    found: dict[str, list[dict[str, Any]]] = {}
    path = folder / ERRORS
    if path.is_file():
        for line in path.read_text(encoding="utf-8").splitlines():
            error = json.loads(line)
            del error["input"]
            found.setdefault(error.pop("shard"), []).append(error)
    return found
