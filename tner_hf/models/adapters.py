"""An adapter of a token classifier (LoRA): what its files say, judged, and its updates added.

Three files make one. `adapter_config.json` and `adapter_model.safetensors` are in the form of the
peft library; an ordinary `config.json` beside them has the labels, the settings and the CRF, as
that of any checkpoint. peft is not needed to read one, and no value of its own reaches it: an
update is `scaling * B @ A`, added to the weight that it belongs to.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tner_hf.errors import CheckpointError, first_line
from tner_hf.models.judging import read_object, refuse_value

if TYPE_CHECKING:
    from torch import Tensor

ADAPTER_CONFIG, ADAPTER_WEIGHTS = "adapter_config.json", "adapter_model.safetensors"

#: What an `adapter_config.json` says of the base.
BASE_KEYS = ("base_model_name_or_path", "revision")

#: Where the `config.json` of an adapter has the fingerprint of the encoder that it is of.
ENCODER_KEY = "tner_hf_encoder"

_PICKLE = "adapter_model.bin"
_WHOLE = ("model*.safetensors", "pytorch_model*.bin")

#: What peft puts in front of the names of weights, and behind those of the two matrices.
_PREFIX, _A, _B = "base_model.model.", ".lora_A.weight", ".lora_B.weight"

_FLOATS = frozenset({"F64", "F32", "F16", "BF16"})

#: Of names in a list; an encoder of 48 layers has 300 linear ones.
_MOST_NAMES = 10_000


def _is_names(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= _MOST_NAMES
        and all(isinstance(each, str) and each for each in value)
    )


def _is_name(value: object) -> bool:
    return value is None or (isinstance(value, str) and bool(value))


def _is_scale(value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 < value < 1e9  # type: ignore[operator]


#: Key to what is accepted, and whether a value is.
_ACCEPTED: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "peft_type": ('"LORA"', lambda value: value == "LORA"),
    "task_type": ('"TOKEN_CLS"', lambda value: value == "TOKEN_CLS"),
    "r": (
        "a whole number from 1 to 100,000",
        lambda value: type(value) is int and 1 <= value <= 100_000,
    ),
    "lora_alpha": ("a number above 0", _is_scale),
    "use_rslora": ("true or false", lambda value: value is None or isinstance(value, bool)),
    "bias": ('"none"', lambda value: value in (None, "none")),
    # Others change the base itself.
    "init_lora_weights": (
        'true, false, "gaussian" or "orthogonal"',
        lambda value: isinstance(value, bool | None) or value in ("gaussian", "orthogonal"),
    ),
    "target_modules": (
        f"a text, or up to {_MOST_NAMES:,} names of layers",
        lambda value: (isinstance(value, str) and bool(value)) or (_is_names(value) and value),
    ),
    "modules_to_save": ("names of modules, or null", lambda v: v is None or _is_names(v)),
    "base_model_name_or_path": ("a Hub id or a folder, or null", _is_name),
    "revision": ("a branch, tag or commit, or null", _is_name),
}

#: Keys that say nothing of what the weights are when the updates are added.
_NO_MATTER = frozenset(
    {"auto_mapping", "exclude_modules", "inference_mode", "layers_pattern", "layers_to_transform",
     "lora_dropout", "megatron_core", "peft_version", "qalora_group_size"}
)  # fmt: skip


@dataclass(frozen=True)
class AdapterFile:
    """What an `adapter_config.json` says.

    Attributes:
        folder: where it lies.
        base: Hub id, folder or other name of the model that it belongs to; None where it has none.
        revision: commit, branch or tag of the base.
        rank: of the updates.
        scaling: what an update is multiplied by.
        targets: names, or ends of names, of all layers that have an update; None where they are
            described in another way.
        saved: names of modules that it holds whole.
    """

    folder: Path
    base: str | None
    revision: str | None
    rank: int
    scaling: float
    targets: tuple[str, ...] | None
    saved: tuple[str, ...]


def read_adapter(folder: Path) -> AdapterFile | None:
    """What makes a folder an adapter; None where nothing does.

    Raises:
        CheckpointError: it is one that cannot be merged, or lacks a file.
    """
    path = folder / ADAPTER_CONFIG
    if not path.exists():
        for name in (ADAPTER_WEIGHTS, _PICKLE):
            if (folder / name).exists():
                raise CheckpointError(
                    f"{folder / name} makes this an adapter, and no {ADAPTER_CONFIG} beside it "
                    "says of what; give the whole folder that peft saved"
                )
        return None
    given = read_object(path)
    for key, (accepted, holds) in _ACCEPTED.items():
        if not holds(given.get(key)):
            raise refuse_value(path, key, given.get(key), accepted)
    for key, value in given.items():
        if value and key not in _ACCEPTED and key not in _NO_MATTER:
            accepted = "nothing; merge it where peft is (merge_and_unload), and save that"
            raise refuse_value(path, key, value, accepted)
    if not (folder / "config.json").is_file():
        raise CheckpointError(
            f"{folder} is an adapter without a config.json, which has its labels; put that of the "
            "model that was trained beside it (model.config.save_pretrained)"
        )
    if (folder / _PICKLE).exists() and not (folder / ADAPTER_WEIGHTS).exists():
        raise CheckpointError(
            f"{folder / _PICKLE} is a pickle, which is not read; save the adapter as safetensors "
            "where it is trusted"
        )
    if any(next(folder.glob(name), None) for name in _WHOLE):
        raise CheckpointError(
            f"{folder} holds the weights of a whole model and an adapter ({ADAPTER_CONFIG}), and "
            "which is meant is not known; move one of the two to a folder of its own"
        )
    rank, targets = given["r"], given["target_modules"]
    root = math.sqrt(rank) if given.get("use_rslora") else rank
    chosen = given.get("layers_to_transform") or given.get("exclude_modules")
    return AdapterFile(
        folder=folder,
        base=given.get("base_model_name_or_path"),
        revision=given.get("revision"),
        rank=rank,
        scaling=given["lora_alpha"] / root,
        targets=None if chosen or isinstance(targets, str) else tuple(targets),
        saved=tuple(given.get("modules_to_save") or ()),
    )


def add_updates(
    adapter: AdapterFile, encoder: Mapping[str, Tensor], names: Collection[str]
) -> dict[str, Tensor]:
    """The weights of the whole model: those of the encoder with the updates, and the adapter's own.

    Those of the encoder stay as they are. The names are those of the model, its head included.

    Raises:
        CheckpointError: the file is damaged, or of another model.
    """
    from safetensors import SafetensorError, safe_open

    path = adapter.folder / ADAPTER_WEIGHTS
    try:
        with safe_open(path, framework="pt") as file:
            shapes = {}
            for key in file.keys():  # noqa: SIM118  # it is no mapping
                part = file.get_slice(key)
                shapes[key] = tuple(part.get_shape())
                if part.get_dtype() not in _FLOATS:
                    raise _refuse(path, f"{key} holds {part.get_dtype()}, and no fractions")
            updates, whole = _sort_out(path, shapes)
            _check_shapes(path, adapter, encoder, names, shapes, updates, whole)
            weights = {**encoder, **{name: file.get_tensor(key) for name, key in whole.items()}}
            for name, (a, b) in updates.items():
                delta = file.get_tensor(b).float() @ file.get_tensor(a).float()
                weights[name] = encoder[name] + delta * adapter.scaling
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"{path} cannot be read: {first_line(error)}. An adapter is read from safetensors; "
            "copy or save it again"
        ) from error
    return weights


def fingerprint_encoder(weights: Mapping[str, Tensor]) -> str:
    """A hash of the vectors of an encoder: its biases and norms, a thousandth of it.

    Training changes each of them, so two encoders that have the same are one; it takes no time.
    """
    digest = hashlib.blake2b(digest_size=8)
    for name, values in sorted(weights.items()):
        if values.dim() == 1 and values.is_floating_point():
            digest.update(name.encode())
            digest.update(values.detach().cpu().float().numpy().tobytes())
    return digest.hexdigest()


def _sort_out(
    path: Path, keys: Collection[str]
) -> tuple[dict[str, tuple[str, str]], dict[str, str]]:
    """Name of a weight to the keys of its update's matrices; and to the key that replaces it."""
    found: dict[str, dict[str, str]] = {}
    whole = {}
    for key in sorted(keys):
        name = key.removeprefix(_PREFIX)
        end = next((end for end in (_A, _B) if name.endswith(end)), None)
        if name == key:
            raise _refuse(path, f"{key} does not begin with {_PREFIX}, as peft's names do")
        if end is None:
            whole[name] = key
        else:
            found.setdefault(f"{name.removesuffix(end)}.weight", {})[end] = key
    for name, pair in found.items():
        if len(pair) < 2:
            raise _refuse(path, f"the update of {name} has one matrix, {next(iter(pair.values()))}")
    return {name: (pair[_A], pair[_B]) for name, pair in found.items()}, whole


