"""Judge the raw files of a checkpoint before any class of transformers sees them.

A wrong type in `config.json` ends somewhere inside a model's class, a wrong size in all the memory
there is. Here each value is looked at as JSON, in milliseconds, and the message names file, key and
value.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tner_hf.config import SETTINGS_KEY, CheckpointSettings
from tner_hf.errors import CheckpointError, SettingError

if TYPE_CHECKING:
    from transformers import PretrainedConfig

#: Bytes of a configuration; those of 100,000 labels have 6 million.
_MOST_BYTES = 50_000_000

#: Labels of a head; 100,000 types have twice as many.
_MOST_LABELS = 250_000

#: Key of a size to the most that any model has, with room for those to come. A size is a whole
#: number from 0, or -1 for one of `_UNSET`; what a model does not have is null.
_SIZES: Mapping[str, int] = {
    **dict.fromkeys(
        ("vocab_size", "n_words", "max_position_embeddings", "n_positions", "entity_vocab_size"),
        10_000_000,
    ),
    **dict.fromkeys(
        ("intermediate_size", "hidden_dim", "d_ff", "d_inner", "n_inner", "ffn_dim"), 1_000_000
    ),
    **dict.fromkeys(
        ("hidden_size", "dim", "d_model", "n_embd", "emb_dim", "embedding_size",
         "input_embedding_size", "output_embedding_size", "entity_emb_size", "d_kv",
         "type_vocab_size", "n_langs", "num_hash_buckets", "max_2d_position_embeddings",
         "position_buckets", "max_relative_positions", "relative_attention_num_buckets"),
        100_000,
    ),
    **dict.fromkeys(
        ("num_hidden_layers", "n_layers", "num_layers", "n_layer", "num_decoder_layers",
         "num_hidden_groups", "inner_group_num", "num_feedforward_networks", "conv_kernel_size"),
        1_000,
    ),
    **dict.fromkeys(
        ("num_attention_heads", "n_heads", "num_heads", "n_head", "num_experts",
         "num_local_experts"),
        10_000,
    ),
    "num_labels": _MOST_LABELS,
}  # fmt: skip
_UNSET = frozenset({"position_buckets", "max_relative_positions"})

_WEIGHTS = ("*.safetensors", "pytorch_model*.bin")

#: Where a checkpoint has its CRF; T-NER's name.
CRF_KEY = "crf_state_dict"


def judge_config(folder: Path) -> None:
    """Make sure that a folder's `config.json` says what a configuration can say.

    Raises:
        CheckpointError: it does not.
    """
    path = folder / "config.json"
    config = read_object(path)
    _judge_sizes(path, config)
    for key, value in config.items():
        if isinstance(value, float) and math.isnan(value):  # which passes every comparison
            raise refuse_value(path, key, value, "a number")
    names = config.get("architectures")
    if names is not None and not _is_texts(names):
        raise refuse_value(path, "architectures", names, 'a list of names, e.g. ["BertModel"]')
    _judge_labels(path, config)
    _judge_crf(path, config)
    if SETTINGS_KEY in config:
        try:
            CheckpointSettings.from_dict(config[SETTINGS_KEY])
        except SettingError as error:
            raise CheckpointError(f"{path}: {error}") from error


def _judge_sizes(path: Path, config: Mapping[str, Any]) -> None:
    """Those of the configuration, and of configurations inside it (`text_config`)."""
    waiting = [("", config)]
    while waiting:
        place, inside = waiting.pop()
        for key, most in _SIZES.items():
            value, least = inside.get(key), -1 if key in _UNSET else 0
            if value is not None and not (_is_whole(value) and least <= value <= most):
                accepted = f"a whole number from {least} to {most:,}"
                raise refuse_value(path, place + key, value, accepted)
        waiting += [
            (f"{place}{key}.", value)
            for key, value in inside.items()
            if key.endswith("_config") and isinstance(value, Mapping)
        ]


def _judge_labels(path: Path, config: Mapping[str, Any]) -> None:
    names = config.get("id2label")
    if names is not None:
        accepted = 'an object of ids and names, e.g. {"0": "O", "1": "B-person"}'
        if not isinstance(names, Mapping) or len(names) > _MOST_LABELS:
            raise refuse_value(path, "id2label", names, accepted)
        for index, name in names.items():
            if not (index.isascii() and index.isdigit() and isinstance(name, str)):
                raise refuse_value(path, f"id2label[{index!r:.40}]", name, accepted)
        twice, count = Counter(names.values()).most_common(1)[0] if names else ("", 0)
        if count > 1:
            raise CheckpointError(
                f"{path}: id2label calls {count} labels {twice!r:.60}; each needs a name of its own"
            )
    ids = config.get("label2id")
    if ids is not None and not (isinstance(ids, Mapping) and all(map(_is_whole, ids.values()))):
        raise refuse_value(path, "label2id", ids, 'an object of names and ids, e.g. {"O": 0}')


def _judge_crf(path: Path, config: Mapping[str, Any]) -> None:
    crf = config.get(CRF_KEY)
    if crf is None:
        return
    if not isinstance(crf, Mapping):
        raise refuse_value(path, CRF_KEY, crf, "an object with the scores of transitions, or null")
    if (over := crf.get("over")) not in (None, "words"):
        raise refuse_value(path, f"{CRF_KEY}.over", over, '"words", or nothing for sub-tokens')
    labels = len(config.get("id2label") or ())
    vector, matrix = (labels,), (labels, labels)
    shapes = {"start_transitions": vector, "end_transitions": vector, "transitions": matrix}
    if "_constraint_mask" in crf:
        shapes["_constraint_mask"] = (labels + 2, labels + 2)
    for name, shape in shapes.items():
        if not _has_shape(crf.get(name), shape):
            size = " lists of ".join(map(str, shape))
            accepted = f"{size} numbers up to 300, for the {labels} labels of id2label"
            raise refuse_value(path, f"{CRF_KEY}.{name}", crf.get(name), accepted)


def _has_shape(values: object, shape: tuple[int, ...]) -> bool:
    """Whether nested lists have a shape, and hold numbers that have an exponential."""
    if not isinstance(values, list) or len(values) != shape[0]:
        return False
    if shape[1:]:
        return all(_has_shape(each, shape[1:]) for each in values)
    return all(
        isinstance(each, int | float) and not isinstance(each, bool) and -1e6 <= each <= 300
        for each in values
    )


def judge_size(folder: Path, config: PretrainedConfig) -> None:
    """Make sure that the files hold about as much as `config.json` announces.

    The tables of embeddings and the large matrices are counted, a byte a parameter: less than any
    model has. Layers that share their weights (ALBERT) count once for each group; matrices in
    groups or bottlenecks (SqueezeBERT, MobileBERT) are half as large, of two bytes at least.

    Raises:
        CheckpointError: they cannot, so that memory would be taken for nothing.
    """
    held = sum(file.stat().st_size for name in _WEIGHTS for file in folder.glob(name))
    inner = _size_of(config, "hidden_size")
    width = _size_of(config, "embedding_size") or inner
    rows = ("vocab_size", "max_position_embeddings", "type_vocab_size")
    layers = _size_of(config, "num_hidden_groups") or _size_of(config, "num_hidden_layers") or 1
    a_layer = 4 * inner * inner + 2 * inner * _size_of(config, "intermediate_size")
    announced = sum(_size_of(config, key) for key in rows) * width + layers * a_layer
    if held and announced > 1.5 * held + 1_000_000:
        raise CheckpointError(
            f"{folder / 'config.json'} announces at least {announced:,} parameters, and the "
            f"weights beside it have {held:,} bytes; they do not belong together"
        )


def judge_tokenizer(tokenizer: Any, folder: Path, config: PretrainedConfig) -> None:
    """Make sure that every sub-token has a row in the table of embeddings.

    Special sub-tokens may lie beyond: those that texts never use (`<mask>`) do in some models.

    Raises:
        CheckpointError: one has not.
    """
    longest = tokenizer.model_max_length
    if isinstance(longest, bool) or not isinstance(longest, int | float) or not longest > 0:
        stored = folder / "tokenizer_config.json"
        raise refuse_value(stored, "model_max_length", longest, "a number of sub-tokens")
    size = _size_of(config, "vocab_size")
    if not size or not getattr(tokenizer, "is_fast", False):
        return
    special = set(tokenizer.all_special_tokens)
    vocabulary = tokenizer.backend_tokenizer.get_vocab(with_added_tokens=True)
    beyond = {piece: i for piece, i in vocabulary.items() if i >= size and piece not in special}
    if beyond:
        piece, index = min(beyond.items(), key=lambda pair: pair[1])
        raise CheckpointError(
            f"{folder / 'tokenizer.json'}: the sub-token {piece!r:.60} has the id {index}, and "
            f"vocab_size in config.json is {size}; {len(beyond):,} ids lie beyond. Tokenizer and "
            "model do not belong together"
        )


def read_object(path: Path) -> Mapping[str, Any]:
    """The object in a JSON file of a checkpoint.

    Raises:
        CheckpointError: it holds none.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise CheckpointError(
                f"{path} has {path.stat().st_size:,} bytes; accepted: at most {_MOST_BYTES:,}"
            )
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}") from error
    except RecursionError as error:
        raise CheckpointError(f"{path} is nested too deeply") from error
    except ValueError as error:
        raise CheckpointError(f"{path} is not JSON: {error}") from error
    if not isinstance(content, Mapping):
        raise CheckpointError(f"{path} holds {show_value(content)}; accepted: an object")
    return content


def _size_of(config: PretrainedConfig, key: str) -> int:
    """A size by the name that all models share; 0 where it is none, which the model's class judges.

    Its own name for it (`dim`, `emb_dim`, `n_words`) may be one that `judge_config` does not know.
    """
    size = getattr(config, key, None)
    return size if isinstance(size, int) and _is_whole(size) else 0


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def refuse_value(path: Path, key: str, value: object, accepted: str) -> CheckpointError:
    """The error for a value of a JSON file, to be raised."""
    return CheckpointError(f"{path}: {key} is {show_value(value)}; accepted: {accepted}")


def show_value(value: object) -> str:
    """A value of a JSON file for a message, in one line."""
    if isinstance(value, list | Mapping) and len(value) > 20:
        return f"{'a list' if isinstance(value, list) else 'an object'} of {len(value):,}"
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= 80 else f"{text[:77]} …"
