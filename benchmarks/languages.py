"""Across languages: a model of each language and one of all of them, each on the tests of all.

    TNER_HF_SOURCES=… python benchmarks/languages.py --threads 1 --minutes 25

Every model is `embedded-multilingual` with its first six layers and its embeddings frozen, in bf16,
in as many steps; `all` draws from thirteen corpora. The settings are the same for all; steps were
200, then 400 in first tries, in which models of running text found little or nothing (that of
Danish 10 % in its own language, and none in its validation split after 200). A model that is scored
is a file of its own in `results/languages/`, a matrix of one row, so a stopped study goes on where
it was; `--minutes` begins no further model after so many. What is there is shown as the table of
docs/cross_lingual.md, and drawn beside it with `--write`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tner_hf.files import write_file, write_json
from tner_hf.lab.matrix import Matrix, View, run_matrix

RESULTS = Path(__file__).parent / "results" / "languages"
PAGE = Path(__file__).parent.parent / "docs" / "cross_lingual.md"
PICTURE = PAGE.parent / "images" / "cross_lingual.png"
ENCODER, FROZEN, RATE, BATCH, SEED = "embedded-multilingual", "layers:6", 5e-4, 16, 1
STEPS, TESTED = 1000, 300
WIKIANN = [f"wikiann/{each}" for each in ("en", "es", "ru")]
UNER = ["da_ddt", "sv_talbanken", "hr_set", "sk_snk", "sr_set", "pt_bosque", "zh_gsd"]
CORPORA = [
    *WIKIANN,
    *(f"uner/{each}" for each in UNER),
    *(f"masakhaner/{each}" for each in ("swa", "yor", "zul")),
]
ALL = "all"
VIEW = View(protocol="shared")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--models", nargs="*", default=[*WIKIANN, ALL, *CORPORA[3:]])
    parser.add_argument("--minutes", type=float, default=25)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--tested", type=int, default=TESTED)
    parser.add_argument("--write", action="store_true", help="draw the picture of the page")
    options = parser.parse_args(argv)
    if options.threads:
        import torch

        torch.set_num_threads(options.threads)
    begun = time.monotonic()
    for name in options.models:
        if time.monotonic() - begun < 60 * options.minutes:
            keep_row(options, name)
    matrix = read_rows(options.results)
    print(render(matrix))
    if options.write:
        from tner_hf.lab.matrix.heatmap import render_heatmap

        write_file(PICTURE, render_heatmap(matrix, VIEW, "png"))
    return 0


def place_of(results: Path, name: str) -> Path:
    return results / f"{name.replace('/', '-')}.json"


def keep_row(options: Any, name: str) -> None:
    """Train a model and score it on all test sets, if that was not done yet."""
    from tner_hf.training import DataArguments, ModelArguments, NERTrainingArguments, train

    target = place_of(options.results, name)
    if target.exists():
        return
    begun = time.process_time()
    with TemporaryDirectory() as folder:
        train(
            ModelArguments(ENCODER, freeze=FROZEN),
            DataArguments(
                CORPORA if name == ALL else [name], max_eval_samples=1, max_test_samples=1
            ),
            NERTrainingArguments(
                folder,
                max_steps=options.steps,
                per_device_train_batch_size=BATCH,
                learning_rate=RATE,
                bf16=True,
                seed=SEED,
                eval_strategy="no",
                save_strategy="no",
                disable_tqdm=True,
            ),
        )
        trained = time.process_time() - begun
        matrix = run_matrix(
            {name: folder}, CORPORA, max_test_samples=options.tested, confidence=0.95
        )
    seconds = {"training": round(trained), "all": round(time.process_time() - begun)}
    matrix = replace(matrix, facts={**matrix.facts, "processor seconds": seconds})
    options.results.mkdir(parents=True, exist_ok=True)
    write_json(target, slim(matrix.to_dict()), indent=None)
    print(f"{target.name}: {seconds}", flush=True)


def slim(stored: dict[str, Any]) -> dict[str, Any]:
    """A stored matrix with micro averages of the default mode alone: a tenth of the bytes."""
    for pair in stored["pairs"]:
        for protocols in (pair["protocols"], pair["intervals"]["protocols"]):
            protocols.pop("lattice", None)  # no type of these corpora is part of another
            for variants in protocols.values():
                for variant, modes in variants.items():
                    variants[variant] = {"default": {"micro": modes["default"]["micro"]}}
        pair["calibration"] = None
    return stored


def read_rows(results: Path) -> Matrix:
    """All rows that are there as one matrix, `all` last."""
    names = [*CORPORA, ALL]
    places = [place for name in names if (place := place_of(results, name)).exists()]
    found = [Matrix.from_dict(json.loads(place.read_text(encoding="utf-8"))) for place in places]
    if not found:
        raise SystemExit(f"no results in {results.name}")
    rows = tuple(row for each in found for row in each.rows)
    pairs = {place: pair for each in found for place, pair in each.pairs.items()}
    return replace(found[0], rows=rows, pairs=pairs)


def render(matrix: Matrix) -> str:
    """Test sets as lines, models as columns: F1 in percent, and how wide its intervals get."""
    from tner_hf.report.columns import markdown_table

    lines = []
    for column in matrix.columns:
        cells, halves = [], []
        for row in matrix.rows:
            value = 100 * matrix.value(row.name, column.name, VIEW)
            low, high = matrix.bounds(row.name, column.name, VIEW) or (0.0, 0.0)
            halves.append(50 * (high - low))
            own = "\\*" if matrix.is_in_domain(row.name, column.name) else ""
            cells.append(f"{value:.1f}{own}")
        pair = matrix.pairs[matrix.rows[0].name, column.name]
        best = matrix.best_transfer(column.name, VIEW)
        told = f"{100 * best[1]:.1f}, {shorten(best[0])}" if best else "–"
        entities = f"{pair.coverage['gold_total']:,}"
        lines.append([f"`{column.name}`", entities, *cells, f"{max(halves):.0f}", told])
    names = [shorten(row.name) for row in matrix.rows]
    header = ["tested on", "gold", *names, "±", "best transfer"]
    return markdown_table([header, *lines], prose={len(header) - 1})


def shorten(name: str) -> str:
    """The language of a corpus.

    >>> shorten("uner/da_ddt")
    'da'
    """
    return name.rpartition("/")[2].partition("_")[0]


if __name__ == "__main__":
    sys.exit(main())
