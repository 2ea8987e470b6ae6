"""Grouping keeps the text and the entities, and is recorded in the dataset."""

from __future__ import annotations

import sys
from pathlib import Path

import datasets
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tner_hf.data import japanese
from tner_hf.data.record import read_record
from tner_hf.errors import DataError, MissingExtraError
from tner_hf.labels.schemes import entities

NAMES = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
SENTENCES = [
    ("山田太郎は東京都に行く。", "B-PER I-PER I-PER I-PER O B-LOC I-LOC O O O O O"),
    ("大阪", "B-LOC B-LOC"),
]


@pytest.fixture
def characters() -> datasets.Dataset:
    features = datasets.Features(
        {
            "id": datasets.Value("string"),
            "tokens": datasets.List(datasets.Value("string")),
            "ner_tags": datasets.List(datasets.ClassLabel(names=NAMES)),
        }
    )
    rows = {
        "id": ["0", "1"],
        "tokens": [list(text) for text, _ in SENTENCES],
        "ner_tags": [tags.split() for _, tags in SENTENCES],
    }
    info = datasets.DatasetInfo(description="Invented sentences.", features=features)
    return datasets.Dataset.from_dict(rows, info=info)


@pytest.fixture
def grouped(characters: datasets.Dataset) -> datasets.Dataset:
    pytest.importorskip("fugashi")
    return japanese.group_characters(characters)


def split_every_two(text: str) -> list[str]:
    return [text[i : i + 2] for i in range(0, len(text), 2)]


def entity_texts(tokens: list[str], tags: list[str]) -> list[tuple[str, str]]:
    return [(kind, "".join(tokens[start:end])) for kind, start, end in entities(tags)]


def test_morphemes_become_tokens_and_entities_keep_their_spans(grouped: datasets.Dataset) -> None:
    assert grouped[0]["tokens"] == ["山田", "太郎", "は", "東京", "都", "に", "行く", "。"]
    names = grouped.features["ner_tags"].feature.names
    assert [names[label] for label in grouped[0]["ner_tags"]] == [
        *("B-PER", "I-PER", "O", "B-LOC"),
        *("O", "O", "O", "O"),
    ]


def test_a_morpheme_is_split_where_an_entity_ends_inside_it(grouped: datasets.Dataset) -> None:
    assert grouped[1] == {"id": "1", "tokens": ["大", "阪"], "ner_tags": [3, 3]}


def test_white_space_is_a_token_of_its_own() -> None:
    words, tags = japanese.group_sentence(list("ab \u3000c"), ["O"] * 5, lambda text: text.split())
    assert words == ["ab", " \u3000", "c"]
    assert tags == ["O", "O", "O"]


def test_a_token_of_several_characters_is_never_cut() -> None:
    words, _ = japanese.group_sentence(["ab", "cd", "e"], ["O"] * 3, lambda _: ["a", "bcd", "e"])
    assert words == ["abcd", "e"]


def test_a_stray_inside_tag_starts_an_entity() -> None:
    words, tags = japanese.group_sentence(
        list("abcd"), ["O", "I-PER", "I-PER", "O"], split_every_two
    )
    assert (words, tags) == (["a", "b", "c", "d"], ["O", "B-PER", "I-PER", "O"])


TAGGED = st.lists(
    st.tuples(
        st.text(st.sampled_from("東京都の山田は行abc \u3000\t\n\r\0\u200b😀。か゛"), max_size=2),
        st.sampled_from(NAMES),
    ),
    max_size=30,
)


@given(TAGGED)
def test_text_and_entities_survive_any_boundaries(tagged: list[tuple[str, str]]) -> None:
    check_invariants(tagged, split_every_two)


@given(TAGGED)
def test_text_and_entities_survive_mecab(tagged: list[tuple[str, str]]) -> None:
    pytest.importorskip("fugashi")
    check_invariants(tagged, japanese.load_analyser())


def check_invariants(tagged: list[tuple[str, str]], analyse: japanese.Analyser) -> None:
    tokens, tags = [token for token, _ in tagged], [tag for _, tag in tagged]
    words, word_tags = japanese.group_sentence(tokens, tags, analyse)
    assert len(words) == len(word_tags) <= len(tokens)
    assert "".join(words) == "".join(tokens)
    assert entity_texts(words, word_tags) == entity_texts(tokens, tags)


def test_the_choice_is_recorded_with_its_versions(grouped: datasets.Dataset) -> None:
    recorded = japanese.read_grouping(grouped)
    assert recorded == japanese.describe_analyser()
    assert recorded.startswith("MeCab (")
    assert read_record(grouped).notes == (japanese.NOTE + recorded,)
    assert grouped.info.description.startswith("Invented sentences.\n\ntner-hf record")


def test_a_dataset_of_characters_has_no_record(characters: datasets.Dataset) -> None:
    assert japanese.read_grouping(characters) is None


def test_the_record_survives_map_saving_and_merging(
    grouped: datasets.Dataset, tmp_path: Path
) -> None:
    recorded = japanese.read_grouping(grouped)
    mapped = grouped.map(lambda row: {"length": len(row["tokens"])}).select([0])
    datasets.DatasetDict({"train": mapped}).save_to_disk(tmp_path / "saved")
    loaded = datasets.load_from_disk(tmp_path / "saved")["train"]
    other = datasets.Dataset.from_dict({"tokens": [["x"]]})
    assert japanese.read_grouping(loaded) == recorded
    assert japanese.read_grouping(datasets.concatenate_datasets([loaded, other])) == recorded


def test_grouping_twice_changes_nothing(grouped: datasets.Dataset) -> None:
    assert japanese.group_characters(grouped) is grouped


def test_a_streamed_dataset_stays_streamed(
    characters: datasets.Dataset, grouped: datasets.Dataset
) -> None:
    streamed = japanese.group_characters(characters.to_iterable_dataset())
    assert isinstance(streamed, datasets.IterableDataset)
    assert streamed.features == characters.features
    assert list(streamed) == list(grouped)
    assert japanese.read_grouping(streamed) == japanese.read_grouping(grouped)


def test_the_original_keeps_its_description(characters: datasets.Dataset) -> None:
    pytest.importorskip("fugashi")
    japanese.group_characters(characters)
    assert characters.info.description == "Invented sentences."


def test_label_names_that_cannot_hold_the_entities_are_an_error() -> None:
    pytest.importorskip("fugashi")
    features = datasets.Features(
        {
            "tokens": datasets.List(datasets.Value("string")),
            "ner_tags": datasets.List(datasets.ClassLabel(names=["O", "I-PER"])),
        }
    )
    dataset = datasets.Dataset.from_dict({"tokens": [["東"]], "ner_tags": [[1]]}, features=features)
    with pytest.raises(DataError, match="B-PER"):
        japanese.group_characters(dataset)


@pytest.mark.parametrize("absent", ["unidic_lite", "fugashi"])
def test_without_the_extra_the_install_line_is_named(
    absent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, absent, None)
    japanese.load_analyser.cache_clear()
    with pytest.raises(MissingExtraError, match=r"tner-hf\[ja\]"):
        japanese.load_analyser()
