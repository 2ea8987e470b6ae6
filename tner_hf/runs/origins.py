"""How a checkpoint came about beside training: a record in its folder, for its card."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from tner_hf.errors import DataError
from tner_hf.files import read_json, write_json
from tner_hf.plain import Stored


@dataclass(frozen=True)
class Origin(Stored):
    """A record, with the folder in `output_dir`, which the file does not name."""

    #: Its file in the folder of the checkpoint.
    file: ClassVar[str]

    #: What the checkpoint is, with its article.
    kind: ClassVar[str]

    def write(self, folder: Path) -> None:
        """Put the record into a folder."""
        write_json(folder / self.file, {**self.to_dict(), "output_dir": ""})

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """The record in a folder; None where there is none.

        Raises:
            DataError: the file is damaged.
        """
        stored: Any = read_json(folder / cls.file)
        if stored is None:
            return None
        try:
            return cls.from_dict({**stored, "output_dir": str(folder)})
        except DataError as error:
            raise DataError(
                f"{folder / cls.file} is no record of {cls.kind}: {error}; it was changed or "
                "damaged"
            ) from error

    @classmethod
    def facts(cls, folder: Path) -> dict[str, Any]:
        """What a card says of it; nothing where there is no record."""
        made = cls.read(folder)
        found = {} if made is None else made.to_dict()
        found.pop("output_dir", None)
        return found


@dataclass(frozen=True)
class Averaged(Origin):
    """An average of the weights of several checkpoints.

    Attributes:
        models: Hub ids, or names of folders without where they lie; to how much each counts.
        types: entity type to how many of the models know it.
        dropped: corpora that some of the models can be told to tag by, but not all.
    """

    file: ClassVar = "average.json"
    kind: ClassVar = "an average"

    output_dir: str
    models: Mapping[str, float]
    types: Mapping[str, int]
    dropped: tuple[str, ...] = ()

    def lines(self) -> Iterator[str]:
        """What was made, as text."""
        parts = ", ".join(f"{weight:g} of {name}" for name, weight in self.models.items())
        yield f"{self.output_dir}: the average of {parts}"
        partial = [f"{t} ({n})" for t, n in self.types.items() if n < len(self.models)]
        if partial:
            yield f"types that not all of them know, and how many do: {', '.join(partial)}"
        if self.dropped:
            yield f"dropped, for not all of them know it: --corpus {', '.join(self.dropped)}"
