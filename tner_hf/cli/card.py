"""`tner-hf card`: the model card of a checkpoint, from the files that its run left behind."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tner_hf.cli.options import add_option
from tner_hf.cli.parsing import Parser
from tner_hf.errors import SettingError

if TYPE_CHECKING:
    from tner_hf.publishing.cards import CardFacts

EXAMPLES = """\
examples:
  tner-hf evaluate -m runs/wnut -d wnut2017 -o wnut.json
  tner-hf card runs/wnut --results wnut.json -o runs/wnut/README.md
  tner-hf card runs/wnut --facts_file model_cards/wnut/results.json
  tner-hf card model_cards/wnut/results.json -o model_cards/wnut/README.md
"""

#: Flag to the argument of `collect_facts` that it gives.
_CARD = {
    "results": "results", "matrix": "matrix_folder", "allow_unscored": "allow_unscored",
    "name": "name", "license": "license", "language": "languages", "base_model": "base_model",
    "new_version": "new_version", "widget": "widget", "dataset_id": "dataset_ids",
}  # fmt: skip


def main(argv: Sequence[str]) -> int:
    """Run the command; the card goes to standard output, or to a file."""
    options = build_parser().parse_args(argv)

    from tner_hf.files import write_file
    from tner_hf.publishing.cards import render_card

    facts = _find_facts(options)
    if options.facts_file:
        write_file(options.facts_file, facts.to_json())
    text = render_card(facts)
    if options.output_file:
        write_file(options.output_file, text)
    elif not options.facts_file:
        sys.stdout.write(text)
    return 0


def build_parser() -> argparse.ArgumentParser:
    """The options of the command."""
    parser = Parser(
        prog="tner-hf card",
        description="Write the card of a model from its run's own files: metadata for the Hub, and "
        "a page with usage, training data, scores, limits and citation. What no file says is left "
        "out.",
        epilog=EXAMPLES,
    )
    add = parser.add_argument
    add("checkpoint", metavar="CHECKPOINT", help="folder of a model, or a stored results.json")
    add_card_options(parser)
    add_option(parser, "repo_id", help="where the model is, or will be, published")
    out = parser.add_argument_group("output")
    add_option(out, "output_file", help="write the card, usually README.md")
    out.add_argument(
        "--facts_file", metavar="FILE", help="write the facts behind it, usually results.json"
    )
    return parser


def add_card_options(parser: argparse.ArgumentParser) -> None:
    """What a card is made of, and what the files of a run may not say."""
    add = parser.add_argument_group("card").add_argument
    add("--results", nargs="+", metavar="FILE",
        help="what `evaluate --output_file` wrote (default: those in the folder)")  # fmt: skip
    add("--matrix", metavar="FOLDER", help="output folder of a `tner-hf matrix` with this model")
    add("--allow_unscored", action="store_true",
        help="take scores that leave tokens without a prediction; the card says so")  # fmt: skip
    add("--name", help="of the model (default: the repository's name, or the folder's)")
    add("--license", help="identifier on the Hub, e.g. mit (default: that of the base model)")
    add("--language", nargs="+", metavar="CODE", help="BCP 47 codes, e.g. en pt-BR")
    add("--base_model", metavar="ID", help="Hub id of what was fine-tuned")
    add("--new_version", metavar="ID", help="Hub id of the model that takes this one's place")
    add("--widget", nargs="+", metavar="TEXT", help="texts to try the model on")
    add("--dataset_id", nargs="+", metavar="CORPUS=ID", type=_read_id, default=(),
        help="where a corpus is published, e.g. wnut2017=org/wnut2017")  # fmt: skip


def read_card_options(options: argparse.Namespace) -> dict[str, Any]:
    """The options of `add_card_options` that were given, as arguments of `collect_facts`."""
    given = {_CARD[flag]: value for flag in _CARD if (value := getattr(options, flag))}
    return {**given, "dataset_ids": dict(options.dataset_id)}


def _find_facts(options: argparse.Namespace) -> CardFacts:
    from tner_hf.publishing.cards import CardFacts, collect_facts

    if Path(options.checkpoint).is_file():
        if given := [name for name in (*_CARD, "repo_id", "facts_file") if getattr(options, name)]:
            raise SettingError(
                f"--{given[0]} goes with the folder of a model; {options.checkpoint} holds facts "
                "that were collected before"
            )
        return CardFacts.load(options.checkpoint)
    return collect_facts(options.checkpoint, repo_id=options.repo_id, **read_card_options(options))


def _read_id(text: str) -> tuple[str, str]:
    corpus, _, hub_id = text.partition("=")
    if not (corpus and hub_id):
        raise argparse.ArgumentTypeError(f"{text!r}; accepted: CORPUS=ID, e.g. fin=org/fin")
    return corpus, hub_id
