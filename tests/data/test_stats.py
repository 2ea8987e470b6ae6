"""Sizes of datasets."""

from tner_hf.data.stats import CorpusStats, SplitStats, corpus_stats


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
