"""Pictures that matplotlib draws: colours that follow a page's theme, the same file everywhere."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from tner_hf.errors import MissingExtraError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: What surrounds the data, by the report's names for it, so that it can follow the reader's theme.
#: The paper is not quite white: white letters in a cell stay white.
THEME: Mapping[str, str] = {
    "#1b1f24": "--text",
    "#57606a": "--soft",
    "#fefefe": "--paper",
    "#e9ebee": "--back",
}
INK, QUIET, PAPER, PALE = THEME

#: Settings that make the same picture the same file on every machine.
_STYLE: dict[Any, Any] = {
    "font.family": ["DejaVu Sans"],
    "svg.hashsalt": "tner-hf",
    "svg.fonttype": "path",
    "hatch.linewidth": 0.6,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


def render_picture(
    draw: Callable[[], Figure], form: Literal["svg", "png"] = "svg", *, what: str
) -> bytes:
    """What `draw` draws, as a file; `what` names it where matplotlib is missing.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    try:
        import matplotlib as mpl
    except ImportError as error:
        raise MissingExtraError(what, "plot") from error
    buffer = io.BytesIO()
    with mpl.rc_context(_STYLE):
        stamp: dict[str, Any] = {"Date": None} if form == "svg" else {"Software": None}
        draw().savefig(buffer, format=form, dpi=200, metadata=stamp, facecolor=PAPER)
    return buffer.getvalue()
