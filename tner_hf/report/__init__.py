"""A small kit for reports: one HTML file that needs nothing else, in light and dark.

    from tner_hf import report

    table = report.render_table(
        [report.Column("type"), report.Column("F1", numeric=True)],
        [["person", 0.91], ["location", report.Cell("77 %", sort=0.77)]],
        caption="F1 by type",
    )
    page = report.Page("My report", [report.Section("Types", table)])
    report.write_file("report.html", page.render())

Every text is escaped unless it is `Html`, which only `tag`, `join`, `escape` and the `render_`
functions make. The page forbids itself every network request (Content-Security-Policy). Needs the
standard library only.
"""

from __future__ import annotations

from tner_hf.files import write_file
from tner_hf.report.figures import render_download, render_svg
from tner_hf.report.marks import render_sentence
from tner_hf.report.markup import Content, Html, escape, join, tag
from tner_hf.report.page import Page, Section
from tner_hf.report.tables import Cell, Column, render_records, render_table

__all__ = [
    "Cell",
    "Column",
    "Content",
    "Html",
    "Page",
    "Section",
    "escape",
    "join",
    "render_download",
    "render_records",
    "render_sentence",
    "render_svg",
    "render_table",
    "tag",
    "write_file",
]
