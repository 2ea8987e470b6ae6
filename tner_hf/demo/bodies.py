"""What a visitor sends: judged as it arrives, against the functions that it asks for.

Only the arguments that those functions name, of the types that they are annotated with, come in.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_type_hints

from tner_hf.formats.json_rows import HALF

#: What may name a session: clients draw it at random.
_SESSION = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)

#: What clients of Gradio send along, and what nobody needs here.
_PASSED_OVER = frozenset({"event_data", "trigger_id"})

Arguments = dict[str, Any]


class RefusedBody(Exception):  # noqa: N818 - said to the visitor, never raised to a caller
    """A body that is not what the endpoint takes."""


@dataclass(frozen=True)
class Kind:
    """A type of argument: what people call it, and whether a value is of it."""

    name: str
    holds: Callable[[object], bool]


def _is_text(value: object) -> bool:
    """Whether this is text without halves of characters, which JSON could say."""
    return isinstance(value, str) and (value.isascii() or HALF.search(value) is None)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_TEXT = "a string of whole characters"

_KINDS: dict[Any, Kind] = {
    str: Kind(_TEXT, _is_text),
    str | None: Kind(_TEXT, lambda value: value is None or _is_text(value)),
    bool: Kind("true or false", lambda value: isinstance(value, bool)),
    int: Kind("a whole number", _is_number),
    int | None: Kind("a whole number", lambda value: value is None or _is_number(value)),
    list[str]: Kind("a list of strings", _is_texts),
    list[str] | None: Kind("a list of names", lambda value: value is None or _is_texts(value)),
    list[Any]: Kind("a list", lambda value: isinstance(value, list)),
}


@dataclass(frozen=True)
class Endpoint:
    """A function that visitors can call, and what it takes.

    Args:
        call: the function; its annotations are among those of `_KINDS`.
        parameters: of the function, by name.
    """

    call: Callable[..., Any]
    parameters: Mapping[str, inspect.Parameter]

    @classmethod
    def of(cls, function: Callable[..., Any]) -> Endpoint:
        """The endpoint that a function is; what its annotations name is what it takes."""
        hints = get_type_hints(function)
        named = {
            name: parameter.replace(annotation=hints[name])
            for name, parameter in inspect.signature(function).parameters.items()
            if hints[name] in _KINDS
        }
        return cls(function, named)

    def without_work(self) -> Callable[..., Any]:
        """A function that looks like this one to visitors, for descriptions only."""

        def described() -> None:
            raise NotImplementedError

        described.__doc__ = self.call.__doc__
        described.__annotations__ = {name: p.annotation for name, p in self.parameters.items()}
        own = inspect.Signature(list(self.parameters.values()), return_annotation=Any)
        described.__signature__ = own  # type: ignore[attr-defined]
        return described

    def read_named(self, body: bytes) -> Arguments:
        """The arguments of an object of names and values."""
        return self._judge(_read_object(body, tuple(self.parameters)))

    def read_listed(self, body: bytes) -> Arguments:
        """The arguments of `{"data": [...]}`."""
        return self.judge_list(_read_object(body, ("data",)).get("data"))

    def judge_list(self, data: object) -> Arguments:
        """The arguments of a list, in the function's order."""
        if not isinstance(data, list) or len(data) > len(self.parameters):
            names = ", ".join(self.parameters)
            raise RefusedBody(f"data is {_show(data)}; accepted: a list of {names}")
        return self._judge(dict(zip(self.parameters, data, strict=False)))

    def _judge(self, given: Mapping[str, object]) -> Arguments:
        for name, parameter in self.parameters.items():
            kind = _KINDS[parameter.annotation]
            if name in given and not kind.holds(given[name]):
                raise RefusedBody(f"{name} is {_show(given[name])}; accepted: {kind.name}")
            if name not in given and parameter.default is inspect.Parameter.empty:
                raise RefusedBody(f"{name} is missing; accepted: {kind.name}")
        return dict(given)


@dataclass(frozen=True)
class Joining:
    """What a client of Gradio sends to join the queue: function, session and arguments."""

    function: int
    session: str
    data: object


def read_joining(body: bytes) -> Joining:
    """The body of `queue/join`."""
    known = ("data", "fn_index", "session_hash", *sorted(_PASSED_OVER))
    said = _read_object(body, known)
    function = said.get("fn_index")
    if not isinstance(function, int) or isinstance(function, bool):
        raise RefusedBody(f"fn_index is {_show(function)}; accepted: a number of /config")
    return Joining(function, read_session(said.get("session_hash")), said.get("data"))


def read_leaving(body: bytes) -> tuple[str, str]:
    """Session and event of a body of `cancel`."""
    said = _read_object(body, ("session_hash", "event_id", "fn_index"))
    return read_session(said.get("session_hash")), read_session(said.get("event_id"))


def read_session(value: object) -> str:
    """The name of a session or an event."""
    if not isinstance(value, str) or not _SESSION.fullmatch(value):
        raise RefusedBody(f"a session is called {_show(value)}; accepted: letters and digits")
    return value


def _read_object(body: bytes, known: tuple[str, ...]) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise RefusedBody("the body is not JSON; accepted: an object") from None
    if not isinstance(said, dict):
        raise RefusedBody(f"the body is {_show(said)}; accepted: an object")
    strange = next((name for name in said if name not in known), None)
    if strange is not None:  # it may be empty
        names = ", ".join(name for name in known if name not in _PASSED_OVER)
        raise RefusedBody(f"there is no {strange[:40]!a} here; accepted: {names}")
    return said


def _show(value: object) -> str:
    """What a value is, in few words; strings and lists may be long, so they are not repeated."""
    if value is None or isinstance(value, bool | float | int):
        return repr(value)[:40]
    if isinstance(value, list):
        return f"a list of {len(value):,}"
    if isinstance(value, str):
        return f"a string of {len(value):,} characters"
    return "an object"
