"""Checkpoints: tokenizers that know words, models with named labels, settings in `config.json`."""

from __future__ import annotations

from tner_hf.models.adapters import ADAPTER_CONFIG, ADAPTER_WEIGHTS
from tner_hf.models.bases import Bases, base_of
from tner_hf.models.conditions import (
    add_conditions,
    check_condition,
    condition_of,
    condition_tokenizer,
)
from tner_hf.models.door import check_training_state
from tner_hf.models.heads import check_tagger, find_joint, is_tagger, row_tags, tag_names
from tner_hf.models.loading import load_model, load_stock_pipeline
from tner_hf.models.locating import fingerprint_model, folder_of, load_config, locate_checkpoint
from tner_hf.models.settings import (
    OFFSET_POSITIONS,
    UNKNOWN_LENGTH,
    check_length,
    has_crf,
    longest_input,
    read_settings,
    recorded_label_map,
    write_settings,
)
from tner_hf.models.tokenizers import load_plain_tokenizer, load_tokenizer

__all__ = [
    "ADAPTER_CONFIG",
    "ADAPTER_WEIGHTS",
    "OFFSET_POSITIONS",
    "UNKNOWN_LENGTH",
    "Bases",
    "add_conditions",
    "base_of",
    "check_condition",
    "check_length",
    "check_tagger",
    "check_training_state",
    "condition_of",
    "condition_tokenizer",
    "find_joint",
    "fingerprint_model",
    "folder_of",
    "has_crf",
    "is_tagger",
    "load_config",
    "load_model",
    "load_plain_tokenizer",
    "load_stock_pipeline",
    "load_tokenizer",
    "locate_checkpoint",
    "longest_input",
    "read_settings",
    "recorded_label_map",
    "row_tags",
    "tag_names",
    "write_settings",
]
