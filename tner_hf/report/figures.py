"""Figures and files inside the page."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping

from tner_hf.errors import DataError
from tner_hf.report.markup import Content, Html, escape, tag

_ID = re.compile(r'(\bid="|(?:xlink:)?href="#|url\(#)')
_ACTIVE = re.compile(r"<\s*(script|foreignObject|iframe|image)\b|\son\w+\s*=", re.IGNORECASE)


def render_svg(
    svg: str,
    *,
    title: str,
    caption: Content = None,
    prefix: str = "figure",
    theme: Mapping[str, str] | None = None,
) -> Html:
    """A figure of an SVG text, on white in either theme unless its colours follow it.

    Args:
        svg: the file's text, as matplotlib writes it.
        title: what the figure shows, for those who cannot see it.
        caption: text under the figure.
        prefix: put before the ids of the SVG, which must differ from those of other figures.
        theme: colour of the SVG to the page's own that takes its place, e.g. `--paper`.

    Raises:
        DataError: it is no SVG, or one that runs code or loads files.
    """
    begin, end = svg.find("<svg"), svg.rfind("</svg>")
    if begin < 0 or end < 0:
        raise DataError(f"the figure {title!r} is no SVG; it begins with {svg[:40]!r}")
    picture = svg[begin : end + len("</svg>")]
    if active := _ACTIVE.search(picture):
        raise DataError(f"the figure {title!r} holds {active[0]!r}; only drawings are embedded")
    picture = _ID.sub(lambda match: f"{match[1]}{prefix}-", picture)
    for colour, name in (theme or {}).items():
        picture = picture.replace(colour, f"var({name})")
    label = f'<svg role="img" aria-label="{escape(title)}"'
    return tag(
        "figure",
        tag(
            "div", Html(label + picture[len("<svg") :]), class_="paper themed" if theme else "paper"
        ),
        tag("figcaption", caption) if caption else None,
    )


def render_download(content: str | bytes, *, name: str, media_type: str) -> Html:
    """A link that saves a file which the page itself holds."""
    raw = content.encode("utf-8") if isinstance(content, str) else content
    address = f"data:{media_type};base64,{base64.b64encode(raw).decode('ascii')}"
    return tag("a", name, href=address, download=name, class_="download")
