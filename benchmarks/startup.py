"""Start-up: `tner-hf predict "text"` in a cold process, against the same by hand.

    python benchmarks/startup.py --output benchmarks/results/startup.json

By hand is the least that a script can do: import the classes from transformers, load tokenizer and
model, and run the model once. Every run is a process of its own, from start to end. `--sizes` are
the texts given, one a run or a few.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import material
from harness import Race, Report, Sample, race_all, report_main, take_value

TYPES = ("location", "organization", "person")
JOB = "tner-hf predict, cold"
BY_HAND = "import transformers, load and run the model by hand"

_BY_HAND = """
import sys
import torch
from transformers import AutoModelForTokenClassification, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
model = AutoModelForTokenClassification.from_pretrained(sys.argv[1])
for text in sys.argv[2:]:
    with torch.inference_mode():
        print(model(**tokenizer(text, return_tensors="pt")).logits.argmax(-1).tolist())
"""


def run(*, sizes: Sequence[int], pairs: int, encoder: Path | None = None) -> Report:
    """Race cold processes that tag so many texts."""
    races: list[Race] = []
    with TemporaryDirectory() as name:
        folder = material.make_tagger(Path(name) / "tagger", TYPES, encoder=encoder)
        for size in sizes:
            texts = ["Ada Lovelace lived in London."] * size
            ours = [sys.executable, "-m", "tner_hf", "predict", "-m", str(folder), *texts]
            theirs = [sys.executable, "-c", _BY_HAND, str(folder), *texts]
            races += race_all(
                JOB,
                lambda command=ours: time_process(command),
                {BY_HAND: lambda command=theirs: time_process(command)},
                size=size,
                unit="texts" if size > 1 else "text",
                pairs=pairs,
                measure=take_value,
            )
    settings: dict[str, Any] = {
        "model": "MiniLM-L6, 22M parameters" if encoder is None else encoder.name,
        "process_start": "included on both sides",
    }
    return Report("startup", settings, tuple(races))


def time_process(command: Sequence[str]) -> Sample:
    """Seconds and processor seconds of a process from start to end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    spent = time.perf_counter() - begun
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    sys.exit(report_main(run, description=__doc__ or "", sizes=[1]))
