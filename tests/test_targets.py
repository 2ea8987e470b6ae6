"""The targets of the Makefile run every test, each once."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from conftest import EXTRA_TESTS, FAST_ROOMS, REPOSITORY, room_of, target_of

from tner_hf.lab.reproduce.merged_runs import CORPORA


def test_what_one_target_leaves_out_the_other_runs() -> None:
    rules = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    chosen = dict(re.findall(r"^([\w-]+):.*##.*\n\t\$\(PYTEST\) -m (.*)$", rules, re.MULTILINE))
    assert chosen == {"test": '"not extras"', "test-extras": "extras", "fast": "fast -q"}
    script = (REPOSITORY / ".ci/run").read_text(encoding="utf-8")
    assert script.endswith("make test\nmake test-extras\n")


def test_the_english_model_is_of_the_corpora_of_the_study() -> None:
    rules = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    (merged,) = re.findall(r"^MERGED := (.*)$", rules, re.MULTILINE)
    assert tuple(merged.split()) == CORPORA


@pytest.mark.parametrize(
    ("test", "fixtures", "target"),
    [
        ("tests/data/test_fix.py::test_a", ["tmp_path"], "fast"),
        ("tests/data/test_fix.py::test_a", ["tiny_encoder", "tmp_path"], None),
        ("tner_hf/words.py::tner_hf.words.word_spans", [], "fast"),
        ("tests/models/test_door.py::test_a", [], None),
        ("tests/report/test_browser.py::test_a", ["browser", "show"], "extras"),
        ("tests/publishing/export/test_exported.py::test_a", [], "extras"),
        ("tests/test_docs.py::test_the_page_runs[export.md]", [], "extras"),
        ("tests/test_docs.py::test_the_page_runs[README.md]", [], None),
    ],
)
def test_a_test_is_dealt_by_its_folder_and_its_fixtures(
    test: str, fixtures: list[str], target: str | None
) -> None:
    path = REPOSITORY / test.partition("::")[0]
    item = SimpleNamespace(nodeid=test, path=path, fixturenames=fixtures)
    assert target_of(item) == target  # type: ignore[arg-type]


def test_rooms_and_tests_that_are_named_exist() -> None:
    folders = (REPOSITORY / "tner_hf", REPOSITORY / "tests")
    rooms = {room_of(path) for folder in folders for path in folder.iterdir()}
    assert rooms >= FAST_ROOMS
    for name in EXTRA_TESTS:
        path, _, function = name.partition("::")
        assert (REPOSITORY / path).exists()
        text = "" if not function else (REPOSITORY / path).read_text(encoding="utf-8")
        assert f"def {function.partition('[')[0]}(" in text or not function


def test_no_test_is_dealt_by_hand() -> None:
    by_hand = re.compile(r"^\s*(@|pytestmark = )pytest\.mark\.(fast|extras|slow)\b", re.MULTILINE)
    tests = Path(__file__).parent.rglob("*.py")
    assert [path for path in tests if by_hand.search(path.read_text(encoding="utf-8"))] == []
