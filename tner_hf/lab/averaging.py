"""One model of several of one architecture and one vocabulary: the average of their weights."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tner_hf.config import SETTINGS_KEY, CheckpointSettings
from tner_hf.errors import CheckpointError, SettingError
from tner_hf.files import check_writable, write_folder
from tner_hf.labels import LabelSpace
from tner_hf.labels.schemes import are_iob2
from tner_hf.models import (
    check_tagger,
    has_crf,
    load_config,
    load_model,
    load_tokenizer,
    read_settings,
    recorded_label_map,
    row_tags,
    write_settings,
)
from tner_hf.models.going_on import find_heads, lay_out_rows, name_labels
from tner_hf.predictions.names import name_models
from tner_hf.runs.origins import Averaged

if TYPE_CHECKING:
    from transformers import PreTrainedModel

#: Settings that all must share: each says how words become input, or what types mean.
_SHARED = (
    "max_length", "label_all_subtokens", "lowercase", "word_splitter", "context", "label_map",
    "apart",
)  # fmt: skip

#: Keys of a configuration that say nothing about the form of the weights.
_FREE = frozenset({"id2label", "label2id", "_name_or_path", "transformers_version", SETTINGS_KEY})


def average_models(
    checkpoints: Sequence[str | Path] | Mapping[str, str],
    output_dir: str | Path,
    *,
    weights: Sequence[float] | None = None,
) -> Averaged:
    """Write the average of the weights of several taggers, in fp32, as a checkpoint of its own.

    The row of a tag in the head is the average over the models that know it; types are in the order
    of `LabelSpace.of`. A temperature (`tner-hf calibrate`) is none of the average's.

    Args:
        checkpoints: folders, Hub ids, `NAME=MODEL`, or name to one of these; two or more.
        output_dir: a folder that is not there, or empty.
        weights: how much each counts; None for all the same.

    Raises:
        SettingError: weights, folder or settings that cannot be used.
        CheckpointError: a model that is no tagger, has a CRF, or is of another form.
    """
    named = name_models(checkpoints, private=True)
    folder = Path(output_dir).expanduser()
    shares = [1.0] * len(named) if weights is None else [float(weight) for weight in weights]
    if len(named) < 2 or len(shares) != len(named) or not all(0 < w < math.inf for w in shares):
        raise SettingError(
            f"{len(named)} models with the weights {' '.join(f'{w:g}' for w in shares)} have no "
            "average; accepted: two models or more, and --weights above 0, one for each"
        )
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise SettingError(f"--output_dir {folder} is there already, and not an empty folder")
    check_writable(folder)
    settings = _join_settings(named)
    tokenizer = _check_tokenizers(named)
    known = [LabelSpace.from_names(row_tags(load_config(each))).types for each in named.values()]
    space = LabelSpace.of({t for types in known for t in types})
    model = _average([*named.values()], shares, space)
    told = {c for each in named.values() for c in read_settings(load_config(each)).conditions}
    made = Averaged(
        str(folder),
        dict(zip(named, shares, strict=True)),
        {t: sum(t in types for types in known) for t in space.types},
        tuple(sorted(told.difference(settings.conditions))),
    )
    write_settings(model.config, settings)
    with write_folder(folder) as draft:
        model.save_pretrained(draft)
        tokenizer.save_pretrained(draft)
        made.write(draft)
    return made


def _join_settings(named: Mapping[str, str]) -> CheckpointSettings:
    """What all models share of form and settings; every corpus, and the conditions of all.

    Raises:
        SettingError: settings differ.
        CheckpointError: a model cannot be averaged, or not with the first.
    """
    (first, own, form), *others = [_describe(*each) for each in named.items()]
    conditions, corpora = own.conditions, own.corpora
    for name, settings, other in others:
        for field in _SHARED:
            if (ours := getattr(own, field)) != (theirs := getattr(settings, field)):
                raise SettingError(
                    f"{first} was trained with {field} {ours!r} and {name} with {theirs!r}; an "
                    "average can have but one. Train them alike"
                )
        if wrong := [key for key in form.keys() | other.keys() if form.get(key) != other.get(key)]:
            listed = ", ".join(f"{k} {form.get(k)!r} and {other.get(k)!r}" for k in sorted(wrong))
            raise CheckpointError(
                f"{first} and {name} are not of one architecture: {listed}; accepted: checkpoints "
                "that went on from the same model"
            )
        conditions = tuple(each for each in conditions if each in settings.conditions)
        corpora = tuple(dict.fromkeys((*corpora, *settings.corpora)))
    return replace(own, corpora=corpora, conditions=conditions, temperature=None)


def _describe(name: str, checkpoint: str) -> tuple[str, CheckpointSettings, dict[str, Any]]:
    config = load_config(checkpoint)
    check_tagger(config, checkpoint)
    if has_crf(config) or not are_iob2(row_tags(config)):
        raise CheckpointError(
            f"{name} has a CRF, or labels that are not IOB2 ({', '.join(row_tags(config)[:5])} …) "
            "so that no row of its head is known to mean what that of another does; accepted: "
            "models of train --head linear"
        )
    settings = replace(read_settings(config), label_map=recorded_label_map(config))
    form = {key: value for key, value in config.to_dict().items() if key not in _FREE}
    return name, settings, form


def _check_tokenizers(named: Mapping[str, str]) -> Any:
    """The tokenizer that all of them have."""
    first: Any = None
    for name, checkpoint in named.items():
        tokenizer: Any = load_tokenizer(checkpoint)
        stored = json.loads(tokenizer.backend_tokenizer.to_str())
        stored |= {"truncation": None, "padding": None}
        first = first or (tokenizer, stored, name)
        if stored != first[1]:
            raise CheckpointError(
                f"{first[2]} and {name} do not read words as the same sub-tokens (vocabularies of "
                f"{len(first[0]):,} and {len(tokenizer):,}); accepted: models of one tokenizer"
            )
    return first[0]


def _average(
    checkpoints: Sequence[str], shares: Sequence[float], space: LabelSpace
) -> PreTrainedModel:
    """The average of checkpoints that count so much, in the labels of `space`."""
    import torch

    model: Any = None
    sums: dict[str, Any] = {}
    counts: dict[str, Any] = {}  # what to divide by, of a head for each row
    for checkpoint, share in zip(checkpoints, shares, strict=True):
        model = load_model(checkpoint)
        own = row_tags(model.config)
        rows = [own.index(tag) if tag in own else -1 for tag in space.names]
        lay_out_rows(model, rows, labels=len(own))
        heads = [layer for _, _, layer in find_heads(model, len(rows))]
        by_row = {name for name, part in model.named_modules() if part in heads}
        known = share * torch.tensor([float(row >= 0) for row in rows])
        for key, weight in model.state_dict().items():
            if weight.is_floating_point():
                is_head = key.rpartition(".")[0] in by_row
                count = known.view(-1, *[1] * (weight.dim() - 1)) if is_head else share
                sums[key] = sums.get(key, 0) + count * weight
                counts[key] = counts.get(key, 0) + count
    for key, weight in model.state_dict().items():
        if key in sums:
            weight.copy_(sums[key] / counts[key])
    name_labels(model.config, space)
    return model  # type: ignore[no-any-return]
