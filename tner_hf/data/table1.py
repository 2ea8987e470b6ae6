"""Table 1 of the T-NER paper, the sizes of its nine corpora, beside what is built here."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from importlib import resources
from typing import Any

from tner_hf.errors import SourceError

SPLITS = ("train", "validation", "test")

#: The configuration of a corpus that repeats what the paper did to it.
_AS_IN_PAPER = "paper"


@dataclass(frozen=True)
class TableRow:
    """One corpus in the paper and here; sizes are sentences of each split.

    Attributes:
        corpus: its name.
        domain: as the paper calls it.
        languages: as the paper counts them.
        paper_types: entity types in the paper.
        types: entity types that the corpus has.
        paper: sizes in the paper.
        built: sizes that were built; empty where the raw files are not there.
        declared: sizes that the loading script declares, and its tests hold it to.
        as_in_paper: sizes of the configuration `paper`, for a corpus that has one.
        explanation: why paper and corpus differ, where they do.
        missing: what to get and where to put it, where nothing was built.
    """

    corpus: str
    domain: str
    languages: str
    paper_types: int
    types: int
    paper: Mapping[str, int]
    built: Mapping[str, int] = field(default_factory=dict)
    declared: Mapping[str, int] = field(default_factory=dict)
    as_in_paper: Mapping[str, int] = field(default_factory=dict)
    explanation: str = ""
    missing: str = ""

    @property
    def agrees(self) -> bool:
        """Whether the corpus, as built or else as declared, has every number of the paper."""
        return self.paper == (self.built or self.declared) and self.paper_types == self.types

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "agrees": self.agrees}


def table1(names: Iterable[str] | None = None, **options: Any) -> list[TableRow]:
    """The paper's Table 1 beside what is built; a corpus without raw files is told, not built.

    Args:
        names: the corpora wanted; by default all nine of the paper.
        **options: further arguments of `load_dataset`.
    """
    printed = read_table1()
    wanted = set(printed if names is None else names)
    return [_build_row(row, options) for name, row in printed.items() if name in wanted]


def read_table1() -> dict[str, dict[str, str]]:
    """The rows of the table as the paper prints it, by corpus."""
    text = resources.files("tner_hf").joinpath("paper/table1_corpora.csv").read_text("utf-8")
    return {row["corpus"]: row for row in csv.DictReader(text.splitlines())}


def _build_row(printed: Mapping[str, str], options: Mapping[str, Any]) -> TableRow:
    from tner_hf.data.corpora import corpus

    name = printed["corpus"]
    facts = corpus(name)
    built: dict[str, int] = {}
    as_in_paper: dict[str, int] = {}
    missing = ""
    try:
        built = _count_rows(name, None, options)
        if _AS_IN_PAPER in facts.configs:
            as_in_paper = _count_rows(name, _AS_IN_PAPER, options)
    except SourceError as error:
        missing = str(error)
    declared = facts.counts.get(facts.configs[0], {})
    return TableRow(
        corpus=name,
        domain=printed["domain"],
        languages=printed["languages"],
        paper_types=int(printed["entity_types"]),
        types=len(facts.types),
        paper={split: int(printed[split]) for split in SPLITS if printed[split]},
        built=built,
        declared={split: counts.sentences for split, counts in declared.items()},
        as_in_paper=as_in_paper,
        explanation=facts.paper_note,
        missing=missing,
    )


def _count_rows(name: str, config: str | None, options: Mapping[str, Any]) -> dict[str, int]:
    from tner_hf.data.loading import load_dataset

    dataset: Any = load_dataset(name, config, **options)
    return {split: rows.num_rows for split, rows in dataset.items()}
