"""tner_hf: fine-tune language models on NER and see how they carry over to other domains.

Public names load on first use (PEP 562), so that `import tner_hf` costs milliseconds: torch,
transformers and datasets are imported by the function that needs them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tner_hf._lazy import load_lazily
from tner_hf._version import __version__

if TYPE_CHECKING:
    from tner_hf import metrics
    from tner_hf.data import load_dataset
    from tner_hf.features import tokenize_and_align
    from tner_hf.inference.pipelines import pipeline
    from tner_hf.lab.evaluation import evaluate
    from tner_hf.publishing.export import export_model
    from tner_hf.publishing.hub import push_dataset, push_model, push_space
    from tner_hf.transformers_ner import TrainTransformersNER

__all__ = [
    "TrainTransformersNER",
    "__version__",
    "evaluate",
    "export_model",
    "load_dataset",
    "metrics",
    "pipeline",
    "push_dataset",
    "push_model",
    "push_space",
    "tokenize_and_align",
]

__getattr__, __dir__ = load_lazily(__name__)
