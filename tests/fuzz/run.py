"""Fuzz one target for some time: `python tests/fuzz/run.py columns 600`.

An input that fails is written to `tests/fuzz/failed/TARGET/`, where `make test` replays it.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from pathlib import Path

import atheris
import datasets  # noqa: F401 - before the clock runs
import pyarrow.csv  # noqa: F401

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
with atheris.instrument_imports(include=["tner_hf", "fuzz"]):
    from fuzz import targets

FAILED = Path(__file__).with_name("failed")


def main() -> None:
    """Run; the process ends with the first input that fails, or when time is up."""
    name, seconds = sys.argv[1], int(sys.argv[2])
    target = targets.TARGETS[name]
    corpus = Path(tempfile.gettempdir()) / f"tner-hf-fuzz-{name}"  # goes on from an earlier one
    corpus.mkdir(exist_ok=True)
    known = sorted((FAILED / name).glob("*"))
    for seed in (*targets.SEEDS[name], *(path.read_bytes() for path in known)):
        (corpus / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)

    def test(data: bytes) -> None:
        try:
            target(data)
        except Exception:
            (FAILED / name).mkdir(parents=True, exist_ok=True)
            (FAILED / name / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
            raise

    limits = ["-max_len=4096", "-timeout=60", "-rss_limit_mb=4096", "-print_final_stats=1"]
    options = [f"-max_total_time={seconds}", *limits, f"-artifact_prefix={corpus}-"]
    atheris.Setup([sys.argv[0], *options, str(corpus)], test)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
