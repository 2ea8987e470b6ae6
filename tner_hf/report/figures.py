"""Figures and files inside the page."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from tner_hf.report.markup import Content, Html, escape, tag


def render_svg(svg: str, *, title: str, theme: Mapping[str, str], caption: Content = None) -> Html:
    """A figure of an SVG text of our own, as matplotlib writes it; its markup is not looked at.

    Args:
        svg: the file's text.
        title: what the figure shows, for those who cannot see it.
        theme: colour of the SVG to the page's own that takes its place, e.g. `--paper`.
        caption: text under the figure.
    """
    picture = svg[svg.index("<svg") + len("<svg") :]
    for colour, name in theme.items():
        picture = picture.replace(colour, f"var({name})")
    return tag(
        "figure",
        tag("div", Html(f'<svg role="img" aria-label="{escape(title)}"{picture}'), class_="paper"),
        tag("figcaption", caption) if caption else None,
    )


def render_download(content: str | bytes, *, name: str, media_type: str) -> Html:
    """A link that saves a file which the page itself holds."""
    raw = content.encode("utf-8") if isinstance(content, str) else content
    address = f"data:{media_type};base64,{base64.b64encode(raw).decode('ascii')}"
    return tag("a", name, href=address, download=name, class_="download")
