"""A trained checkpoint at work: `pipeline` for entities, `predict` for T-NER's dictionary.

Nothing here imports torch or transformers before a pipeline is made.
"""

from __future__ import annotations

from tner_hf.pipelines.loading import pipeline
from tner_hf.pipelines.predictions import predict

__all__ = ["pipeline", "predict"]
