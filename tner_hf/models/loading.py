"""Checkpoints to PyTorch models: a trained tagger, or an encoder with a fresh head."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from logging import ERROR
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tner_hf.config import CheckpointSettings
from tner_hf.errors import CheckpointError, first_line
from tner_hf.faults import explain_reading
from tner_hf.labels import LabelSpace
from tner_hf.models.adapters import read_adapter
from tner_hf.models.bases import Bases, open_adapted
from tner_hf.models.door import make_stock_pipeline, open_model
from tner_hf.models.fetching import fetch_weights
from tner_hf.models.going_on import find_rows, go_on_with, name_labels, renew_head
from tner_hf.models.heads import check_tagger, row_tags
from tner_hf.models.judging import CRF_KEY
from tner_hf.models.locating import open_checkpoint
from tner_hf.models.settings import write_settings
from tner_hf.models.tokenizers import load_plain_tokenizer

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel


def load_model(
    checkpoint: str | Path,
    label_space: LabelSpace | None = None,
    *,
    settings: CheckpointSettings | None = None,
    revision: str | None = None,
    token: str | bool | None = None,
    dtype: torch.dtype | str | None = None,
    bases: Bases | None = None,
) -> PreTrainedModel:
    """A token classifier: a trained one as it is, or an encoder with a head for `label_space`.

    Args:
        checkpoint: a folder or a Hub id; an adapter is merged into its base.
        label_space: None for a trained tagger. Otherwise the head's labels: of a trained tagger
            each keeps the row that has its tag, see `go_on_with`; an encoder gets a fresh head.
        settings: written into the config, see `write_settings`.
        revision: branch, tag or commit on the Hub.
        token: Hub token for a private or gated checkpoint.
        dtype: of the weights; float32 where not given, whatever the checkpoint was saved in.
        bases: lets adapters share what they have in common, to tag only; None for none.

    Raises:
        CheckpointError: no checkpoint, no head where one is needed, or labels without names.
    """
    import torch

    checkpoint, folder, config = open_checkpoint(checkpoint, revision=revision, token=token)
    # The tag of each row of a trained head that goes on; () where a head is begun.
    rows = () if label_space is None else find_rows(config, checkpoint)
    keeps_head = label_space is None or bool(rows)
    if label_space is None:
        check_tagger(config, checkpoint)
    else:
        if not rows:
            name_labels(config, label_space)
        if hasattr(config, CRF_KEY):
            delattr(config, CRF_KEY)  # of the labels and the weights that were
    with _quiet_loading(checkpoint):
        try:
            adapter = read_adapter(folder)
            if adapter is None:
                fetch_weights(checkpoint, folder, token)
                model, loading = open_model(
                    folder,
                    config,
                    dtype=torch.float32 if dtype is None else dtype,
                )
            else:
                model, loading = open_adapted(adapter, checkpoint, config, token=token, bases=bases)
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
    if broken := find_broken(model.state_dict().items()):
        raise CheckpointError(
            f"{str(checkpoint)!r}: {broken} holds weights that are not finite (nan or inf); the "
            "training that made it diverged. Train again with a smaller --learning_rate"
        )
    if adapter is not None and isinstance(dtype, torch.dtype):
        model.to(dtype)  # type: ignore[arg-type]  # merged before it is rounded
    if not keeps_head:
        renew_head(model)
    elif label_space is not None:
        go_on_with(model, rows, space=label_space)
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
        CheckpointError: there is no trained tagger, or no tokenizer.
    """
    tokenizer, _ = load_plain_tokenizer(checkpoint, revision=revision, token=token)
    model = load_model(checkpoint, revision=revision, token=token, dtype="auto")
    # Read as everywhere else; `push_model` lets no other spelling out.
    model.config.id2label = dict(enumerate(row_tags(model.config)))
    return make_stock_pipeline(
        model, tokenizer, aggregation_strategy=aggregation_strategy, device=device
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
    labels = len(model.config.id2label or ())
    for name, stored, _ in sorted(loading.get("mismatched_keys", ()), key=str):
        if name.startswith(f"{model.base_model_prefix}.") or keeps_head:
            raise CheckpointError(
                f"{str(checkpoint)!r}: {name} has {stored[0]:,} rows in the weights, and id2label "
                f"in config.json names {labels:,} labels; give each row its name"
                if stored and stored[0] != labels and not name.startswith(model.base_model_prefix)
                else f"{str(checkpoint)!r}: {name} has the shape {list(stored)} in the weights, "
                "which config.json does not announce; they do not belong together"
            )
    base = f"{model.base_model_prefix}."
    missing: Sequence[str] = sorted(loading.get("missing_keys", ()))
    wrong = list(missing) if keeps_head else [name for name in missing if name.startswith(base)]
    if wrong:
        shown = ", ".join(wrong[:4]) + (" …" if len(wrong) > 4 else "")
        raise CheckpointError(
            f"{len(wrong)} weights are missing from {str(checkpoint)!r}: {shown}. Its files do not "
            f"belong to the {model.config.model_type} model that config.json describes"
        )


def find_broken(weights: Iterable[tuple[str, torch.Tensor]]) -> str | None:
    """The first name of weights that are not finite, which make every score none; None without."""
    for name, values in weights:
        # A sum is finite only where each is; it takes no memory of the size of the weights.
        suspect = values.is_floating_point() and not values.sum().isfinite()
        if suspect and not values.isfinite().all():  # or else they are large, not broken
            return name
    return None
