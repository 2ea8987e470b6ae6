"""Splits and files as the parts that are held against each other."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from datasets import disable_progress_bars, enable_progress_bars

from tner_hf import load_dataset
from tner_hf.data.check import scan_files
from tner_hf.data.lens import Part, join_files, read_part
from tner_hf.data.lens.recurrence import find_recurrence
from tner_hf.formats.options import ReadOptions
from tner_hf.labels.maps import as_label_map
from tner_hf.labels.schemes import entities as find_entities


def part(split: str, *sentences: str, corpus: str = "toy") -> Part:
    """A part of sentences such as `Ada/B-PER wrote`, where a token without a tag has O."""
    tokens, entities = [], []
    for sentence in sentences:
        pairs = [word.partition("/") for word in sentence.split()]
        tokens.append([word for word, _, _ in pairs])
        entities.append(find_entities([tag or "O" for _, _, tag in pairs]))
    places = [f"{split}:{row}" for row in range(len(sentences))]
    return Part(corpus, split, tokens, entities, places)


def test_files_are_parts_with_lines_for_places(tmp_path: Path) -> None:
    one, two = tmp_path / "train.txt", tmp_path / "notes.txt"
    one.write_text("-DOCSTART- O\n\nAda I-PER\nKing I-PER\nwrote O\n\nRome I-LOC\n")
    two.write_text("Rome I-LOC\n")
    train, notes = join_files("files", scan_files([one, two], ReadOptions()))

    assert (train.split, notes.split) == ("train", "notes.txt")
    assert train.sentences == [["Ada", "King", "wrote"], ["Rome"]]
    assert train.entities == [[("PER", 0, 2)], [("LOC", 0, 1)]]
    assert train.places == [f"{one}:3", f"{one}:7"]


def test_types_of_files_are_mapped_where_asked(tmp_path: Path) -> None:
    path = tmp_path / "train.txt"
    path.write_text("Ada B-PER\nRome B-LOC\n")
    (mapped,) = join_files("f", scan_files(path, ReadOptions()), as_label_map({"LOC": "O"}))
    assert mapped.entities == [[("person", 0, 1)]]


@pytest.mark.parametrize(
    ("language", "validation", "test"),
    [
        ("en", (325, 257, 441, 341, 475), (283, 226, 384, 297, 411)),
        ("es", (1631, 1007, 1721, 1050, 1753), (1620, 993, 1717, 1036, 1751)),
        ("ru", (913, 567, 1069, 644, 1182), (869, 555, 1015, 617, 1146)),
    ],
)
def test_the_known_leakage_of_wikiann_is_found(
    raw_corpora: Path,
    tmp_path: Path,
    language: str,
    validation: tuple[int, ...],
    test: tuple[int, ...],
) -> None:
    disable_progress_bars()
    folders = {"data_dir": raw_corpora / "wikiann", "cache_dir": tmp_path}
    splits = load_dataset("wikiann", language, **folders)
    enable_progress_bars()
    parts = {split: read_part("wikiann", split, rows) for split, rows in splits.items()}
    for split, expected in (("validation", validation), ("test", test)):
        found = find_recurrence(parts["train"], parts[split])
        exact, loose = found.exact, found.normalised
        near = found.near.sentences
        assert (exact.sentences, exact.distinct, loose.sentences, loose.distinct, near) == expected

    train = {tuple(tokens) for tokens in splits["train"]["tokens"]}
    again = Counter(map(tuple, splits["test"]["tokens"]))
    assert len(train & again.keys()) == test[1]
    assert sum(again[tokens] for tokens in train & again.keys()) == test[0]
