"""What a model said about a test set: one record, one way to get it, one store.

predict_split(checkpoint, dataset)     the words, what is true, and what the model says
GoldSplit.load(dataset), Tagger(…)     the same in two steps: many test sets, one loading of a model
ForeignSystem(file, …)                 another system, by what it said; asked like a Tagger
write_predictions, read_predictions    a line of JSON for each sentence
PredictionStore(folder)                label ids and scores, found again by what they depend on

Names load on first use: reading and scoring what was stored needs neither torch nor transformers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tner_hf._lazy import load_lazily

if TYPE_CHECKING:
    from tner_hf.predictions.json_lines import read_predictions, write_predictions
    from tner_hf.predictions.options import PredictOptions
    from tner_hf.predictions.predicted import PredictedSplit
    from tner_hf.predictions.predicting import predict_split
    from tner_hf.predictions.store import PredictionStore
    from tner_hf.predictions.tagger import Tagger
    from tner_hf.predictions.test_set import GoldSplit

__all__ = [
    "GoldSplit",
    "PredictOptions",
    "PredictedSplit",
    "PredictionStore",
    "Tagger",
    "predict_split",
    "read_predictions",
    "write_predictions",
]

__getattr__, __dir__ = load_lazily(__name__)
