"""docs/types.md is what the code says."""

from __future__ import annotations

from pathlib import Path

from tner_hf.data.types_page import render_types

PAGE = Path(__file__).parents[2] / "docs" / "types.md"


def test_the_page_is_the_one_in_docs() -> None:
    hint = "write it again: tner-hf labels list --markdown > docs/types.md"
    assert PAGE.read_text(encoding="utf-8") == render_types(), hint


def test_every_change_stands_on_the_page() -> None:
    page = render_types()
    assert "| `Hours` | mit_restaurant | `time` | `opening_hours` |" in page
    assert "| `other` ⚠ |" in page
