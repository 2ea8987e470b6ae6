"""Colours that everybody can read."""

from __future__ import annotations

import pytest

from tner_hf.lab.matrix.colours import colour_of, contrast, ink_on, luminance

STEPS = [i / 200 for i in range(201)]


def test_numbers_can_be_read_on_every_colour() -> None:
    assert min(contrast(ink_on(c), c) for c in map(colour_of, STEPS)) >= 4.5


def test_more_is_lighter_so_the_map_survives_grey() -> None:
    greys = [luminance(colour_of(step)) for step in STEPS]
    assert greys == sorted(greys)
    assert greys[-1] - greys[0] > 0.7


def test_the_colours_are_matplotlibs() -> None:
    colormaps = pytest.importorskip("matplotlib").colormaps
    for step in STEPS:
        theirs = [round(255 * channel) for channel in colormaps["cividis"](step)[:3]]
        ours = bytes.fromhex(colour_of(step)[1:])
        assert max(abs(a - b) for a, b in zip(theirs, ours, strict=True)) <= 10


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
