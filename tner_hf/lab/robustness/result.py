"""How much of a model's F1 is left when the text of its test set is changed, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

from tner_hf.plain import Stored
from tner_hf.report.columns import align_columns, wrap_line


@dataclass(frozen=True)
class ChangedScore:
    """Type-aware micro F1 (protocol full, default mode) on changed text, beside the clean one.

    Attributes:
        change: one of `CHANGES`.
        words_changed: the share of words that are new, moved or gone, a fraction of 1.
        clean: F1 on the text as it is, a fraction of 1.
        changed: F1 on the changed text.
        difference: `changed - clean`.
        low, high: the interval of the difference, of a paired bootstrap.
        p: of approximate randomisation.
        unit: what was drawn: sentences (joined ones together), or documents.
    """

    change: str
    words_changed: float
    clean: float
    changed: float
    difference: float
    low: float
    high: float
    p: float
    unit: str

    def show(self) -> tuple[str, ...]:
        """The cells of a table, in percent."""
        return (
            self.change.replace("_", " "),
            f"{100 * self.words_changed:.1f}",
            f"{100 * self.changed:.2f}",
            f"{100 * self.difference:+.2f}",
            f"[{100 * self.low:+.2f}, {100 * self.high:+.2f}]",
            f"{self.p:.2g}",
        )


@dataclass(frozen=True)
class Robustness(Stored):
    """What each change costs.

    Attributes:
        level: of the intervals.
        seed: of the changes and of the resampling.
    """

    scores: tuple[ChangedScore, ...]
    level: float
    n_resamples: int
    seed: int

    def table(self) -> str:
        """Aligned text for a reader."""
        header = ("changed text", "words (%)", "F1", "difference", "interval", "p")
        clean = 100 * self.scores[0].clean
        unit = self.scores[0].unit
        rows = align_columns([header, *(one.show() for one in self.scores)])
        head = f"robustness: type-aware micro F1, protocol full; {clean:.2f} on the clean text"
        foot = (
            f"{100 * self.level:g} % intervals of a paired bootstrap over {unit}, "
            f"{self.n_resamples:,} resamples; seed {self.seed} for changes and resampling"
        )
        return "\n".join([head, *rows, wrap_line(foot)])
