"""Commands that have sub-commands of their own: `tner-hf datasets …`, `labels …`, `push …`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any

from tner_hf.cli.options import add_option
from tner_hf.cli.output import Output


def command_adder(
    parser: argparse.ArgumentParser,
) -> Callable[[str, Any, str, str], argparse.ArgumentParser]:
    """What adds a sub-command to a parser: its name, what it runs, a summary and an example.

    The parsed options hold what to run as `run`, None where no sub-command was given.
    """
    parser.set_defaults(run=None, json=False)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    def add(name: str, run: Any, summary: str, example: str) -> argparse.ArgumentParser:
        added = commands.add_parser(
            name,
            help=summary,
            description=summary[0].upper() + summary[1:] + ".",
            epilog=f"example: {parser.prog} {example}",
        )
        added.set_defaults(run=run)
        add_option(added, "json")
        return added

    return add


def run_command(parser: argparse.ArgumentParser, argv: Sequence[str]) -> int:
    """Run the sub-command that is asked for; without one the help is shown."""
    options = parser.parse_args(argv)
    if options.run is None:
        parser.print_help()
        return 0
    status: int = options.run(options, Output(as_json=options.json))
    return status
