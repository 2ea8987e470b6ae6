"""Damaged and absurd checkpoints: one line that names file, key and value, before any memory."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from preparations import save_tagger

import tner_hf
from tner_hf.cli import main
from tner_hf.config import CheckpointSettings
from tner_hf.errors import CheckpointError
from tner_hf.models import load_model, load_tokenizer
from tner_hf.models.locating import fingerprint_model

SETTINGS = CheckpointSettings(max_length=32).to_dict()


@pytest.fixture(scope="module")
def good(tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tagger(tmp_path_factory.mktemp("good"), tiny_encoder, "person", max_length=32)


@pytest.fixture
def tagger(good: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(good, tmp_path / "tagger"))


def edit(path: Path, **changes: Any) -> None:
    stored = json.loads(path.read_text())
    path.write_text(json.dumps({**stored, **changes}))


def test_a_good_one_loads(tagger: Path) -> None:
    assert tner_hf.pipeline(tagger)("Ada") is not None


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("num_labels", 10**9, "num_labels is 1000000000; accepted: a whole number from 0 to"),
        ("num_hidden_layers", 10**7, "num_hidden_layers is 10000000"),
        ("text_config", {"num_hidden_layers": 10**7}, r"text_config\.num_hidden_layers is 1000"),
        ("num_hash_buckets", 10**9, "num_hash_buckets is 1000000000"),
        ("position_buckets", -2, "accepted: a whole number from -1 to"),
        ("num_hidden_layers", True, "num_hidden_layers is true"),
        ("max_position_embeddings", "512", 'max_position_embeddings is "512"'),
        ("hidden_size", -1, "hidden_size is -1"),
        ("vocab_size", 1.5, "vocab_size is 1.5"),
        ("vocab_size", 9_000_000, "announces at least 144,"),
        ("max_position_embeddings", 9_000_000, "announces at least 144,"),
        ("intermediate_size", 999_999, "announces at least 64,"),
        ("num_hidden_layers", 999, "announces at least 2,"),
        ("architectures", 5, "architectures is 5"),
        ("architectures", [5], r"architectures is \[5\]"),
        ("id2label", ["O"], r'id2label is \["O"\]'),
        ("id2label", {"a": "O"}, r"id2label\['a'\] is \"O\""),
        ("id2label", {"0": 5}, r"id2label\['0'\] is 5"),
        ("id2label", {"0": "O", "1": "B-x", "2": "O"}, "id2label calls 2 labels 'O'"),
        ("label2id", {"O": "0"}, "label2id is"),
        ("tner_hf", 5, "tner_hf is 5; accepted: an object"),
        ("tner_hf", {**SETTINGS, "max_length": None}, "tner_hf.max_length is None"),
        ("tner_hf", {**SETTINGS, "max_length": "128"}, "tner_hf.max_length is '128'"),
        ("tner_hf", {**SETTINGS, "max_length": True}, "tner_hf.max_length is True"),
        ("tner_hf", {**SETTINGS, "lowercase": "no"}, "tner_hf.lowercase is 'no'; accepted: true"),
        ("tner_hf", {**SETTINGS, "label_all_subtokens": "some"}, "accepted: first, inside"),
        ("tner_hf", {**SETTINGS, "word_splitter": []}, r"tner_hf.word_splitter is \[\]"),
        ("tner_hf", {**SETTINGS, "corpora": "conll2003"}, "tner_hf.corpora is 'conll2003'"),
        ("tner_hf", {**SETTINGS, "label_map": 2}, "tner_hf.label_map is 2"),
        ("tner_hf", {**SETTINGS, "later": 1}, "Upgrade tner-hf"),
        ("hidden_act", "nope", "tagger"),
        ("hidden_dropout_prob", "much", "config.json: .*'hidden_dropout_prob': .*value: 'much'"),
        ("hidden_dropout_prob", float("nan"), "hidden_dropout_prob is NaN; accepted: a number"),
        ("architectures", "\ud800", r'architectures is "\\ud800"'),
        ("pad_token_id", [1], "tagger"),
    ],
)
def test_a_value_that_cannot_be_is_named(tagger: Path, key: str, value: Any, said: str) -> None:
    edit(tagger / "config.json", **{key: value})
    with pytest.raises(CheckpointError, match=said):
        tner_hf.pipeline(tagger)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.json", b'{"model_type": "be'),
        ("config.json", b"[" * 100_000),
        ("config.json", b"[]"),
        ("config.json", b"\xff\xfe"),
        ("model.safetensors", b""),
        ("model.safetensors", b"\x08\0\0\0\0\0\0\0{broken}"),
        ("model.safetensors.index.json", b'{"weight_map": {"a": "../../x.safetensors"}}'),
        ("tokenizer.json", b""),
        ("tokenizer.json", b'{"version": "1.0", "trunc'),
        ("tokenizer.json", b"[" * 100_000),
        ("tokenizer.json", b'{"version": 1, "model": []}'),
        ("tokenizer_config.json", b'{"tokenizer_class": 5}'),
    ],
)
def test_a_damaged_file_is_one_of_our_errors(tagger: Path, name: str, content: bytes) -> None:
    if name.endswith("index.json"):
        (tagger / "model.safetensors").unlink()
    (tagger / name).write_bytes(content)
    with pytest.raises(CheckpointError, match="tagger"):
        tner_hf.pipeline(tagger)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "tokenizer_config.json"])
@pytest.mark.parametrize("content", [b'{"a": "b', b"[" * 100_000, b"\xff\xfe"])
def test_a_file_that_is_no_json_is_named(tagger: Path, name: str, content: bytes) -> None:
    (tagger / name).write_bytes(content)
    with pytest.raises(CheckpointError, match=rf"^{tagger / name} is (not JSON|nested too)"):
        tner_hf.pipeline(tagger)


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json"])
def test_a_pipe_in_place_of_a_file_is_not_waited_for(tagger: Path, name: str) -> None:
    (tagger / name).unlink()
    os.mkfifo(tagger / name)
    with contextlib.suppress(CheckpointError):  # tokenizers do without their settings
        tner_hf.pipeline(tagger)


def test_only_files_tell_a_model_from_another(tagger: Path) -> None:
    known = fingerprint_model(tagger)
    (tagger / "tokenizer").mkdir()
    os.mkfifo(tagger / "vocab.txt")
    assert fingerprint_model(tagger) == known


def test_truncated_weights_are_seen_before_they_are_read(tagger: Path) -> None:
    path = tagger / "model.safetensors"
    path.write_bytes(path.read_bytes()[:2_000])
    with pytest.raises(CheckpointError, match="tagger"):
        load_model(tagger)


def test_ids_beyond_the_vocabulary_are_refused(tagger: Path) -> None:
    path = tagger / "tokenizer.json"
    stored = json.loads(path.read_text())
    stored["model"]["vocab"]["ada"] = 10**6
    path.write_text(json.dumps(stored))
    with pytest.raises(CheckpointError, match="the sub-token 'ada' has the id 1000000"):
        tner_hf.pipeline(tagger)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused(tagger: Path, value: float) -> None:
    model = load_model(tagger)
    with torch.no_grad():
        model.classifier.bias[0] = value
    model.save_pretrained(tagger)
    with pytest.raises(CheckpointError, match=r"classifier\.bias holds weights that are not fin"):
        load_model(tagger)


@pytest.mark.parametrize(
    "command",
    [
        ("predict", "-m", "{}", "Ada"),
        ("evaluate", "-m", "{}", "--dataset_name", "sample"),
        ("matrix", "-m", "{}", "-d", "sample", "--output_dir", "{}-matrix"),
        ("train", "-m", "{}", "--dataset_name", "sample", "--output_dir", "{}-out"),
        ("export", "-m", "{}", "--no_check"),
        ("demo", "-m", "{}", "--port", "0"),
    ],
    ids=lambda command: command[0],
)
def test_every_command_says_it_in_one_line(
    tagger: Path, command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    edit(tagger / "config.json", tner_hf={**SETTINGS, "lowercase": "no"})
    short = {"-m": "--model_name_or_path"}
    assert main([short.get(word, word).format(tagger) for word in command]) == 2
    told = capsys.readouterr().err.strip().splitlines()
    assert told[-1].endswith("tner_hf.lowercase is 'no'; accepted: true or false")
    assert not any("Traceback" in line for line in told)


def test_judging_needs_no_class_of_a_configuration(
    tagger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers import AutoConfig

    def never(*_: Any, **__: Any) -> None:
        raise AssertionError

    read: Callable[..., Any] = never
    monkeypatch.setattr(AutoConfig, "from_pretrained", read)
    edit(tagger / "config.json", num_labels=10**9)
    with pytest.raises(CheckpointError, match="num_labels"):
        load_model(tagger)


@pytest.mark.parametrize(
    "key", ["return_dict", "output_hidden_states", "output_attentions", "chunk_size_feed_forward"]
)
@pytest.mark.parametrize("value", ["x", None, 0, 1.5, [["x"]], {"a": 1}])
def test_what_a_forward_pass_hands_back_is_not_the_checkpoints_choice(
    tagger: Path, key: str, value: object
) -> None:
    expected = tner_hf.pipeline(tagger)([["Ada", "met", "Ada"]])
    edit(tagger / "config.json", **{key: value})
    try:
        found = tner_hf.pipeline(tagger)([["Ada", "met", "Ada"]])
    except CheckpointError:
        return  # transformers' own classes refuse some
    assert found == expected


@pytest.mark.parametrize("value", ["x", None, 0, -5, True, [], {"a": 1}])
def test_a_length_that_is_no_number_is_refused_or_replaced(tagger: Path, value: object) -> None:
    edit(tagger / "tokenizer_config.json", model_max_length=value)
    try:
        limit = load_tokenizer(tagger).model_max_length
    except CheckpointError as error:
        limit, told = 1, str(error)
        if "model_max_length" not in told:
            raise
    assert limit > 0


def test_a_head_of_no_labels_is_refused(tagger: Path) -> None:
    edit(tagger / "config.json", id2label={}, label2id={})
    with pytest.raises(CheckpointError, match="names no labels"):
        tner_hf.pipeline(tagger)


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        ("model", "unk_token", ""),
        ("model", "vocab", {"a": 1}),
        ("post_processor", "special_tokens", {}),
    ],
)
def test_a_tokenizer_that_fails_on_words_is_refused(
    tagger: Path, part: str, key: str, value: object
) -> None:
    path = tagger / "tokenizer.json"
    content = json.loads(path.read_text())
    content[part][key] = value
    path.write_text(json.dumps(content))
    with pytest.raises(CheckpointError):
        load_tokenizer(tagger)


def test_an_unknown_sub_token_that_is_nothing_is_refused(tagger: Path) -> None:
    edit(tagger / "tokenizer_config.json", unk_token="")
    with pytest.raises(CheckpointError, match="it reads no words"):
        load_tokenizer(tagger)


def test_a_value_of_any_length_makes_no_long_message(tagger: Path) -> None:
    edit(tagger / "config.json", hidden_act="B" * 5000)
    with pytest.raises(CheckpointError) as told:
        load_model(tagger)
    assert len(str(told.value)) < 1000
