"""Colours of types: stable, apart, and readable by day and by night."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tner_hf.lab.matrix.colours import contrast
from tner_hf.labels import UNIFIED
from tner_hf.report.kit.colours import HUES, LINES, Hue, colour_of, colours_of, write_palette

#: `--text` and `--paper` of theme.css.
DAY_TEXT, NIGHT_TEXT = "#1b1f24", "#e8ecf1"


@pytest.mark.parametrize("hue", HUES, ids=lambda hue: hue.ground)
def test_types_and_words_are_readable(hue: Hue) -> None:
    assert contrast(hue.ink, hue.ground) >= 4.5
    assert contrast(DAY_TEXT, hue.ground) >= 7
    assert contrast(hue.night_ink, hue.night_ground) >= 4.5
    assert contrast(NIGHT_TEXT, hue.night_ground) >= 7


def test_a_colour_depends_on_the_name_alone() -> None:
    probe = "from tner_hf.report.kit.colours import colour_of as of; print(of('person'), of('x'))"
    run = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert run.stdout.split() == [str(colour_of("person")), str(colour_of("x"))]


def test_names_of_one_type_share_their_colour() -> None:
    assert colour_of("PER") == colour_of("person") == colour_of("PERSON")
    assert colour_of("LOC") == colour_of("location")


@pytest.mark.parametrize(
    "types",
    [
        ("PER", "LOC", "ORG", "MISC"),
        ("person", "location", "organization", "product", "date", "money"),
        ("person", "location", "group", "corporation", "product", "work_of_art"),
        ("dna", "protein", "cell_type", "cell_line", "rna"),
        ("chemical", "disease"),
    ],
)
def test_types_that_meet_have_colours_of_their_own(types: tuple[str, ...]) -> None:
    assert len(set(colours_of(types).values())) == len(types)


def test_every_number_has_its_rules() -> None:
    palette = write_palette()
    for name in UNIFIED.targets:
        line, hue = divmod(colour_of(name), len(HUES))
        assert f".hue-{hue} {{" in palette
        assert f".line-{line} {{ --line-style: {LINES[line]}; }}" in palette
