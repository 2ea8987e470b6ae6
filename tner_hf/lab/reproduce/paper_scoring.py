"""What the paper's code scored of a test set: a part of the words, and a part of the tags.

T-NER 0.0.8 cut a test sentence off at 128 sub-tokens and left the rest out of gold and prediction
alike (`__epoch_valid` in `tner/model.py`). And where the protocol `shared` masks entity types that
one side does not have, it masked tags (`decode_file` and `decode_all_files` in
`tner/get_dataset.py`): FIN has no `I-other` in either split, so a model of CoNLL-2003 could not say
it there. We score every token by types, and beside that what the paper's code would have scored, so
that like meets like.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tner_hf.features.encoding import encode_words, find_special_ids
from tner_hf.labels import OUTSIDE
from tner_hf.metrics.spans import Labels
from tner_hf.predictions.predicted import PredictedSplit

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


def find_kept(
    sentences: Sequence[Sequence[str]],
    tokenizer: PreTrainedTokenizerBase,
    *,
    max_length: int,
    lowercase: bool = False,
) -> NDArray[np.bool_]:
    """Whether each token survives a cut at `max_length`, shape [n_tokens].

    A word survives if its first sub-token does; one without sub-tokens always does.
    """
    encoded = encode_words(sentences, tokenizer, lowercase=lowercase)
    room = max_length - sum(map(len, find_special_ids(tokenizer)))
    lengths = np.diff(encoded.starts)
    position = np.arange(len(encoded.ids)) - np.repeat(encoded.starts[:-1], lengths)
    first = encoded.is_first
    kept = np.ones(int(encoded.offsets[-1]), dtype=np.bool_)
    kept[encoded.global_words()[first]] = position[first] < room
    return kept


def cut(predictions: PredictedSplit, kept: NDArray[np.bool_]) -> PredictedSplit:
    """The predictions on the tokens that are kept, without scores."""
    before = np.concatenate(([0], np.cumsum(kept)))
    return replace(
        predictions,
        predicted=predictions.predicted[kept],
        gold=predictions.gold[kept],
        offsets=before[predictions.offsets],
        scores=None,
    )


def mask_tags(
    predictions: PredictedSplit, known: Collection[str], found: Collection[str]
) -> PredictedSplit:
    """The predictions with every tag as `O` that model and corpus do not both have.

    A gold tag that the model does not know was read as `O`, and so was a predicted one that no
    split of the corpus has. A predicted tag that no training data has, which our models can say
    and the paper's could not, is `O` too.

    Args:
        predictions: on some tokens.
        known: tags of the model, types mapped: those that some split of its training data has.
        found: tags that some split of the corpus has, types mapped.
    """
    both = {OUTSIDE, *known} & {OUTSIDE, *found}

    def masked(ids: Labels, names: Sequence[str]) -> Labels:
        outside = names.index(OUTSIDE)
        return np.array([i if name in both else outside for i, name in enumerate(names)])[ids]

    return replace(
        predictions,
        predicted=masked(predictions.predicted, predictions.model_names),
        gold=masked(predictions.gold, predictions.corpus_names),
    )
