"""Command lines whose mistakes are one line, with a guess at what was meant."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

from tner_hf.errors import SettingError
from tner_hf.files import check_writable

#: Options that name what a command writes.
_OUTPUTS = ("output_file", "output_dir", "output", "facts_file")


class Parser(argparse.ArgumentParser):
    """A parser that raises where argparse would print a page of usage and end the program.

    What cannot be written is told before the work, too.
    """

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """The options and what is left over.

        Raises:
            SettingError: there is a mistake.
            FileError: an output cannot be written.
        """
        options, rest = super().parse_known_args(args, namespace)
        for name in _OUTPUTS:
            if given := getattr(options, name, None):
                check_writable(given)
        return options, rest

    def error(self, message: str) -> NoReturn:
        """Say what is wrong.

        Raises:
            SettingError: always.
        """
        unknown = message.partition("unrecognized arguments: ")[2].split()
        if unknown and unknown[0].startswith("-"):
            message = describe_unknown("flag", unknown[0].partition("=")[0], list_flags(self))
        message = message if message.endswith((".", "?")) else f"{message}."
        raise SettingError(f"{message} `{self.prog} --help` shows what is accepted.")


def list_flags(parser: argparse.ArgumentParser) -> Iterator[str]:
    """The flags of a parser and of its sub-commands."""
    for action in parser._actions:
        yield from action.option_strings
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from list_flags(inner)


def describe_unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """That a name is unknown, and which of very many may have been meant."""
    near = difflib.get_close_matches(name, sorted(set(known)), n=3, cutoff=0.6)
    return f"unknown {kind} {name}." + (f" Did you mean {' or '.join(near)}?" if near else "")
