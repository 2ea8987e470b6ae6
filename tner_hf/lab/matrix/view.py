"""Which of a pair's many scores is looked at: every table and plot shows one view, and names it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import product
from typing import Literal, get_args

from tner_hf.errors import SettingError
from tner_hf.metrics.protocols import Protocol
from tner_hf.metrics.spans import Mode, Variant
from tner_hf.plain import Stored

Average = Literal["micro", "macro"]
Measure = Literal["f1", "precision", "recall"]

MEASURES: Mapping[str, str] = {"f1": "F1", "precision": "precision", "recall": "recall"}

#: What each part of a view can be, in the order in which it is offered.
ACCEPTED: Mapping[str, tuple[str, ...]] = {
    "protocol": ("shared", "full", "lattice"),
    "variant": ("type_aware", "type_ignored"),
    "mode": get_args(Mode),
    "average": get_args(Average),
    "measure": get_args(Measure),
}


@dataclass(frozen=True)
class View(Stored):
    """One number for each pair of model and test set.

    Attributes:
        protocol: `shared` (as in the T-NER paper: only types that both sides know), `full`, or
            `lattice` (types read as broader ones, where the sides meet).
        variant: `type_aware`, or `type_ignored`, where boundaries alone count.
        mode: seqeval's `default` or `strict`.
        average: `micro`, over entities, or `macro`, over types.
        measure: `f1`, `precision` or `recall`.

    Raises:
        SettingError: one of them is something else.

    Examples:
        >>> View("full", "type_ignored").title
        'micro F1 (%), full protocol, type-ignored, default mode'
    """

    protocol: Protocol = "shared"
    variant: Variant = "type_aware"
    mode: Mode = "default"
    average: Average = "micro"
    measure: Measure = "f1"

    def __post_init__(self) -> None:
        for name, accepted in ACCEPTED.items():
            if (value := getattr(self, name)) not in accepted:
                raise SettingError(f"{name}={value!r} is no view; accepted: {', '.join(accepted)}")

    @property
    def title(self) -> str:
        """The view in words, to stand above every table and plot."""
        return (
            f"{self.average} {MEASURES[self.measure]} (%), {self.protocol} protocol, "
            f"{self.variant.replace('_', '-')}, {self.mode} mode"
        )

    @property
    def slug(self) -> str:
        """The view as part of a name.

        >>> View().slug
        'shared-type-aware-default-micro-f1'
        """
        return "-".join(str(value) for value in asdict(self).values()).replace("_", "-")

    def vary(self, *names: str) -> Iterator[View]:
        """All views that differ from this one in some of the named parts, itself first.

        >>> [view.protocol for view in View("full").vary("protocol")]
        ['full', 'shared', 'lattice']
        """
        own = asdict(self)
        options = [[own[n], *(v for v in ACCEPTED[n] if v != own[n])] for n in names]
        for values in product(*options):
            yield replace(self, **dict(zip(names, values, strict=True)))
