"""How a checkpoint was trained and what it can read, as its `config.json` says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tner_hf.config import DEFAULT_MAX_LENGTH, SETTINGS_KEY, CheckpointSettings
from tner_hf.errors import CheckpointError, SettingError
from tner_hf.labels import UNIFIED_1, split_tag
from tner_hf.models.judging import CRF_KEY

if TYPE_CHECKING:
    from transformers import PretrainedConfig

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
    try:
        return CheckpointSettings.from_dict(stored)
    except SettingError as error:
        raise CheckpointError(f"{config.name_or_path or 'config.json'}: {error}") from error


def has_crf(config: PretrainedConfig) -> bool:
    """Whether the checkpoint decodes with a CRF (`tner_hf.models.crf`)."""
    return getattr(config, CRF_KEY, None) is not None


def recorded_label_map(config: PretrainedConfig) -> str | None:
    """The version of the label map that a checkpoint was trained with; None for native types.

    T-NER left no record, but names that only its own map, version 1 of ours, gives to types.
    """
    if getattr(config, SETTINGS_KEY, None) is not None:
        return read_settings(config).label_map
    types = {split_tag(str(tag))[1].replace(" ", "_") for tag in (config.id2label or {}).values()}
    # Some unified names are native ones too, of WNUT 2017 say, and tell nothing.
    return UNIFIED_1.version if types & {*UNIFIED_1.targets} - {*UNIFIED_1.aliases} else None


def check_length(config: PretrainedConfig, max_length: int) -> None:
    """Refuse windows that the model cannot read.

    Raises:
        CheckpointError: `max_length` is more than the model's positions.
    """
    limit = longest_input(config)
    if limit is not None and max_length > limit:
        raise CheckpointError(
            f"max_length={max_length} is more than this {config.model_type} model can "
            f"read; accepted: at most {limit} sub-tokens (the default is {DEFAULT_MAX_LENGTH})"
        )


def write_settings(config: PretrainedConfig, settings: CheckpointSettings) -> None:
    """Put the settings into a config, to be saved and pushed with the model.

    Raises:
        CheckpointError: `max_length` is more than the model can read.
    """
    check_length(config, settings.max_length)
    setattr(config, SETTINGS_KEY, settings.to_dict())
