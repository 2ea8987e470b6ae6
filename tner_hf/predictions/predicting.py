"""`predict_split`: one model on one test set, in one call.

Every gold token gets a prediction: long sentences are windowed, nothing is cut. Both sides are
mapped to the unified types (a model's `PER` is a corpus's `person`), each decoded by its own names.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tner_hf.predictions.foreign import ForeignSystem, is_foreign
from tner_hf.predictions.maps import choose_map
from tner_hf.predictions.options import PredictOptions
from tner_hf.predictions.predicted import PredictedSplit
from tner_hf.predictions.tagger import Tagger
from tner_hf.predictions.test_set import GoldSplit

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


def predict_split(
    checkpoint: str | Path | PreTrainedModel | Any,
    dataset: Any,
    config: str | None = None,
    *,
    tokenizer: PreTrainedTokenizerBase | None = None,
    revision: str | None = None,
    token: str | bool | None = None,
    **options: Any,
) -> PredictedSplit:
    """What a model says about one split, beside what is true.

    Args:
        checkpoint: a folder or Hub id; or a model that is loaded already, with its `tokenizer`; or
            another system's predictions on just this split, a file.
        dataset: what `load_dataset` takes; a lone file or dataset is the split itself.
        config: configuration of the corpus, e.g. a language of WikiAnn.
        tokenizer: of a model that is loaded already.
        revision: branch, tag or commit of the checkpoint.
        token: Hub token for a private or gated checkpoint.
        **options: fields of `PredictOptions`, and arguments of `load_dataset`.

    Raises:
        CheckpointError: the checkpoint is no token classifier.
        DataError: the split is empty, or cannot be read; a file has other sentences.
    """
    hub = {"revision": revision, "token": token}
    system, test_set = open_split(checkpoint, dataset, config, options, tokenizer=tokenizer, **hub)
    return next(system.tag([test_set]))


def open_split(
    checkpoint: Any,
    dataset: Any,
    config: str | None,
    options: Mapping[str, Any],
    *,
    tokenizer: PreTrainedTokenizerBase | None,
    **hub: Any,
) -> tuple[Tagger | ForeignSystem, GoldSplit]:
    """The model and the test set of `predict_split`, arguments as there; nothing is tagged yet."""
    how = choose_map([checkpoint], [dataset], PredictOptions.of(options), **hub)
    # The data first: an unknown corpus should not cost the loading of a model.
    test_set = GoldSplit.load(dataset, config, options=how)
    return open_system(checkpoint, how, tokenizer=tokenizer, **hub), test_set


def open_system(source: Any, options: PredictOptions, **how: Any) -> Tagger | ForeignSystem:
    """What can be asked about test sets: a checkpoint, or files of what another system said.

    Arguments as for `Tagger`, which loads no weights yet; of files only the name counts.
    """
    if is_foreign(source):
        return ForeignSystem(source, options, name=how.get("name"))
    return Tagger(source, options, **how)
