"""What `evaluate` gives: scores with their provenance, as a mapping, as JSON and as a table."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

from tner_hf.lab.evaluation.intervals import ProtocolIntervals
from tner_hf.lab.robustness.result import Robustness
from tner_hf.metrics import Score, Scores
from tner_hf.metrics.calibration import Calibration
from tner_hf.metrics.intervals import show_score
from tner_hf.metrics.protocols import Coverage, Protocol, describe_nesting, nests
from tner_hf.plain import Stored
from tner_hf.report.columns import align_columns, wrap_line

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = ("precision", "recall", "f1")


@dataclass(frozen=True, repr=False)
class Evaluation(Stored, Mapping[str, Any]):
    """Scores of one model on one dataset; reads like the dictionary that it becomes as JSON.

    Attributes:
        protocols: `full`, `shared` and `lattice`, each `type_aware` and `type_ignored`, each
            `default` and `strict`: `micro`, `macro` and `per_type`, fractions of 1.
        coverage: what `shared` and `lattice` leave out, see `metrics.score_protocols`.
        provenance: model, dataset, split, fingerprint of the data, sizes, settings, versions.
        intervals: confidence intervals of all scores; None where not asked for.
        calibration: whether the model's own scores can be believed; None where it said none.
        robustness: what changes of the text cost; None where not asked for.

    Examples:
        >>> # result = tner_hf.evaluate("out", "conll2003")
        >>> # result.f1, result.to_pandas()
        >>> # result["protocols"]["shared"]["type_aware"]["default"]["micro"]["f1"]
    """

    protocols: Mapping[Protocol, Scores]
    coverage: Coverage
    provenance: Mapping[str, Any]
    intervals: ProtocolIntervals | None = None
    calibration: Calibration | None = None
    robustness: Robustness | None = None

    def to_dict(self) -> dict[str, Any]:
        """Scores, `coverage`, `intervals` and so on; then provenance, each under its key."""
        own = super().to_dict()
        provenance = own.pop("provenance")
        if self.robustness is None:  # only where it was asked for
            del own["robustness"]
        return {**own, **provenance}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Evaluation:
        """The inverse of `to_dict`; earlier versions wrote neither intervals nor calibration."""
        own = {field.name for field in fields(cls)}
        rest = {key: value for key, value in stored.items() if key not in own}
        return super().from_dict({**stored, "provenance": rest})

    def __getitem__(self, key: str) -> Any:
        return self.to_dict()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.to_dict())

    def __len__(self) -> int:
        return len(self.to_dict())

    @property
    def f1(self) -> float:
        """Type-aware micro F1 of the full protocol in default mode; a fraction of 1."""
        return self.protocols["full"]["type_aware"]["default"]["micro"]["f1"]

    def to_pandas(self) -> pd.DataFrame:
        """The scores, fractions of 1, a row for each protocol, kind of types, mode and average."""
        import pandas as pd

        rows = [{**place, **scores} for place, scores, _ in self._averages(list(self.protocols))]
        return pd.DataFrame(rows)

    def __repr__(self) -> str:
        return f"{self._headline()}\n\n{self._scores()}"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(repr(self))}</pre>"

    def table(self) -> str:
        """Aligned text for a reader: every score in percent, then what they cover."""
        parts = [self._headline(), self._scores(), self._types()]
        if self.calibration is not None:
            entities = self.calibration.entities
            drawn = entities.draw() if entities.count else ()
            parts.append("\n".join([wrap_line(self.calibration.describe()), *drawn]))
        if self.robustness is not None:
            parts.append(self.robustness.table())
        return "\n\n".join([*parts, "\n".join(map(wrap_line, self._notes()))])

    def _headline(self) -> str:
        facts = self.provenance
        told = f", told to tag as {facts['corpus']}," if facts.get("corpus") else ""
        return wrap_line(
            f"{facts['model']}{told} on {facts['dataset']}, split {facts['split']}: "
            f"{facts['sentences']:,} sentences, {facts['tokens']:,} tokens, "
            f"{facts['seconds']:.1f} s; scores in percent"
        )

    def _scores(self) -> str:
        """A table for each protocol, under its name."""
        tables = []
        for protocol in self._shown():
            rows: list[tuple[str, ...]] = [("types", "mode", "average", *_COLUMNS, "support")]
            for place, scores, bounds in self._averages([protocol]):
                rows.append((*list(place.values())[1:], *_cells(scores, bounds)))
            tables.append("\n".join([f"protocol {protocol}", *align_columns(rows, text_columns=3)]))
        return "\n\n".join(tables)

    def _averages(
        self, protocols: Sequence[Protocol]
    ) -> Iterator[tuple[dict[str, str], Score, Mapping[str, Any] | None]]:
        """Each average: where it stands, its scores, and their intervals where there are any."""
        for protocol in protocols:
            for variant, modes in self.protocols[protocol].items():
                # Without types there is one class to average over.
                averages: tuple[Literal["micro", "macro"], ...]
                averages = ("micro", "macro") if variant == "type_aware" else ("micro",)
                for mode, scores in modes.items():
                    bounds = self._bounds(protocol, variant, mode)
                    types = variant.removeprefix("type_")
                    for average in averages:
                        place = {
                            "protocol": protocol, "types": types, "mode": mode, "average": average
                        }  # fmt: skip
                        yield place, scores[average], bounds.get(average)

    def _types(self) -> str:
        """One row for each type, default mode, the two protocols side by side."""
        full = self.protocols["full"]["type_aware"]["default"]["per_type"]
        shared = self.protocols["shared"]["type_aware"]["default"]["per_type"]
        bounds, shared_bounds = (
            self._bounds(protocol, "type_aware", "default").get("per_type", {})
            for protocol in ("full", "shared")
        )
        rows: list[tuple[str, ...]] = [("type", *_COLUMNS, "support", "shared f1")]
        for name, scores in full.items():
            other = "–"
            if name in shared:
                other = show_score(shared[name]["f1"], shared_bounds.get(name, {}).get("f1"))
            rows.append((name, *_cells(scores, bounds.get(name)), other))
        if len(rows) == 1:
            return "no entities, neither in the corpus nor predicted"
        return "\n".join(align_columns(rows))

    def _shown(self) -> list[Protocol]:
        """The protocols that say something of their own."""
        return [p for p in self.protocols if p != "lattice" or nests(self.coverage)]

    def _bounds(self, protocol: Protocol, variant: str, mode: str) -> Mapping[str, Any]:
        """The intervals of one block of scores; empty where there are none."""
        if self.intervals is None:
            return {}
        blocks = self.intervals.protocols[protocol]
        found: Mapping[str, Any] = blocks.get(variant, {}).get(mode, {})
        return found

    def _notes(self) -> list[str]:
        facts, cover = self.provenance, self.coverage
        types = ", ".join(cover["shared_types"]) or "none"
        out = [] if self.intervals is None else [self.intervals.describe()]
        out += [
            f"shared types: {len(cover['shared_types'])} ({types})",
            f"gold entities kept by 'shared': {cover['gold_kept']:,} of {cover['gold_total']:,}",
            f"predicted entities masked by 'shared': {cover['predictions_masked']:,}",
            *self._describe_lattice(),
            f"tokens without a prediction: {cover['tokens_unscored']:,}",
        ]
        if facts["windowed_sentences"]:
            out.append(
                f"sentences longer than {facts['max_length']} sub-tokens, read in overlapping "
                f"windows: {facts['windowed_sentences']:,}"
            )
        if facts["unencodable_tokens"]:
            out.append(
                f"tokens that this tokenizer cannot see, tagged after the next one: "
                f"{facts['unencodable_tokens']:,}"
            )
        used, trained = facts.get("label_map"), facts.get("settings", {}).get("label_map")
        if used and trained and used != trained:
            out.append(f"label map of these scores: {used}; the model was trained with {trained}")
        for side, report in facts["unification"].items():
            changed = [f"{native} -> {unified}" for native, unified in report["mapped"].items()]
            if changed:
                out.append(f"types of the {side} mapped: {', '.join(changed)}")
            out.extend(
                f"type {kept!r} of the {side} is kept; it nearly matches {near!r}"
                for kept, near in report["near"].items()
            )
        return out

    def _describe_lattice(self) -> list[str]:
        cover = self.coverage
        if not nests(cover):
            return []
        kept, total = cover["lattice_gold_kept"], cover["gold_total"]
        return [
            f"broader types of 'lattice': {describe_nesting(cover)}",
            f"gold entities kept by 'lattice': {kept:,} of {total:,}",
            f"predicted entities masked by 'lattice': {cover['lattice_predictions_masked']:,}",
        ]


def _cells(scores: Mapping[str, Any], bounds: Mapping[str, Any] | None) -> tuple[str, ...]:
    shown = (show_score(scores[name], (bounds or {}).get(name)) for name in _COLUMNS)
    return (*shown, f"{scores['support']:,}")
