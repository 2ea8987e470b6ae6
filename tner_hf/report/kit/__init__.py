"""What pages that are written and pages that are served share: theme, tables that sort, marks.

A report holds it all; a server sends `kit.css`, and each script as a module of its own.
"""

from __future__ import annotations

from importlib import resources

from tner_hf.report.kit.colours import write_palette

SCRIPTS = ("theme.js", "sorting.js")


def write_style() -> str:
    """The style sheet: names of colours by day and by night, tables, marks and their palette."""
    parts = [_read(f"{name}.css") for name in ("theme", "tables", "marks")]
    return "".join([*parts, write_palette()])


def read_scripts() -> dict[str, str]:
    """The scripts by name; none imports another, so they can also stand in one element."""
    return {name: _read(name) for name in SCRIPTS}


def _read(name: str) -> str:
    return resources.files("tner_hf.report.kit").joinpath(name).read_text(encoding="utf-8")
