"""A transfer matrix as plain data: rows are models, columns test sets, pairs hold all scores.

Three things can stand where a row and a column meet: a number; nothing, because the pair was not
computed; and, in the shared protocol, nothing to score, because no gold entity is of a type that
the model knows. The last is not a score of zero, and is never averaged as one.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from pathlib import Path
from statistics import fmean, stdev
from typing import Any, Literal

from tner_hf.errors import DataError, UnknownNameError
from tner_hf.lab.evaluation.intervals import ProtocolIntervals, bound_protocols
from tner_hf.lab.matrix.view import View
from tner_hf.lab.robustness.result import ChangedScore
from tner_hf.metrics.calibration import Calibration
from tner_hf.metrics.differences import Comparison, Difference
from tner_hf.metrics.intervals import IntervalOptions
from tner_hf.metrics.protocols import Coverage, Protocol, nests
from tner_hf.metrics.scores import Score, Scores
from tner_hf.metrics.significance import correct_holm
from tner_hf.plain import Stored, as_plain, read_plain
from tner_hf.predictions.options import OWN_CORPUS
from tner_hf.predictions.predicted import PredictedSplit
from tner_hf.runs.seeds import show_spread

#: Version of the JSON form.
FORMAT = 1

State = Literal["scored", "nothing shared", "absent"]


@dataclass(frozen=True)
class Row:
    """A model.

    Attributes:
        name: what it is called here.
        checkpoint: Hub id, or the name of its folder, which may lie anywhere.
        fingerprint: hash of its files, or the commit on the Hub.
        trained_on: corpora that it was trained on, as it records them.
        in_domain: the columns whose corpus it was trained on; None in a matrix of an earlier
            version, which went by names.
        max_length: longest window in sub-tokens; 0 for another system.
        lowercase: whether words were lower-cased before they were read.
        foreign: another system, known by its predictions alone: nobody says what it was trained on,
            so none of its numbers is in-domain, or a transfer.
    """

    name: str
    checkpoint: str
    fingerprint: str
    trained_on: tuple[str, ...] = ()
    max_length: int = 0
    lowercase: bool = False
    in_domain: tuple[str, ...] | None = None
    foreign: bool = False


@dataclass(frozen=True)
class Column:
    """A test set.

    Attributes:
        name: what it is called here.
        source: corpus or Hub id; of data of one's own what it is called.
        split: the split that is scored.
        fingerprint: hash of tokens, gold labels and label names.
        sentences: in the split.
        tokens: in the split.
        types: entity types of the corpus, after mapping.
        change: what its text went through, one of `tner_hf.data.changes.CHANGES`; no mean counts
            such a column. None for text as it is.
        characters: its tokens are characters and no words; no mean of columns of words counts it.
    """

    name: str
    source: str
    split: str
    fingerprint: str
    sentences: int
    tokens: int
    types: tuple[str, ...]
    change: str | None = None
    characters: bool = False


@dataclass(frozen=True)
class Pair(Stored):
    """All scores of one model on one test set.

    Attributes:
        protocols: protocol to scores, as in `Evaluation`.
        coverage: shared types, gold kept, predictions masked, tokens without a prediction.
        model_types: entity types that the model knows, after mapping.
        windowed_sentences: sentences that were longer than a window.
        unencodable_tokens: words without sub-tokens, tagged after their neighbours.
        seconds: spent on tagging.
        intervals: confidence intervals of all scores; None where nobody asked for them.
        against: the model trained on the test set's corpus, where this one was tested against it.
        comparison: that test: this model minus that one, protocol `full`, without single types.
        calibration: whether the model's own scores can be believed here; None where it said none,
            or where the matrix is of an earlier version.
        cost: of a column with changed text, what the change costs; None of others.
        corpus: by whose guidelines the model was told to tag; None for nobody's.
    """

    protocols: Mapping[Protocol, Scores]
    coverage: Coverage
    model_types: tuple[str, ...] = ()
    windowed_sentences: int = 0
    unencodable_tokens: int = 0
    seconds: float = 0.0
    intervals: ProtocolIntervals | None = None
    against: str | None = None
    comparison: Comparison | None = None
    calibration: Calibration | None = None
    cost: ChangedScore | None = None
    corpus: str | None = None

    @classmethod
    def of(cls, answer: PredictedSplit, *, confidence: float | None = None) -> Pair:
        """All scores of what a model said, and what they cover."""
        scored = answer.score()
        return cls(
            protocols=scored["protocols"],
            coverage=scored["coverage"],
            model_types=answer.model_types,
            windowed_sentences=answer.windowed_sentences,
            unencodable_tokens=answer.unencodable_tokens,
            seconds=answer.seconds,
            intervals=None
            if confidence is None
            else bound_protocols(answer, IntervalOptions(confidence)),
            calibration=answer.calibration,
            corpus=answer.provenance.get("corpus"),
        )

    @property
    def share_kept(self) -> float:
        """The share of gold entities that the shared protocol looks at; NaN without gold."""
        total = self.coverage["gold_total"]
        return self.coverage["gold_kept"] / total if total else math.nan

    def score(self, view: View) -> Score:
        """Precision, recall, F1 and support of a view, its measure aside."""
        return self.protocols[view.protocol][view.variant][view.mode][view.average]

    def bounds(self, view: View) -> Mapping[str, Sequence[float]]:
        """Low and high of precision, recall and F1 of a view; empty without intervals."""
        if self.intervals is None:
            return {}
        found: Mapping[str, Sequence[float]] = self.intervals.protocols[view.protocol][
            view.variant
        ][view.mode][view.average]
        return found

    def difference(self, view: View) -> Difference | None:
        """This model's number minus that of the one trained on the corpus; None where not tested.

        Other protocols than `full` score each model on entities of its own.
        """
        if self.comparison is None or view.protocol != "full":
            return None
        found: Difference = self.comparison.differences[view.variant][view.mode][view.average][
            view.measure
        ]
        return found


@dataclass(frozen=True)
class Mean:
    """A mean over some columns.

    Attributes:
        value: fraction of 1; NaN over no column.
        over: columns that count.
        left_out: columns that share nothing with the model, were not computed, or are of
            characters where others are of words.
    """

    value: float
    over: tuple[str, ...]
    left_out: tuple[str, ...]

    @property
    def share(self) -> str:
        """How many columns count where some do not, `1 of 2`; else empty."""
        total = len(self.over) + len(self.left_out)
        return f"{len(self.over)} of {total}" if self.left_out else ""

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, which has nothing for a mean over no column."""
        value = None if math.isnan(self.value) else self.value
        return {"value": value, "over": list(self.over), "left_out": list(self.left_out)}


