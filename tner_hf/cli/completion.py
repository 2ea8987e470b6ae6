"""`tner-hf completion`: what a shell needs to complete commands, flags and files at the TAB key."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from tner_hf.cli.parsing import Parser, drop_hyphened, find_commands
from tner_hf.errors import MissingExtraError

EXAMPLES = """\
examples:
  tner-hf completion bash > ~/.local/share/bash-completion/completions/tner-hf
  tner-hf completion zsh > ~/.zfunc/_tner-hf   # with fpath+=~/.zfunc in .zshrc
"""

#: Values that are files or folders, by what the help calls them.
_PATHS = frozenset({"FILE", "FOLDER", "MODEL", "OUT", "IN", "INPUT", "CHECKPOINT", "SYSTEM"})


def main(argv: Sequence[str]) -> int:
    """Run the command; the script goes to standard output."""
    options = build_parser().parse_args(argv)
    try:
        import shtab
    except ImportError:
        raise MissingExtraError("completion", "completion") from None

    sys.stdout.write(shtab.complete(build_whole_parser(), options.shell) + "\n")
    return 0


def build_parser() -> argparse.ArgumentParser:
    """The options of the command."""
    parser = Parser(
        prog="tner-hf completion",
        description="Print a script that completes commands, flags and files. It holds what there "
        "is now: write it again after an upgrade.",
        epilog=EXAMPLES,
    )
    parser.add_argument("shell", choices=("bash", "zsh", "tcsh"), help="the shell that reads it")
    return parser


def build_whole_parser() -> argparse.ArgumentParser:
    """One parser with every command as a sub-command."""
    from tner_hf.cli import COMMANDS

    whole = argparse.ArgumentParser("tner-hf")
    commands = whole.add_subparsers(title="commands", metavar="COMMAND")
    for name, (module, summary) in COMMANDS.items():
        one = importlib.import_module(module).build_parser()
        commands.add_parser(name, help=summary, parents=[one], conflict_handler="resolve")
    _prepare(whole)
    return whole


def _prepare(parser: argparse.ArgumentParser) -> None:
    """Say which values are files, and leave second spellings out."""
    import shtab

    for action in parser._actions:
        drop_hyphened(action)
        if str(action.metavar) in _PATHS:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
    for commands in find_commands(parser):
        for inner in commands.choices.values():
            _prepare(inner)
