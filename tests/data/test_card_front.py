"""Front matter of dataset cards that come from outside: refused with its line, or acted upon."""

from __future__ import annotations

from pathlib import Path

import pytest

from tner_hf.data import load_dataset
from tner_hf.data.card_front import BARE_FRONT, read_front
from tner_hf.errors import DataError

ROW = '{"tokens":["a"],"ner_tags":["O"]}\n'
LABELS = "dataset_info: {features: [{name: ner_tags, sequence: {class_label: {names: %s}}}]}"
RECORD = "tner_hf: {records: {default: %s}}"
BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n"
    for old, new in zip("abcdefg", "bcdefgh", strict=True)
)

REFUSED = {
    "a: [1, {": r":2: not YAML: ",
    "a: 1\nb: *c": r":3: not YAML: found undefined alias",
    "a: \x01": r": not YAML: special characters are not allowed",
    "a: !!python/object/apply:os.getcwd []": r":2: not YAML: could not determine a constructor",
    "a: 2020-99-99": r": not YAML: month must be in 1..12",
    f"a: {'[' * 60}{']' * 60}": r":2: YAML that is nested too deeply",
    BOMB: r":8: YAML that is far larger than it looks",
    "- a": r": the front matter is \['a'\], not keys with values",
    "configs: 5": r": 'configs' is 5, not a list",
    "configs: [5]": r": a configuration is 5, not keys",
    "configs: [{config_name: {a: 1}}]": r": a configuration is ",
    "configs: [{config_name: a, data_files: 5}]": r": the files of configuration 'a' are 5",
    "configs: [{config_name: a, data_files: ../train.jsonl}]": r"outside of its folder: '\.\./",
    "configs: [{config_name: a, data_files: [/etc/passwd]}]": r"its folder: '/etc/passwd'",
    "configs: [{config_name: a, data_dir: /etc}]": r"its folder: '/etc'",
    "configs: [{config_name: a, data_files: 'http://127.0.0.1:9/x'}]": r"its folder: 'http:",
    "dataset_info: 5": r": 'dataset_info' is 5",
    LABELS % "5": r": its columns have class labels without a list of names",
    LABELS % "{'0': O, '1': O}": r": its columns name a class label twice",
    LABELS % "{'1000000000': O}": r": class labels that are not numbered 0, 1, 2",
    RECORD % "5": r": the record under 'tner_hf' is damaged: DatasetRecord: 5; accepted: mapping",
    RECORD % "{annotated: {x: 5}}": r"damaged: DatasetRecord\.annotated\.x: 5; accepted: sequence",
    RECORD % "{unification: {mapped: 5}}": r"UnificationReport\.mapped: 5; accepted: mapping",
    RECORD % "{notes: 5}": r"damaged: DatasetRecord\.notes: 5; accepted: sequence",
    RECORD % "{label_map: [1]}": r"damaged: DatasetRecord\.label_map: \[1\]; accepted: str",
}


@pytest.mark.parametrize("front", REFUSED)
def test_what_cannot_be_acted_upon_is_one_line(tmp_path: Path, front: str) -> None:
    (tmp_path / "train.jsonl").write_text(ROW)
    (tmp_path / "README.md").write_text(f"---\n{front}\n---\n# Toy\n")
    with pytest.raises(DataError, match=rf"README\.md.*{REFUSED[front]}") as caught:
        load_dataset(tmp_path, cache_dir=tmp_path / ".cache")
    assert len(str(caught.value).splitlines()) == 1


def test_the_bare_file_is_judged_alike(tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text(ROW)
    (tmp_path / BARE_FRONT).write_text("configs: [{config_name: a, data_files: /etc/passwd}]")
    with pytest.raises(DataError, match=r"\.huggingface\.yaml: .* outside of its folder"):
        load_dataset(tmp_path, cache_dir=tmp_path / ".cache")


def test_class_labels_of_old_descriptions_are_judged(tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text(ROW)
    kind = '{"num_classes": 1000000000, "_type": "ClassLabel"}'
    (tmp_path / "dataset_infos.json").write_text(f'{{"default": {{"features": {{"a": {kind}}}}}}}')
    with pytest.raises(DataError, match=r"dataset_infos\.json: its features have class labels"):
        load_dataset(tmp_path, cache_dir=tmp_path / ".cache")


def test_a_card_of_the_hub_may_name_addresses(tmp_path: Path) -> None:
    card = tmp_path / "README.md"
    card.write_text("---\nconfigs: [{config_name: a, data_files: 'https://a.org/x.jsonl'}]\n---\n")
    assert read_front(card, on_hub=True)["configs"][0]["config_name"] == "a"
    card.write_text("---\nconfigs: [{config_name: a, data_files: 'file:///etc/passwd'}]\n---\n")
    with pytest.raises(DataError, match="outside of its folder"):
        read_front(card, on_hub=True)


@pytest.mark.parametrize("text", ["", "# No front", "---\n---\n", "---\na: 1\n", "---\n\n---\n"])
def test_a_card_without_front_matter_is_fine(tmp_path: Path, text: str) -> None:
    (tmp_path / "README.md").write_text(text)
    assert read_front(tmp_path / "README.md") == {}


def test_no_text_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_bytes(b"---\n\xff: 1\n---\n")
    with pytest.raises(DataError, match="byte 4 is not UTF-8"):
        read_front(tmp_path / "README.md")
