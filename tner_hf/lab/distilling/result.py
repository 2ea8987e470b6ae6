"""How a student compares with its teacher: one record, `distil.json` in the student's folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from tner_hf.plain import Stored
from tner_hf.runs.origins import Origin


@dataclass(frozen=True)
class Judgement(Stored):
    """Teacher and student on the same gold sentences, type-aware micro F1 in default mode.

    Attributes:
        dataset: its name, without folders.
        entities: of gold.
        teacher_f1, student_f1: fractions of 1.
        low, high, level: of the interval of student minus teacher.
        p: of the paired test that they are alike.
        verdict: what follows, as a sentence.
    """

    dataset: str
    split: str
    sentences: int
    entities: int
    teacher_f1: float
    student_f1: float
    low: float
    high: float
    level: float
    p: float
    verdict: str

    @property
    def drop(self) -> float:
        """How much lower the student's F1 is; a fraction of 1, negative where it is higher."""
        return self.teacher_f1 - self.student_f1

    def line(self) -> str:
        """Both scores and their difference, in percent."""
        return (
            f"{self.dataset}, split {self.split}, {self.entities:,} entities: F1 of the teacher "
            f"{100 * self.teacher_f1:.2f}, of the student {100 * self.student_f1:.2f}: "
            f"{0 - 100 * self.drop:+.2f} points [{100 * self.low:+.2f}, {100 * self.high:+.2f}]"
        )


@dataclass(frozen=True)
class Distilled(Origin):
    """A student and how it was made.

    Attributes:
        output_dir: its folder; the record does not name it.
        teacher: Hub id, or the name of a folder without where it lies.
        layers, teacher_layers: of the student, and of the teacher.
        texts: names of what it learned from; `sentences` and `words` are counted there.
        judged: sentences with gold labels, where there were any.
    """

    file: ClassVar = "distil.json"
    kind: ClassVar = "a student"

    output_dir: str
    teacher: str
    layers: int
    teacher_layers: int
    texts: tuple[str, ...]
    sentences: int
    words: int
    judged: Judgement | None = None

    def lines(self) -> Iterator[str]:
        """What was made, as text."""
        yield (
            f"{self.output_dir}: a student of {self.teacher} with {self.layers} of its "
            f"{self.teacher_layers} layers, taught on {self.sentences:,} sentences with "
            f"{self.words:,} words"
        )
        if self.judged is None:
            yield "not compared with its teacher"
        else:
            yield from (self.judged.line(), self.judged.verdict)
