"""`--lora_r`: a frozen encoder with low-rank updates of its layers (LoRA), merged in the end.

What a run leaves, each `checkpoint-<step>` included, is a checkpoint like any other: the updates
are added to the weights that they belong to. The updates alone lie beside it in `adapter/`, in the
form of the peft library, far smaller; training resumes from them, and with the labels and the
tokenizer beside them they are a checkpoint, too (`tner_hf.models.adapters`).
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

from tner_hf.config import ADAPTER_FOLDER
from tner_hf.errors import FileError, MissingExtraError, SettingError
from tner_hf.files import system_errors
from tner_hf.models import ADAPTER_WEIGHTS
from tner_hf.models.adapters import ENCODER_KEY, fingerprint_encoder

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

#: Under which peft keeps the only adapter that a model has here.
_NAME = "default"

#: Modules of peft in the names of weights, and what the same weights are called without it.
_PLAIN = ((".base_layer.", "."), (f".modules_to_save.{_NAME}.", "."))


class Adapter:
    """The updates of an encoder: trained beside its frozen weights, and merged into them.

    The head, all that is outside the encoder, is trained in full.

    Args:
        model: a token classifier, changed in place; its weights stay as they are till `merge`.
        rank: of the update of a layer.
        alpha: an update counts alpha / rank times; None for twice the rank.
        dropout: share of an update's inputs that training drops.
        targets: names, or ends of names, of the layers that are updated; None for all linear
            layers of the encoder.
        base: what the model is called in the adapter's own files; None for a folder's.
        revision: its commit, of a model of the Hub.

    Raises:
        MissingExtraError: peft is not installed.
        SettingError: no layer is called so.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        rank: int,
        *,
        alpha: float | None = None,
        dropout: float = 0.0,
        targets: Sequence[str] | None = None,
        base: str | None = None,
        revision: str | None = None,
    ) -> None:
        try:
            from peft import LoraConfig, TaskType, get_peft_model
        except ImportError:
            raise MissingExtraError("--lora_r", "peft") from None

        encoder = model.base_model
        self._encoder = fingerprint_encoder(encoder.state_dict())
        config = LoraConfig(
            task_type=TaskType.TOKEN_CLS,
            r=rank,
            lora_alpha=2 * rank if alpha is None else alpha,  # type: ignore[arg-type]  # a float
            lora_dropout=dropout,
            target_modules=_find_targets(model, targets),
            modules_to_save=[
                name
                for name, part in model.named_children()
                if part is not encoder and any(True for _ in part.parameters())
            ],
        )
        self._model: Any = model
        with warnings.catch_warnings():
            # peft 0.21 asks by a name that transformers 5 has replaced.
            warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)
            self._peft: Any = get_peft_model(model, config)
        for each in self._peft.peft_config.values():
            each.base_model_name_or_path = base
            each.revision = revision
        self._merged: dict[str, Tensor] | None = None

    def merged_state(self) -> dict[str, Tensor]:
        """The weights of the model with the updates added, under the names that it has without."""
        if self._merged is not None:
            state: dict[str, Tensor] = self._model.state_dict()
            return state
        layers = {
            f"{name}.base_layer.weight": module
            for name, module in self._model.named_modules()
            if hasattr(module, "get_delta_weight")
        }
        found: dict[str, Tensor] = {}
        for name, value in self._model.state_dict().items():
            if ".lora_" in name or ".original_module." in name:
                continue
            layer, plain = layers.get(name), name
            for theirs, ours in _PLAIN:
                plain = plain.replace(theirs, ours)
            found[plain] = value if layer is None else value + layer.get_delta_weight(_NAME)
        return found

    def merge(self) -> None:
        """Add the updates to the weights for good; the model is a plain one from then on."""
        if self._merged is None:
            self._merged = self._state()
            self._peft.merge_and_unload()

    def _state(self) -> dict[str, Tensor]:
        from peft import get_peft_model_state_dict

        if self._merged is not None:
            return self._merged
        found = get_peft_model_state_dict(self._peft, save_embedding_layers=False)
        return {name: value.detach().cpu().clone() for name, value in found.items()}

    def write(self, folder: Path, tokenizer: PreTrainedTokenizerBase | None = None) -> None:
        """Put the updates and the head into `adapter/` of a checkpoint, as peft reads them.

        Without a tokenizer beside them they have that of the base.
        """
        from safetensors.torch import save_file

        target = folder / ADAPTER_FOLDER
        with system_errors(target, "saved"):
            target.mkdir(parents=True, exist_ok=True)
            save_file(self._state(), target / ADAPTER_WEIGHTS, metadata={"format": "pt"})
            self._peft.peft_config[_NAME].save_pretrained(str(target))
            config = copy.deepcopy(self._model.config)
            config.architectures = [type(self._model).__name__]
            setattr(config, ENCODER_KEY, self._encoder)
            config.save_pretrained(target)
            if tokenizer is not None:
                tokenizer.save_pretrained(target)

    def load(self, folder: Path) -> None:
        """Take over the updates and the head of a folder that `write` wrote into.

        Raises:
            FileError: they are not there, or of other layers.
        """
        from peft import set_peft_model_state_dict
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        path = folder / ADAPTER_FOLDER / ADAPTER_WEIGHTS
        try:
            given = load_file(path)
        except (OSError, SafetensorError) as error:
            raise FileError(
                f"{path} cannot be read, and training goes on from nothing else: {error}. Delete "
                f"{folder.name} to resume from an earlier checkpoint"
            ) from error
        own = self._state()
        if {n: v.shape for n, v in given.items()} != {n: v.shape for n, v in own.items()}:
            raise FileError(
                f"{path} holds an adapter of other layers or another rank than this run's; it was "
                f"changed. Delete {folder.name} to resume from an earlier checkpoint"
            )
        set_peft_model_state_dict(self._peft, given)


def _find_targets(model: PreTrainedModel, wanted: Sequence[str] | None) -> list[str]:
    """The full names of the encoder's linear layers that are asked for."""
    prefix = next(n for n, module in model.named_modules() if module is model.base_model)
    linear = [
        f"{prefix}.{name}" if prefix else name
        for name, module in model.base_model.named_modules()
        if isinstance(module, nn.Linear)
    ]
    if not linear:
        raise SettingError(
            f"--lora_r: the encoder of this {model.config.model_type} model has no linear layers; "
            "train it without"
        )
    if wanted is None:
        return linear
    chosen: list[str] = []
    for each in wanted:
        found = [name for name in linear if f".{name}".endswith(f".{each}")]
        if not found:
            ends = sorted({name.rpartition(".")[2] for name in linear})
            raise SettingError(
                f"--lora_targets {each} is no linear layer of this {model.config.model_type} "
                f"encoder; accepted: {', '.join(ends)}, or more of a name, such as {linear[0]}"
            )
        chosen += found
    return list(dict.fromkeys(chosen))
