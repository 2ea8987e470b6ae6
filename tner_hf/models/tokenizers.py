"""Tokenizers that know words: the same sub-tokens for a word wherever it stands."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tner_hf.errors import CheckpointError, first_line
from tner_hf.faults import explain_reading
from tner_hf.models.adapters import read_adapter
from tner_hf.models.bases import find_base
from tner_hf.models.door import open_tokenizer
from tner_hf.models.fetching import fetch_tokenizer, has_tokenizer
from tner_hf.models.judging import judge_tokenizer, read_object
from tner_hf.models.locating import open_checkpoint
from tner_hf.models.settings import longest_input

if TYPE_CHECKING:
    from transformers import PretrainedConfig, PreTrainedTokenizerFast

#: Where what libraries say of a tokenizer may come from.
_FILES = (
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
)  # fmt: skip

_PROBE = ["Ada", "met", "Ada", "in", "1843", "."]


def load_tokenizer(
    checkpoint: str | Path,
    *,
    revision: str | None = None,
    token: str | bool | None = None,
) -> PreTrainedTokenizerFast:
    """The checkpoint's tokenizer, ready for lists of words.

    Byte-level BPE gets `add_prefix_space` and Metaspace its mark before every word, so that a word
    has the same sub-tokens wherever it stands; both are saved with the tokenizer. An unknown
    `model_max_length` is replaced by what the model can read. Arguments are as for `load_model`.

    Raises:
        CheckpointError: there is no tokenizer, or none that keeps track of words.
    """
    tokenizer, config = load_plain_tokenizer(checkpoint, revision=revision, token=token)
    if not getattr(tokenizer, "is_fast", False):
        raise CheckpointError(
            f"the tokenizer of {str(checkpoint)!r} ({type(tokenizer).__name__}) is not backed by "
            "the tokenizers library and cannot say which word a sub-token came from; convert it "
            "to a tokenizer.json, or choose another checkpoint"
        )
    if mark_word_starts(tokenizer.backend_tokenizer):
        tokenizer.add_prefix_space = True
        tokenizer.init_kwargs["add_prefix_space"] = True
    limit = longest_input(config)
    if limit is not None and tokenizer.model_max_length > limit:
        tokenizer.model_max_length = limit
        tokenizer.init_kwargs["model_max_length"] = limit
    check_tokenizer(tokenizer)
    checked: PreTrainedTokenizerFast = tokenizer
    return checked


def load_plain_tokenizer(
    checkpoint: str | Path, *, revision: str | None = None, token: str | bool | None = None
) -> tuple[Any, PretrainedConfig]:
    """The checkpoint's tokenizer as it is stored, and the configuration that it belongs to.

    An adapter that has none has that of its base.

    Raises:
        CheckpointError: there is no tokenizer.
    """
    name, folder, config = open_checkpoint(checkpoint, revision=revision, token=token)
    try:
        fetch_tokenizer(name, folder, token)
        adapter = read_adapter(folder)
        if adapter is not None and not has_tokenizer(folder):
            base = find_base(adapter, name)
            tokenizer, _ = load_plain_tokenizer(base.name, revision=base.revision, token=token)
            judge_tokenizer(tokenizer, folder, config)
        else:
            tokenizer = open_tokenizer(folder, config)
    except CheckpointError:
        raise
    except (OSError, ValueError, KeyError, AttributeError) as error:
        for path in (folder / file for file in _FILES):
            if path.is_file():
                read_object(path)  # which names the one that is no JSON
        raise CheckpointError(
            f"no tokenizer could be loaded from {name!r}: "
            f"{explain_reading(error, name) or first_line(error)}. A "
            "checkpoint needs its tokenizer files (tokenizer.json) beside config.json"
        ) from error
    tokenizer.name_or_path = tokenizer.init_kwargs["name_or_path"] = name  # not the cache's folder
    return tokenizer, config


def mark_word_starts(backend: Any) -> bool:
    """Whether a `tokenizers.Tokenizer` had to be told to mark every word of a list as its own."""
    from tokenizers import pre_tokenizers, processors

    changed = False
    for step in list_steps(backend.pre_tokenizer):
        if isinstance(step, pre_tokenizers.ByteLevel) and not step.add_prefix_space:
            step.add_prefix_space = True
            changed = True
        elif isinstance(step, pre_tokenizers.Metaspace) and step.prepend_scheme != "always":
            step.prepend_scheme = "always"
            changed = True
    if changed:  # RoBERTa's template trims the added space off the offsets only if it knows
        for step in list_steps(backend.post_processor):
            if isinstance(step, processors.RobertaProcessing | processors.ByteLevel):
                step.add_prefix_space = True
    return changed


def check_tokenizer(tokenizer: PreTrainedTokenizerFast) -> None:
    """Make sure that words get sub-tokens, and the same ones wherever they stand.

    Raises:
        CheckpointError: none of the probe words has a sub-token, or one changes with its place.
    """
    if len(tokenizer) <= len(set(tokenizer.all_special_ids)):
        # transformers builds an empty tokenizer of the model's type where there are no files.
        raise CheckpointError(
            f"the tokenizer of {tokenizer.name_or_path!r} holds nothing but special sub-tokens; "
            "its files (tokenizer.json) belong beside config.json"
        )
    encoding = tokenizer(_PROBE, is_split_into_words=True)
    pieces: list[list[int]] = [[] for _ in _PROBE]
    for word, piece in zip(encoding.word_ids(), encoding["input_ids"], strict=True):
        if word is not None:
            pieces[word].append(piece)
    if not any(pieces):
        trouble = f"has no sub-token for any of the words {_PROBE}"
    elif pieces[0] != pieces[2]:
        trouble = f"splits the word {_PROBE[0]!r} in two ways: {pieces[0]} and {pieces[2]}"
    else:
        return
    raise CheckpointError(
        f"the tokenizer of {tokenizer.name_or_path!r} ({type(tokenizer).__name__}) {trouble}; "
        "lists of words cannot be aligned with it"
    )


def list_steps(component: Any) -> list[Any]:
    """The parts of a pre-tokenizer or post-processor, itself if it is not a sequence."""
    if component is None:
        return []
    if type(component).__name__ != "Sequence":
        return [component]
    parts: list[Any] = []
    with contextlib.suppress(IndexError):  # a Sequence has neither a length nor an iterator
        while True:
            parts.append(component[len(parts)])
    return [step for part in parts for step in list_steps(part)]
