"""HTML from Python calls, where text cannot become markup by accident."""

from __future__ import annotations

import html
from collections.abc import Iterable


class Html(str):
    """Text that is markup already. All other text is escaped where it meets `Html`."""

    __slots__ = ()


#: What can stand inside an element; None is nothing.
Content = str | int | float | None

#: Elements that have no content and no end tag.
_VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})

#: Elements whose content is read as it is: escaping would change it.
_RAW = frozenset({"script", "style"})


def escape(value: Content) -> Html:
    """Markup that shows the value as it is.

    >>> escape("R&D <b>"), escape(Html("<b>")), escape(None)
    ('R&amp;D &lt;b&gt;', '<b>', '')
    """
    if isinstance(value, Html):
        return value
    return Html("" if value is None else html.escape(str(value), quote=True))


def join(parts: Iterable[Content], separator: Content = "") -> Html:
    """Several pieces as one, each escaped unless it is `Html`.

    >>> join(["a<b", Html("<br>"), "c"])
    'a&lt;b<br>c'
    """
    return Html(escape(separator).join(escape(part) for part in parts))


def tag(name: str, /, *children: Content, **attributes: str | float | bool | None) -> Html:
    """An element. Attributes are named as in Python: `class_`, `aria_label`, `data_sort`.

    An attribute that is True stands without a value; one that is False or None is left out.

    >>> tag("a", "R&D", href="#x", class_="wide")
    '<a href="#x" class="wide">R&amp;D</a>'
    >>> tag("input", type="checkbox", checked=True, disabled=False)
    '<input type="checkbox" checked>'
    """
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{_quote(value)}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in _VOID:
        return Html(f"<{name}{written}>")
    if name in _RAW:
        # `</` would end the element, wherever it stands; in JSON and JavaScript `<\/` means `</`.
        content = "".join(str(child) for child in children if child is not None)
        content = content.replace("</", "<\\/")
        return Html(f"<{name}{written}>{content}</{name}>")
    return Html(f"<{name}{written}>{join(children)}</{name}>")


def _quote(value: str | float) -> str:
    # `Html` is markup between tags only: inside quotes it is text like any other.
    return html.escape(str(value), quote=True)
