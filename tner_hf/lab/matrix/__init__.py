"""Transfer matrices: models trained here, tested there, under every protocol.

Names load on first use: looking at a stored matrix needs neither torch nor transformers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tner_hf._lazy import load_lazily

if TYPE_CHECKING:
    from tner_hf.lab.matrix.bounding import add_intervals
    from tner_hf.lab.matrix.result import Matrix
    from tner_hf.lab.matrix.running import run_matrix
    from tner_hf.lab.matrix.view import View
    from tner_hf.lab.matrix.writing import write_outputs

__all__ = [
    "Matrix",
    "View",
    "add_intervals",
    "run_matrix",
    "write_outputs",
]

__getattr__, __dir__ = load_lazily(__name__)
