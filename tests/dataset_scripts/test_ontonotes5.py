"""OntoNotes 5: CoNLL-2012 brackets become entities; all files here are invented."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from tner_hf.dataset_scripts.ontonotes5 import ontonotes5

import tner_hf
from tner_hf.data.corpora import corpus
from tner_hf.errors import DataError, SourceError
from tner_hf.labels import UNIFIED

TREE = "conll-2012/v4/data"
ANNOTATIONS = "data/english/annotations"
FOLDERS = {"train": "train", "validation": "development", "test": "test"}


def make_part(document: str, part: str, *sentences: str) -> str:
    """A part of a document; a sentence is `word|bracket word|bracket …`."""
    lines = [f"#begin document ({document}); part {part}"]
    for sentence in sentences:
        for number, pair in enumerate(sentence.split(" ")):
            word, bracket = pair.split("|")
            lines.append(
                f"{document}   {int(part)} {number}  {word}  NN (X*) - - - Ada#1  {bracket} * -"
            )
        lines.append("")
    return "\n".join([*lines, "#end document", ""])


NEWS = make_part(
    "nw/acme/00/acme_0001",
    "000",
    "Acme|(ORG* Bank|*) hires|* Ada|(PERSON) Lovelace|(PERSON) -LRB-|* /.|*",
    "in|* New|(GPE* York|* City|*)",
) + make_part("nw/acme/00/acme_0001", "001", "Nothing|*")
TALK = make_part("bc/radio/00/radio_0001", "000", "two|(CARDINAL) days|*")
FILES = {
    f"{ANNOTATIONS}/nw/acme/00/acme_0001.v4_gold_conll": NEWS,
    f"{ANNOTATIONS}/bc/radio/00/radio_0001.v4_gold_conll": TALK,
    f"{ANNOTATIONS}/bc/radio/00/radio_0001.v4_auto_conll": TALK,
    f"{ANNOTATIONS}/bc/radio/00/radio_0001.v4_gold_skel": TALK.replace("days", "[WORD]"),
    f"{ANNOTATIONS}/pt/nt/00/nt_0001.v4_gold_conll": make_part("pt/nt/00/nt_0001", "000", "Ada|*"),
    "data/chinese/annotations/nw/x/00/x_0001.v4_gold_conll": make_part("nw/x", "000", "x|(ORG)"),
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A root that holds `conll-2012/`, the same files in each split."""
    for folder in FOLDERS.values():
        for name, text in FILES.items():
            path = tmp_path / "root" / TREE / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return tmp_path / "root"


def zip_tree(tree: Path, archive: Path) -> None:
    with zipfile.ZipFile(archive, "w") as writer:
        for path in tree.rglob("*_*"):
            writer.write(path, path.relative_to(tree))


def read_text(text: str) -> list[tuple[list[str], list[str], str]]:
    return list(ontonotes5.read_document(text.encode(), "x.conll", ontonotes5.Ontonotes5.TYPES))


def test_a_document_in_two_releases_is_read_once_and_a_later_release_alone_is_read() -> None:
    both = ["bc/a.v9_gold_conll", "bc/a.v4_gold_conll", "bc/b.v12_gold_conll", "bc/b.v4_auto_conll"]
    assert ontonotes5._select_annotated(both) == ["bc/a.v4_gold_conll", "bc/b.v12_gold_conll"]


def test_words_tags_and_ids_of_a_document() -> None:
    assert read_text(NEWS) == [
        (
            ["Acme", "Bank", "hires", "Ada", "Lovelace", "-LRB-", "/."],
            ["B-ORG", "I-ORG", "O", "B-PERSON", "B-PERSON", "O", "O"],
            "nw/acme/00/acme_0001/000-0",
        ),
        (
            ["in", "New", "York", "City"],
            ["O", "B-GPE", "I-GPE", "I-GPE"],
            "nw/acme/00/acme_0001/000-1",
        ),
        (["Nothing"], ["O"], "nw/acme/00/acme_0001/001-0"),
    ]


def test_all_genres_but_pt_in_english_are_read(tree: Path, tmp_path: Path) -> None:
    data = tner_hf.load_dataset("ontonotes5", data_dir=tree, cache_dir=tmp_path / "cache")
    expected = [
        *("bc/radio/00/radio_0001/000-0", "nw/acme/00/acme_0001/000-0"),
        *("nw/acme/00/acme_0001/000-1", "nw/acme/00/acme_0001/001-0"),
    ]
    assert {split: rows["id"][:] for split, rows in data.items()} == dict.fromkeys(
        FOLDERS, expected
    )
    names = data["test"].features["ner_tags"].feature.names
    assert [names[label] for label in data["test"][1]["ner_tags"]] == [
        *("B-organization", "I-organization", "O", "B-person", "B-person", "O", "O")
    ]


def test_native_types_stay_on_request(tree: Path, tmp_path: Path) -> None:
    data = tner_hf.load_dataset(
        "ontonotes5", native=True, data_dir=tree, cache_dir=tmp_path / "cache"
    )
    names = data["train"].features["ner_tags"].feature.names
    assert len(names) == 37
    assert names[:5] == ["O", "B-PERSON", "I-PERSON", "B-NORP", "I-NORP"]


def test_escapes_are_undone_on_request_only(tree: Path, tmp_path: Path) -> None:
    plain, unescaped = (
        tner_hf.load_dataset("ontonotes5", config, data_dir=tree, cache_dir=tmp_path / "cache")
        for config in (None, "unescaped")
    )
    assert plain["train"][1]["tokens"][-2:] == ["-LRB-", "/."]
    assert unescaped["train"][1]["tokens"][-2:] == ["(", "."]


