"""The colours of a heat map: cividis, which is even to the eye, in grey, and without red or green.

Nuñez, Anderton & Renslow, PLOS ONE 13(7) 2018: <https://doi.org/10.1371/journal.pone.0199239>.
"""

from __future__ import annotations

import numpy as np

#: cividis at every sixteenth, dark to light; colours between are interpolated.
CIVIDIS = (
    "#00224e", "#002e6a", "#1a386f", "#32436d", "#434e6c", "#535a6d", "#61656f", "#6f7073",
    "#7d7c78", "#8c8878", "#9b9476", "#aba072", "#bcae6c", "#cdbb63", "#dec958", "#f0d846",
    "#fee838",
)  # fmt: skip

BLACK, WHITE = "#000000", "#ffffff"


def colour_of(fraction: float) -> str:
    """The colour of a score between 0 and 1.

    >>> colour_of(0.0), colour_of(1.0), colour_of(0.53125)
    ('#00224e', '#fee838', '#848278')
    """
    places = np.linspace(0, 1, len(CIVIDIS))
    channels = zip(*map(_channels, CIVIDIS), strict=True)
    mixed = (round(np.interp(fraction, places, channel)) for channel in channels)
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def ink_on(colour: str) -> str:
    """Black or white, whichever is easier to read on a colour (at least 4.5 : 1).

    >>> ink_on("#00224e"), ink_on("#fee838")
    ('#ffffff', '#000000')
    """
    return max((BLACK, WHITE), key=lambda ink: contrast(ink, colour))


def contrast(one: str, other: str) -> float:
    """The contrast of two colours as WCAG 2 defines it, from 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """The relative luminance of a colour, from 0 (black) to 1 (white)."""
    linear = (
        c / 12.92 if (c := channel / 255) <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for channel in _channels(colour)
    )
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour.removeprefix("#")))
