"""Tagging into shards: its memory by rows, what it costs over a pipeline, and several processes.

    python benchmarks/sharding.py memory --sizes 100000 1000000
    python benchmarks/sharding.py speed --sizes 20000
    python benchmarks/sharding.py speed --sizes 1000000 --int8

Memory is the peak of a process of its own that tags so many short texts with a stub for a model.
Speed is of the embedded encoder over running texts, in turns: the pipeline over a list in memory,
one process into shards, two processes of one thread each, and two workers of Ray, where it is
installed. Results are added to
`results/sharding.json` with the load of the machine before each.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from killing import Quiet, in_child
from stub_tagger import MODEL, Load

from tner_hf.files import write_json
from tner_hf.formats.options import ReadOptions
from tner_hf.inference.shards import Engine, ModelSpec, TagSettings, find_sources, tag_sources
from tner_hf.inference.shards.shard import cut_lines

RESULTS = Path(__file__).resolve().parent / "results" / "sharding.json"


def measure_memory(rows: int) -> dict[str, Any]:
    """Peak resident bytes and seconds of tagging so many rows with a stub."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "texts.txt"
        with path.open("w", encoding="utf-8") as file:
            for number in range(rows):
                file.write(f"Ada sang in Oslo for the {number}th time, and nobody else did so.\n")
        begun = time.perf_counter()
        with path.open("rb") as file:
            size, _, _ = cut_lines(file, 4 << 20)
        hashing = time.perf_counter() - begun

        def work() -> None:
            sources = find_sources([str(path)], ReadOptions())
            begun = time.perf_counter()
            summary = tag_sources(
                sources, (MODEL, Load()), folder / "out", TagSettings(), Engine(), Quiet()
            )
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
            spent = time.perf_counter() - begun
            write_json(folder / "found.json", {"rows": summary.rows, "shards": summary.shards,
                       "peak_bytes": peak, "seconds": spent})  # fmt: skip

        if in_child(work) != 0:
            raise SystemExit("the run failed")
        found: dict[str, Any] = json.loads((folder / "found.json").read_text())
    return {**found, "input_bytes": size, "hashing_bytes_per_second": size / hashing}


def measure_speed(words: int, *, int8: bool = False) -> dict[str, Any]:
    """Wall and processor seconds of the same texts in three ways, each in a process of its own."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        trained = folder / "tagger"
        model = trained / "onnx" if int8 else trained

        def prepare() -> None:  # in a child, for threads of PyTorch do not survive a fork
            import material

            material.make_tagger(trained, ("person", "location", "product"))
            if int8:
                from tner_hf.publishing.export import export_model

                export_model(trained, int8=True, check=False)
            common = material.list_whole_words(material.find_encoder())
            drawn = material.draw_sentences(words, words_like=common)
            lines = "".join(" ".join(each) + "\n" for each, _ in drawn)
            (folder / "texts.txt").write_text(lines, encoding="utf-8")

        if in_child(prepare) != 0:
            raise SystemExit("there is no model")
        texts = (folder / "texts.txt").read_text(encoding="utf-8").splitlines()
        settings = TagSettings(shard_bytes=max(1, (folder / "texts.txt").stat().st_size // 4))

        def into_shards(way: str, engine: Engine) -> Callable[[], None]:
            def work() -> None:
                sources = find_sources([str(folder / "texts.txt")], ReadOptions())
                spec = ModelSpec(str(model), device="cpu")
                tag_sources(sources, spec, folder / way, settings, engine, Quiet())

            return work

        def pipeline() -> None:
            import tner_hf

            tner_hf.pipeline(model, device="cpu")(texts)

        ways = {"pipeline": pipeline}
        engines = {"one process": Engine(), "two": Engine(2)}
        if find_spec("ray"):
            engines["ray"] = Engine(2, "ray")
        ways |= {way: into_shards(way, engine) for way, engine in engines.items()}
        found: dict[str, Any] = {"words": words, "model": "int8" if int8 else "fp32"}
        for way, work in ways.items():
            begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
            if in_child(work) != 0:
                raise SystemExit(f"{way} failed")
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            found[way] = {"seconds": time.perf_counter() - begun, "cpu_seconds": cpu}
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["memory", "speed"])
    parser.add_argument("--sizes", type=int, nargs="+", required=True)
    parser.add_argument("--int8", action="store_true", help="speed of the model with integers")
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    measure: Callable[[int], dict[str, Any]] = measure_memory
    if options.what == "speed":
        measure = partial(measure_speed, int8=options.int8)
    for size in options.sizes:
        load = os.getloadavg()[0]
        found = {"what": options.what, **measure(size), "load_before": load,
                 "cores": os.cpu_count()}  # fmt: skip
        stored = json.loads(options.output.read_text()) if options.output.is_file() else []
        write_json(options.output, [*stored, found])
        print(json.dumps(found), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
