"""What an adapter is of: the base that it names, loaded once for all that share it."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tner_hf.config import EMBEDDED_ENCODERS
from tner_hf.downloads import is_repo_id
from tner_hf.errors import CheckpointError
from tner_hf.models.adapters import (
    ADAPTER_CONFIG,
    ENCODER_KEY,
    AdapterFile,
    add_updates,
    fingerprint_encoder,
    read_adapter,
)
from tner_hf.models.door import open_model, open_weights
from tner_hf.models.fetching import fetch_weights
from tner_hf.models.locating import open_checkpoint
from tner_hf.runs import Run

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PretrainedConfig, PreTrainedModel

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Base:
    """The model that an adapter is of: its name, and its commit, branch or tag on the Hub."""

    name: str
    revision: str | None = None


@dataclass(frozen=True)
class Encoder:
    """What adapters share.

    Attributes:
        kind: class of the token classifier that it is a part of.
        prefix: of the names of its weights there.
        names: of all weights of the token classifier.
        weights: its own, in float32, by name.
    """

    kind: type[PreTrainedModel]
    prefix: str
    names: frozenset[str]
    weights: dict[str, Tensor]


class Bases:
    """Encoders that several adapters share: each is loaded once, and let go after the last.

    Models that share one share the memory of its weights: they are to tag, not to be trained.

    Args:
        checkpoints: what will be loaded, folders and Hub ids; others than adapters do not matter.
    """

    def __init__(self, checkpoints: Iterable[str] = ()) -> None:
        self._left = Counter(filter(None, map(base_of, checkpoints)))
        self._kept: dict[tuple[Base, str], Encoder] = {}

    def take(self, base: Base, model_type: str, load: Callable[[], Encoder]) -> Encoder:
        """An encoder, loaded if no adapter before has had it loaded."""
        key = base, model_type
        found = self._kept.pop(key, None) or load()
        self._left[base] -= 1
        if self._left[base] > 0:
            self._kept[key] = found
        return found


def base_of(
    checkpoint: str, *, revision: str | None = None, token: str | bool | None = None
) -> Base | None:
    """The base of an adapter; None for any other checkpoint.

    Raises:
        CheckpointError: it names none that can be looked for.
    """
    name, folder, _ = open_checkpoint(checkpoint, revision=revision, token=token)
    adapter = read_adapter(folder)
    return None if adapter is None else find_base(adapter, name)


def find_base(adapter: AdapterFile, checkpoint: str) -> Base:
    """The base that an adapter names; of one that names none, that of the run that made it.

    Args:
        adapter: what its file says.
        checkpoint: where it comes from; one of the Hub may not name a folder of this machine.

    Raises:
        CheckpointError: there is no such thing.
    """
    path, name = adapter.folder / ADAPTER_CONFIG, adapter.base
    if not Path(checkpoint).exists():
        if name is None or not is_repo_id(name) or Path(name).exists():
            raise CheckpointError(
                f"{path}: base_model_name_or_path is {name!r:.80}; accepted from the Hub: a Hub id "
                "that is no folder here. Download the adapter and write what is meant there"
            )
        return Base(name, adapter.revision)
    if name is None:
        run = Run.of_checkpoint(adapter.folder)
        name = None if run is None else run.base_model
        if run is None or name is None or (run.model_is_folder and not _is_here(name)):
            was = f" (the run's was {name}, which is not there)" if name else ""
            raise CheckpointError(
                f"{path} names no base{was}: it was a folder of the machine that trained it. Write "
                "where it is now, or its Hub id, into base_model_name_or_path there"
            )
        return Base(name, run.model.get("revision"))
    return Base(name, adapter.revision)


def open_adapted(
    adapter: AdapterFile,
    checkpoint: str,
    config: PretrainedConfig,
    *,
    token: str | bool | None,
    bases: Bases | None,
) -> tuple[PreTrainedModel, dict[str, Any]]:
    """The token classifier of an adapter, as `open_model` gives one: the updates added, in float32.

    Raises:
        CheckpointError: the base cannot be had, is an adapter itself or another model.
    """
    fetch_weights(checkpoint, adapter.folder, token)
    base = find_base(adapter, checkpoint)
    encoder = (bases or Bases()).take(
        base, config.model_type, lambda: _load_encoder(base, adapter, config, token)
    )
    logger.info("%s is an adapter of %s", checkpoint, base.name)
    _check_encoder(base, adapter, config, encoder)
    weights = add_updates(adapter, encoder.weights, encoder.names)
    model, loading = open_weights(encoder.kind, config, weights)
    if hasattr(model.config, ENCODER_KEY):
        delattr(model.config, ENCODER_KEY)  # it is whole now
    return model, loading


def _load_encoder(
    base: Base, adapter: AdapterFile, config: PretrainedConfig, token: str | bool | None
) -> Encoder:
    import torch

    name, folder, own = open_checkpoint(base.name, revision=base.revision, token=token)
    if read_adapter(folder) is not None:
        raise CheckpointError(
            f"the base of {adapter.folder}, {base.name}, is itself an adapter, and one of another "
            "is not loaded; merge that one into its own base (peft's merge_and_unload) first"
        )
    if own.model_type != config.model_type:
        raise _another(base, adapter, f"it is a {own.model_type}, not a {config.model_type}")
    fetch_weights(name, folder, token)
    model, loading = open_model(folder, config, dtype=torch.float32)
    prefix = f"{model.base_model_prefix}."
    for key, stored, wanted in sorted(loading.get("mismatched_keys", ()), key=str):
        if key.startswith(prefix):
            raise _another(base, adapter, f"{key} is {list(stored)} there, not {list(wanted)}")
    if missing := sorted(n for n in loading.get("missing_keys", ()) if n.startswith(prefix)):
        raise _another(base, adapter, f"it has no {missing[0]}")
    state = {name: value.detach() for name, value in model.state_dict().items()}
    weights = {name: value for name, value in state.items() if name.startswith(prefix)}
    return Encoder(type(model), prefix, frozenset(state), weights)


def _check_encoder(
    base: Base, adapter: AdapterFile, config: PretrainedConfig, encoder: Encoder
) -> None:
    """Make sure that an adapter of ours has the very encoder that it was trained beside."""
    wanted = getattr(config, ENCODER_KEY, None)
    if wanted is None:
        return
    own = {name.removeprefix(encoder.prefix): each for name, each in encoder.weights.items()}
    if fingerprint_encoder(own) != wanted:
        raise _another(base, adapter, "its biases and norms are not those of the training")


def _another(base: Base, adapter: AdapterFile, why: str) -> CheckpointError:
    return CheckpointError(
        f"{base.name} is not the model that the adapter {adapter.folder} was trained beside: "
        f"{why}. Its base_model_name_or_path, in {ADAPTER_CONFIG}, has to name that one"
    )


def _is_here(name: str) -> bool:
    return name in EMBEDDED_ENCODERS or Path(name).expanduser().exists()
