"""Does it pay? Validation F1 of a linear head, a CRF, LoRA and the document's context, by seed.

    TNER_HF_SOURCES=… python benchmarks/heads.py --corpora ncbi_disease --seeds 1 2 3 4 \
        --max_sentences 300 --max_validation 400 --threads 1
    TNER_HF_SOURCES=… python benchmarks/heads.py --corpora wnut2017 --seeds 1 2 3 4 5 \
        --systems linear augment --rates 2e-4 --batch 16 --max_steps 424 --max_validation 300 \
        --threads 1 --changes typos ocr --results benchmarks/results/augment

The embedded encoder, batch 8, 3 epochs. Each system chooses its learning rate from the same two
on the first seed, by strict F1 on the validation split (a tenth of the training split where the
corpus has none, the same sentences for all); the test split is not looked at. A run that is
finished is a file of its own in `benchmarks/results/heads/`, so a stopped study goes on where it
was. What is there is shown: each system against the linear head, with the mean difference over the
seeds that both have and its 95 % interval (Student's t). The first seed chose the rate, alike for
all, and is left out where there are others. `--systems linear context` is for corpora that name
their documents.

The second command is about copies of the training split with typos and OCR noise (`augment`), in as
many steps: `--changes` scores the test split too, as it is and after each change. Nothing is chosen
then, so all seeds count.
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

from tner_hf.files import write_json

RESULTS = Path(__file__).parent / "results" / "heads"
SYSTEMS: dict[str, dict[str, Any]] = {
    "linear": {},
    "crf": {"head": "crf"},
    "lora": {"lora_r": 16},
    "context": {"context": "document"},
    "augment": {"augment": ["typos", "ocr"]},
}

#: What every corpus can be trained with; the others need documents.
EVERYWHERE = ("linear", "crf", "lora")
RATES = (5e-4, 1e-3)
EPOCHS, BATCH, HELD_OUT = 3, 8, 0.1
MODES = ["default", "strict"]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--corpora", nargs="+", default=["fin"])
    parser.add_argument("--seeds", type=int, nargs="*", default=[])
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--encoder", default="embedded")
    parser.add_argument("--max_sentences", type=int, help="train on the first so many")
    parser.add_argument("--max_validation", type=int, help="validate on the first so many")
    parser.add_argument("--systems", nargs="+", default=list(EVERYWHERE), choices=list(SYSTEMS))
    parser.add_argument("--rates", type=float, nargs="+", default=list(RATES))
    parser.add_argument("--batch", type=int, default=BATCH)
    parser.add_argument("--max_steps", type=int, default=-1, help="instead of epochs")
    parser.add_argument("--changes", nargs="+", help="score the test split too, clean and changed")
    parser.add_argument("--threads", type=int)
    options = parser.parse_args(argv)
    if options.threads:
        import torch

        torch.set_num_threads(options.threads)
    options.results.mkdir(parents=True, exist_ok=True)
    for corpus in options.corpora:
        for seed in options.seeds:
            for name in options.systems:
                first = seed == options.seeds[0]
                for rate in options.rates if first else [choose_rate(options, corpus, name)]:
                    keep_run(options, corpus, name, seed, rate)
        print(summarise(options, corpus), flush=True)
    return 0


def keep_run(options: Any, corpus: str, system: str, seed: int, rate: float) -> None:
    """Train and score once, if that was not done yet."""
    name = corpus.replace("/", "-")
    target = options.results / f"{name}-{system}-{rate:g}-{seed}.json"
    if target.exists():
        return
    found = run_once(options, corpus, system, seed, rate)
    write_json(target, found)
    print(json.dumps(found), flush=True)


def run_once(options: Any, corpus: str, system: str, seed: int, rate: float) -> dict[str, Any]:
    """F1 of one run: on validation, and where asked for on the test split and its changes."""
    from dataclasses import fields

    from tner_hf import load_dataset
    from tner_hf.training import DataArguments, ModelArguments, NERTrainingArguments, train

    splits: Any = load_dataset(corpus)
    rows = splits["train"].select(range(min(len(splits["train"]), options.max_sentences or 10**9)))
    held_out = splits.get("validation")
    if held_out is None:  # the same for each seed
        parts = rows.train_test_split(HELD_OUT, seed=0)
        rows, held_out = parts["train"], parts["test"]
    for_data = {field.name for field in fields(DataArguments)}
    of_data = {name: value for name, value in SYSTEMS[system].items() if name in for_data}
    of_model = {name: value for name, value in SYSTEMS[system].items() if name not in for_data}
    on_test: dict[str, float] = {}
    with TemporaryDirectory() as folder:
        result = train(
            ModelArguments(options.encoder, **of_model),
            DataArguments(max_eval_samples=options.max_validation, **of_data),
            NERTrainingArguments(
                folder,
                num_train_epochs=EPOCHS,
                max_steps=options.max_steps,
                per_device_train_batch_size=options.batch,
                learning_rate=rate,
                seed=seed,
                eval_strategy="no",
                save_strategy="no",
                disable_tqdm=True,
            ),
            dataset={"train": rows, "validation": held_out},
        )
        if options.changes:
            on_test = score_changes(folder, splits["test"], options.changes)
    assert result.validation is not None
    scores = result.validation["type_aware"]
    f1 = {mode: 100 * scores[mode]["micro"]["f1"] for mode in MODES}
    return {
        "corpus": corpus,
        "system": system,
        "learning_rate": rate,
        "seed": seed,
        "sentences": len(rows),
        "steps": result.train["global_step"],
        **f1,
        **on_test,
    }


def score_changes(model: str, rows: Any, changes: Sequence[str]) -> dict[str, float]:
    """F1 of `evaluate --robustness`: on the test split, and on it after some changes."""
    from tner_hf import evaluate
    from tner_hf.data.changed_rows import change_rows

    texts = {"test": rows, **{change: change_rows(rows, change)[0] for change in changes}}
    found = {name: evaluate(model, {"test": text}, confidence=None) for name, text in texts.items()}
    return {
        name: 100 * each["protocols"]["full"]["type_aware"]["default"]["micro"]["f1"]
        for name, each in found.items()
    }


def read_runs(options: Any, corpus: str, system: str) -> list[dict[str, Any]]:
    name = corpus.replace("/", "-")
    paths = sorted(options.results.glob(f"{name}-{system}-*.json"))
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


def choose_rate(options: Any, corpus: str, system: str) -> float:
    """The learning rate with the best strict F1 among the runs of the first seed."""
    runs = [r for r in read_runs(options, corpus, system) if r["seed"] == options.seeds[0]]
    return float(max(runs, key=lambda run: run["strict"])["learning_rate"])


def summarise(options: Any, corpus: str) -> str:
    """Means of all systems, and how each differs from the first one."""
    from scipy import stats

    if not options.seeds:
        return f"{corpus}: give --seeds"
    first, *others = (each for each in options.systems if read_runs(options, corpus, each))
    choosing = len(options.rates) > 1 and len(options.seeds) > 1
    judged = set(options.seeds[1:] if choosing else options.seeds)
    modes = [*MODES, *(["test", *options.changes] if options.changes else [])]
    lines = [f"{corpus}: {len(judged)} seeds"]

    def by_seed(system: str, mode: str) -> dict[int, float]:
        rate = choose_rate(options, corpus, system)
        runs = [r for r in read_runs(options, corpus, system) if r["learning_rate"] == rate]
        return {r["seed"]: r[mode] for r in runs if r["seed"] in judged}

    for system in (first, *others):
        line = f"  {system} ({choose_rate(options, corpus, system):g}):"
        for mode in modes:
            own, base = by_seed(system, mode), by_seed(first, mode)
            line += f" {mode} {np.mean(list(own.values())):.2f}"
            shared = sorted(own.keys() & base.keys())
            if system != first and len(shared) > 1:
                difference = np.array([own[seed] - base[seed] for seed in shared])
                half = stats.t.ppf(0.975, len(shared) - 1) * stats.sem(difference)
                low, high = difference.mean() - half, difference.mean() + half
                line += f" ({difference.mean():+.2f} [{low:+.2f}, {high:+.2f}])"
        lines.append(line)
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
