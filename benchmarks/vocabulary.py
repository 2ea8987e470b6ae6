"""Fine-tuning with a vocabulary of 250,000: time and memory against run_ner.py, one process a side.

    python benchmarks/vocabulary.py --output benchmarks/results/vocabulary.json

Every side trains `embedded-multilingual` (118M parameters, 96M of them embeddings) on the same
sentences for as many steps of the same size, in processes that take turns; one of them all rows of
the embeddings, which is what `training/used_rows.py` spares. Time is that of the processor for
1,000 real sub-tokens inside `Trainer.train`, padding not counted; memory the highest that the
process ever had. The ceiling is forward and backward alone over batches without padding.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import training

from tner_hf.files import write_json

ENCODER = "embedded-multilingual"
STOCK, CEILING = "run_ner.py, its defaults", "forward and backward without padding"
#: What each side is.
ALL_ROWS = "tner-hf train, all rows trained"
SIDES = ("tner-hf train", ALL_ROWS, "tner-hf train --freeze embeddings", STOCK, CEILING)


def measure(side: str, encoder: str, size: int, steps: int, seed: int) -> dict[str, float]:
    """Processor seconds for 1,000 sub-tokens and the peak of this process's memory in bytes."""
    from tner_hf.data import labels_of
    from tner_hf.models import load_model, load_tokenizer
    from tner_hf.training.freezing import freeze

    _, data = training.choose_corpus()
    data = data.select(range(min(len(data), 20 * size * steps)))
    model, tokenizer = load_model(encoder, labels_of(data)), load_tokenizer(encoder)
    if "--freeze" in side:
        freeze(model, "embeddings")
    if side == CEILING:
        (_, seconds), subtokens = training.run_bare(
            model, tokenizer, data, size, steps, seed, stepping=False
        )
    else:
        prepare = training.prepare_stock if side == STOCK else training.prepare_ours
        with tempfile.TemporaryDirectory() as folder:
            trainer = prepare(model, tokenizer, data, Path(folder), size, steps, seed)
            if side == ALL_ROWS:
                trainer._may_train_used_rows = lambda: False
            begun = time.process_time()
            trainer.train()
            seconds = time.process_time() - begun
        subtokens = int(trainer.state.num_input_tokens_seen)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"seconds": 1000 * seconds / subtokens, "peak": float(peak)}


def summarise(runs: Mapping[str, Sequence[Mapping[str, float]]]) -> list[dict[str, Any]]:
    """Each side's medians, and what of the ceiling's speed it reaches."""
    median = {
        side: {name: statistics.median(run[name] for run in own) for name in ("seconds", "peak")}
        for side, own in runs.items()
    }
    return [
        {
            "side": side,
            "seconds for 1,000 sub-tokens": round(found["seconds"], 3),
            "share of the ceiling": round(median[CEILING]["seconds"] / found["seconds"], 3),
            "peak memory, GB": round(found["peak"] / 1e9, 2),
        }
        for side, found in median.items()
    ]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--encoder", default=ENCODER)
    parser.add_argument("--size", type=int, default=32, help="sentences a step")
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--output", type=Path, help="write the results here as JSON")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.side:
        found = measure(options.side, options.encoder, options.size, options.steps, options.seed)
        print(json.dumps(found))
        return 0
    runs: dict[str, list[dict[str, float]]] = {side: [] for side in SIDES}
    shared = ["--encoder", options.encoder, "--size", str(options.size)]
    shared += ["--steps", str(options.steps)]
    for turn in range(options.turns):
        for side in SIDES[:: 1 if turn % 2 else -1]:
            command = [sys.executable, __file__, *shared, "--side", side, "--seed", str(turn)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            runs[side].append(json.loads(done.stdout.splitlines()[-1]))
    summary = summarise(runs)
    print(json.dumps(summary, indent=1))
    if options.output:
        settings = {"encoder": options.encoder, "size": options.size, "steps": options.steps}
        write_json(options.output, {**settings, "summary": summary, "runs": runs})
    return 0


if __name__ == "__main__":
    sys.exit(main())
