"""A trained checkpoint as an ONNX file, scored against the original before it may replace it."""

from __future__ import annotations

from tner_hf.publishing.export.checking import Check
from tner_hf.publishing.export.exporting import Exported, export_model

__all__ = ["Check", "Exported", "export_model"]
