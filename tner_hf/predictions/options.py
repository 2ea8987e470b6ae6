"""How a test set is read and tagged: one object for all that takes part in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from inspect import Parameter, signature
from typing import Any

from tner_hf.config import DEFAULT_OVERLAP
from tner_hf.data import load_dataset
from tner_hf.errors import SettingError, UnknownNameError
from tner_hf.formats.options import READING
from tner_hf.labels import LabelMap
from tner_hf.labels.maps import LabelMapLike, as_label_map

#: As `corpus`: whatever each test set is of.
OWN_CORPUS = "own"


@dataclass(frozen=True, kw_only=True)
class PredictOptions:
    """How a test set is read and tagged.

    Attributes:
        split: the split that is scored.
        native: keep the types of both sides as they are instead of mapping them.
        label_map: native type to target type, for both sides: a YAML file, a dictionary or a
            LabelMap; None for the shipped map.
        max_samples: the first so many sentences alone; None for all.
        corpus: by whose guidelines to tag, for a model that was trained with conditions; `own` for
            those of each test set, where the model knows them; None for nobody's.
        lowercase: lower-case words first; None does what the checkpoint was trained with.
        max_length: longest window in sub-tokens; None for the checkpoint's own.
        overlap: sub-tokens that the windows of a long sentence share.
        batch_tokens: sub-tokens of a batch, padding included.
        device: where to run; None for what accelerate would choose.
        progress: show a bar; None shows it for long work on a terminal.
        loading: further arguments of `load_dataset`.

    Raises:
        SettingError: types are to be both kept and mapped, or the map cannot be read.
    """

    split: str = "test"
    native: bool = False
    label_map: LabelMapLike | None = None
    max_samples: int | None = None
    corpus: str | None = None
    lowercase: bool | None = None
    max_length: int | None = None
    overlap: int = DEFAULT_OVERLAP
    batch_tokens: int | None = None
    device: Any = None
    progress: bool | None = None
    loading: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.native and self.label_map is not None:
            raise SettingError("native=True keeps types, label_map maps them; choose one")
        self.applied_map  # noqa: B018 — a map that cannot be read should not cost the loading

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> PredictOptions:
        """The options among keyword arguments; the others are for `load_dataset`.

        Raises:
            UnknownNameError: one is for neither.

        >>> options = PredictOptions.of({"split": "dev", "data_dir": "raw"})
        >>> options.split, options.loading
        ('dev', {'data_dir': 'raw'})
        """
        own = {option.name for option in fields(cls)} - {"loading"}
        of_loading = [
            name for name, each in signature(load_dataset).parameters.items()
            if each.kind is Parameter.KEYWORD_ONLY
        ]  # fmt: skip
        accepted = dict.fromkeys([*sorted(own), *of_loading, *READING])
        for name in given:
            if name not in accepted:
                raise UnknownNameError("option", name, accepted)
        return cls(
            **{name: value for name, value in given.items() if name in own},
            loading={name: value for name, value in given.items() if name not in own},
        )

    @cached_property
    def applied_map(self) -> LabelMap | None:
        """What both sides go through; None where types stay native."""
        return None if self.native else as_label_map(self.label_map)
