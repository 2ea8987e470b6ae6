"""What a demo offers, and how much of it anybody may have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, get_args

from tner_hf.config import WordSplitter
from tner_hf.errors import SettingError

#: Smallest value of each limit.
_LEAST = {
    "max_characters": 100,
    "max_upload_bytes": 1000,
    "max_seconds": 0.1,
    "queue_size": 1,
}


@dataclass(frozen=True)
class DemoSettings:
    """A demo: its models, and its limits.

    Attributes:
        models: checkpoint folders or Hub ids; people choose among these.
        title: of the page.
        examples: texts to click on, before those that every demo has.
        allow_any_model: let people name other models of the Hub as well.
        word_splitter: instead of the checkpoints' own.
        device: as in transformers; None takes a GPU where there is one.
        max_characters: of one text.
        max_upload_bytes: of one file.
        max_seconds: of work on one request; waiting in the queue does not count.
        queue_size: requests that may wait; the next one is asked to come back later.
    """

    models: tuple[str, ...]
    title: str = "Named entities"
    examples: tuple[str, ...] = ()
    allow_any_model: bool = False
    word_splitter: WordSplitter | None = None
    device: str | None = None
    max_characters: int = 100_000
    max_upload_bytes: int = 5_000_000
    max_seconds: float = 60.0
    queue_size: int = 200

    def __post_init__(self) -> None:
        if not self.models:
            raise SettingError("a demo needs at least one model: a checkpoint folder or a Hub id")
        if self.word_splitter not in (None, *get_args(WordSplitter)):
            raise SettingError(
                f"word_splitter={self.word_splitter!r}; accepted: "
                f"{', '.join(get_args(WordSplitter))}"
            )
        for name, least in _LEAST.items():
            if getattr(self, name) < least:
                raise SettingError(f"{name}={getattr(self, name)}; accepted: at least {least}")

    @classmethod
    def of(cls, models: str | Sequence[str], options: Mapping[str, Any]) -> DemoSettings:
        """Settings of models and keyword arguments, as people write them."""
        known = [field.name for field in fields(cls)][1:]
        if unknown := sorted(set(options) - set(known)):
            raise SettingError(
                f"a demo has no setting {', '.join(unknown)}; accepted: {', '.join(known)}"
            )
        names = [models] if isinstance(models, str) else models
        given = {**options, "examples": tuple(options.get("examples", ()))}
        return cls(tuple(dict.fromkeys(str(name) for name in names)), **given)
