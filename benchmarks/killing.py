"""Kill a tagging at seeded moments, run it again, and compare what is there with an unkilled one.

    python benchmarks/killing.py --moments 100 --output benchmarks/results/killing.json

Three ways, in turns: this process at one of its file operations (before or after a file is
opened, synchronised, renamed, removed), a worker process at one of its own, and the driver of two
workers at a seeded time. In every second round what was killed is killed again at another moment.
What is done is kept in the output: the same command goes on with the next moment.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stub_tagger import MODEL, Load, kill_at

from tner_hf.files import write_json
from tner_hf.formats.options import ReadOptions
from tner_hf.inference.shards import Engine, TagSettings, find_sources, tag_sources

#: Rows, and the shards that they come to.
ROWS, SHARD_BYTES = 3000, 9000
WAYS = ("this process", "a worker", "the driver of two workers")


class Quiet:
    """Progress that nobody follows."""

    def begin(self, *_: Any) -> None: ...
    def rows(self, *_: Any) -> None: ...
    def shard(self, *_: Any) -> None: ...
    def end(self) -> None: ...


def make_input(folder: Path) -> Path:
    """A file of numbered rows, one in a hundred of them broken."""
    draw = random.Random(7)
    path = folder / "rows.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(ROWS):
            words = " ".join(draw.choice(["Ada", "sang", "in", "Oslo", "é"]) for _ in range(9))
            text = None if number % 100 == 99 else words
            file.write(json.dumps({"id": number, "text": text}) + "\n")
    return path


def tag(path: Path, folder: Path, load: Load, workers: int) -> None:
    """One run of the command, with a stub for a model."""
    settings = TagSettings(shard_bytes=SHARD_BYTES)
    sources = find_sources([str(path)], ReadOptions())
    tag_sources(sources, (MODEL, load), folder, settings, Engine(workers=workers), Quiet())


def in_child(work: Callable[[], None], *, kill_after: float | None = None) -> int:
    """Run in a process of its own, a group with what it starts; its exit status."""
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        try:
            work()
        except BaseException as error:  # whatever it is, the parent has to know
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def hash_folder(folder: Path) -> dict[str, str]:
    """Every file that is left, by content."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def count_rows(folder: Path) -> tuple[int, int]:
    """Rows, and those that are there more than once."""
    import pyarrow.parquet as pq

    seen: Counter[int] = Counter()
    for path in sorted((folder / "data").glob("[!.]*.parquet")):
        seen.update(pq.read_table(path, columns=["id"])["id"].to_pylist())
    return sum(seen.values()), sum(1 for count in seen.values() if count > 1)


def kill_once(way: str, path: Path, folder: Path, seed: int, span: dict[str, float]) -> bool:
    """Begin, or go on, and be killed at a seeded moment; whether it was."""
    draw = random.Random(seed)
    if way == "this process":
        moment = draw.randrange(int(span["operations"]))

        def work() -> None:
            kill_at(moment)
            tag(path, folder, Load(), 1)

        return in_child(work) == -signal.SIGKILL
    if way == "a worker":
        mark = folder.with_suffix(f".{seed}")
        moment = draw.randrange(int(span["operations"]) // 3)
        status = in_child(lambda: tag(path, folder, Load(moment=(moment, mark)), 2))
        if status != 0:
            raise SystemExit(f"a worker that was killed at its operation {moment}: {status}")
        return mark.exists()
    after = draw.uniform(0, span["seconds"])
    return in_child(lambda: tag(path, folder, Load(), 2), kill_after=after) == -signal.SIGKILL


def study(moments: int, seed: int, output: Path | None, ways: tuple[str, ...] = WAYS) -> Any:
    """So many moments, in turns over the ways."""
    found: list[dict[str, Any]] = []
    if output is not None and output.is_file():
        stored = json.loads(output.read_text(encoding="utf-8"))
        found = stored["moments"] if stored["seed"] == seed else []
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        path = make_input(root)
        counted = root / "operations"

        def whole() -> None:
            count = kill_at(-1)
            tag(path, root / "whole", Load(), 1)
            counted.write_text(str(count()))

        if in_child(whole) != 0:
            raise SystemExit("the run without a kill failed")
        expected = hash_folder(root / "whole")
        begun = time.monotonic()
        if "the driver of two workers" in ways:
            in_child(lambda: tag(path, root / "timed", Load(), 2))
        span = {"operations": float(counted.read_text()), "seconds": time.monotonic() - begun}
        for number in range(len(found), moments):
            way, folder = ways[number % len(ways)], root / f"out-{number}"
            kills = 1 + number % 2
            killed = sum(
                kill_once(way, path, folder, hash((seed, number, turn)), span)
                for turn in range(kills)
            )
            if in_child(lambda folder=folder: tag(path, folder, Load(), 1)) != 0:  # type: ignore[misc]
                raise SystemExit(f"moment {number} ({way}): it does not go on")
            rows, twice = count_rows(folder)
            same = hash_folder(folder) == expected
            found.append({"way": way, "kills": killed, "rows": rows, "twice": twice, "same": same})
            report = {"seed": seed, "rows": ROWS, "shards": len(expected) - 3,
                      "operations": int(span["operations"]), "moments": found}  # fmt: skip
            if output is not None:
                write_json(output, report)
    return report


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moments", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ways", nargs="+", default=list(WAYS))
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    report = study(options.moments, options.seed, options.output, tuple(options.ways))
    for way in options.ways:
        each = [m for m in report["moments"] if m["way"] == way]
        print(
            f"{way}: {len(each)} moments, {sum(m['kills'] for m in each)} kills, "
            f"{sum(m['rows'] == ROWS and not m['twice'] for m in each)} with every row once, "
            f"{sum(m['same'] for m in each)} byte for byte as without a kill"
        )
    return 0 if all(m["same"] and m["rows"] == ROWS for m in report["moments"]) else 1


if __name__ == "__main__":
    multiprocessing.freeze_support()
    sys.exit(main())
