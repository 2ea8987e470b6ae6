"""Command lines whose mistakes are one line, with a guess at what was meant, and their help."""

from __future__ import annotations

import argparse
import difflib
import itertools
import shutil
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NoReturn

from tner_hf.errors import SettingError
from tner_hf.files import check_writable

#: Options that name what a command writes.
_OUTPUTS = ("output_file", "output_dir", "facts_file", "html")

#: Flags of earlier versions and of run_ner.py, to what they are called now.
RENAMED = {
    "--models": "--model_name_or_path",
    "--datasets": "--dataset_name",
    "--corpora": "--dataset_name",
    "--measure": "--metric",
    "--types": "--ignore_types",
    "--config": "--dataset_config",
    "--revision": "--dataset_revision",
    "--model_revision": "--revision",
    "--max_samples": "--max_eval_samples",
    "--max_seq_length": "--max_length",
    "--label_all_tokens": "--label_all_subtokens",
}

#: Columns beyond which lines of help are hard to read.
_WIDEST = 100


class Help(argparse.HelpFormatter):
    """Help within the terminal's width: a usage of what is needed, examples as they are typed."""

    def __init__(self, prog: str, **how: Any) -> None:
        width = min(shutil.get_terminal_size().columns, _WIDEST)
        super().__init__(prog, **{"max_help_position": 30, "width": width, **how})

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[Any],
        prefix: str | None = None,
    ) -> None:
        """What must be given; argparse would list every option twice."""
        if usage is None:
            needed = [each for each in actions if each.required or not each.option_strings]
            words = [self._prog, *map(self._show_needed, needed)]
            # argparse asks for the prefix of a sub-command's usage in the same way.
            usage = " ".join(words if prefix == "" else [*words, "[OPTIONS]"]).replace("%", "%%")
        super().add_usage(usage, actions, groups, prefix)

    def _show_needed(self, action: argparse.Action) -> str:
        flag = f"{action.option_strings[0]} " if action.option_strings else ""
        if _has_many(action):
            return flag + action.dest.upper()
        dest = action.dest if action.option_strings else action.metavar or action.dest
        return flag + self._format_args(action, str(dest).upper())

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if text.startswith("example"):
            return textwrap.indent(text, indent)
        return super()._fill_text(text, width, indent)

    def _format_action_invocation(self, action: argparse.Action) -> str:
        if not action.option_strings:
            return super()._format_action_invocation(action)
        flags = ", ".join(sorted(_declared(action), key=lambda flag: flag.startswith("--")))
        if action.nargs == 0 or action.const is True:
            return flags
        if _has_many(action):
            return f"{flags} {action.dest.upper()}"
        return (
            f"{flags} {self._format_args(action, self._get_default_metavar_for_optional(action))}"
        )

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if _has_many(action) and action.choices:
            return f"{action.help}; {', '.join(map(str, action.choices))}"
        return action.help

    def _get_default_metavar_for_optional(self, action: argparse.Action) -> str:
        return "N" if action.type is int else "X" if action.type is float else action.dest.upper()


class Parser(argparse.ArgumentParser):
    """A parser that raises where argparse would print a page of usage and end the program.

    What cannot be written is told before the work, too. `--max-length` is `--max_length`.
    """

    def __init__(self, *args: Any, **how: Any) -> None:
        super().__init__(*args, **{"formatter_class": Help, **how})

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """The options and what is left over.

        Raises:
            SettingError: there is a mistake.
            FileError: an output cannot be written.
        """
        flags = set(list_flags(self))
        words = None if args is None else underscore(args, flags)
        if not find_commands(self):  # before a missing flag is complained about
            for word in itertools.takewhile(lambda each: each != "--", words or ()):
                if (old := word.partition("=")[0]) not in flags and RENAMED.get(old) in flags:
                    self.error(describe_unknown("flag", old, flags))
        options, rest = super().parse_known_args(words, namespace)
        for name in _OUTPUTS:
            if given := getattr(options, name, None):
                check_writable(given, is_file=name == "html")
        return options, rest

    def error(self, message: str) -> NoReturn:
        """Say what is wrong.

        Raises:
            SettingError: always.
        """
        unknown = message.partition("unrecognized arguments: ")[2].split()
        if unknown and unknown[0].startswith("-"):
            message = describe_unknown("flag", unknown[0].partition("=")[0], list_flags(self))
        if (chosen := message.partition("invalid choice: '")[2]) and self._subparsers:
            message = describe_unknown("command", chosen.partition("'")[0], self.commands())
        message = message if message.endswith((".", "?")) else f"{message}."
        raise SettingError(f"{message} `{self.prog} --help` shows what is accepted.")

    def commands(self) -> list[str]:
        """The names of sub-commands."""
        return [name for action in find_commands(self) for name in action.choices]


def _spell(word: str) -> str:
    """A word, or a long flag as flags are declared.

    >>> _spell("--max-length=9"), _spell("-m"), _spell("run-on")
    ('--max_length=9', '-m', 'run-on')
    """
    return f"--{word[2:].replace('-', '_')}" if word.startswith("--") else word


def underscore(words: Sequence[str], flags: Iterable[str]) -> list[str]:
    """The words with known flags spelt as they are declared, up to a lone `--`.

    >>> underscore(["--max-length=9", "--no-such", "--", "--max-length"], {"--max_length"})
    ['--max_length=9', '--no-such', '--', '--max-length']
    """
    known, spelt = set(flags), list(words)
    end = spelt.index("--") if "--" in spelt else len(spelt)
    for index, word in enumerate(spelt[:end]):
        flag, sign, value = word.partition("=")
        if flag not in known and _spell(flag) in known:
            spelt[index] = f"{_spell(flag)}{sign}{value}"
    return spelt


def list_flags(parser: argparse.ArgumentParser) -> Iterator[str]:
    """The flags of a parser and of its sub-commands."""
    for action in parser._actions:
        yield from action.option_strings
    for commands in find_commands(parser):
        for inner in commands.choices.values():
            yield from list_flags(inner)


def describe_unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """That a name is unknown, and what it is called now, or which of many may have been meant.

    >>> describe_unknown("flag", "--measure", ["--metric", "--device"])
    'unknown flag --measure: it is now --metric.'
    >>> describe_unknown("flag", "--max-lenght", ["--max-length", "--max_length"])
    'unknown flag --max-lenght. Did you mean --max_length?'
    """
    if kind == "flag" and RENAMED.get(_spell(name)) in (known := set(known)):
        return f"unknown flag {name}: it is now {RENAMED[_spell(name)]}."
    spellings = sorted({_spell(each) for each in known})
    near = difflib.get_close_matches(_spell(name), spellings, n=3, cutoff=0.6)
    return f"unknown {kind} {name}." + (f" Did you mean {' or '.join(near)}?" if near else "")


def find_commands(parser: argparse.ArgumentParser) -> list[Any]:
    """The actions that hold sub-commands: at most one."""
    return [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]


def drop_hyphened(action: argparse.Action) -> None:
    """Leave one spelling of each flag, for what lists them."""
    action.option_strings = _declared(action)


def _declared(action: argparse.Action) -> list[str]:
    """The flags of an action, without those that spell another one with hyphens."""
    flags = action.option_strings
    return [flag for flag in flags if _spell(flag) == flag or _spell(flag) not in flags]


def _has_many(action: argparse.Action) -> bool:
    """Whether its choices are too many for the line of the flag."""
    return action.choices is not None and len(",".join(map(str, action.choices))) > 48
