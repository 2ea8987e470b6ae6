"""The shell of a report: one HTML file with its style and script inside."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources

from tner_hf._version import __version__
from tner_hf.report.kit import read_scripts, write_style
from tner_hf.report.markup import Content, Html, join, tag

#: No request leaves the page, whatever it shows.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "img-src data:; base-uri 'none'; form-action 'none'"
)


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it.

    Attributes:
        title: the heading, also the entry in the table of contents.
        body: text (escaped) or `Html`; several pieces are put together by `join`.
        lead: a paragraph that says how to read the section.
    """

    title: str
    body: Content
    lead: Content = None

    @property
    def anchor(self) -> str:
        """The section's id in the page."""
        return re.sub(r"\W+", "-", self.title.lower()).strip("-") or "section"


@dataclass(frozen=True)
class Page:
    """A report.

    Attributes:
        title: of the page and the browser's tab.
        sections: in order; a table of contents is made of more than one.
        subtitle: one line under the title, e.g. the protocol.
        facts: name to value, shown as a list at the top.
        style: further CSS.
        script: further JavaScript, which runs last.
    """

    title: str
    sections: Sequence[Section]
    subtitle: Content = None
    facts: Mapping[str, Content] = field(default_factory=dict)
    style: str = ""
    script: str = ""

    def render(self) -> str:
        """The whole HTML document."""
        head = tag(
            "head",
            tag("meta", charset="utf-8"),
            tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("meta", name="color-scheme", content="light dark"),
            tag("meta", name="generator", content=f"tner-hf {__version__}"),
            tag("title", self.title),
            tag("style", write_style(), _read_asset("page.css"), self.style),
        )
        scripts = [*read_scripts().values(), _read_asset("page.js"), self.script]
        body = tag(
            "body",
            tag("a", "Skip to the content", href="#content", class_="skip"),
            self._render_header(),
            tag("main", *self._render_sections(), id="content"),
            tag("footer", f"Made with tner-hf {__version__}. This file needs no network."),
            tag("script", *scripts, type="module"),
        )
        return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"

    def _render_header(self) -> Html:
        facts = [
            tag("div", tag("dt", name), tag("dd", value)) for name, value in self.facts.items()
        ]
        theme = tag("button", type="button", id="theme", hidden=True,
                    aria_label="Switch between light and dark")  # fmt: skip
        return tag(
            "header",
            tag("div", tag("h1", self.title), theme, class_="title"),
            tag("p", self.subtitle, class_="subtitle") if self.subtitle else None,
            tag("dl", *facts, class_="facts") if facts else None,
            self._render_contents(),
        )

    def _render_contents(self) -> Html | None:
        if len(self.sections) < 2:
            return None
        links = [tag("a", s.title, href=f"#{s.anchor}") for s in self.sections]
        return tag("nav", join(links, " "), aria_label="Contents")

    def _render_sections(self) -> list[Html]:
        return [
            tag(
                "section",
                tag("h2", section.title, id=f"{section.anchor}-title"),
                tag("p", section.lead, class_="lead") if section.lead else None,
                section.body,
                id=section.anchor,
                aria_labelledby=f"{section.anchor}-title",
            )
            for section in self.sections
        ]


def _read_asset(name: str) -> str:
    return resources.files("tner_hf.report").joinpath(name).read_text(encoding="utf-8")
