"""`tner-hf datasets`: list, show, count, check and export corpora and your own files."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict

from tner_hf.cli.data_options import (
    LOADING,
    READING,
    add_file_options,
    add_loading_options,
    add_reading_options,
    files_by_split,
    given,
)
from tner_hf.cli.datasets_check import check
from tner_hf.cli.datasets_tables import show_census, show_corpora, show_corpus, show_stats
from tner_hf.cli.options import add_option
from tner_hf.cli.output import Output, quiet_libraries
from tner_hf.cli.parsing import Parser
from tner_hf.cli.subcommands import command_adder, run_command
from tner_hf.formats.writing import TARGETS


def main(argv: Sequence[str]) -> int:
    """Run one of the sub-commands; 1 where `check` found errors."""
    return run_command(build_parser(), argv)


def build_parser() -> argparse.ArgumentParser:
    """The options of all sub-commands."""
    parser = Parser(
        prog="tner-hf datasets",
        description="Named corpora and your own files. Raw files come from data_dir, from the "
        "mirror root TNER_HF_SOURCES, or from the authors' address.",
        epilog="example: tner-hf datasets check train.txt test.txt",
    )
    command = command_adder(parser)

    command("list", _list, "list the named corpora", "list")

    info = command("info", _info, "show what is known of a corpus", "info wnut2017")
    info.add_argument("name", metavar="CORPUS", help="as `tner-hf datasets list` shows it")

    stats = command(
        "stats",
        _stats,
        "count sentences, tokens and entities; without a name, of every named corpus whose files "
        "are here, beside what is declared and the paper's Table 1",
        "stats wnut2017 wikiann/ja",
    )
    stats.add_argument(
        "names", nargs="*", metavar="DATASET", help="corpora, files, folders or Hub ids"
    )

    checking = command(
        "check",
        check,
        "report every problem of data files as path:line: what, and what splits and corpora have "
        "in common: recurring sentences, known entities, strings of several types, shifted types, "
        "sentences too long for a model",
        "check train.txt dev.txt test.txt",
    )
    checking.add_argument(
        "names", nargs="*", metavar="NAME", help="files, folders, corpora or Hub ids"
    )
    checking.add_argument(
        "--fix",
        metavar="OUTPUT",
        help="write a repaired copy of an IOB file, or of several into a folder; say what changed",
    )
    add_option(checking, "model_name_or_path", help="count the sub-tokens of this model")
    checking.add_argument(
        "--all", action="store_true", help="each problem, not the first three of each cause"
    )
    add_option(checking, "html", help="write a page that leads from each finding to its sentences")
    add_option(checking, "max_length", help="what fits (default: as the model has it)")

    convert = command(
        "convert",
        _convert,
        "write data in another format, and say what that cannot carry over",
        "convert annotated.jsonl train.iob2 --to iob2",
    )
    convert.add_argument("names", nargs="+", metavar="IN", help="files, or one dataset of any kind")
    convert.add_argument("output", metavar="OUT", help="the file; a folder for splits and for brat")
    add_option(convert, "to", required=True, choices=TARGETS)

    command("formats", _formats, "list the formats of files that are read", "formats")

    export = command(
        "export",
        _export,
        "write a dataset as Parquet with a dataset card, for plain datasets.load_dataset(FOLDER)",
        "export wnut2017 ./wnut2017",
    )
    export.add_argument(
        "names", nargs="+", metavar="DATASET", help="a corpus, file, folder or Hub id; or several"
    )
    export.add_argument("folder", metavar="FOLDER", help="where to write; absent or empty")
    add_option(export, "dataset_config", nargs="+", default=[],
               help="configurations, e.g. en ja of wikiann")  # fmt: skip
    export.add_argument("--overwrite", action="store_true", help="replace what FOLDER holds")

    for each in (stats, checking):
        add_file_options(each)
    for each in (stats, checking, convert, export):
        add_loading_options(each)
        add_reading_options(each)
    return parser


def _list(options: argparse.Namespace, output: Output) -> int:
    del options
    from tner_hf.data.corpora import corpus, corpus_names

    facts = [corpus(name) for name in corpus_names()]
    output.data([each.to_dict() for each in facts])
    show_corpora(facts, output)
    return 0


def _info(options: argparse.Namespace, output: Output) -> int:
    from tner_hf.data.corpora import corpus

    facts = corpus(options.name.partition("/")[0])
    output.data(facts.to_dict())
    show_corpus(facts, output)
    return 0


def _convert(options: argparse.Namespace, output: Output) -> int:
    from tner_hf.data.convert import convert_dataset

    quiet_libraries()
    done = convert_dataset(
        options.names, options.output, options.to, **given(options, LOADING + READING)
    )
    output.data(asdict(done))
    for file in done.files:
        output.text(file)
    for loss in done.losses:
        output.text(f"not carried over: {loss}")
    output.text(f"{done.sentences:,} sentences")
    return 0


def _formats(options: argparse.Namespace, output: Output) -> int:
    del options
    from tner_hf.formats.table import FORMATS

    output.data([asdict(each) for each in FORMATS])
    rows = [[each.name, each.title, " ".join(each.suffixes), each.example] for each in FORMATS]
    output.table(["format", "what it is", "files", "for example"], rows)
    output.text("\nA file's format is recognised; --format NAME says it.")
    return 0


def _stats(options: argparse.Namespace, output: Output) -> int:
    from tner_hf.data.census import take_census
    from tner_hf.data.stats import corpus_stats

    quiet_libraries()
    loading = given(options, LOADING + READING)
    together = files_by_split(options)
    if not options.names and not together:
        output.note("counting the corpora whose files are here …")
        sizes = take_census(data_dir=options.data_dir, cache_dir=options.cache_dir)
        output.data([row.to_dict() for row in sizes])
        show_census(sizes, output)
        return 0
    sources = [*options.names, *([together] if together else [])]
    found = [corpus_stats(source, **loading) for source in sources]
    output.data([stats.to_dict() for stats in found])
    for index, stats in enumerate(found):
        output.text("" if index == 0 else "\n")
        show_stats(stats, output)
    return 0


def _export(options: argparse.Namespace, output: Output) -> int:
    from tner_hf.data.export import export_dataset

    quiet_libraries()
    source = options.names[0] if len(options.names) == 1 else options.names
    folder = export_dataset(
        source,
        options.folder,
        configs=options.dataset_config,
        overwrite=options.overwrite,
        **given(options, LOADING + READING),
    )
    output.data({"folder": str(folder), "files": sorted(map(str, folder.rglob("*.*")))})
    output.text(f'{folder}: read it with datasets.load_dataset("{folder}")')
    return 0
