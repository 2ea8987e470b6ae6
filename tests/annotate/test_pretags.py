"""What a model marks before a person does, and how sure it is."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from tner_hf import pipeline
from tner_hf.annotate.pretags import Pretags
from tner_hf.annotate.session import Session
from tner_hf.formats.writing import Sentence

Begin = Callable[..., Session]

TEXTS = "Ada Lovelace lived in London .\nnothing to see here\n\nParis-London Zürich\n"


def test_a_model_marks_what_its_pipeline_finds(begin: Begin, taught: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(TEXTS, encoding="utf-8")
    session = begin(path, model=str(taught), types=())
    assert set(session.types) == {"PER", "LOC", "ORG"}
    ner = pipeline(str(taught))
    for number, text in enumerate(line for line in TEXTS.splitlines() if line):
        shown = session.show(number)
        found = [
            (" ".join(shown["words"][start:end]), kind, pytest.approx(score))
            for start, end, kind, score in shown["entities"]
        ]
        assert [(e["word"], e["entity_group"], e["score"]) for e in ner(text)] == found
    shown = session.show(0)
    assert [entity[:3] for entity in shown["entities"]] == [[0, 2, "PER"], [4, 5, "LOC"]]
    labels = ner(TEXTS.splitlines()[0], top_k=1)
    least = min(word["labels"][0]["score"] for word in labels)
    assert shown["certainty"] == pytest.approx(least, abs=1e-6)


def test_reading_ahead_finds_the_least_certain_and_ends_when_told(
    begin: Begin, taught: Path, tmp_path: Path
) -> None:
    path = tmp_path / "a.txt"
    path.write_text(TEXTS, encoding="utf-8")
    pretags = begin(path, model=str(taught)).pretags
    pretags.start()
    pretags._thread.join()
    assert pretags.read == 3
    assert not any(map(math.isnan, pretags.certainty))
    pretags.stop()


def test_types_choose_among_what_the_model_marks(
    begin: Begin, taught: Path, tmp_path: Path
) -> None:
    path = tmp_path / "a.txt"
    path.write_text(TEXTS, encoding="utf-8")
    session = begin(path, model=str(taught), types=["LOC", "ART"])
    assert session.types == ["LOC", "ART"]
    assert [entity[:3] for entity in session.show(0)["entities"]] == [[4, 5, "LOC"]]


def test_a_model_comes_before_the_tags_of_a_file_and_without_one_they_are_shown(
    begin: Begin, taught: Path, tmp_path: Path
) -> None:
    path = tmp_path / "a.iob2"
    path.write_text("London\tB-PER\n.\tO\n", encoding="utf-8")
    assert begin(path, "a.out.iob2", types=()).show(0)["entities"] == [[0, 1, "PER", None]]
    session = begin(path, "b.iob2", model=str(taught), types=())
    assert [entity[:3] for entity in session.show(0)["entities"]] == [[0, 1, "LOC"]]
    session.output.write({})
    assert session.output.path.read_bytes() == path.read_bytes()


def test_a_model_that_fails_says_so_and_no_more() -> None:
    class Failing:
        def tag(self, words: object) -> None:
            raise RuntimeError("out of memory\nsecond line")

    pretags = Pretags([Sentence(["Ada"], ["O"])], Failing())  # type: ignore[arg-type]
    pretags.start()
    pretags._thread.join()
    assert pretags.fault == "the model stopped reading: out of memory"
    assert pretags.of(0) == []
