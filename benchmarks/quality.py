"""Is a model of `tner-hf train` as good as one of run_ner.py? Test F1 of both, seed by seed.

    TNER_HF_SOURCES=… python benchmarks/quality.py --seeds 101 102 103 104 105 106 107 108 109 110

WNUT 2017, the embedded encoder, 3 epochs, batch 32, learning rate 2e-4, each side at its defaults
otherwise. A finished run is a file of its own in `benchmarks/results/quality/`, so a stopped study
goes on where it was; what is there is shown with the mean difference and its 95 % interval
(Student's t over the pairs of equal seeds).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import material
import numpy as np
from training import prepare_ours, prepare_stock

from tner_hf.files import write_json

RESULTS = Path(__file__).parent / "results" / "quality"
RECIPES = {"ours": prepare_ours, "stock": prepare_stock}
OPTIONS = {"max_steps": -1, "num_train_epochs": 3, "learning_rate": 2e-4}
BATCH = 32
VARIANTS = ("type_aware", "type_ignored")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="*", default=[])
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--threads", type=int, default=None)
    options = parser.parse_args()
    if options.threads:
        import torch

        torch.set_num_threads(options.threads)
    options.results.mkdir(parents=True, exist_ok=True)
    for seed in options.seeds:
        for recipe in RECIPES:
            target = options.results / f"{recipe}-{seed}.json"
            if target.exists():
                continue
            write_json(target, run_once(recipe, seed))
            print(target.read_text(), flush=True)
    print(summarize(options.results))
    return 0


def run_once(recipe: str, seed: int) -> dict[str, Any]:
    """Train one model and score it on the test set, in seqeval's default mode."""
    import transformers

    from tner_hf import evaluate, load_dataset
    from tner_hf.data import labels_of
    from tner_hf.models import load_model, load_tokenizer

    material.silence_libraries()
    encoder = material.find_encoder()
    splits: Any = load_dataset("wnut2017")
    tokenizer = load_tokenizer(encoder)
    transformers.set_seed(seed)  # both recipes: before the head is drawn
    model = load_model(encoder, labels_of(splits["train"]))
    with TemporaryDirectory() as folder:
        trainer = RECIPES[recipe](
            model, tokenizer, splits["train"], Path(folder), BATCH, -1, seed, **OPTIONS
        )
        begun = time.perf_counter()
        trainer.train()
        seconds = time.perf_counter() - begun
        trained = Path(folder, "model")
        trainer.save_model(str(trained))
        tokenizer.save_pretrained(trained)
        scores = evaluate(str(trained), {"test": splits["test"]})["protocols"]["full"]
    return {
        "recipe": recipe,
        "seed": seed,
        **{v: round(scores[v]["default"]["micro"]["f1"] * 100, 2) for v in VARIANTS},
        "steps": trainer.state.global_step,
        "train_loss": round(trainer.state.log_history[-1]["train_loss"], 4),
        "seconds": round(seconds, 1),
    }


def summarize(folder: Path) -> str:
    """The pairs that are there, and the mean difference of each variant with its interval."""
    from scipy import stats

    runs = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    by = {(run["recipe"], run["seed"]): run for run in runs}
    seeds = sorted(s for r, s in by if r == "ours" and ("stock", s) in by)
    lines = []
    for variant in VARIANTS:
        ours, stock = (np.array([by[r, s][variant] for s in seeds]) for r in RECIPES)
        lines += [
            f"{variant}  seed {s}: ours {a:.2f}  stock {b:.2f}"
            for s, a, b in zip(seeds, ours, stock, strict=True)
        ]
        if len(seeds) > 1:
            difference = ours - stock
            half = stats.t.ppf(0.975, len(seeds) - 1) * stats.sem(difference)
            lines.append(
                f"{variant}  means {ours.mean():.2f} and {stock.mean():.2f}, difference "
                f"{difference.mean():+.2f} [{difference.mean() - half:+.2f}, "
                f"{difference.mean() + half:+.2f}] over {len(seeds)} seeds"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
