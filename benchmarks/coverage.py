"""How often intervals contain the true score, and how often equal systems are told apart.

    python benchmarks/coverage.py --sets 2000      # draw what is missing, show the tables
    python benchmarks/coverage.py --write          # and put them into docs/uncertainty.md

Test sets are drawn from systems whose true scores are known: each gold entity is found with the
chance of its type in its document, and as many are made up as are missed on the average, so that
precision, recall and F1 are all truly that chance. Documents of ten sentences differ in it by a
beta distribution. A rare type has 3 entities in 100 sentences and is found less often. Each batch
has draws of its own and is written when it ends, so a study that was stopped goes on where it was,
to the same numbers.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tner_hf.files import write_json
from tner_hf.metrics.bootstrap import bound_resampled, resample_scores
from tner_hf.metrics.exact import bound_scores
from tner_hf.metrics.intervals import METHODS, Method
from tner_hf.metrics.resampling import Block, Matrix, UnitCounts
from tner_hf.metrics.significance import compare_runs

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "coverage.json"
PAGE = HERE.parent / "docs" / "uncertainty.md"
MARKS = "<!-- coverage: from benchmarks/results/coverage.json -->", "<!-- end of coverage -->"

TRUE_F1 = (0.33, 0.9, 0.99, 1.0)
SENTENCES = (30, 100, 1000)
UNITS = ("sentences", "documents")
#: Resamples of a bootstrap, as many as `evaluate` takes.
RESAMPLES = 1000
#: Kind of a cell to the intervals that it covers the truth with.
COVER: Mapping[str, tuple[Method, ...]] = {"cover": METHODS[:1], "bootstrap": METHODS[1:]}
RUNS = (1, 2, 3, 5)
BATCH = 100
LEVEL = 0.95

#: Entities of each type in a sentence, on the average.
RATES = np.array([0.6, 0.4, 0.03])
BLOCK = Block("type_aware", "default", ("common", "other", "rare"), (0, 1, 2))
#: Columns of F1 among the scores of that block.
PLACES = {"micro": 2, "macro": 5, "rare": 14}
DOCUMENT = 10
#: Parameters of the beta distribution of documents sum to this.
EVENNESS = 3
#: Sentences of a test of equal systems, their F1, and its deviation over seeds.
TEST_SENTENCES, TEST_F1, SEED_SPREAD = 300, 0.8, 0.03


def draw_table(random: np.random.Generator, gold: Matrix, chance: Matrix) -> UnitCounts:
    """Counts of a system that finds entities with a chance. *Shape:* [n_sentences, 3] both."""
    correct = random.binomial(gold, chance)
    table = np.concatenate([correct, correct + random.poisson(RATES * (1 - chance)), gold], axis=1)
    rows, columns = np.nonzero(table)
    times = table[rows, columns]
    entries = (np.repeat(each, times).astype(np.int32) for each in (rows, columns))
    return UnitCounts((BLOCK,), len(gold), *entries)


def number_documents(n_sentences: int, unit: str) -> np.ndarray:
    return np.arange(n_sentences) // (DOCUMENT if unit == "documents" else 1)


def cover(
    random: np.random.Generator, f1: float, n_sentences: int, unit: str, methods: Sequence[Method]
) -> Matrix:
    """Whether each interval of one drawn test set contains the truth, and how wide it is.

    *Shape:* [2, n_methods, micro, macro and rare].
    """
    true = np.array([f1, f1, f1**2])
    truth = np.array([(true * RATES).sum() / RATES.sum(), true.mean(), true[2]])
    document = number_documents(n_sentences, unit)
    chance = np.repeat(true[None], n_sentences, axis=0)
    if unit == "documents" and f1 < 1:
        shape = document[-1] + 1, 3
        chance = random.beta(true * EVENNESS, (1 - true) * EVENNESS, shape)[document]
    counts = draw_table(random, random.poisson(RATES, (n_sentences, 3)), chance)
    if unit == "documents":
        counts = counts.by_document(document)
    bounds = bound_all(counts, methods, random)
    low, high = bounds[:, :, list(PLACES.values())].swapaxes(0, 1)
    return np.stack([(low <= truth + 1e-9) & (truth <= high + 1e-9), high - low])


def bound_all(counts: UnitCounts, methods: Sequence[Method], random: np.random.Generator) -> Matrix:
    """Intervals of one test set, both bootstraps of the same resamples.

    *Shape:* [n_methods, 2, n_keys].
    """
    found = []
    values = None
    for method in methods:
        if method == "exact":
            found.append(bound_scores(counts, LEVEL))
            continue
        if values is None:
            seed = int(random.integers(1 << 32))
            values = resample_scores(counts, n_resamples=RESAMPLES, seed=seed)
        found.append(bound_resampled(counts, values, LEVEL, corrected=method == "bca"))
    return np.stack(found)


def reject(random: np.random.Generator, n_runs: int, unit: str, seed: int) -> bool:
    """Whether two groups of runs of one recipe are told apart at 0.05, by micro F1."""
    document = number_documents(TEST_SENTENCES, unit)
    n_documents = document[-1] + 1
    gold = random.poisson(RATES, (TEST_SENTENCES, 3))
    easy = random.beta(6 * TEST_F1, 6 * (1 - TEST_F1), n_documents)
    runs = []
    for _ in range(2 * n_runs):
        skill = random.normal(0, SEED_SPREAD if n_runs > 1 else 0)
        own = random.normal(0, 0.15, n_documents) * 4 * easy * (1 - easy)
        chance = np.clip(easy + own + skill, 0.001, 0.999)[document]
        counts = draw_table(random, gold, np.repeat(chance[:, None], 3, axis=1))
        runs.append(counts.by_document(document) if unit == "documents" else counts)
    found = compare_runs(runs[:n_runs], runs[n_runs:], n_resamples=400, seed=seed)
    return bool(found.differences["type_aware"]["default"]["micro"]["f1"].p < 1 - LEVEL)


def list_cells() -> Iterator[str]:
    """Names of what is measured: coverage of `exact` (`cover …`) and of bootstraps, then tests."""
    for kind in COVER:
        for unit in UNITS:
            for n_sentences in SENTENCES:
                for f1 in TRUE_F1:
                    yield f"{kind} {f1} {n_sentences} {unit}"
    for unit in UNITS:
        for n_runs in RUNS:
            yield f"reject {n_runs} {unit}"


def run_batch(cell: str, number: int) -> dict[str, Any]:
    """One batch of a cell; its draws depend on nothing but its number."""
    kind, *words = cell.split()
    random = np.random.default_rng([number, *cell.encode()])
    if kind == "reject":
        rejected = [
            reject(random, int(words[0]), words[1], BATCH * number + i) for i in range(BATCH)
        ]
        return {"sets": BATCH, "rejected": sum(rejected)}
    f1, n_sentences, unit = float(words[0]), int(words[1]), words[2]
    methods = COVER[kind]
    covered, width = sum(cover(random, f1, n_sentences, unit, methods) for _ in range(BATCH))
    return {
        "sets": BATCH,
        "covered": _name(methods, covered.astype(int).tolist()),
        "width": _name(methods, width.tolist()),
    }


def _name(methods: Sequence[Method], rows: Sequence[Sequence[float]]) -> dict[str, Any]:
    """Figures by method and score; by score alone for a single method."""
    named = {m: dict(zip(PLACES, row, strict=True)) for m, row in zip(methods, rows, strict=True)}
    return named if len(methods) > 1 else named[methods[0]]


def add_up(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Sums of two batches, key by key."""
    return {
        key: add_up(value, other[key]) if isinstance(value, Mapping) else value + other[key]
        for key, value in one.items()
    }


