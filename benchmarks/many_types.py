"""What data with very many entity types costs: nothing may grow with the square of their number.

    python benchmarks/many_types.py --output benchmarks/results/many_types.json

Every token of the corpus is an entity of a type of its own, ten to a sentence, so that tokens,
entities and types are equally many: the worst that a file of its size can hold. Each job runs in a
process of its own under a limit of its address space and of time; one that a limit ends has no row.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout, suppress
from functools import partial
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import material
import numpy as np
from harness import Race, Report, report_main

SIZES = (10, 1_000, 4_000, 100_000)
SENTENCE = 10
#: Bytes of address space, and seconds, that a job may take.
MOST_MEMORY = 12_000_000_000
MOST_SECONDS = 300
#: Types of the model: what is predicted does not grow with the corpus.
MODEL_TYPES = 4


def write_corpus(path: Path, types: int) -> Path:
    lines = [f"w{i}\tB-t{i}\n" + "\n" * ((i + 1) % SENTENCE == 0) for i in range(types)]
    path.write_text("".join(lines))
    return path


def load(path: Path, _: Path) -> None:
    from tner_hf import load_dataset

    load_dataset(str(path))


def check(path: Path, _: Path) -> None:
    from tner_hf.cli import main

    main(["datasets", "check", str(path), "--json"])


def score(path: Path, _: Path) -> None:
    from tner_hf.metrics import score_flat

    names, gold, offsets = _read_labels(path)
    score_flat(gold, np.roll(gold, 1), names=names, offsets=offsets)


def evaluate(path: Path, model: Path) -> None:
    import tner_hf

    tner_hf.evaluate(str(model), str(path), native=True, split="train")


def show_errors(path: Path, model: Path) -> None:
    from tner_hf.lab.analysis import report_errors
    from tner_hf.predictions import predict_split

    answer = predict_split(str(model), str(path), native=True, split="train")
    report_errors(answer, confidence=None).to_dict()


def check_in_demo(path: Path, model: Path) -> None:
    from tner_hf.demo.checking import check_models_on
    from tner_hf.demo.work import Work
    from tner_hf.errors import SettingError
    from tner_hf.formats.iob import read_iob
    from tner_hf.inference.pipelines.loading import pipeline

    with suppress(SettingError):  # of so many types
        check_models_on(read_iob(path), {"model": pipeline(str(model))}, Work(MOST_SECONDS))


JOBS: dict[str, Callable[[Path, Path], None]] = {
    "load_dataset": load,
    "datasets check": check,
    "score": score,
    "evaluate, with intervals": evaluate,
    "error report": show_errors,
    "demo, gold check (refused beyond 500)": check_in_demo,
}


def _read_labels(path: Path) -> tuple[tuple[str, ...], Any, Any]:
    from tner_hf.labels import LabelSpace

    types = [line.partition("\tB-")[2] for line in path.read_text().splitlines() if line]
    gold = 1 + 2 * np.arange(len(types))
    offsets = np.append(np.arange(0, len(types), SENTENCE), len(types))
    return LabelSpace(tuple(types)).names, gold, offsets


def measure(
    job: Callable[[], None], clock: Callable[[], float] = time.perf_counter
) -> tuple[float, float] | None:
    """Seconds and the growth of the peak of resident memory in bytes; None if it was ended."""
    context = multiprocessing.get_context("fork")
    results = context.SimpleQueue()

    def work() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        before, begun = _peak(), clock()
        with redirect_stdout(StringIO()):
            job()
        results.put((clock() - begun, float(_peak() - before)))

    process = context.Process(target=work)
    process.start()
    process.join(MOST_SECONDS)
    if process.is_alive():
        process.terminate()
        process.join()
    return results.get() if process.exitcode == 0 else None


def _peak() -> int:
    status = Path("/proc/self/status").read_text()
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])


def run(*, sizes: Sequence[int] = SIZES, pairs: int = 1) -> Report:
    del pairs  # once is enough to tell a square
    import torch

    torch.set_num_threads(1)
    material.silence_libraries()
    races: list[Race] = []
    with TemporaryDirectory() as name:
        folder = Path(name)
        encoder = material.make_tiny_encoder(folder / "encoder")
        model = material.make_tagger(
            folder / "model", material.TYPES[:MODEL_TYPES], encoder=encoder
        )
        warm = write_corpus(folder / "warm.txt", 10)
        for job in JOBS.values():  # in this process, so that every job finds its libraries loaded
            with redirect_stdout(StringIO()):
                job(warm, model)
        for size in sizes:
            path = write_corpus(folder / f"{size}.txt", size)
            for title, job in JOBS.items():
                found = measure(partial(job, path, model))
                if found is None:
                    print(f"{title}, {size:,} types: ended by a limit", file=sys.stderr)
                    continue
                for value, quantity in zip(found, ("seconds", "bytes"), strict=True):
                    races.append(Race(title, "", size, "types", (value,), (), quantity=quantity))
    settings = {
        "corpus": f"each token an entity of its own type, {SENTENCE} to a sentence",
        "model": f"tiny, {MODEL_TYPES} types",
        "limits": f"{MOST_MEMORY / 1e9:.0f} GB of address space, {MOST_SECONDS} s",
        "memory": "growth of the peak of resident memory",
    }
    return Report("many_types", settings, tuple(races))


if __name__ == "__main__":
    described = (__doc__ or "").splitlines()[0]
    sys.exit(report_main(run, description=described, sizes=SIZES, quick_sizes=(10, 1_000)))
