"""Search for settings: each trial an ordinary run, a journal that any number of processes share."""

from __future__ import annotations

from tner_hf.lab.search.result import SearchResult
from tner_hf.lab.search.running import SearchSettings, search
from tner_hf.lab.search.space import Choices, Range, parse_parameter

__all__ = [
    "Choices",
    "Range",
    "SearchResult",
    "SearchSettings",
    "parse_parameter",
    "search",
]