def _check_shapes(
    path: Path,
    adapter: AdapterFile,
    encoder: Mapping[str, Tensor],
    names: Collection[str],
    shapes: Mapping[str, tuple[int, ...]],
    updates: Mapping[str, tuple[str, str]],
    whole: Mapping[str, str],
) -> None:
    for name, (a, b) in updates.items():
        if name not in encoder or encoder[name].dim() != 2:
            raise _refuse(path, f"the encoder has no matrix {name} that could be updated")
        rows, columns = encoder[name].shape
        if (shapes[b], shapes[a]) != ((rows, adapter.rank), (adapter.rank, columns)):
            raise _refuse(
                path,
                f"the update of {name} is {_show(shapes[b])} by {_show(shapes[a])}; of rank "
                f"{adapter.rank}, for {rows} × {columns} numbers, it has {rows} × {adapter.rank} "
                f"by {adapter.rank} × {columns}",
            )
    for name, key in whole.items():
        if name not in names:
            raise _refuse(path, f"the model has no weight {name}")
        if name in encoder and tuple(encoder[name].shape) != shapes[key]:
            there = _show(tuple(encoder[name].shape))
            raise _refuse(path, f"{name} has {_show(shapes[key])} numbers, and {there} in its base")
    for name in sorted(names):
        if name not in whole and (name not in encoder or _is_of(name, adapter.saved)):
            raise _refuse(
                path, f"{name} is missing, which no base has: the head is trained with it"
            )
    lacking = sorted(set(_list_targets(adapter, encoder)) - set(updates))
    if lacking:
        raise _refuse(
            path, f"{len(lacking)} layers of target_modules have no update, such as {lacking[0]}"
        )


def _list_targets(adapter: AdapterFile, encoder: Mapping[str, Tensor]) -> Iterator[str]:
    """The matrices that must have an update."""
    ends = tuple(f".{each}.weight" for each in adapter.targets or ())
    for name, values in encoder.items():
        if values.dim() == 2 and f".{name}".endswith(ends):
            yield name


def _is_of(name: str, modules: Collection[str]) -> bool:
    return any(f".{module}." in f".{name}" for module in modules)


def _show(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape)) or "1"


def _refuse(path: Path, what: str) -> CheckpointError:
    return CheckpointError(f"{path}: {what}. It is damaged, or belongs to another model")
