"""Where values stand in a text of JSON."""

from __future__ import annotations

import json
import re

from tner_hf.formats.iob import BYTE_ORDER_MARK
from tner_hf.formats.json_rows import scan_values
from tner_hf.formats.retagging.splicing import Bounds

_BLANKS = re.compile(r"[ \t\n\r]*")
_scan = json.JSONDecoder().raw_decode


def _skip(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    return found.end() if found else at


def find_elements(text: str, at: int) -> list[Bounds]:
    """Where the elements of the list that begins at a place are.

    >>> find_elements('[1, {"a": []}]', 0)
    [(1, 2), (4, 13)]
    """
    found = []
    at = _skip(text, at + 1)
    while text[at] != "]":
        end = _scan(text, at)[1]
        found.append((at, end))
        at = _skip(text, end)
        at = _skip(text, at + 1) if text[at] == "," else at
    return found


def find_members(text: str, at: int) -> dict[str, Bounds]:
    """Where the values of the object that begins at a place are; of two of one name the last.

    >>> find_members('{"a": 1, "b" : [2]}', 0)
    {'a': (6, 7), 'b': (15, 18)}
    """
    found = {}
    at = _skip(text, at + 1)
    while text[at] != "}":
        name, end = _scan(text, at)
        start = _skip(text, _skip(text, end) + 1)
        end = _scan(text, start)[1]
        found[name] = (start, end)
        at = _skip(text, end)
        at = _skip(text, at + 1) if text[at] == "," else at
    return found


def find_rows(text: str) -> list[tuple[int, Bounds]]:
    """Line or number and place of each row, as `read_json_values` tells them.

    Raises:
        ValueError: there are none, or they cannot be found.
    """
    begin = text.startswith(BYTE_ORDER_MARK)
    start = begin + len(text[begin:]) - len(text[begin:].lstrip())
    if text[start : start + 1] == "[":
        value, end = _scan(text, start)
        if not text[end:].strip():
            if len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], dict):
                return [(1, (start, end))]
            return list(enumerate(find_elements(text, start), start=1))
    return [(line, place) for line, _, place in scan_values(text, int(begin))]
