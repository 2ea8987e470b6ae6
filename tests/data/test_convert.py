"""Data in another format comes back as it was, wherever that format can hold it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset, DatasetDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import odd_characters

from tner_hf.cli import main
from tner_hf.data import load_dataset
from tner_hf.data.convert import convert_dataset
from tner_hf.errors import DataError, SettingError, UnknownNameError
from tner_hf.labels.schemes import Scheme, encode_entities, entities

SUFFIXES = {
    "iob2": "a.txt", "bioes": "a.txt", "jsonl": "a.jsonl", "spans": "a.jsonl", "csv": "a.csv",
    "parquet": "a.parquet", "doccano": "a.jsonl", "labelstudio": "a.json", "brat": "brat",
}  # fmt: skip
_ANY = st.text(odd_characters | st.sampled_from("\t\n\r"), min_size=1, max_size=4)
_COLUMN = st.text(odd_characters, min_size=1, max_size=4).filter(lambda token: token.strip(" "))
_WORD = st.text(st.sampled_from("ab\"',;#|\\{[é東😀-"), min_size=1, max_size=4)


def _tags(draw: st.DrawFn, length: int) -> list[str]:
    raw = draw(
        st.lists(
            st.sampled_from(["O", "B-x", "I-x", "B-y", "I-y"]), min_size=length, max_size=length
        )
    )
    return encode_entities(entities(raw), length, Scheme.IOB2)


@st.composite
def _corpora(draw: st.DrawFn, words: st.SearchStrategy[str]) -> list[tuple[list[str], list[str]]]:
    sentences = draw(st.lists(st.lists(words, min_size=1, max_size=4), min_size=1, max_size=4))
    return [(tokens, _tags(draw, len(tokens))) for tokens in sentences]


def _dataset(corpus: list[tuple[list[str], list[str]]]) -> Any:
    tokens, tags = (list(side) for side in zip(*corpus, strict=True))
    return DatasetDict({"train": Dataset.from_dict({"tokens": tokens, "tags": tags})})


def _read(path: Path, **options: Any) -> list[tuple[list[str], list[str]]]:
    rows: Any = load_dataset(path, split="train", **options)
    names = rows.features["ner_tags"].feature.names
    return [(row["tokens"], [names[i] for i in row["ner_tags"]]) for row in rows]


def _there_and_back(folder: Path, corpus: Any, target: str, **options: Any) -> Any:
    path = folder / SUFFIXES[target]
    convert_dataset([_dataset(corpus)], path, target)
    return _read(path, **options)


quick = settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)


@pytest.mark.parametrize("target", ["jsonl", "spans", "csv", "parquet"])
@quick
@given(corpus=_corpora(_ANY))
def test_formats_that_hold_any_token(tmp_path: Path, target: str, corpus: Any) -> None:
    assert _there_and_back(tmp_path, corpus, target) == corpus


@pytest.mark.parametrize("target", ["iob2", "bioes"])
@quick
@given(corpus=_corpora(_COLUMN))
def test_formats_of_columns(tmp_path: Path, target: str, corpus: Any) -> None:
    assert _there_and_back(tmp_path, corpus, target) == corpus


@pytest.mark.parametrize("target", ["doccano", "labelstudio", "brat"])
@quick
@given(corpus=_corpora(_WORD))
def test_formats_of_spans_with_words_parted_by_spaces(
    tmp_path: Path, target: str, corpus: Any
) -> None:
    folder = tmp_path / f"{hash(str(corpus))}"  # brat's folder keeps what was there
    folder.mkdir(exist_ok=True)
    assert _there_and_back(folder, corpus, target, word_splitter="whitespace") == corpus


def test_text_offsets_and_documents_travel(tmp_path: Path) -> None:
    source = tmp_path / "in.txt"
    source.write_text(
        "7|t|Aspirin  works.\n7|a|It helps.\n7\t0\t7\tAspirin\tC\tD\n\n8|t|A\n8|a|B\n"
    )
    first: Any = load_dataset(source, split="train")
    for target in ("jsonl", "parquet", "spans", "doccano", "labelstudio"):
        path = tmp_path / SUFFIXES[target]
        done = convert_dataset([source], path, target)
        again: Any = load_dataset(path, split="train")
        for column in ("tokens", "ner_tags", "doc_id", "text", "offsets"):
            assert again[column][:] == first[column][:], (target, column)
        assert done.sentences == 4
    path = tmp_path / "a.iob2"
    done = convert_dataset([source], path, "iob2")
    assert done.losses == ("the text and the offsets of 4 sentences: iob2 holds tokens",)
    assert load_dataset(path, split="train")["doc_id"][:] == ["7", "7", "8", "8"]
    convert_dataset([source], tmp_path / "brat", "brat")
    assert sorted(p.name for p in (tmp_path / "brat").iterdir()) == [
        "7.ann", "7.txt", "8.ann", "8.txt",
    ]  # fmt: skip
    assert load_dataset(tmp_path / "brat", split="train")["text"][:] == first["text"][:]


def test_what_cannot_be_written_is_said_and_nothing_is_left(tmp_path: Path) -> None:
    tab = _dataset([(["a\tb"], ["O"])])
    with pytest.raises(DataError, match=r"token 'a\\tb' cannot stand in columns; csv"):
        convert_dataset([tab], tmp_path / "out.txt", "iob2")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(UnknownNameError, match="mean 'iob2'"):
        convert_dataset([tab], tmp_path / "out.txt", "iob")
    with pytest.raises(SettingError, match="one by one"):
        convert_dataset(["sample", "wnut2017"], tmp_path / "out.txt", "iob2")


def test_the_command_names_files_and_losses(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "train.txt").write_text("Ada S-PER\n\nx O\n")
    (tmp_path / "dev.txt").write_text("Ada S-PER\n")
    assert (
        main(["datasets", "convert", str(tmp_path), str(tmp_path / "out"), "--to", "doccano"]) == 0
    )
    shown = capsys.readouterr().out.splitlines()
    assert shown[:2] == [str(tmp_path / "out" / f"{s}.jsonl") for s in ("train", "validation")]
    assert shown[2].startswith("not carried over: where words begin and end: doccano holds text")
    assert shown[-1] == "3 sentences"
    files = [str(tmp_path / name) for name in ("train.txt", "dev.txt")]
    assert main(["datasets", "convert", *files, str(tmp_path / "all.bioes"), "--to", "bioes"]) == 0
    assert (tmp_path / "all.bioes").read_text() == "Ada\tS-PER\n\nx\tO\n\nAda\tS-PER\n\n"


def test_of_two_ways_of_counting_the_exact_one_is_right(tmp_path: Path) -> None:
    corpus = [(["😀", "😀", "😀"], ["O", "B-x", "O"])]
    assert _there_and_back(tmp_path, corpus, "labelstudio", word_splitter="whitespace") == corpus
