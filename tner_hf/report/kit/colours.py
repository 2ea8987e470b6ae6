"""The colour of an entity type: always the same, in every request, model and theme.

A type's name is hashed into one of sixteen hues and four line styles, so that types which share a
hue still differ, also for readers who do not tell hues apart. The hues are even steps around the
OKLCH circle at fixed lightness (0.925 and 0.44 by day, 0.33 and 0.83 by night): each ink on its
ground has a contrast of at least 6 : 1, and so have white on the day's ink and black on the
night's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from zlib import crc32


@dataclass(frozen=True)
class Hue:
    """The ground behind an entity and the ink of its type, by day and by night."""

    ground: str
    ink: str
    night_ground: str
    night_ink: str


HUES = (
    Hue("#d7e8ff", "#07519d", "#18365b", "#a2caff"),
    Hue("#e0e5ff", "#43469d", "#2d305b", "#bac3fd"),
    Hue("#eae1fe", "#603b93", "#3c2b56", "#d1b9fe"),
    Hue("#fadafe", "#75317f", "#47274c", "#eaaff1"),
    Hue("#fddbed", "#842a64", "#50243e", "#fbaad8"),
    Hue("#fddde2", "#8e2644", "#54232e", "#ffadbc"),
    Hue("#feded8", "#90291e", "#56241d", "#ffb1a3"),
    Hue("#fde0ce", "#813d01", "#532909", "#feb486"),
    Hue("#fee1ba", "#704a02", "#493003", "#f1bd73"),
    Hue("#f1e7ba", "#605206", "#3f3501", "#dbc871"),
    Hue("#e1edc0", "#4c5a01", "#313b04", "#bed27f"),
    Hue("#d0f1cd", "#10640e", "#1c3f19", "#9dda98"),
    Hue("#c2f4dc", "#016246", "#04402d", "#7ddeb6"),
    Hue("#b9f4ed", "#02605a", "#053e3a", "#65ded4"),
    Hue("#b8f2fc", "#005e6a", "#043d45", "#63dbef"),
    Hue("#cdecfd", "#065a7b", "#013b52", "#7fd3ff"),
)

#: Lines under an entity.
LINES = ("solid", "dashed", "dotted", "double")

#: Hue and line of types that are met every day, far apart where they are met together. Names of
#: one thing share both.
_EVERYDAY = {
    "person per psn": (0, 0), "actor": (0, 1), "director": (4, 0), "character": (2, 1),
    "organization organisation org": (8, 0), "corporation": (8, 1), "restaurant": (8, 2),
    "location loc": (11, 0), "geopolitical_area gpe": (11, 1), "facility fac": (13, 1),
    "other misc": (3, 0), "group norp": (3, 1), "product": (5, 0), "artifact": (5, 1),
    "work_of_art creative-work": (14, 0), "title": (14, 1), "song": (14, 2), "event": (2, 0),
    "date": (7, 0), "time": (7, 1), "money": (13, 0), "percent": (12, 1), "quantity": (12, 2),
    "disease": (6, 0), "chemical": (12, 0), "protein": (10, 0), "dna": (15, 0), "rna": (4, 1),
    "cell_type": (7, 2), "cell_line": (1, 0), "genre": (10, 1), "dish": (6, 1),
    "cuisine": (9, 0), "amenity": (15, 1), "language": (9, 1), "law": (1, 1),
}  # fmt: skip
_PLACES = {
    name: hue + len(HUES) * line
    for names, (hue, line) in _EVERYDAY.items()
    for name in names.split()
}


def colour_of(entity_type: str) -> int:
    """The number of a type's colour: `hue + 16 * line`.

    >>> colour_of("person") == colour_of("PER") == 0
    True
    >>> divmod(colour_of("corporation"), len(HUES))
    (1, 8)
    """
    name = entity_type.lower()
    place = _PLACES.get(name)
    return crc32(name.encode()) % (len(HUES) * len(LINES)) if place is None else place


def colours_of(entity_types: Iterable[str]) -> dict[str, int]:
    """Each type with the number of its colour, in the order given."""
    return {name: colour_of(name) for name in dict.fromkeys(entity_types)}


def write_palette() -> str:
    """The style sheet of the colours: classes `hue-0` … and `line-0` …"""
    day = [_rule(i, hue.ground, hue.ink) for i, hue in enumerate(HUES)]
    night = [_rule(i, hue.night_ground, hue.night_ink) for i, hue in enumerate(HUES)]
    lines = [f".line-{i} {{ --line-style: {line}; }}" for i, line in enumerate(LINES)]
    dark = [f':root[data-theme="dark"] {rule}' for rule in night]
    auto = [f':root:not([data-theme="light"]) {rule}' for rule in night]
    chosen = ["@media screen {", *dark, "}"]  # paper is white whatever was chosen
    preferred = ["@media screen and (prefers-color-scheme: dark) {", *auto, "}"]
    return "\n".join([*day, *lines, *chosen, *preferred]) + "\n"


def _rule(number: int, ground: str, ink: str) -> str:
    return f".hue-{number} {{ --ground: {ground}; --ink: {ink}; }}"
