"""Labels of other makers, read where there is one reading."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import tner_hf
from tner_hf.errors import CheckpointError
from tner_hf.labels import LabelSpace
from tner_hf.models import load_config, load_model, load_tokenizer, tag_names

TYPES = ("person", "place")


@pytest.fixture
def tagger(tiny_encoder: Path, tmp_path: Path) -> Path:
    load_model(tiny_encoder, LabelSpace(TYPES)).save_pretrained(tmp_path)
    load_tokenizer(tiny_encoder).save_pretrained(tmp_path)
    return tmp_path


def rename(folder: Path, names: list[str]) -> None:
    path = folder / "config.json"
    config = json.loads(path.read_text())
    config["id2label"] = {str(i): name for i, name in enumerate(names)}
    config["label2id"] = {name: i for i, name in enumerate(names)}
    path.write_text(json.dumps(config))


@pytest.mark.parametrize(
    "names",
    [
        ["O", "B_person", "I_person", "B_place", "I_place"],
        ["O", "person-B", "person-I", "place-B", "place-I"],
        ["O", "person_B", "person_I", "place_B", "place_I"],
        ["O", "b-person", "i-person", "b-place", "i-place"],
    ],
)
def test_a_spelling_that_all_share_is_read(tagger: Path, names: list[str]) -> None:
    rename(tagger, names)
    with pytest.warns(UserWarning, match="no tags as written"):
        assert tag_names(load_config(tagger)) == LabelSpace(TYPES).names
    with pytest.warns(UserWarning, match="no tags as written"):
        found = tner_hf.pipeline(tagger)("Ada Lovelace lived in London")
    assert {entity["entity_group"] for entity in found} <= set(TYPES)


def test_labels_of_special_sub_tokens_are_outside(tagger: Path) -> None:
    rename(tagger, ["O", "B-person", "I-person", "X", "[CLS]"])
    with pytest.warns(UserWarning, match=r"read as O: X, \[CLS\]"):
        assert tag_names(load_config(tagger)) == ("O", "B-person", "I-person", "O", "O")


@pytest.mark.parametrize(
    "names",
    [
        ["O", "B-person", "I-person", "B_place", "I_place"],
        ["O", "person-B", "I-person", "B-place", "I-place"],
        ["O", "B-person", "b-person", "B-place", "I-place"],
    ],
)
def test_spellings_side_by_side_are_refused(tagger: Path, names: list[str]) -> None:
    rename(tagger, names)
    with pytest.raises(CheckpointError, match="is no tag; accepted: O, B-person"):
        tner_hf.pipeline(tagger)


def test_fewer_names_than_rows_are_counted(tagger: Path) -> None:
    rename(tagger, ["O", "B-person", "I-person"])
    with pytest.raises(CheckpointError, match=r"has 5 rows, and id2label in config\.json has 3"):
        tner_hf.pipeline(tagger)
