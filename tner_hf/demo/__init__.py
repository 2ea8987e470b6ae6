"""The web demo: try, compare and check models in a browser, or call them over HTTP.

Gradio queues the requests and answers programs; the page is our own, so that it is understood at
once, asks no other server for anything, and shows text as text. Names load on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tner_hf._lazy import load_lazily

if TYPE_CHECKING:
    from tner_hf.demo.server import build, mount
    from tner_hf.demo.settings import DemoSettings

__all__ = ["DemoSettings", "build", "mount"]

__getattr__, __dir__ = load_lazily(__name__)
