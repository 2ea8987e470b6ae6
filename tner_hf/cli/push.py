"""`tner-hf push`: publish models, datasets, demos and reports on the Hub."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tner_hf.cli.card import add_card_options, read_card_options
from tner_hf.cli.data_options import (
    LOADING,
    READING,
    add_file_options,
    add_loading_options,
    add_reading_options,
    files_by_split,
    given,
)
from tner_hf.cli.options import add_option, add_options
from tner_hf.cli.output import Output, quiet_libraries
from tner_hf.cli.parsing import Parser
from tner_hf.cli.subcommands import command_adder
from tner_hf.errors import SettingError

if TYPE_CHECKING:
    from tner_hf.publishing.hub import Pushed, Target

#: Options of a dataset's loading that a push uses for itself.
_OWN = ("revision",)


def main(argv: Sequence[str]) -> int:
    """Run one of the sub-commands."""
    parser = build_parser()
    options = parser.parse_args(argv)
    if options.run is None:
        parser.print_help()
        return 0
    quiet_libraries()
    if not sys.stderr.isatty():
        from huggingface_hub.utils.tqdm import disable_progress_bars

        disable_progress_bars()
    pushed: Pushed = options.run(options)
    _show(pushed, Output(as_json=options.json))
    return 0


def build_parser() -> argparse.ArgumentParser:
    """The options of all sub-commands."""
    parser = Parser(
        prog="tner-hf push",
        description="Publish on the Hub, as the account of `hf auth login` or HF_TOKEN. Only what "
        "changed is sent, in one commit; run a command again to complete it.",
        epilog="example: tner-hf push model runs/wnut --repo_id owner/name --dry_run",
    )
    command = command_adder(parser)

    model = command(
        "model",
        _push_model,
        "publish a checkpoint with a card, its scores and its matrix, after comparing what plain "
        "transformers gives people with what was scored",
        "model out --repo_id org/name",
    )
    model.add_argument("checkpoint", metavar="CHECKPOINT", help="output folder of a training")
    _add_model_options(model)

    dataset = command(
        "dataset",
        _push_dataset,
        "publish a corpus or your own files as Parquet with a card",
        "dataset wnut2017 --repo_id org/wnut2017",
    )
    dataset.add_argument("names", nargs="*", metavar="DATASET", help="corpora, a file or a folder")
    add_option(dataset, "dataset_config", nargs="+", default=[],
               help="configurations, e.g. en ja of wikiann")  # fmt: skip
    dataset.add_argument(
        "--permitted",
        action="store_true",
        help="you have the right to publish a corpus that states no licence",
    )
    dataset.add_argument(
        "--benchmark",
        action="store_true",
        help="write eval.yaml, which declares the test splits tasks of a benchmark",
    )
    add_file_options(dataset)
    add_loading_options(dataset, revision=False)
    add_reading_options(dataset)

    space = command(
        "space",
        _push_space,
        "publish a Gradio demo of models that are on the Hub",
        "space -m org/name --repo_id org/demo",
    )
    add_option(space, "model_name_or_path", nargs="+", required=True, metavar="ID", help="Hub ids")
    add_options(space, "title", "examples")

    report = command(
        "report",
        _push_report,
        "publish the tables of `tner-hf reproduce` on one page",
        "report paper --repo_id org/tables",
    )
    report.add_argument("folder", metavar="FOLDER", help="output folder of `tner-hf reproduce`")
    for each in (model, dataset, space, report):
        _add_push_options(each)
    return parser


def _add_model_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--adapter", action="store_true", help="publish the adapter of a run with --lora_r alone, "
        "without its base (default: the merged model, its adapter beside it)")  # fmt: skip
    add("--force", action="store_true", help="publish in spite of differences; the card says so")
    add_option(parser, "predictions_file", help="compare on what evaluate --predictions_file wrote")
    add_card_options(parser)


def _add_push_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("publishing")
    add = group.add_argument
    add_option(group, "repo_id", required=True, help="created where it is missing")
    add("--private", action="store_true", default=None, help="make a new repository private")
    add_option(group, "revision", metavar="BRANCH", help="branch to commit to (default: main)")
    add("--commit_message", metavar="TEXT", help="of the one commit")
    add("--token", help="of the Hub; better in HF_TOKEN, where other users cannot see it")
    add_option(group, "dry_run", action="store", nargs="?", const=True, default=False,
               metavar="FOLDER",
               help="write the exact folder (default: a new temporary one) and send "
                    "nothing")  # fmt: skip


def _target(options: argparse.Namespace) -> Target:
    from tner_hf.publishing.hub import Target

    names = ("repo_id", "private", "revision", "commit_message", "token", "dry_run")
    return Target(**{name: getattr(options, name) for name in names})


def _push_model(options: argparse.Namespace) -> Pushed:
    from tner_hf.publishing.hub import push_model

    return push_model(
        options.checkpoint,
        _target(options),
        adapter=options.adapter,
        force=options.force,
        predictions_file=options.predictions_file,
        **read_card_options(options),
    )


def _push_dataset(options: argparse.Namespace) -> Pushed:
    from tner_hf.publishing.hub import push_dataset

    together = files_by_split(options)
    if bool(options.names) == bool(together):
        raise SettingError("name a dataset, or its files with --train_file and so on; not both")
    source = options.names[0] if len(options.names) == 1 else options.names
    return push_dataset(
        together or source,
        _target(options),
        configs=options.dataset_config,
        permitted=options.permitted,
        benchmark=options.benchmark,
        **given(options, tuple(n for n in LOADING + READING if n not in _OWN)),
    )


def _push_space(options: argparse.Namespace) -> Pushed:
    from tner_hf.publishing.hub import push_space

    return push_space(
        options.model_name_or_path,
        _target(options),
        title=options.title,
        examples=options.examples,
    )


def _push_report(options: argparse.Namespace) -> Pushed:
    from tner_hf.publishing.hub import push_report

    return push_report(options.folder, _target(options))


def _show(pushed: Pushed, output: Output) -> None:
    output.data(pushed.to_dict())
    rows: list[list[str | int | None]] = [[path, size] for path, size in pushed.sent.items()]
    if pushed.folder is not None:
        output.text(f"{pushed.folder}: what would be sent to {pushed.url}")
        output.table(["file", "bytes"], rows)
        return
    if rows:
        output.table(["sent", "bytes"], rows)
    for path in pushed.deleted:
        output.text(f"deleted {path}")
    same = f", {len(pushed.unchanged)} unchanged" if pushed.unchanged else ""
    output.text(f"{pushed.url}: {len(rows)} files sent{same}, commit {(pushed.commit or '')[:10]}")
