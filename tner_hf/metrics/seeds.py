"""Several runs of one recipe: what another seed changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

from tner_hf.errors import SettingError
from tner_hf.metrics.resampling import METRICS
from tner_hf.metrics.scores import Score, Scores
from tner_hf.plain import Stored


@dataclass(frozen=True)
class SeedSummary(Stored):
    """Several runs of one recipe.

    Attributes:
        scores: as `Scores`, with `{"mean", "std"}` in place of each score; the deviation is that
            of a sample (n - 1), None for a single run.
        n_runs: how many runs.
    """

    scores: dict[str, Any]
    n_runs: int


def summarise_seeds(runs: Sequence[Scores]) -> SeedSummary:
    """Mean and standard deviation of several runs of one recipe on the same test set.

    Args:
        runs: the scores of each run. A type that a run neither predicts nor finds in gold counts
            as 0 there.

    Examples:
        >>> from tner_hf.metrics import score
        >>> runs = [score([["B-x"]], [[tag]]) for tag in ("B-x", "O")]
        >>> summarise_seeds(runs).scores["type_aware"]["default"]["micro"]["f1"]
        {'mean': 0.5, 'std': 0.7071067811865476}
    """
    if not runs:
        raise SettingError("no scores to summarise; expected those of one run or more.")
    summary: dict[str, Any] = {}
    for variant, by_mode in runs[0].items():
        for mode in by_mode:
            blocks = [run[variant][mode] for run in runs]
            types = sorted({name for block in blocks for name in block["per_type"]})
            summary.setdefault(variant, {})[mode] = {
                "micro": _summarise([block["micro"] for block in blocks]),
                "macro": _summarise([block["macro"] for block in blocks]),
                "per_type": {
                    name: _summarise([b["per_type"].get(name) for b in blocks]) for name in types
                },
            }
    return SeedSummary(summary, len(runs))


def _summarise(scores: Sequence[Score | None]) -> dict[str, dict[str, float | None]]:
    out: dict[str, dict[str, float | None]] = {}
    for metric in METRICS:
        values = [one[metric] if one else 0.0 for one in scores]
        out[metric] = {
            "mean": fmean(values),
            "std": stdev(values) if len(values) > 1 else None,
        }
    return out
