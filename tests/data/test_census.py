"""Sizes of the named corpora, and the paper's Table 1."""

import csv
import os
from importlib import resources

import pytest

from tner_hf.data.census import SplitSize, take_census
from tner_hf.data.corpora import Counts


def read_table1() -> dict[str, dict[str, str]]:
    """The rows of the paper's Table 1 as it prints them, by corpus."""
    text = resources.files("tner_hf").joinpath("paper/table1_corpora.csv").read_text("utf-8")
    return {row["corpus"]: row for row in csv.DictReader(text.splitlines())}


def test_table1_is_what_the_scripts_quote():
    from tner_hf.data.corpora import corpus

    for name, row in read_table1().items():
        printed = {s: int(row[s]) for s in ("train", "validation", "test") if row[s]}
        assert corpus(name).paper == printed, name


def test_what_is_not_here_is_declared_and_nothing_is_fetched(tmp_path, monkeypatch):
    monkeypatch.setenv("TNER_HF_SOURCES", os.fspath(tmp_path))
    rows = take_census(["fin", "bc2gm"], cache_dir=tmp_path)
    assert rows == [
        SplitSize("fin", "train", 4, Counts(1164, 41010, 1168), None, 1164),
        SplitSize("fin", "test", 4, Counts(303, 13246, 318), None, 303),
        SplitSize("bc2gm", "train", 1),
    ]
    assert [row.state for row in rows] == ["declared", "declared", "unknown"]


def test_real_files_are_counted_beside_the_paper(raw_corpora, tmp_path, monkeypatch):
    monkeypatch.setenv("TNER_HF_SOURCES", os.fspath(raw_corpora))
    rows = take_census(["wnut2017"], cache_dir=tmp_path)
    assert [(row.corpus, row.split, row.known.sentences, row.paper) for row in rows] == [
        ("wnut2017", "train", 3394, 1000),
        ("wnut2017", "validation", 1009, 1008),
        ("wnut2017", "test", 1287, 1287),
        ("wnut2017/paper", "train", 1000, 1000),
        ("wnut2017/paper", "validation", 1009, 1008),
        ("wnut2017/paper", "test", 1287, 1287),
    ]
    assert {row.state for row in rows} == {"counted"}


@pytest.mark.parametrize("name", list(read_table1()))
def test_no_difference_is_left_unexplained(name):
    from tner_hf.data.corpora import corpus

    facts, printed = corpus(name), read_table1()[name]
    declared = {split: c.sentences for split, c in facts.counts[facts.configs[0]].items()}
    if facts.paper != declared or int(printed["entity_types"]) != len(facts.types):
        assert facts.paper_note
