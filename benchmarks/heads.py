"""Does a CRF pay? Validation F1 of a linear and a CRF head, seed by seed.

    TNER_HF_SOURCES=… python benchmarks/heads.py --corpora fin wnut2017 --seeds 1 2 3 4 5

The embedded encoder, batch 8, 5 epochs. Both heads choose their learning rate from the same three
on the first seed, by strict F1 on the validation split (a tenth of the training split where the
corpus has none, the same sentences for all); the test split is not looked at. A run that is
finished is a file of its own in `benchmarks/results/heads/`, so a stopped study goes on where it
was. What is there is shown, with the mean difference and its 95 % interval (Student's t over the
seeds).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

RESULTS = Path(__file__).parent / "results" / "heads"
HEADS = ("linear", "crf")
RATES = (1e-4, 3e-4, 5e-4)
EPOCHS, BATCH, HELD_OUT = 5, 8, 0.1
MODES = ("default", "strict")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--corpora", nargs="+", default=["fin"])
    parser.add_argument("--seeds", type=int, nargs="*", default=[])
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--encoder", default="embedded")
    parser.add_argument("--max_sentences", type=int, help="train on the first so many")
    options = parser.parse_args(argv)
    options.results.mkdir(parents=True, exist_ok=True)
    for corpus in options.corpora:
        for seed in options.seeds:
            for head in HEADS:
                rates = RATES if seed == options.seeds[0] else [choose_rate(options, corpus, head)]
                for rate in rates:
                    keep_run(options, corpus, head, seed, rate)
        print(summarise(options, corpus), flush=True)
    return 0


def keep_run(options: Any, corpus: str, head: str, seed: int, rate: float) -> None:
    """Train and score once, if that was not done yet."""
    name = corpus.replace("/", "-")
    target = options.results / f"{name}-{head}-{rate:g}-{seed}.json"
    if target.exists():
        return
    part = target.with_suffix(".part")
    found = run_once(options, corpus, head, seed, rate)
    part.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    part.replace(target)
    print(json.dumps(found), flush=True)


def run_once(options: Any, corpus: str, head: str, seed: int, rate: float) -> dict[str, Any]:
    """Validation F1 of one run."""
    from tner_hf import load_dataset
    from tner_hf.training import DataArguments, ModelArguments, NERTrainingArguments, train

    splits: Any = load_dataset(corpus)
    rows = splits["train"].select(range(min(len(splits["train"]), options.max_sentences or 10**9)))
    held_out = splits.get("validation")
    if held_out is None:  # the same for each seed
        parts = rows.train_test_split(HELD_OUT, seed=0)
        rows, held_out = parts["train"], parts["test"]
    with TemporaryDirectory() as folder:
        result = train(
            ModelArguments(options.encoder, head=head),  # type: ignore[arg-type]
            DataArguments(),
            NERTrainingArguments(
                folder,
                num_train_epochs=EPOCHS,
                per_device_train_batch_size=BATCH,
                learning_rate=rate,
                seed=seed,
                eval_strategy="no",
                save_strategy="no",
                disable_tqdm=True,
            ),
            dataset={"train": rows, "validation": held_out},
        )
    assert result.validation is not None
    scores = result.validation["type_aware"]
    f1 = {mode: 100 * scores[mode]["micro"]["f1"] for mode in MODES}
    return {"corpus": corpus, "head": head, "learning_rate": rate, "seed": seed, **f1}


def read_runs(options: Any, corpus: str, head: str) -> list[dict[str, Any]]:
    name = corpus.replace("/", "-")
    paths = sorted(options.results.glob(f"{name}-{head}-*.json"))
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


def choose_rate(options: Any, corpus: str, head: str) -> float:
    """The learning rate with the best strict F1 among the runs of the first seed."""
    runs = [r for r in read_runs(options, corpus, head) if r["seed"] == options.seeds[0]]
    return float(max(runs, key=lambda run: run["strict"])["learning_rate"])


def summarise(options: Any, corpus: str) -> str:
    """Means of both heads and their difference, over the seeds that both have.

    The first seed chose the learning rate, alike for both.
    """
    from scipy import stats

    if not options.seeds:
        return f"{corpus}: give --seeds"
    rates = {head: choose_rate(options, corpus, head) for head in HEADS}
    lines = [f"{corpus}: learning rates {rates}"]
    for mode in MODES:
        by_seed = [
            {
                r["seed"]: r[mode]
                for r in read_runs(options, corpus, h)
                if r["learning_rate"] == rate
            }
            for h, rate in rates.items()
        ]
        seeds = sorted(set(by_seed[0]) & set(by_seed[1]))
        linear, crf = (np.array([found[seed] for seed in seeds]) for found in by_seed)
        line = f"  {mode}: linear {linear.mean():.2f}, CRF {crf.mean():.2f}, {len(seeds)} seeds"
        if len(seeds) > 1:
            difference = crf - linear
            half = stats.t.ppf(0.975, len(seeds) - 1) * stats.sem(difference)
            low, high = difference.mean() - half, difference.mean() + half
            line += f", difference {difference.mean():+.2f} [{low:+.2f}, {high:+.2f}]"
        lines.append(line)
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
