"""Refuse what a checkpoint would run: code and kernels that its files name."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tner_hf.errors import CheckpointError
from tner_hf.models.judging import show_value

#: Keys of `config.json` by which a checkpoint chooses what computes it. A name with a slash is a
#: repository of compiled code.
_KERNEL_KEYS = frozenset(
    {"attn_implementation", "_attn_implementation", "_attn_implementation_internal",
     "experts_implementation", "_experts_implementation", "kernel_config", "use_kernels"}
)  # fmt: skip

#: Keys that make transformers load with the code of yet another package, or other files.
_FOREIGN_KEYS = {
    "quantization_config": "quantized weights are read by packages of their own",
    "compression_config": "compressed weights are read by packages of their own",
    "transformers_weights": "weights are read from model.safetensors or pytorch_model.bin only",
    "gguf_file": "weights are read from model.safetensors or pytorch_model.bin only",
}


def refuse_code(folder: Path) -> None:
    """Make sure that a folder's files can be loaded with what is installed here.

    Code that a checkpoint brings for a model that transformers has itself is left aside with a
    warning; transformers' own is used.

    Raises:
        CheckpointError: the checkpoint is nothing without that code.
    """
    path = folder / "config.json"
    config = _read(path)
    if not isinstance(config, Mapping):
        return  # which is refused where its values are judged
    for key, value in _walk(config):
        if key in _KERNEL_KEYS and value and _names_a_kernel(value):
            raise CheckpointError(
                f"{path}: {key} is {show_value(value)}, code of a repository, which is never run; "
                'remove it (accepted: "eager" or "sdpa")'
            )
        if key in _FOREIGN_KEYS and value:
            raise CheckpointError(
                f"{path}: {key} is {show_value(value)}; {_FOREIGN_KEYS[key]}. Save the model anew, "
                "in plain safetensors, and use that"
            )
    _judge_auto_map(path, config)
    tokenizer = _read(folder / "tokenizer_config.json")
    if isinstance(tokenizer, Mapping) and tokenizer.get("gguf_file"):
        raise CheckpointError(
            f"{folder / 'tokenizer_config.json'}: gguf_file is "
            f"{show_value(tokenizer['gguf_file'])}; "
            "a tokenizer is read from tokenizer.json or its vocabulary files only"
        )


def _judge_auto_map(path: Path, config: Mapping[str, Any]) -> None:
    from transformers import CONFIG_MAPPING

    key = next((key for key in ("auto_map", "custom_pipelines") if config.get(key)), None)
    if key is None:
        return
    value = config[key]
    model_type = config.get("model_type")
    if not isinstance(model_type, str) or model_type not in CONFIG_MAPPING:
        raise CheckpointError(
            f"{path}: model_type {show_value(model_type)} needs code of its own ({key} is "
            f"{show_value(value)}), which is never run; accepted: the models that transformers has "
            "itself"
        )
    warnings.warn(
        f"{path}: {key} is {show_value(value)}, code of its own, which is not run; the model is "
        "loaded "
        f"as transformers' own {model_type!r}",
        stacklevel=2,
    )


def _names_a_kernel(value: Any) -> bool:
    """Whether a value is anything but the name of a way that this machine may choose."""
    if isinstance(value, Mapping):
        return any(_names_a_kernel(each) for each in value.values())
    return not isinstance(value, str) or "/" in value or ":" in value


def _walk(value: Any) -> Iterator[tuple[str, Any]]:
    """Every key and its value, those of configurations inside included."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Mapping):
            for key, inner in each.items():
                yield key, inner
                waiting.append(inner)
        elif isinstance(each, list):
            waiting.extend(inner for inner in each if isinstance(inner, Mapping | list))


def _read(path: Path) -> Any:
    if not path.is_file():  # a pipe would be waited for, and a device has no end
        return None
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
