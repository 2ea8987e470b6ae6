"""Public files read as anybody's own, counted beside by a few lines that share nothing with us."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tner_hf.data import load_dataset


def count_columns(path: Path, tag: int) -> tuple[int, int, int]:
    """Sentences, words and `B-` of lines with TABs, parted by blank ones."""
    blocks = re.split(r"\n[ \t]*\n", path.read_text(encoding="utf-8"))
    rows = [[f.split("\t") for f in b.split("\n") if "\t" in f] for b in blocks]
    tags = [fields[tag] for block in rows for fields in block]
    return sum(map(bool, rows)), len(tags), sum(t.startswith("B-") for t in tags)


@pytest.mark.parametrize(
    ("name", "tag", "expected"),
    [
        ("wnut2017/wnut17train.conll", 1, (3394, 62730, 1975)),
        ("uner/en_ewt-ud-test.iob2", 2, (2077, 25097, 1088)),
    ],
)
def test_columns(raw_corpora: Path, name, tag, expected) -> None:
    path = raw_corpora / name
    if not path.is_file():
        pytest.skip(f"{name} is not here")
    assert count_columns(path, tag) == expected
    read = load_dataset({"train": path}, split="train")
    assert (len(read), *count_tagged(read)) == expected


def test_pubtator(raw_corpora: Path) -> None:
    path = raw_corpora / "ncbi_disease" / "NCBItestset_corpus.txt"
    if not path.is_file():
        pytest.skip("NCBI disease is not here")
    text = path.read_text(encoding="utf-8")
    documents = len(re.findall(r"^\d+\|t\|", text, re.MULTILINE))
    mentions = len(re.findall(r"^\d+\t\d+\t\d+\t", text, re.MULTILINE))
    assert (documents, mentions) == (100, 960)
    read = load_dataset({"train": path}, split="train")
    assert len(read) == 2 * documents  # titles and abstracts
    assert count_tagged(read)[1] == mentions


def count_tagged(rows) -> tuple[int, int]:
    names = rows.features["ner_tags"].feature.names
    labels = [label for row in rows["ner_tags"] for label in row]
    return len(labels), sum(names[label].startswith("B-") for label in labels)
