"""A checkpoint, ready to tag text."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from tner_hf.config import WordSplitter
from tner_hf.errors import SettingError
from tner_hf.inference.pipelines.options import Strategy

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

    from tner_hf.inference.pipelines.ner import NERPipeline
    from tner_hf.inference.runtimes import OnnxTagger


def pipeline(
    checkpoint: str | Path | PreTrainedModel | OnnxTagger,
    *,
    aggregation_strategy: Strategy | None = None,
    device: int | str | torch.device | None = None,
    batch_size: int | None = None,
    batch_tokens: int | None = None,
    revision: str | None = None,
    token: str | bool | None = None,
    dtype: torch.dtype | str | None = None,
    tokenizer: PreTrainedTokenizerFast | None = None,
    word_splitter: WordSplitter | None = None,
    corpus: str | None = None,
    **options: Any,
) -> NERPipeline:
    """A transformers `TokenClassificationPipeline` that tags whole words of texts of any length.

    Args:
        checkpoint: a folder, a Hub id, or a loaded token classifier (with `tokenizer`); a folder
            or file that `tner-hf export` wrote is run by ONNX Runtime.
        aggregation_strategy: None for entities over words, as trained and scored. `none`,
            `simple`, `first`, `average` and `max` give the results of the stock pipeline.
        device: as in transformers; None takes a GPU where there is one (an exported model then
            runs on the CPU).
        batch_size: inputs that are read, sorted by length and answered together (512).
        batch_tokens: sub-tokens of one forward pass, padding included.
        revision: branch, tag or commit on the Hub.
        token: Hub token for a private or gated checkpoint.
        dtype: of the weights; float32 where not given.
        tokenizer: instead of the checkpoint's own.
        word_splitter: instead of the checkpoint's own; see `tner_hf.words`.
        corpus: by whose guidelines to tag, of a checkpoint that was trained with
            `--corpus_condition`; None for nobody's.
        **options: `stride`, `ignore_labels` and `delimiter` as in transformers.

    Raises:
        CheckpointError: there is no token classifier.
        SettingError: an option that cannot be used.
        UnknownNameError: the checkpoint was not trained on this corpus.
    """
    from tner_hf.inference.pipelines.ner import NERPipeline
    from tner_hf.inference.runtimes import OnnxTagger, check_device, load_tagger, parse_device
    from tner_hf.models import condition_tokenizer, load_tokenizer, read_settings

    load_plain_tokenizer = None
    device = parse_device(device)
    if isinstance(checkpoint, str | Path):
        model: PreTrainedModel | OnnxTagger = load_tagger(
            checkpoint, revision=revision, token=token, dtype=dtype, device=device
        )
        if tokenizer is None:
            tokenizer = load_tokenizer(checkpoint, revision=revision, token=token)
            load_plain_tokenizer = partial(
                _load_plain_tokenizer, str(checkpoint), revision, token, corpus, model.config
            )
    else:
        model = checkpoint
        if device is not None and not isinstance(model, OnnxTagger):
            check_device(device)
    if tokenizer is None:
        raise SettingError(
            f"a loaded {type(model).__name__} needs its tokenizer beside it: "
            "pipeline(model, tokenizer=tokenizer)"
        )
    settings = read_settings(model.config)
    if corpus is not None:
        tokenizer = condition_tokenizer(tokenizer, corpus, settings)
    if word_splitter is not None:
        settings = replace(settings, word_splitter=word_splitter)
    return NERPipeline(
        model,
        tokenizer,
        settings=settings,
        load_plain_tokenizer=load_plain_tokenizer,
        aggregation_strategy=aggregation_strategy,
        device=model.device if isinstance(model, OnnxTagger) else device,
        batch_size=batch_size,
        batch_tokens=batch_tokens,
        **options,
    )


def _load_plain_tokenizer(
    checkpoint: str, revision: str | None, token: str | bool | None, corpus: str | None, config: Any
) -> PreTrainedTokenizerFast:
    from tner_hf.models import condition_tokenizer, load_plain_tokenizer, read_settings

    tokenizer, _ = load_plain_tokenizer(checkpoint, revision=revision, token=token)
    if corpus is not None:
        tokenizer = condition_tokenizer(tokenizer, corpus, read_settings(config))
    return cast("PreTrainedTokenizerFast", tokenizer)
