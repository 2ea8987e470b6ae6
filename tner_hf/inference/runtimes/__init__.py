"""What runs a token classifier over batches: PyTorch, or ONNX Runtime for an exported one.

`load_tagger` opens either from a checkpoint, `open_runtime` gives the one interface through which
tagging uses both.
"""

from __future__ import annotations

from tner_hf.inference.runtimes.loading import (
    check_device,
    load_tagger,
    open_runtime,
    parse_device,
    place_tagger,
)
from tner_hf.inference.runtimes.onnx import OnnxTagger
from tner_hf.inference.runtimes.runtime import Runtime

__all__ = [
    "OnnxTagger",
    "Runtime",
    "check_device",
    "load_tagger",
    "open_runtime",
    "parse_device",
    "place_tagger",
]
