"""A student: some layers of a trained model, taught what the whole model says of any text.

texts.py        what `tner-hf tag` reads -> sentences
student.py      teacher -> a model with fewer of its layers
soft_labels.py  sentences -> rows whose labels are the teacher's scores, and the loss on them
running.py      from beginning to end; goes on where it was stopped
result.py       how the student compares with its teacher
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tner_hf._lazy import load_lazily

if TYPE_CHECKING:
    from tner_hf.lab.distilling.result import Distilled
    from tner_hf.lab.distilling.running import distil

__all__ = ["Distilled", "distil"]

__getattr__, __dir__ = load_lazily(__name__)
