"""What a run left behind: its scores in files, and as one object."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tner_hf.files import read_json, write_json
from tner_hf.metrics import Scores
from tner_hf.plain import Stored
from tner_hf.report.columns import align_columns

if TYPE_CHECKING:
    import pandas as pd

#: Written last, when everything else is in place: a folder with it holds a finished run.
FINISHED = "train_results.json"

_EPOCHS = "scores_per_epoch.json"
_SPLITS = {"validation": "eval_results.json", "test": "test_results.json"}


@dataclass(frozen=True, repr=False)
class TrainResult(Stored):
    """What a run left behind; the same numbers lie as JSON files in `output_dir`.

    Attributes:
        output_dir: the checkpoint's folder.
        train: `train_results.json`: Trainer's `train_runtime`, `train_loss` and so on, real
            sub-tokens per second, and what did not fit into `max_length`. Of a run that was
            resumed, the first two are those of its last part.
        epochs: `scores_per_epoch.json`: the flat metrics of each evaluation, in order.
        validation: scores of the final model on the validation split; None without one.
        test: scores on the test split; None without one.
        per_corpus: split to corpus to scores, where several corpora were merged.
    """

    output_dir: str
    train: dict[str, Any]
    epochs: list[dict[str, float]]
    validation: Scores | None = None
    test: Scores | None = None
    per_corpus: dict[str, dict[str, Scores]] | None = None

    @property
    def f1(self) -> float | None:
        """Type-aware micro F1 on the test split, else on the validation split; a fraction of 1."""
        scores = self.test or self.validation
        return None if scores is None else scores["type_aware"]["default"]["micro"]["f1"]

    def table(self) -> str:
        """The scores of each split in percent, a line each."""
        header = ("split", "F1", "strict", "type-ignored", "strict", "entities")
        rows: list[tuple[str, ...]] = [header]
        for split in _SPLITS:
            scores: Scores | None = getattr(self, split)
            if scores is not None:
                blocks = [
                    scores[kind][mode]["micro"]
                    for kind in ("type_aware", "type_ignored")
                    for mode in ("default", "strict")
                ]
                shown = (f"{100 * block['f1']:.2f}" for block in blocks)
                rows.append((split, *shown, f"{blocks[0]['support']:,}"))
        return "\n".join(align_columns(rows)) if rows[1:] else "no split to score on"

    def to_pandas(self) -> pd.DataFrame:
        """The scores of each evaluation, one row each, in order of the steps."""
        import pandas as pd

        return pd.DataFrame(self.epochs)

    def __repr__(self) -> str:
        return f"saved in {self.output_dir}\n{self.table()}"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(repr(self))}</pre>"

    def write(self, more: Mapping[str, Mapping[str, Any]]) -> None:
        """Put the files into `output_dir`, `train_results.json` last.

        Args:
            more: split to what else stands in its file.
        """
        folder = Path(self.output_dir)
        write_json(folder / _EPOCHS, self.epochs)
        for split, name in _SPLITS.items():
            if (scores := getattr(self, split)) is not None:
                content = {**more.get(split, {}), "scores": scores}
                if parts := (self.per_corpus or {}).get(split):
                    content["per_corpus"] = parts
                write_json(folder / name, content)
        write_json(folder / FINISHED, self.train)

    @classmethod
    def read(cls, folder: Path) -> TrainResult | None:
        """The result of a finished run; None where it did not come to its end.

        Raises:
            DataError: a file is damaged.
        """
        train = read_json(folder / FINISHED)
        if train is None or not any(folder.glob("*.safetensors")):
            return None
        epochs = read_json(folder / _EPOCHS, list) or []
        stored = {split: read_json(folder / name) or {} for split, name in _SPLITS.items()}
        parts = {s: each["per_corpus"] for s, each in stored.items() if "per_corpus" in each}
        scores = {split: each.get("scores") for split, each in stored.items()}
        return cls(str(folder), train, epochs, per_corpus=parts or None, **scores)