@dataclass(frozen=True)
class Matrix(Stored):
    """Models by test sets.

    Attributes:
        rows: models, in order.
        columns: test sets, in order.
        pairs: by (row name, column name); a pair may be absent.
        label_map: version of the label map that both sides went through.
        facts: versions and settings, for the record; `groups` of seeds with the rows of each.
    """

    indent = 1

    rows: tuple[Row, ...]
    columns: tuple[Column, ...]
    pairs: Mapping[tuple[str, str], Pair]
    label_map: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    def describe_conditions(self) -> str:
        """By whose guidelines models were told to tag; empty where they were told nothing."""
        told = [pair.corpus for pair in self.pairs.values() if pair.corpus is not None]
        if "corpus" not in self.facts:
            return ""
        whose = "each test set's own corpus" if self.facts["corpus"] == OWN_CORPUS else told[0]
        return f"{whose}, in {len(told):,} of {len(self.pairs):,} pairs"

    @cached_property
    def _rows(self) -> dict[str, Row]:
        return {row.name: row for row in self.rows}

    @cached_property
    def _columns(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    def row(self, name: str) -> Row:
        """The row of that name."""
        if name not in self._rows:
            raise UnknownNameError("row", name, self._rows)
        return self._rows[name]

    def column(self, name: str) -> Column:
        """The column of that name."""
        if name not in self._columns:
            raise UnknownNameError("column", name, self._columns)
        return self._columns[name]

    def cell(self, row: str, column: str) -> Pair | None:
        """All scores of a pair; None where it was not computed.

        Raises:
            UnknownNameError: there is no such row or column.
        """
        return self.pairs.get((self.row(row).name, self.column(column).name))

    def places(self) -> Iterator[tuple[str, str]]:
        """Row and column of each pair that was computed, in the order of rows and columns."""
        names = product((row.name for row in self.rows), (column.name for column in self.columns))
        return (place for place in names if place in self.pairs)

    def state(self, row: str, column: str, view: View) -> State:
        """What the view can say about a pair."""
        pair = self.cell(row, column)
        if pair is None or view.protocol not in pair.protocols:  # stored before there was `lattice`
            return "absent"
        kept = {
            "full": True,
            "shared": pair.coverage["gold_kept"],
            "lattice": pair.coverage.get("lattice_gold_kept"),
        }
        return "scored" if kept[view.protocol] else "nothing shared"

    def vary(self, view: View, *names: str) -> Iterator[View]:
        """`View.vary`, without the protocol `lattice` where it would only repeat `shared`."""
        nested = any(nests(pair.coverage) for pair in self.pairs.values())
        for each in view.vary(*names):
            if each.protocol != "lattice" or nested or view.protocol == "lattice":
                yield each

    def shares_nothing(self, row: str, column: str) -> bool:
        """Whether no gold entity is of a type that the model knows, in whatever view.

        In the full protocol a type-aware score of such a pair is 0 by construction.
        """
        pair = self.cell(row, column)
        return pair is not None and not pair.coverage["gold_kept"]

    def value(self, row: str, column: str, view: View) -> float:
        """The number of a view as a fraction of 1; NaN where there is none."""
        if self.state(row, column, view) != "scored":
            return math.nan
        return float(self.pairs[row, column].score(view)[view.measure])

    def bounds(self, row: str, column: str, view: View) -> tuple[float, float] | None:
        """The confidence interval of a view's number; None where nobody asked for it."""
        pair = self.cell(row, column)
        found = pair and pair.bounds(view).get(view.measure)
        return (found[0], found[1]) if found else None

    def is_in_domain(self, row: str, column: str) -> bool:
        """Whether the model was trained on the corpus of the column."""
        target, model = self.column(column), self.row(row)
        if model.in_domain is None:
            return bool({target.name, target.source} & set(model.trained_on))
        return column in model.in_domain

    def in_domain_model(self, column: str) -> str | None:
        """The model trained on the corpus of a column, and on the fewest others; None without."""
        own = [row for row in self.rows if self.is_in_domain(row.name, column)]
        own = [row for row in own if self.cell(row.name, column)]
        return min(own, key=lambda row: len(row.trained_on)).name if own else None

    def differences(self, view: View) -> dict[tuple[str, str], tuple[Difference, float]]:
        """What each pair was tested to differ by, and p corrected for all these tests (Holm)."""
        found = {place: d for place, pair in self.pairs.items() if (d := pair.difference(view))}
        corrected = correct_holm({place: each.p for place, each in found.items()})
        return {place: (each, corrected[place]) for place, each in found.items()}

    def _is_transfer(self, row: str, column: str) -> bool:
        """Whether the model is known not to have been trained on the corpus of the column."""
        known = not self.row(row).foreign and self.column(column).change is None
        return known and not self.is_in_domain(row, column)

    def spreads(self, view: View) -> dict[str, list[str]]:
        """Group of seeds to mean and standard deviation of its runs in each column, in percent."""
        found: dict[str, list[str]] = {}
        for group, rows in self.facts.get("groups", {}).items():
            shown = []
            for column in self.columns:
                numbers = [self.value(row, column.name, view) for row in rows]
                std = stdev(numbers) if len(numbers) > 1 else None
                known = not any(map(math.isnan, numbers))
                shown.append(show_spread({"mean": fmean(numbers), "std": std}) if known else "–")
            found[f"{group} ({len(rows)} seeds)"] = shown
        return found

    def mean_in_domain(self, row: str, view: View) -> Mean:
        """The mean over the columns of unchanged text that it was trained on."""
        own = [c.name for c in self.columns if c.change is None and self.is_in_domain(row, c.name)]
        return self._mean(row, own, view)

    def mean_out_of_domain(self, row: str, view: View) -> Mean:
        """The mean over the columns of unchanged text that it was not trained on."""
        others = [c.name for c in self.columns if self._is_transfer(row, c.name)]
        return self._mean(row, others, view)

    def best_transfer(self, column: str, view: View) -> tuple[str, float] | None:
        """The best model that was not trained on a corpus, and its number; None if none scores."""
        numbers = [
            (row.name, self.value(row.name, column, view))
            for row in self.rows
            if self._is_transfer(row.name, column)
        ]
        found = [pair for pair in numbers if pair[1] > 0]  # NaN is not
        return max(found, key=lambda pair: pair[1]) if found else None

    def _mean(self, row: str, columns: Iterable[str], view: View) -> Mean:
        numbers = {column: self.value(row, column, view) for column in columns}
        scored = [self.column(c) for c, number in numbers.items() if not math.isnan(number)]
        # Where an entity is a run of characters, the same errors give another score.
        mixed = len({column.characters for column in scored}) > 1
        over = tuple(column.name for column in scored if not (mixed and column.characters))
        value = fmean(numbers[c] for c in over) if over else math.nan
        return Mean(value, over, tuple(c for c in numbers if c not in over))

    def to_dict(self) -> dict[str, Any]:
        """The JSON form; pairs in the order of rows and columns, then the means that follow."""
        return {
            "format": FORMAT,
            "label_map": self.label_map,
            "facts": dict(self.facts),
            "rows": as_plain(self.rows),
            "columns": as_plain(self.columns),
            "pairs": [
                {"row": row, "column": column, **self.pairs[row, column].to_dict()}
                for row, column in self.places()
            ],
            "means": [
                {
                    "row": row.name,
                    **view.to_dict(),
                    "in_domain": self.mean_in_domain(row.name, view).to_dict(),
                    "out_of_domain": self.mean_out_of_domain(row.name, view).to_dict(),
                }
                for row in self.rows
                for view in self.vary(View(), "protocol", "variant")
            ],
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Matrix:
        """The inverse of `to_dict`.

        Raises:
            DataError: written by a later version, or no matrix at all.
        """
        if stored.get("format") != FORMAT:
            raise DataError(
                f"a matrix of format {stored.get('format')!r}; this version reads format {FORMAT}. "
                "Upgrade tner-hf, or run `tner-hf matrix` again"
            )
        return cls(
            rows=read_plain(tuple[Row, ...], stored["rows"], "rows"),
            columns=read_plain(tuple[Column, ...], stored["columns"], "columns"),
            pairs={(pair["row"], pair["column"]): Pair.from_dict(pair) for pair in stored["pairs"]},
            label_map=stored["label_map"],
            facts=stored["facts"],
        )

    @classmethod
    def load(cls, path: str | Path) -> Matrix:
        """The matrix of a `matrix.json`."""
        try:
            stored = json.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise DataError(f"{path} holds no matrix: {error}") from error
        return cls.from_dict(stored)
