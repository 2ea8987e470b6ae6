"""Memory grows with the tags that occur, not with the square of the number of types.

Each job gets data in which every token is an entity of a type of its own, and then ten times as
much of it. What is linear takes ten times the memory at most, what is quadratic a hundred times.
`benchmarks/many_types.py` measures seconds, up to 100,000 types.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tner_hf.data.check import check_files
from tner_hf.formats.iob_columns import read_plain
from tner_hf.formats.options import ReadOptions
from tner_hf.labels import LabelSpace
from tner_hf.labels.recoding import Recoding
from tner_hf.metrics.breakdowns import find_scorer_differences
from tner_hf.metrics.errors import analyse_errors
from tner_hf.metrics.intervals import confidence_intervals
from tner_hf.metrics.protocols import score_protocols
from tner_hf.metrics.significance import compare_systems

SENTENCE = 10


def write_file(folder: Path, types: int) -> Path:
    lines = [f"w{i}\tB-t{i}\n" + "\n" * ((i + 1) % SENTENCE == 0) for i in range(types)]
    path = folder / f"{types}.txt"
    path.write_text("".join(lines))
    return path


def draw_labels(types: int) -> dict:
    gold = 1 + 2 * np.arange(types)
    names = LabelSpace(tuple(f"t{i}" for i in range(types))).names
    offsets = np.arange(0, types + 1, SENTENCE)
    return {"gold": gold, "predicted": np.roll(gold, 1), "names": names, "offsets": offsets}


def score_both(gold, predicted, names, offsets) -> None:
    score_protocols(gold, predicted, offsets=offsets, corpus_names=names, model_names=names)


def analyse(gold, predicted, names, offsets) -> None:
    found = analyse_errors(gold, predicted, offsets=offsets, corpus_names=names, model_names=names)
    found.confuse_types()


def bound(gold, predicted, names, offsets) -> None:
    confidence_intervals(gold, predicted, names=names, offsets=offsets)
    confidence_intervals(gold, predicted, names=names, offsets=offsets, method="bca", n_resamples=5)


def compare(gold, predicted, names, offsets) -> None:
    compare_systems(gold, predicted, gold, names=names, offsets=offsets, n_resamples=3)


def differ(gold, predicted, names, offsets) -> None:
    find_scorer_differences(gold, predicted, names=names, offsets=offsets)


def recode(types: int) -> None:
    names = draw_labels(types)["names"]
    Recoding.between(names, LabelSpace.from_names(names))


SCORING = (score_both, analyse, bound, compare, differ)
READING: tuple[Callable[[Path], object], ...] = (
    lambda path: read_plain(path, ReadOptions()),
    check_files,
)


def peak(job: Callable[..., object], *given, **named) -> int:
    job(*given, **named)  # what is kept from the first call on is no cost of this one
    tracemalloc.start()
    job(*given, **named)
    used = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return used


def assert_linear(few: int, many: int) -> None:
    assert many < 13 * few + 2_000_000, f"{few:,} bytes became {many:,}"


@pytest.mark.parametrize("job", SCORING)
def test_scoring(job: Callable[..., object]) -> None:
    assert_linear(*(peak(job, **draw_labels(types)) for types in (1_000, 10_000)))


@pytest.mark.parametrize("job", READING, ids=["read", "check"])
def test_reading(job: Callable[[Path], object], tmp_path: Path) -> None:
    assert_linear(*(peak(job, write_file(tmp_path, types)) for types in (500, 5_000)))


def test_recoding() -> None:
    assert_linear(*(peak(recode, types) for types in (1_000, 10_000)))


def test_many_types_that_are_one_give_few_questions(tmp_path: Path) -> None:
    path = tmp_path / "alike.txt"
    path.write_text("".join(f"w B-{'-' * i}per\n\n" for i in range(300)))
    report = check_files(path)
    assert 0 < len(report.warnings) < 1_000


def test_an_id_of_a_billion_costs_nothing(tmp_path: Path) -> None:
    from tner_hf import load_dataset

    (tmp_path / "train.jsonl").write_text('{"tokens":["a"],"ner_tags":[1000000000]}\n')
    label2id = {"O": 0, "B-x": 1_000_000_000}
    loaded = load_dataset(str(tmp_path / "train.jsonl"), label2id=label2id)
    assert loaded["train"]["ner_tags"][0] == [1]
