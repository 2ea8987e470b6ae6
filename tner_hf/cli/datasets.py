"""`tner-hf datasets`: list, show, count, check and export corpora and your own files."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tner_hf.cli.output import Cell, Output, quiet_libraries
from tner_hf.errors import DataError, Problem, SettingError

if TYPE_CHECKING:
    from tner_hf.data.corpora import Corpus
    from tner_hf.data.fix import FixLog
    from tner_hf.data.stats import CorpusStats
    from tner_hf.data.table1 import TableRow

#: Options that `load_dataset` understands and that are handed on where they are given.
_LOADING = (
    "native",
    "unify",
    "data_dir",
    "cache_dir",
    "revision",
    "tokenizer",
    "token_column",
    "tag_column",
    "delimiter",
    "scheme",
    "encoding",
    "strict",
    "label2id",
)

_SPLITS = ("train", "validation", "test")


def main(argv: Sequence[str]) -> int:
    """Run one of the sub-commands; 1 where `check` found errors."""
    parser = build_parser()
    options = parser.parse_args(argv)
    if options.run is None:
        parser.print_help()
        return 0
    output = Output(as_json=options.json)
    status: int = options.run(options, output)
    return status


def build_parser() -> argparse.ArgumentParser:
    """The options of all sub-commands."""
    parser = argparse.ArgumentParser(
        prog="tner-hf datasets",
        description="Named corpora and your own files. Raw files come from data_dir, from the "
        "mirror root TNER_HF_SOURCES, or from the authors' address.",
    )
    parser.set_defaults(run=None, json=False)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    def command(name: str, run: Any, summary: str, example: str) -> argparse.ArgumentParser:
        added = commands.add_parser(
            name,
            help=summary,
            description=summary[0].upper() + summary[1:] + ".",
            epilog=f"example: tner-hf datasets {example}",
        )
        added.set_defaults(run=run)
        added.add_argument("--json", action="store_true", help="print JSON instead of tables")
        return added

    command("list", _list, "list the named corpora", "list")

    info = command("info", _info, "show what is known of a corpus", "info wnut2017")
    info.add_argument("name", metavar="CORPUS", help="as `tner-hf datasets list` shows it")

    stats = command(
        "stats",
        _stats,
        "count sentences, tokens and entities; without a name, set the paper's Table 1 beside "
        "what is built here",
        "stats wnut2017 wikiann/ja",
    )
    stats.add_argument(
        "names", nargs="*", metavar="DATASET", help="corpora, files, folders or Hub ids"
    )
    _add_file_options(stats)
    _add_loading_options(stats)
    _add_reading_options(stats)

    check = command(
        "check",
        _check,
        "report every problem of data files as path:line: what",
        "check train.txt dev.txt test.txt",
    )
    check.add_argument("files", nargs="*", metavar="FILE", help="IOB, JSON lines or Parquet files")
    check.add_argument(
        "--fix", metavar="FOLDER", help="write repaired copies of IOB files, and say what changed"
    )
    _add_file_options(check)
    _add_reading_options(check)

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
    export.add_argument(
        "--config", nargs="+", default=[], metavar="C", help="configurations, e.g. en ja of wikiann"
    )
    export.add_argument("--overwrite", action="store_true", help="replace what FOLDER holds")
    _add_loading_options(export)
    _add_reading_options(export)
    return parser


def _add_file_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("files that belong together")
    for split in _SPLITS:
        group.add_argument(f"--{split}_file", nargs="+", metavar="FILE", help=f"the {split} split")


def _add_loading_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("loading").add_argument
    add("--native", action="store_true", default=None, help="keep a corpus's own types")
    add("--unify", action="store_true", default=None, help="map your own types to the unified ones")
    add("--data_dir", help="folder with a corpus's raw files")
    add("--cache_dir", help="where built datasets are kept")
    add("--revision", help="branch, tag or commit of a Hub dataset")
    add("--tokenizer", help="mecab: group Japanese characters into words")
    add("--label2id", help="JSON file that says which tag each integer is")


def _add_reading_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("reading files").add_argument
    add("--token_column", type=_column, help="column of the token (default: the first, 0)")
    add("--tag_column", type=_column, help="column of the tag (default: the last, -1)")
    add("--delimiter", type=_unescape, help=r"between columns, e.g. '\t' (default: detected)")
    add("--scheme", help="IOB1, IOB2, BIOES, BILOU or IO (default: detected)")
    add("--encoding", help="of the files (default: utf-8)")
    add(
        "--strict",
        action="store_true",
        default=None,
        help="an I- tag that starts an entity in an IOB2 file is an error",
    )


def _list(options: argparse.Namespace, output: Output) -> int:
    del options
    from tner_hf.data.corpora import corpus, corpus_names

    facts = [corpus(name) for name in corpus_names()]
    output.data([each.to_dict() for each in facts])
    header = ["corpus", "domain", "languages", "types", *_SPLITS, "licence"]
    rows: list[list[Cell]] = []
    for each in facts:
        counts = each.counts.get(each.configs[0], {})
        sizes = [counts[s].sentences if s in counts else None for s in _SPLITS]
        types = len(dict.fromkeys(each.types.values()))
        licence = each.licence.partition(";")[0].partition("(")[0].strip()
        rows.append([each.name, each.domain, _languages(each), types, *sizes, licence])
    output.table(header, rows)
    output.text("\nSizes are sentences. tner-hf datasets info CORPUS tells more.")
    return 0


def _languages(facts: Corpus) -> str:
    return " ".join(facts.languages) if len(facts.languages) < 4 else str(len(facts.languages))


def _info(options: argparse.Namespace, output: Output) -> int:
    from tner_hf.data.corpora import corpus

    facts = corpus(options.name.partition("/")[0])
    output.data(facts.to_dict())
    output.heading(f"{facts.name}: {facts.title}, named entities in {facts.domain}")
    output.text()
    may = "may be" if facts.redistributable else "must not be"
    _definition(output, "home", facts.homepage)
    _definition(output, "licence", f"{facts.licence}; the converted corpus {may} published")
    _definition(output, "languages", " ".join(facts.languages))
    _definition(output, "configurations", " ".join(facts.configs))
    for file, addresses in facts.sources.items():
        _definition(output, "source", f"{file} from {' or '.join(addresses)}")
    if facts.how_to_get:
        _definition(output, "how to get it", facts.how_to_get)
    output.text()
    output.table(["type", "unified type"], [[n, u] for n, u in facts.types.items()])
    rows: list[list[Cell]] = [
        [config, split, counts.sentences, counts.tokens, counts.entities]
        for config, splits in facts.counts.items()
        for split, counts in splits.items()
    ]
    if rows:
        output.text()
        output.table(["configuration", "split", "sentences", "tokens", "entities"], rows)
    if facts.paper_note:
        output.text()
        _definition(output, "in the paper", facts.paper_note)
    output.text(f"\n{facts.citation.strip()}")
    return 0


def _definition(output: Output, name: str, text: str) -> None:
    output.text(
        textwrap.fill(
            text,
            width=output.width,
            initial_indent=f"{name + ':':<16} ",
            subsequent_indent=" " * 17,
            break_long_words=False,
            break_on_hyphens=False,
        )
    )


def _stats(options: argparse.Namespace, output: Output) -> int:
    from tner_hf.data.stats import corpus_stats
    from tner_hf.data.table1 import table1

    quiet_libraries()
    loading = _loading_options(options)
    together = _files_by_split(options)
    if not options.names and not together:
        output.note("building the corpora of the paper's Table 1 …")
        paper = table1(data_dir=options.data_dir, cache_dir=options.cache_dir)
        output.data([row.to_dict() for row in paper])
        _show_table1(paper, output)
        return 0
    sources = [*options.names, *([together] if together else [])]
    found = [corpus_stats(source, **loading) for source in sources]
    output.data([stats.to_dict() for stats in found])
    for index, stats in enumerate(found):
        output.text("" if index == 0 else "\n")
        _show_stats(stats, output)
    return 0


def _show_stats(stats: CorpusStats, output: Output) -> None:
    output.heading(stats.name)
    lengths = ("median", "p99", "longest")
    output.table(
        ["split", "sentences", "tokens", "entities", *lengths, "also in train"],
        [
            [
                split,
                s.sentences,
                s.tokens,
                s.entities,
                *(s.lengths.get(q) for q in lengths),
                None if split == "train" or "train" not in stats.splits else s.seen_in_train,
            ]
            for split, s in stats.splits.items()
        ],
    )
    for note in stats.notes:
        output.text(f"note: {note}")
    types = list(dict.fromkeys(t for s in stats.splits.values() for t in s.types))
    output.text()
    output.table(
        ["entities of type", *stats.splits],
        [[t, *(s.types.get(t, 0) for s in stats.splits.values())] for t in types],
    )


def _show_table1(rows: Sequence[TableRow], output: Output) -> None:
    output.heading("Table 1 of the T-NER paper, and what is built here (sentences)")
    table: list[list[Cell]] = []
    for row in rows:
        table.append([row.corpus, "paper", row.paper_types, *_by_split(row.paper), None])
        here = [row.types, *_by_split(row.built or row.declared)]
        state = "equal" if row.agrees else "differs"
        table.append([None, "here", *here, state if row.built else f"{state}; not built"])
        if row.as_in_paper:
            state = "equal" if row.as_in_paper == row.paper else "differs"
            rebuilt = [row.types, *_by_split(row.as_in_paper)]
            table.append([None, "config paper", *rebuilt, state])
    output.table(["corpus", "", "types", *_SPLITS, "sentences"], table)
    _explain(output, "Notes", {r.corpus: r.explanation for r in rows})
    _explain(output, "Not built; sizes are as declared", {r.corpus: r.missing for r in rows})


def _by_split(sizes: Mapping[str, int]) -> list[int | None]:
    return [sizes.get(split) for split in _SPLITS]


def _explain(output: Output, title: str, reasons: Mapping[str, str]) -> None:
    given = {name: reason for name, reason in reasons.items() if reason}
    if given:
        output.text()
        output.heading(title)
    for name, reason in given.items():
        output.text(
            textwrap.fill(
                reason,
                width=output.width,
                initial_indent=f"{name}: ",
                subsequent_indent="    ",
                break_long_words=False,
                break_on_hyphens=False,
            )
        )


def _check(options: argparse.Namespace, output: Output) -> int:
    from tner_hf.data.check import CheckReport, check_files
    from tner_hf.data.own_files import DATA_SUFFIXES, IOB_SUFFIXES

    files: Any = _files_by_split(options)
    if bool(files) == bool(options.files):
        raise SettingError(
            f"{'both' if files else 'neither'} of FILE… and --train_file … given; name the files "
            "one way, e.g. tner-hf datasets check train.txt test.txt"
        )
    others = DATA_SUFFIXES - IOB_SUFFIXES
    named = options.files or [path for group in files.values() for path in group]
    columnar = [path for path in named if Path(path).suffix.lower() in others]
    iob: Any = [path for path in options.files if path not in columnar] or {
        split: kept
        for split, group in files.items()
        if (kept := [path for path in group if path not in columnar])
    }
    reading = _given(
        options, ("token_column", "tag_column", "delimiter", "scheme", "encoding", "strict")
    )
    report = check_files(iob, **reading) if iob else CheckReport((), ())
    problems = (*report.problems, *(p for path in columnar for p in _problems_of(path, reading)))
    report = CheckReport(problems, report.files)
    for problem in report.problems:
        output.text(f"{problem}" if problem.severity == "error" else f"{problem} (warning)")
    _summarise(report, named, output)
    if options.fix is None:
        output.data(report.to_dict())
        return 0 if report.ok else 1
    plain = [path for path in named if path not in columnar]
    logs = _fix(plain, Path(options.fix), reading, output)
    output.data({**report.to_dict(), "fixes": [log.to_dict() for log in logs]})
    return 0 if len(logs) == len(named) else 1


def _fix(
    paths: Sequence[str], folder: Path, reading: Mapping[str, Any], output: Output
) -> Sequence[FixLog]:
    """Write repaired copies; the logs of those that could be repaired."""
    from tner_hf.data.fix import fix_file

    if len({Path(path).name for path in paths}) < len(paths):
        raise SettingError("--fix FOLDER: two of the files have the same name; fix them one by one")
    folder.mkdir(parents=True, exist_ok=True)
    accepted = ("token_column", "tag_column", "delimiter", "encoding")
    options = {name: value for name, value in reading.items() if name in accepted}
    logs = []
    for path in paths:
        try:
            log = fix_file(path, folder / Path(path).name, **options)
        except DataError as error:
            output.text(f"{path}: not repaired: {len(error.problems)} errors need a person")
            continue
        logs.append(log)
        output.text(f"{path}: {len(log.changes)} changes, written to {log.output}")
        for change in log.changes:
            output.text(f"  {change}")
    return logs


def _problems_of(path: str, reading: Mapping[str, Any]) -> Sequence[Problem]:
    """What keeps a JSON or Parquet file from loading."""
    from tner_hf.data.loading import load_dataset

    quiet_libraries()
    try:
        load_dataset({"train": path}, **reading)
    except DataError as error:
        return error.problems or (Problem(path, 0, str(error)),)
    return ()


def _summarise(report: Any, named: Sequence[str], output: Output) -> None:
    for facts in report.files:
        types = ", ".join(f"{count:,} {name}" for name, count in facts.entities.items())
        output.text(
            f"{facts.path}: {facts.scheme}, {facts.sentences:,} sentences, {facts.tokens:,} "
            f"tokens, entities: {types or 'none'}"
        )
    output.text(
        f"{len(named)} file{'s' * (len(named) != 1)}: {len(report.errors)} errors, "
        f"{len(report.warnings)} warnings"
    )


def _export(options: argparse.Namespace, output: Output) -> int:
    from tner_hf.data.export import export_dataset

    quiet_libraries()
    source = options.names[0] if len(options.names) == 1 else options.names
    folder = export_dataset(
        source,
        options.folder,
        configs=options.config,
        overwrite=options.overwrite,
        **_loading_options(options),
    )
    output.data({"folder": str(folder), "files": sorted(map(str, folder.rglob("*.*")))})
    output.text(f'{folder}: read it with datasets.load_dataset("{folder}")')
    return 0


def _loading_options(options: argparse.Namespace) -> dict[str, Any]:
    return _given(options, _LOADING)


def _given(options: argparse.Namespace, names: Sequence[str]) -> dict[str, Any]:
    return {name: value for name in names if (value := getattr(options, name, None)) is not None}


def _files_by_split(options: argparse.Namespace) -> dict[str, list[str]]:
    given = {split: getattr(options, f"{split}_file") for split in _SPLITS}
    return {split: files for split, files in given.items() if files}


def _column(text: str) -> int | str:
    """A column's number, or its name in files that have names."""
    return int(text) if text.lstrip("-").isdigit() else text


def _unescape(text: str) -> str:
    return text.replace("\\t", "\t")
