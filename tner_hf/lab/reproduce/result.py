"""What a run found, beside what the paper printed; all figures in percent."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from tner_hf.errors import DataError
from tner_hf.lab.reproduce.printed import Decimals, as_printed
from tner_hf.plain import Stored

#: Version of the JSON form.
FORMAT = 3

#: Points of F1 that another seed may move a score by: on the corpus a model was trained on, and on
#: one it never saw. Both are arbitrary: nobody has measured how far seeds move these models. More
#: is allowed for transfer because fine-tuned models of equal in-domain quality can differ widely
#: there (on inference tasks: McCoy et al. 2020, "BERTs of a feather do not generalize together").
SEED_BAND = 1.0
TRANSFER_BAND = 3.0

Verdict = Literal["pass", "above", "below", "not comparable", "absent"]


@dataclass(frozen=True)
class Cell(Stored):
    """One figure of the paper and ours.

    Attributes:
        row, column: as the table calls them.
        encoder: the paper's base checkpoint.
        trained_on: a corpus or a merged set.
        tested_on: a corpus.
        dataset: the test set with its edition, as `load_dataset` knows it.
        model: folder name of the model.
        in_domain: whether the model was trained on the corpus.
        paper: the printed F1.
        ours: our F1, every token scored under the protocol `shared`; None where there is none.
        ours_as_paper: our F1 as the paper's code would have scored it, see `paper_scoring`.
        decimals: whether the paper cuts off those beyond the first, or rounds.
        tokens: of the test set.
        tokens_cut: those of them that the paper's code did not score.
        tags_masked: tags of shared types that one side does not have, which the paper's code read
            as `O`.
        gold_total: gold entities of the test set.
        gold_kept: those of a type that the model knows; all others do not count.
        predictions_masked: predicted entities that do not count.
        shared_types: types that corpus and model both have.
        absent: why there is no figure.
        not_comparable: why the figures of paper and run are not of the same thing.
    """

    derived: ClassVar = ("difference", "band", "verdict")

    row: str
    column: str
    encoder: str
    trained_on: str
    tested_on: str
    dataset: str
    model: str
    in_domain: bool
    paper: float
    ours: float | None = None
    ours_as_paper: float | None = None
    decimals: Decimals = "cut"
    tokens: int = 0
    tokens_cut: int = 0
    tags_masked: tuple[str, ...] = ()
    gold_total: int = 0
    gold_kept: int = 0
    predictions_masked: int = 0
    shared_types: tuple[str, ...] = ()
    absent: str = ""
    not_comparable: str = ""

    @property
    def difference(self) -> float | None:
        """Ours less the paper's, ours scored and its decimals treated as the paper's."""
        if self.ours_as_paper is None:
            return None
        return round(as_printed(self.ours_as_paper, self.decimals) - self.paper, 1)

    @property
    def is_zero_by_construction(self) -> bool:
        """Whether model and corpus share no type, so that nothing can be right or wrong."""
        return self.ours is not None and not self.shared_types

    @property
    def band(self) -> float | None:
        """Points of F1 that a repetition may be off: an arbitrary number, and one standard error.

        The number stands for what seeds do, which is not known. The standard error is that of a
        share of `gold_kept` entities at the printed figure, so it is wide for 300 entities and
        narrow for 10,000.
        """
        if self.ours is None:
            return None
        if self.is_zero_by_construction:
            return 0.0
        share = self.paper / 100
        error = 100 * math.sqrt(share * (1 - share) / max(self.gold_kept, 1))
        return round((SEED_BAND if self.in_domain else TRANSFER_BAND) + error, 1)

    @property
    def verdict(self) -> Verdict:
        """Whether our figure lies within the band around the paper's."""
        if self.difference is None or self.band is None:
            return "absent"
        if self.not_comparable:
            return "not comparable"
        if abs(self.difference) <= self.band:
            return "pass"
        return "above" if self.difference > 0 else "below"


@dataclass(frozen=True)
class Average:
    """The average of a row.

    Attributes:
        printed: the paper's.
        recomputed: the mean of the figures that the paper printed in the row.
        ours: the mean of ours; None where one of them is missing.
        defect: what is wrong with the printed one.
    """

    row: str
    printed: float
    recomputed: float
    ours: float | None = None
    defect: str = ""


@dataclass(frozen=True)
class Split:
    """The data behind a row or column.

    Attributes:
        dataset: with its edition, as `load_dataset` knows it.
        train, test: sentences; None where unknown, as `test_tokens`.
        paper_train, paper_test: sentences in Table 1 of the paper.
        dropped: those of them that are `#` or `None`, which T-NER 0.0.8 leaves out.
        absent: why it is not here.
    """

    corpus: str
    dataset: str
    train: int | None = None
    test: int | None = None
    paper_train: int | None = None
    paper_test: int | None = None
    test_tokens: int | None = None
    dropped: int = 0
    absent: str = ""


@dataclass(frozen=True)
class Note:
    """Something to know about some of the figures.

    Attributes:
        text: what.
        cells: (row, column) of the cells that it is about; empty for the whole table.
    """

    text: str
    cells: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Reproduction(Stored):
    """A table of the paper and what came out here.

    Attributes:
        table: e.g. `table3`.
        title: what it shows.
        variant: `type_aware` or `type_ignored`.
        cells: in the order of the table.
        scaled_down: what was smaller or other than in the paper; where there is anything, nothing
            is held against the paper's figures.
        averages: of the rows, for a table that prints them.
        splits: the data.
        notes: what to know about the figures.
        models: name to what its training left behind.
        facts: recipe, versions and settings.
    """

    indent = 1

    table: str
    title: str
    variant: str
    cells: tuple[Cell, ...]
    scaled_down: tuple[str, ...] = ()
    averages: tuple[Average, ...] = ()
    splits: tuple[Split, ...] = ()
    notes: tuple[Note, ...] = ()
    models: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    def count(self) -> dict[str, int]:
        """Verdict to the number of cells."""
        return dict(Counter(cell.verdict for cell in self.cells))

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        how = {"protocol": "shared", "mode": "default", "average": "micro"}
        return {"format": FORMAT, **how, "verdicts": self.count(), **super().to_dict()}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Reproduction:
        """The inverse of `to_dict`.

        Raises:
            DataError: written by another version.
        """
        if stored.get("format") != FORMAT:
            raise DataError(
                f"a reproduction of format {stored.get('format')!r}; this version reads {FORMAT}. "
                "Run `tner-hf reproduce` again: models and predictions are reused"
            )
        return super().from_dict(stored)