def fill(path: Path, n_sets: int) -> None:
    """Draw what is missing of every cell, a batch of each in turn."""
    found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    for number in range(n_sets // BATCH):
        for cell in list_cells():
            if cell in found and found[cell]["sets"] > number * BATCH:
                continue
            batch = run_batch(cell, number)
            found[cell] = add_up(found[cell], batch) if cell in found else batch
            write_json(path, found, indent=1)


def render(found: Mapping[str, Any]) -> str:
    """The tables as Markdown; a star marks more than 97 %, two stars less than 93 %."""
    scores = [f"{name} F1" if name != "rare" else "F1 of a rare type" for name in PLACES]
    exact = _begin_table("drawn by", "test set", "true F1", *scores)
    methods = COVER["bootstrap"]
    heads = (f"{score}, {method}" for score in scores for method in methods)
    drawn = _begin_table("drawn by", "test set", "true F1", *heads)
    tests = _begin_table("drawn by", "runs a side", "equal systems told apart")
    for cell in list_cells():
        if cell not in found:
            continue
        kind, *words = cell.split()
        one, n_sets = found[cell], found[cell]["sets"]
        if kind == "reject":
            tests.append(f"| {words[1]} | {words[0]} | {_share(one['rejected'], n_sets)} |")
            continue
        covered = one["covered"]
        place = f"| {words[2]} | {int(words[1]):,} sentences | {words[0]} |"
        if kind == "cover":
            counts = [covered[name] for name in PLACES]
            exact.append(f"{place} {' | '.join(_mark(count, n_sets) for count in counts)} |")
        else:
            counts = [covered[method][name] for name in PLACES for method in methods]
            drawn.append(f"{place} {' | '.join(_mark(count, n_sets) for count in counts)} |")
    return "\n\n".join("\n".join(table) for table in (exact, drawn, tests) if len(table) > 2)


def _begin_table(*heads: str) -> list[str]:
    return [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]


def _mark(count: int, of: int) -> str:
    share = count / of
    return _share(count, of) + (" \\*\\*" if share < 0.93 else " \\*" if share > 0.97 else "")


def _share(count: int, of: int) -> str:
    """A share in percent with its standard error, which is that of Agresti and Coull near 0 and 1.

    >>> _share(95, 100), _share(100, 100)
    ('95.0 ± 2.4 %', '100.0 ± 1.3 %')
    """
    near = (count + 2) / (of + 4)
    return f"{100 * count / of:.1f} ± {100 * (near * (1 - near) / (of + 4)) ** 0.5:.1f} %"


def write_page(page: Path, tables: str) -> None:
    """Put the tables between their marks."""
    text = page.read_text()
    before, rest = text.split(MARKS[0])
    page.write_text(f"{before}{MARKS[0]}\n\n{tables}\n\n{MARKS[1]}{rest.split(MARKS[1])[1]}")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sets", type=int, default=0, help="test sets of each cell")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--write", action="store_true", help=f"the tables into {PAGE.name}")
    options = parser.parse_args()
    fill(options.results, options.sets)
    tables = render(json.loads(options.results.read_text()))
    print(tables)
    if options.write:
        write_page(PAGE, tables)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
