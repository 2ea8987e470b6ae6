"""How large every named corpus is: as declared, as counted here, and in the paper's Table 1."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from tner_hf.data.corpora import Corpus, Counts, corpus, corpus_names, load_builder, own_errors
from tner_hf.data.merging import USUAL_SPLITS
from tner_hf.data.originals import count_rows
from tner_hf.errors import DataError, SourceError
from tner_hf.plain import Stored

#: The configuration of a corpus that has as many sentences as the paper's Table 1.
_AS_IN_PAPER = "paper"


@dataclass(frozen=True)
class SplitSize(Stored):
    """The size of one split of a corpus.

    Attributes:
        corpus: its name, with the configuration where it is not `default`.
        split: of the configuration.
        types: unified entity types that the configuration has.
        declared: as the loading script says, from the authors' files.
        counted: as its files here give it; None where they are not here.
        paper: sentences in Table 1 of the T-NER paper; None where it has no number.
        fault: why its files here cannot be counted; empty where they can, or are not here.
    """

    derived: ClassVar = ("state",)

    corpus: str
    split: str
    types: int
    declared: Counts | None = None
    counted: Counts | None = None
    paper: int | None = None
    fault: str = ""

    @property
    def known(self) -> Counts | None:
        """What was counted, or else declared."""
        return self.counted or self.declared

    @property
    def state(self) -> str:
        """How sure the numbers are."""
        if self.fault:
            return "UNREADABLE"
        if not self.counted:
            return "declared" if self.declared else "unknown"
        return "counted" if self.declared in (None, self.counted) else "DIFFERS"


def take_census(
    names: Iterable[str] | None = None,
    *,
    data_dir: str | Path | None = None,
    cache_dir: str | Path | None = None,
) -> list[SplitSize]:
    """The size of each split of each corpus; files that lie here are counted, nothing is fetched.

    Of a corpus with a configuration for each of many languages those are listed whose counts are
    declared. By default these are all corpora, with raw files in the mirror root `TNER_HF_SOURCES`.
    """
    rows: list[SplitSize] = []
    for name in corpus_names() if names is None else names:
        facts = corpus(name)
        for config in [c for c in facts.configs if c in facts.counts or not facts.counts]:
            counted: Mapping[str, Counts] = {}
            fault = ""
            try:
                counted = _count(name, config, data_dir, cache_dir)
            except (DataError, SourceError) as error:
                fault = str(error)
            rows += (replace(row, fault=fault) for row in _list_splits(facts, config, counted))
    return rows


def _list_splits(facts: Corpus, config: str, counted: Mapping[str, Counts]) -> Iterator[SplitSize]:
    declared = facts.counts.get(config, {})
    printed = facts.paper if config in (facts.configs[0], _AS_IN_PAPER) else {}
    for split in sorted({*declared, *counted, *printed} or {"train"}, key=USUAL_SPLITS.index):
        yield SplitSize(
            corpus=facts.name if config == "default" else f"{facts.name}/{config}",
            split=split,
            types=len(set(facts.types_of(config).values())),
            declared=declared.get(split),
            counted=counted.get(split),
            paper=printed.get(split),
        )


def _count(
    name: str, config: str, data_dir: str | Path | None, cache_dir: str | Path | None
) -> dict[str, Counts]:
    """What the files here give; nothing where one is missing."""
    with own_errors():
        builder: Any = load_builder(name, config, data_dir=data_dir, cache_dir=cache_dir)
        if not all(builder.find(places) for places in builder.files().values()):
            return {}
        builder.download_and_prepare()
        built = builder.as_dataset()
    return {split: count_rows(rows) for split, rows in built.items()}
