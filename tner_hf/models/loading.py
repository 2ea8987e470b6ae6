"""Checkpoints to PyTorch models: a trained tagger, or an encoder with a fresh head."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Sequence
from logging import ERROR
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tner_hf.config import CheckpointSettings
from tner_hf.errors import CheckpointError
from tner_hf.faults import explain_reading
from tner_hf.labels import OUTSIDE, LabelSpace
from tner_hf.models.carrying import can_carry, carry_head, find_heads, set_labels
from tner_hf.models.door import make_stock_pipeline, open_model
from tner_hf.models.fetching import fetch_tokenizer, fetch_weights
from tner_hf.models.heads import check_tagger, is_tagger, stored_names, tag_names
from tner_hf.models.locating import first_line, folder_of, locate_checkpoint, open_checkpoint
from tner_hf.models.settings import write_settings

if TYPE_CHECKING:
    import torch
    from transformers import PretrainedConfig, PreTrainedModel


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
        label_space: None for a trained tagger. Otherwise the head's labels: of a tagger, the rows
            of tags that it knows are kept, by name; all others are drawn.
        settings: written into the config, see `write_settings`.
        revision: branch, tag or commit on the Hub.
        token: Hub token for a private or gated checkpoint.
        dtype: of the weights; float32 where not given, whatever the checkpoint was saved in.

    Raises:
        CheckpointError: no checkpoint, no head where one is needed, or labels without names.
    """
    import torch

    checkpoint = folder_of(locate_checkpoint(checkpoint, revision=revision, token=token))
    folder, config = open_checkpoint(checkpoint, revision=revision, token=token)
    # The rows of a trained head that go on; () where it starts anew.
    rows = () if label_space is None else _find_rows(config, label_space)
    keeps_head = label_space is None or bool(rows)
    if label_space is None:
        check_tagger(config, checkpoint)
        if getattr(config, "crf_state_dict", None) is not None:
            warnings.warn(
                f"{str(checkpoint)!r} carries a CRF of the old T-NER, which is ignored: its "
                "transitions were never trained, and the Hub's own pipeline ignores it too",
                stacklevel=2,
            )
    else:
        if not rows:
            set_labels(config, label_space)
        if hasattr(config, "crf_state_dict"):
            del config.crf_state_dict  # belongs to the labels that were
    with _quiet_loading(checkpoint):
        try:
            fetch_weights(checkpoint, folder, token)
            model, loading = open_model(
                folder,
                config,
                dtype=torch.float32 if dtype is None else dtype,
                fit=not keeps_head,
            )
        except CheckpointError:
            raise
        except Exception as error:  # damaged weights fail in the words of three libraries
            if next(folder.glob("*.onnx"), None):
                raise CheckpointError(
                    f"{str(checkpoint)!r} holds an exported model, which tags but cannot be "
                    "trained or exported again; use the checkpoint that it was made of"
                ) from error
            raise CheckpointError(
                f"no token classifier can be made of {str(checkpoint)!r} (model type "
                f"{config.model_type!r}): {explain_reading(error, checkpoint) or first_line(error)}"
            ) from error
    model.name_or_path = model.config._name_or_path = checkpoint  # not the cache's folder
    _check_loaded(model, loading, checkpoint, keeps_head=keeps_head)
    _check_finite(model, checkpoint)
    if not keeps_head:
        _renew_head(model, len(model.config.id2label or ()))
    elif label_space is not None and rows != label_space.names:
        carry_head(model, rows, label_space)
    if settings is not None:
        write_settings(model.config, settings)
    return model


def load_stock_pipeline(
    checkpoint: str | Path,
    *,
    aggregation_strategy: str,
    revision: str | None = None,
    token: str | bool | None = None,
    device: Any = None,
) -> Any:
    """What `transformers.pipeline("ner", checkpoint)` gives people who use it without this package.

    Raises:
        CheckpointError: there is no checkpoint.
    """
    name = folder_of(locate_checkpoint(checkpoint, revision=revision, token=token))
    folder, config = open_checkpoint(name, revision=revision, token=token)
    fetch_tokenizer(name, folder, token)
    fetch_weights(name, folder, token)
    return make_stock_pipeline(
        folder, config, aggregation_strategy=aggregation_strategy, device=device
    )


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


def _check_finite(model: PreTrainedModel, checkpoint: str | Path) -> None:
    """A weight that is no number makes every score one."""
    for name, weights in model.state_dict().items():
        # A sum is finite only where each is; it takes no memory of the size of the weights.
        if weights.is_floating_point() and not weights.sum(dtype=weights.dtype).isfinite():
            if weights.isfinite().all():  # they are large, not broken
                continue
            raise CheckpointError(
                f"{str(checkpoint)!r}: {name} holds weights that are not finite (nan or inf); the "
                "training that made it diverged. Train again with a smaller --learning_rate"
            )


def _renew_head(model: PreTrainedModel, labels: int) -> None:
    """Start the classifier anew: weights of other labels must not be taken over by their number."""
    for module in find_heads(model, labels):
        module.weight.data.normal_(mean=0.0, std=getattr(model.config, "initializer_range", 0.02))
        if module.bias is not None:
            module.bias.data.zero_()


def _find_rows(config: PretrainedConfig, label_space: LabelSpace) -> tuple[str, ...]:
    """The tag of each row of a trained head that the label space can take over; () without one."""
    if not is_tagger(config) or OUTSIDE not in stored_names(config):  # none, or without names
        return ()
    names = tag_names(config)
    return names if names == label_space.names or can_carry(names, label_space) else ()
