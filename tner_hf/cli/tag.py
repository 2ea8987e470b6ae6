"""`tner-hf tag`: any amount of text into a folder of shards, each row exactly once."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

from tner_hf.cli.data_options import READING, add_reading_options, given
from tner_hf.cli.options import add_option, add_options
from tner_hf.cli.output import Output, quiet_libraries
from tner_hf.cli.parsing import Parser
from tner_hf.errors import SettingError
from tner_hf.formats.options import ReadOptions
from tner_hf.inference.shards.answering import MOST_CHARACTERS
from tner_hf.inference.shards.plan import TagSettings
from tner_hf.inference.shards.running import Engine, EngineKind, Summary
from tner_hf.inference.shards.writing import OutputFormat

_EXAMPLE = """examples:
  tner-hf tag 'texts/*.jsonl' -m owner/model -o tagged --workers 4
  tner-hf tag 'texts/*.jsonl' -o tagged --verify   # counts everything again
"""

#: Seconds from one line of progress to the next, where no person looks and where one does.
_EVERY, _EVERY_AT_TERMINAL = 30.0, 1.0


def main(argv: Sequence[str]) -> int:
    """Run the command; a summary goes to standard output, progress to standard error."""
    options = build_parser().parse_args(argv)
    settings = TagSettings(
        output_format=options.output_format,
        text_column=options.text_column,
        entity_column=options.entity_column,
        shard_bytes=round(options.shard_size * (1 << 20)),
        most_characters=options.max_characters,
    )
    engine = Engine(options.workers, options.engine, options.address)
    reading = ReadOptions.of({"word_splitter": "unicode", **given(options, READING)})
    if not options.verify and not options.model_name_or_path:
        raise SettingError("which model? Give --model_name_or_path, or --verify without one")
    if not options.verify and not options.input:
        raise SettingError("no input: give files, folders, patterns, a corpus or a Hub dataset")

    from tner_hf.inference.shards.model import ModelSpec
    from tner_hf.inference.shards.running import check_folder, tag_sources
    from tner_hf.inference.shards.sources import find_sources
    from tner_hf.inference.shards.verifying import verify_folder

    quiet_libraries()
    folder = Path(options.output_dir)
    check_folder(folder)
    how: dict[str, Any] = {
        "column": options.text_column, "revision": options.dataset_revision, "output": folder
    }  # fmt: skip
    sources = find_sources(options.input, reading, **how) if options.input else []
    out = Output(as_json=options.json)
    if options.verify:
        summary = verify_folder(folder, sources)
        where = "and the inputs" if sources else "(not against the inputs: none were given)"
        out.text(f"{folder} is what its manifest says {where}")
    else:
        model = ModelSpec(
            options.model_name_or_path,
            options.revision,
            options.word_splitter,
            options.device,
            options.corpus,
        )
        begun = time.monotonic()
        with redirect_stdout(sys.stderr):  # where Ray prints what it has to say of lost machines
            summary = tag_sources(sources, model, folder, settings, engine, ProgressLines())
        if summary.done_before:
            out.text(f"{summary.done_before:,} of {summary.shards:,} shards were done before")
        out.text(f"{folder}: done in {show_time(time.monotonic() - begun)}")
    _print(out, summary, folder)
    return 0


def build_parser() -> argparse.ArgumentParser:
    """The options of the command."""
    parser = Parser(
        prog="tner-hf tag",
        description="Tag files, folders, patterns, corpora and Hub datasets into a folder of "
        "Parquet or JSON lines. Stopped or killed, the same command goes on; each row is there "
        "once, in its order.",
        epilog=_EXAMPLE,
    )
    add = parser.add_argument
    add("input", nargs="*", metavar="INPUT",
        help="file, folder, pattern, corpus, Hub dataset, or address (s3://…)")  # fmt: skip
    add_option(parser, "model_name_or_path", help="checkpoint folder, exported model or Hub id")
    add_option(parser, "revision")
    add_option(parser, "output_dir", required=True,
               help="folder of shards; goes on with one of this job")  # fmt: skip
    add("--output_format", choices=get_args(OutputFormat), default="parquet",
        help="of the shards (default: parquet)")  # fmt: skip
    add_option(parser, "text_column")
    add("--entity_column", default="entities", help="what ours is called (default: entities)")
    add("--shard_size", type=float, default=4, metavar="MB",
        help="text of a shard: what a kill costs at most (default: 4)")  # fmt: skip
    add_option(parser, "max_characters", default=MOST_CHARACTERS,
               help=f"a longer text is listed with the errors (default: {MOST_CHARACTERS:,})"
               )  # fmt: skip
    add_options(parser, "word_splitter", "corpus", "device", "dataset_revision")
    add("--workers", type=int, default=1, help="processes (default: 1)")
    add("--engine", choices=get_args(EngineKind), default="local",
        help="what runs them: this machine, or Ray (default: local)")  # fmt: skip
    add("--address", help="HOST:PORT of a Ray cluster (default: one on this machine, for the job)")
    add("--verify", action="store_true", help="count everything again, and tag nothing")
    add_option(parser, "json", help="print the summary as JSON")
    add_reading_options(parser, without=("word_splitter",))
    return parser


class ProgressLines:
    """Progress as lines on standard error; at a terminal one line that changes."""

    def __init__(self) -> None:
        self._total = self._done = self._first = self._rows = self._characters = 0
        self._entities: Counter[str] = Counter()
        self._begun = self._told = time.monotonic()
        self._drawn = False

    def begin(self, total: int, done: int, entities: Mapping[str, int]) -> None:
        self._total, self._done, self._first = total, done, done
        self._entities.update(entities)
        self._begun = self._told = time.monotonic()

    def rows(self, rows: int, characters: int) -> None:
        self._rows += rows
        self._characters += characters
        self._tell()

    def shard(self, size: int, entities: Mapping[str, int]) -> None:
        self._done += size
        self._entities.update(entities)
        self._tell()

    def end(self) -> None:
        if self._drawn:
            print(file=sys.stderr)

    def _tell(self) -> None:
        now = time.monotonic()
        person = sys.stderr.isatty()
        if now - self._told < (_EVERY_AT_TERMINAL if person else _EVERY):
            return
        self._told = now
        line = self.line(now - self._begun)
        if person:
            self._drawn = True
            print(f"\r\033[K{line[: Output().width or 80]}", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)

    def line(self, seconds: float) -> str:
        """How far, how fast, how long still, and what was found."""
        new = max(self._done - self._first, min(self._characters, self._total - self._first))
        done = self._first + new
        left = (self._total - done) * seconds / new if new else None
        found = ", ".join(f"{kind} {n:,}" for kind, n in self._entities.most_common(5))
        return (
            f"{done / max(1, self._total):.1%} · {self._rows:,} texts · "
            f"{self._rows / max(seconds, 1e-9):,.0f} a second · "
            f"{'?' if left is None else show_time(left)} left · {found or 'no entity yet'}"
        )


def show_time(seconds: float) -> str:
    """Seconds as people say them.

    >>> show_time(3.2), show_time(3725), show_time(190_000)
    ('3 s', '1:02:05', '2 d 4:46:40')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    days, rest = divmod(whole, 86_400)
    clock = f"{rest // 3600}:{rest // 60 % 60:02}:{rest % 60:02}"
    return f"{days} d {clock}" if days else clock


def _print(out: Output, summary: Summary, folder: Path) -> None:
    out.data(asdict(summary))
    out.table(
        ["rows", "entities", "errors", "shards", "bytes"],
        [[summary.rows, sum(summary.entities.values()), summary.errors, summary.shards,
          summary.bytes]],
    )  # fmt: skip
    if summary.entities:
        out.text()
        out.table(["type", "entities"], [[kind, count] for kind, count in summary.entities.items()])
    if summary.errors:
        out.text(f"\n{folder / 'errors.jsonl'} lists the rows that could not be tagged, and why")
