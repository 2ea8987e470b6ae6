"""One table of options: a flag means the same in every command, and help reads well."""

from __future__ import annotations

import argparse
import importlib
from collections import defaultdict
from collections.abc import Iterator

import pytest

from tner_hf.cli import COMMANDS, main
from tner_hf.cli.completion import build_whole_parser
from tner_hf.cli.options import OPTIONS, SHORT
from tner_hf.cli.parsing import find_commands


def walk(
    parser: argparse.ArgumentParser, name: str
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    yield name, parser
    for commands in find_commands(parser):
        for inner, each in commands.choices.items():
            yield from walk(each, f"{name} {inner}")


@pytest.fixture(scope="module")
def parsers() -> dict[str, argparse.ArgumentParser]:
    built = {
        name: importlib.import_module(module).build_parser()
        for name, (module, _) in COMMANDS.items()
    }
    return dict(each for name, parser in built.items() for each in walk(parser, name))


def test_what_two_commands_share_is_declared_in_the_table(parsers) -> None:
    users: dict[str, set[str]] = defaultdict(set)
    for name, parser in parsers.items():
        if name == "train":
            continue  # its flags are fields of dataclasses
        for action in parser._actions:
            for flag in action.option_strings:
                hidden = action.help == argparse.SUPPRESS or flag == "--help"
                if flag.startswith("--") and not hidden:
                    users[flag.removeprefix("--")].add(name)
    card = {"card", "push model"}  # one function declares these for both
    push = {"push model", "push dataset", "push space", "push report"}
    alone = {
        flag: names
        for flag, names in users.items()
        if len(names) > 1
        and OPTIONS.keys().isdisjoint({flag, flag.removeprefix("no_")})
        and names not in (card, push)
    }
    assert alone == {}
    assert {name for name in OPTIONS if name not in users} == set()


def test_a_short_flag_is_the_same_long_one_everywhere(parsers) -> None:
    for name, parser in parsers.items():
        for action in parser._actions:
            longs = {flag.removeprefix("--") for flag in action.option_strings}
            for flag in action.option_strings:
                if not flag.startswith("--") and flag not in {"-h", "-f"}:
                    assert any(SHORT.get(long) == flag for long in longs), f"{name} {flag}"
            for long in longs & SHORT.keys():
                assert SHORT[long] in action.option_strings, f"{name} --{long}"


def test_no_flag_is_spelt_with_hyphens(parsers) -> None:
    for name, parser in parsers.items():
        for action in parser._actions:
            for flag in action.option_strings:
                underscored = f"--{flag[2:].replace('-', '_')}"
                assert "-" not in flag[2:] or underscored in action.option_strings, f"{name} {flag}"


@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_eighty_columns_and_shows_an_example(command, parsers, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for name, parser in parsers.items():
        if name.split()[0] == command:
            shown = parser.format_help()
            assert [line for line in shown.splitlines() if len(line) > 80] == [], name
            assert f"tner-hf {name}" in shown.partition("\nexample")[2], name


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("datasets chek x", "unknown command chek. Did you mean check? `tner-hf datasets --help`"),
        ("train -m x --max-lenght 3 -o y", "--max_length or --max_repeats or --max_steps?"),
        ("evaluate -m x -d y --max-lenght 3", "Did you mean --max_length? `tner-hf evaluate"),
        ("matrix -m x -d y -o z --batch_tokens 0", "'0' is no whole number from 1"),
    ],
)
def test_a_guess_names_one_spelling(words, message, capsys) -> None:
    assert main(words.split()) == 2
    assert message in capsys.readouterr().err


def test_hyphens_are_understood(parsers) -> None:
    words = ["-m", "x", "-d", "y", "--max-length=9", "--no-lowercase", "--batch-tokens", "7"]
    options = parsers["evaluate"].parse_args(words)
    assert (options.max_length, options.lowercase, options.batch_tokens) == (9, False, 7)
    assert parsers["evaluate"].parse_args(words[:4]).lowercase is None


def test_a_shell_completes_what_the_parsers_hold(parsers) -> None:
    shtab = pytest.importorskip("shtab")
    script = shtab.complete(build_whole_parser(), "bash")
    assert "_shtab_tner_hf_datasets_subparsers=(list info stats check convert" in script
    line = next(x for x in script.splitlines() if "_tner_hf_evaluate_option_strings=" in x)
    flags = {f for a in parsers["evaluate"]._actions for f in a.option_strings}
    assert set(line.partition("=(")[2].rstrip(")").split()) == flags
    assert "--max-length" not in script
