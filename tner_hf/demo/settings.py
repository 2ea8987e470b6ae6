"""What a demo offers, and how much of it anybody may have."""

from __future__ import annotations

import re
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

#: Settings that are lists.
_LISTS = ("examples", "allowed_hosts", "frame_ancestors")

#: Stands for every host name, where something else judges it.
ANY_HOST = "*"

#: What a name of a host, and what an origin looks like.
_HOST = re.compile(r"\*|(\*\.)?[\w.-]{1,253}|[0-9a-f:]{2,39}", re.ASCII | re.IGNORECASE)
_ORIGIN = re.compile(r"https?://(\*\.)?[\w.-]{1,253}(:\d{1,5})?", re.ASCII | re.IGNORECASE)


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
        corpus: by whose guidelines the models tag; None for nobody's.
        max_characters: of one text.
        max_upload_bytes: of one file.
        max_seconds: of work on one request; waiting in the queue does not count.
        queue_size: requests that may wait; the next one is asked to come back later.
        allowed_hosts: names under which it is served, besides `localhost` and the address at which
            a request arrives; `*` where a proxy judges them.
        frame_ancestors: origins whose pages may show it in a frame.
    """

    models: tuple[str, ...]
    title: str = "Named entities"
    examples: tuple[str, ...] = ()
    allow_any_model: bool = False
    word_splitter: WordSplitter | None = None
    device: str | None = None
    corpus: str | None = None
    max_characters: int = 100_000
    max_upload_bytes: int = 5_000_000
    max_seconds: float = 60.0
    queue_size: int = 200
    allowed_hosts: tuple[str, ...] = ()
    frame_ancestors: tuple[str, ...] = ()

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

        for host in self.allowed_hosts:
            if not _HOST.fullmatch(host):
                raise SettingError(
                    f"allowed_hosts={host!r}; accepted: a name or an address without its port, as "
                    "in names.example or *.names.example, or *"
                )
        for origin in self.frame_ancestors:
            if not _ORIGIN.fullmatch(origin):
                raise SettingError(
                    f"frame_ancestors={origin!r}; accepted: an origin, as in https://intranet.example"
                )

    @classmethod
    def of(cls, models: str | Sequence[str], options: Mapping[str, Any]) -> DemoSettings:
        """Settings of models and keyword arguments, as people write them."""
        known = [field.name for field in fields(cls)][1:]
        if unknown := sorted(set(options) - set(known)):
            raise SettingError(
                f"a demo has no setting {', '.join(unknown)}; accepted: {', '.join(known)}"
            )
        names = [models] if isinstance(models, str) else models
        given = {**options, **{name: tuple(options.get(name, ())) for name in _LISTS}}
        return cls(tuple(dict.fromkeys(str(name) for name in names)), **given)
