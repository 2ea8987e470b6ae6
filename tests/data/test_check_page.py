"""The page of a check: findings lead to sentences, and nothing tells where files lie."""

from __future__ import annotations

import re
from pathlib import Path

from data.lens.test_parts import part

from tner_hf.data.check import CheckReport
from tner_hf.data.check_page import render_check
from tner_hf.data.lens import look_at
from tner_hf.errors import Problem

HOSTILE = "<img&onerror=alert(1)><script>"


def test_every_link_leads_to_a_sentence_that_is_shown_once() -> None:
    train = part("train", "Paris/B-LOC is old", "Ada/B-PER wrote")
    test = part("test", "Paris/B-LOC is old", "Paris/B-PER wins", f"{HOSTILE}/B-ORG x")
    parts = [train, test]
    page = render_check(CheckReport((), ()), look_at(parts), parts)
    ids = re.findall(r'class="line" id="([^"]+)"', page)
    assert len(ids) == len(set(ids)) == 5
    assert set(re.findall(r'href="#(line-[^"]+)"', page)) == set(ids)
    # The rarest type first.
    assert re.findall(r'<th scope="row">(\w+)</th>', page) == ["ORG", "LOC", "PER"]
    assert "<img" not in page
    assert "&lt;img&amp;onerror" in page


def test_a_folder_is_called_by_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    folder.mkdir()
    parts = [part("train", "Ada/B-PER", corpus=str(folder)), part("test", "Ada/B-PER", corpus="c")]
    page = render_check(CheckReport((), ()), look_at(parts), parts)
    assert str(tmp_path) not in page
    assert "letters train" in page


def test_problems_are_listed_where_nothing_could_be_read() -> None:
    problem = Problem("/home/ada/bad.txt", 3, "tag 'X' in /home/ada/bad.txt")
    page = render_check(CheckReport((problem,), ()), None, [])
    assert "tag &#x27;X&#x27; in bad.txt" in page
    assert "/home" not in page
