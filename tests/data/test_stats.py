"""Sizes of datasets, and the paper's Table 1."""

import os

import pytest

from tner_hf.data.stats import CorpusStats, SplitStats, corpus_stats
from tner_hf.data.table1 import read_table1, table1


def test_counts_of_a_small_file(toy_iob):
    stats = corpus_stats({"train": toy_iob, "test": toy_iob})
    assert stats.name == "toy"
    assert stats.splits["train"] == SplitStats(
        sentences=5,
        tokens=26,
        entities=10,
        types={"LOC": 5, "ORG": 2, "PER": 3},
        lengths={"shortest": 3, "median": 6, "p90": 7, "p99": 7, "longest": 7},
    )
    assert stats.splits["test"].seen_in_train == 5


def test_empty_file(tmp_path):
    (tmp_path / "a.txt").write_text("", encoding="utf-8")
    assert corpus_stats({"test": tmp_path / "a.txt"}).splits["test"] == SplitStats(0, 0, 0)


def test_round_trip_through_json(toy_iob):
    stats = corpus_stats({"train": toy_iob})
    assert CorpusStats.from_dict(stats.to_dict()) == stats


def test_table1_is_what_the_scripts_quote():
    from tner_hf.data.corpora import corpus

    for name, row in read_table1().items():
        printed = {s: int(row[s]) for s in ("train", "validation", "test") if row[s]}
        assert corpus(name).paper == printed, name


def test_table1_explains_every_difference(tmp_path, monkeypatch):
    monkeypatch.setenv("TNER_HF_SOURCES", os.fspath(tmp_path))
    rows = table1(["ontonotes5", "conll2003"], cache_dir=tmp_path)
    assert [row.agrees for row in rows] == [False, True]
    assert "8528" in rows[0].explanation
    assert all("data_dir" in row.missing and not row.built for row in rows)


def test_table1_of_a_built_corpus(raw_corpora, tmp_path, monkeypatch):
    monkeypatch.setenv("TNER_HF_SOURCES", os.fspath(raw_corpora))
    (row,) = table1(["wnut2017"], cache_dir=tmp_path)
    assert row.built == {"train": 3394, "validation": 1009, "test": 1287}
    assert row.as_in_paper == {"train": 1000, "validation": 1009, "test": 1287}
    assert not row.agrees
    assert row.explanation


@pytest.mark.parametrize("name", list(read_table1()))
def test_no_difference_is_left_unexplained(name):
    from tner_hf.data.corpora import corpus

    facts, printed = corpus(name), read_table1()[name]
    declared = {split: c.sentences for split, c in facts.counts[facts.configs[0]].items()}
    if facts.paper != declared or int(printed["entity_types"]) != len(facts.types):
        assert facts.paper_note
