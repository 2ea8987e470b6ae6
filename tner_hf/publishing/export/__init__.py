"""A trained checkpoint as an ONNX file, scored against the original before it may replace it."""

from __future__ import annotations

from tner_hf.publishing.export.checking import Check
from tner_hf.publishing.export.exporting import Exported, export_model
from tner_hf.publishing.export.wheel import Wheel

__all__ = ["Check", "Exported", "Wheel", "export_model"]
