"""Texts to click on: invented, of several domains and languages."""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib import resources


def choose_examples(own: Iterable[str], of_models: Iterable[str]) -> list[dict[str, str]]:
    """The examples of a page: the caller's, those of the models' cards, and those of every demo.

    >>> [e["label"] for e in choose_examples(["Ada left."], [])][:2]
    ['Ada left.', 'News']
    """
    texts = dict.fromkeys([*own, *of_models])
    given = [{"label": _shorten(text), "text": text} for text in texts]
    shipped = resources.files("tner_hf.demo") / "examples.json"
    return [*given, *json.loads(shipped.read_text(encoding="utf-8"))]


def _shorten(text: str, length: int = 28) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"
