"""Rows and columns of a matrix: models and test sets identified, before anything is tagged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tner_hf.data.changes import CHANGES
from tner_hf.lab.matrix.result import Column, Row
from tner_hf.lab.robustness.measuring import change_test_set
from tner_hf.predictions import GoldSplit, PredictOptions, Tagger
from tner_hf.predictions.foreign import ForeignSystem
from tner_hf.predictions.names import domain_of, drop_places, knows_corpus, list_places
from tner_hf.runs import Run
from tner_hf.words import are_characters

#: Sentences of a test set that tell whether its tokens are characters.
_SENTENCES_LOOKED_AT = 1000


@dataclass(frozen=True)
class TestSet:
    """The data of a column.

    Attributes:
        data: what is tagged.
        clean: the same before its text was changed; `data` where it was not.
        source: what the unchanged one was loaded from.
        change: what its text went through, one of `CHANGES`.
    """

    __test__ = False  # for pytest

    data: GoldSplit
    clean: GoldSplit
    source: Any
    change: str | None = None


def load_test_sets(
    sources: Mapping[str, Any], options: PredictOptions, *, seed: int | None = None
) -> list[TestSet]:
    """The test sets; with a seed each is followed by itself after each of `CHANGES`."""
    found = []
    for name, source in sources.items():
        clean = GoldSplit.load(source, options=options, name=name)
        found.append(TestSet(clean, clean, source))
        if seed is not None:
            for change in CHANGES:
                changed = change_test_set(clean, change, seed=seed)
                found.append(TestSet(changed, clean, source, change))
    return found


def describe_set(one: TestSet) -> Column:
    """A column: its data identified and counted."""
    some = one.clean.data[:_SENTENCES_LOOKED_AT]["tokens"]
    return Column(
        name=one.data.name,
        source=domain_of(one.clean.source),
        split=one.data.split,
        fingerprint=one.data.fingerprint,
        sentences=len(one.data),
        tokens=len(one.data.gold),
        types=one.data.labels.types,
        change=one.change,
        characters=are_characters([word for words in some for word in words]),
    )


def describe_model(
    system: Tagger | ForeignSystem, trained_on: Sequence[str] | None, sets: Iterable[TestSet]
) -> Row:
    """A row: its configuration read and its files identified, its weights not loaded.

    It was trained on what is given, or, for None, on what the checkpoint says.
    """
    known, run = trained_on, None
    own: dict[str, Any] = {"foreign": trained_on is None}
    if isinstance(system, Tagger):
        folder = Path(system.checkpoint).expanduser()
        run = Run.of_checkpoint(folder) if folder.is_dir() else None
        settings = system.settings
        own = {"max_length": settings.max_length, "lowercase": settings.lowercase}
        known = system.trained.corpora if trained_on is None else trained_on
    domains = tuple(dict.fromkeys(map(domain_of, known or ())))
    in_domain = [
        one.data.name
        for one in sets
        # A name says something where many know it, or where the caller gave it.
        if knows_corpus(domains, one.source)
        or (trained_on is not None and one.data.name in domains)
        or (
            run is not None
            and run.has_seen(one.clean.words, list_places(one.source), one.clean.split)
        )
    ]
    return Row(
        name=system.name,
        checkpoint=drop_places(system.checkpoint),
        fingerprint=system.fingerprint,
        trained_on=domains,
        in_domain=tuple(in_domain),
        **own,
    )
