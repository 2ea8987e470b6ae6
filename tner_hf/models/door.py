"""The one door through which a checkpoint comes in.

A checkpoint is from outside. What transformers would do with it beyond reading numbers is not done:
code that it names (`auto_map`, `custom_pipelines`), kernels of other repositories, adapters of its
own accord, any pickle but tensors. No other module calls `from_pretrained`, `transformers.pipeline`
or `torch.load` (tests/models/test_door.py walks the package), and none of them can ask:
transformers asks on standard input where `trust_remote_code` is left open, and texts come from
there.

Everything is loaded from a local folder, whose files `code.refuse_code` has judged before.
"""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tner_hf.errors import CheckpointError
from tner_hf.models.adapters import read_adapter
from tner_hf.models.code import refuse_code
from tner_hf.models.judging import judge_config, judge_size, judge_tokenizer

if TYPE_CHECKING:
    import torch
    from transformers import PretrainedConfig, PreTrainedModel

#: Said to transformers each time; there is no way to say anything else.
_NO_CODE: dict[str, Any] = {"trust_remote_code": False, "local_files_only": True}

#: What Trainer stores beside a model, as pickles of tensors and numbers.
_TRAINING_STATES = ("optimizer.pt", "scheduler.pt", "scaler.pt", "rng_state*.pth")


def open_config(folder: Path) -> PretrainedConfig:
    """The configuration in a folder, as an object of transformers' own class.

    Raises:
        CheckpointError: it needs code that is not transformers' own.
        OSError, ValueError, KeyError: transformers cannot read it.
    """
    from transformers import AutoConfig

    refuse_code(folder)
    judge_config(folder)
    config: PretrainedConfig = AutoConfig.from_pretrained(str(folder), **_NO_CODE)
    # How attention is computed is this machine's affair: a stored name can mean code of the Hub.
    config._attn_implementation = None
    # So is what a forward pass hands back, and in how many pieces it is worked out.
    config.return_dict, config.output_hidden_states, config.output_attentions = True, False, False
    config.chunk_size_feed_forward = 0
    return config


def open_tokenizer(folder: Path, config: PretrainedConfig) -> Any:
    """The tokenizer in a folder, as it is stored.

    Raises:
        OSError, ValueError, KeyError, AttributeError: transformers cannot read it.
    """
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(str(folder), config=config, **_NO_CODE)
    except CheckpointError:
        raise
    except Exception as error:  # the tokenizers library raises bare exceptions, others TypeErrors
        raise ValueError(str(error) or type(error).__name__) from error
    try:
        judge_tokenizer(tokenizer, folder, config)
        tokenizer(["a", "\N{SNOWMAN}"], is_split_into_words=True)  # known and, as a rule, not
        _ = tokenizer.all_special_ids
    except CheckpointError:
        raise
    except BaseException as error:
        # A vocabulary without its own special sub-tokens fails here, or panics inside Rust.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise ValueError(f"it reads no words: {error or type(error).__name__}") from error
        raise
    return tokenizer


def open_model(
    folder: Path, config: PretrainedConfig, *, dtype: torch.dtype | str
) -> tuple[PreTrainedModel, dict[str, Any]]:
    """The token classifier in a folder, and what transformers says about its weights.

    Safetensors come first, else pickles of nothing but tensors are read. Weights of another shape
    than the configuration's are drawn anew, and named in what transformers says.

    Raises:
        CheckpointError: it is an adapter, which `bases.open_adapted` opens.
        OSError, ValueError, RuntimeError: transformers cannot read it.
    """
    from transformers import AutoModelForTokenClassification

    if read_adapter(folder) is not None:  # transformers would fetch its base, and hand it to peft
        raise CheckpointError(f"{folder} is an adapter, and no model of its own")
    judge_size(folder, config)
    try:
        model, loading = AutoModelForTokenClassification.from_pretrained(
            str(folder),
            config=config,
            dtype=dtype,
            ignore_mismatched_sizes=True,
            output_loading_info=True,
            weights_only=True,
            use_kernels=False,
            **_NO_CODE,
        )
    except Exception as error:
        if type(error).__name__ != "UnpicklingError":  # of a module that nobody here imports
            raise
        raise CheckpointError(
            f"{folder}: its pytorch_model.bin holds more than tensors, or is damaged, and is not "
            "read; save the model as safetensors where it is trusted"
        ) from error
    return model, loading


def open_weights(
    kind: type[PreTrainedModel], config: PretrainedConfig, weights: dict[str, Any]
) -> tuple[PreTrainedModel, dict[str, Any]]:
    """As `open_model`, of weights in memory, which the model takes over and does not copy.

    Its class is that of a model that `open_model` gave.
    """
    import torch

    make: Any = kind  # its types know no answer with what is said about the weights
    model, loading = make.from_pretrained(
        None,
        config=config,
        state_dict=weights,
        dtype=torch.float32,
        ignore_mismatched_sizes=True,
        output_loading_info=True,
        use_kernels=False,
        **_NO_CODE,
    )
    return model, loading


def make_stock_pipeline(
    model: PreTrainedModel, tokenizer: Any, *, aggregation_strategy: str, device: Any
) -> Any:
    """`transformers.pipeline("ner")` as it comes, of a model and a tokenizer from here."""
    import transformers

    make: Any = transformers.pipeline  # its overloads know no aggregation_strategy
    return make(
        "ner",
        model=model,
        tokenizer=tokenizer,
        aggregation_strategy=aggregation_strategy,
        device=device,
        trust_remote_code=False,
    )


def check_training_state(folder: Path) -> None:
    """Make sure that what Trainer will unpickle on resuming is numbers and nothing else.

    A `checkpoint-<step>` of a run is from outside as well.

    Raises:
        CheckpointError: a file that names anything but numbers, or is damaged.
    """
    import torch
    from transformers.trainer_pt_utils import safe_globals as _safe_globals

    safe_globals: Any = _safe_globals  # has no types

    for path in sorted(path for name in _TRAINING_STATES for path in folder.glob(name)):
        # numpy's random state is an array, which a checkpoint of weights has no use for.
        random_state = path.suffix == ".pth"
        try:
            with safe_globals() if random_state else nullcontext():
                torch.load(path, map_location="meta", weights_only=True)
        except Exception as error:  # pickles fail in any way
            raise CheckpointError(
                f"{path} cannot be resumed from: it is damaged, or holds more than numbers "
                f"({type(error).__name__}). Delete {folder.name} to resume from an earlier "
                "checkpoint, or begin anew in another --output_dir"
            ) from error