@pytest.mark.parametrize("inner", ["", "conll-2012", "conll-2012/v4", TREE])
def test_any_depth_of_the_tree_can_be_named(inner: str, tree: Path, tmp_path: Path) -> None:
    data = tner_hf.load_dataset("ontonotes5", data_dir=tree / inner, cache_dir=tmp_path / "cache")
    assert data.num_rows == dict.fromkeys(FOLDERS, 4)


@pytest.mark.parametrize("name", ["conll-2012.zip", "file_downloaded"])
def test_an_archive_gives_the_same_as_its_folder(
    name: str, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mirror" / "ontonotes5").mkdir(parents=True)
    zip_tree(tree, tmp_path / "mirror" / "ontonotes5" / name)
    monkeypatch.setenv("TNER_HF_SOURCES", str(tmp_path / "mirror"))
    packed = tner_hf.load_dataset("ontonotes5", cache_dir=tmp_path / "packed")
    unpacked = tner_hf.load_dataset("ontonotes5", data_dir=tree, cache_dir=tmp_path / "unpacked")
    assert {split: rows.to_list() for split, rows in packed.items()} == {
        split: rows.to_list() for split, rows in unpacked.items()
    }


def test_an_edited_file_is_read_again(tree: Path, tmp_path: Path) -> None:
    load = {"data_dir": tree, "cache_dir": tmp_path / "cache"}
    assert tner_hf.load_dataset("ontonotes5", **load)["train"].num_rows == 4
    added = tree / TREE / "train" / ANNOTATIONS / "wb/web/00/web_0001.v4_gold_conll"
    added.parent.mkdir(parents=True)
    added.write_text(make_part("wb/web/00/web_0001", "000", "Ada|(PERSON)"), encoding="utf-8")
    assert tner_hf.load_dataset("ontonotes5", **load)["train"].num_rows == 5


def test_streaming_reads_the_same(tree: Path, tmp_path: Path) -> None:
    load = {"data_dir": tree, "cache_dir": tmp_path / "cache"}
    streamed = tner_hf.load_dataset("ontonotes5", streaming=True, **load)
    built = tner_hf.load_dataset("ontonotes5", **load)
    assert list(streamed["test"]) == built["test"].to_list()


def test_without_files_the_error_says_what_to_get_from_whom_and_where_it_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TNER_HF_SOURCES", raising=False)
    with pytest.raises(SourceError) as caught:
        tner_hf.load_dataset("ontonotes5", cache_dir=tmp_path)
    for part in ("LDC2013T19", "Linguistic Data Consortium", "data_dir=", "TNER_HF_SOURCES="):
        assert part in str(caught.value)


def test_a_folder_of_skeletons_only_is_an_error(tree: Path, tmp_path: Path) -> None:
    for path in tree.rglob("*_gold_conll"):
        path.unlink()
    with pytest.raises(SourceError, match=r"holds no \*\.v4_gold_conll file.*skeleton2conll"):
        tner_hf.load_dataset("ontonotes5", data_dir=tree, cache_dir=tmp_path / "cache")


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("(ORG*", "(ORGAN*", 2, "unknown type 'ORGAN'"),
        ("(ORG*", "(ORG", 2, r"unknown entity bracket '\(ORG'"),
        ("(ORG*", "*", 3, r"'\*\)' closes an entity that was never opened"),
        ("*) * -", "* * -", 5, r"'\(PERSON\)' begins inside an entity of type ORG"),
        (
            "City  NN (X*) - - - Ada#1  *)",
            "City  NN (X*) - - - Ada#1  *",
            14,
            "ends inside an entity",
        ),
        (" - - - Ada#1  (ORG* * -", " - (ORG*", 2, "8 columns; at least 12"),
        ("#begin document (nw/acme/00/acme_0001); part 000", "", 2, "a word stands before"),
        ("#end document\n#begin", "#begin", 15, "begins before the '#end document' of"),
        ("#end document", "", 16, "begins before the '#end document' of"),
    ],
)
def test_a_malformed_line_is_an_error_with_its_place(
    old: str, new: str, line: int, message: str
) -> None:
    assert old in NEWS
    with pytest.raises(ValueError, match=rf"^x\.conll:{line}: .*{message}"):
        read_text(NEWS.replace(old, new, 1))


def test_a_truncated_file_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"^x\.conll:18: .*/001 ends without '#end document'"):
        read_text(NEWS.rpartition("#end")[0])


def test_bytes_that_are_not_utf8_are_an_error_with_their_place(tree: Path, tmp_path: Path) -> None:
    path = tree / TREE / "train" / ANNOTATIONS / "nw/acme/00/acme_0001.v4_gold_conll"
    path.write_bytes(NEWS.encode().replace(b"hires", b"h\xffres"))
    with pytest.raises(DataError, match=r"acme_0001\.v4_gold_conll:4: .*0xff"):
        tner_hf.load_dataset("ontonotes5", data_dir=tree, cache_dir=tmp_path / "cache")


def test_unusual_characters_stay_inside_words() -> None:
    ((tokens, _, _),) = read_text(make_part("d", "000", "a\u00a0b|* c\u2028d|*"))
    assert tokens == ["a\u00a0b", "c\u2028d"]


def test_types_map_as_the_unified_list_says() -> None:
    types = corpus("ontonotes5").types
    assert len(types) == 18
    assert types == {native: UNIFIED.map_type(native) for native in types}
