"""A trained checkpoint at work: `pipeline` for entities, `predict` for T-NER's dictionary, and
`check_parity` for whether people get what was trained.

Nothing here imports torch or transformers before a pipeline is made.
"""

from __future__ import annotations

from tner_hf.inference.pipelines.loading import pipeline
from tner_hf.inference.pipelines.parity import check_parity
from tner_hf.inference.pipelines.parity_report import ParityReport
from tner_hf.inference.pipelines.predictions import predict

__all__ = ["ParityReport", "check_parity", "pipeline", "predict"]
