"""`tner-hf annotate`: correct the entities of a file in a browser of this machine."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tner_hf.cli.data_options import READING, add_reading_options, given
from tner_hf.cli.options import add_option
from tner_hf.cli.parsing import Parser
from tner_hf.errors import FileError
from tner_hf.formats.writing import TARGETS


def main(argv: Sequence[str]) -> int:
    """Run the command; the address goes to standard output."""
    options = build_parser().parse_args(argv)
    from tner_hf.annotate.server import refuse_strangers

    refuse_strangers(share=options.share)

    from tner_hf.annotate.opening import open_session
    from tner_hf.annotate.server import serve

    print("reading …", file=sys.stderr)
    session = open_session(
        options.file,
        options.output_file,
        to=options.to,
        model=options.model_name_or_path,
        revision=options.revision,
        device=options.device,
        types=options.types,
        reading=given(options, READING),
    )
    for loss in session.output.losses():
        print(f"not carried over: {loss}", file=sys.stderr)
    try:
        serve(session, port=options.port, say=lambda line: print(line, flush=True))
    except KeyboardInterrupt:
        pass  # the way to end it
    finally:
        session.journal.close()
    if session.fault:
        raise FileError(
            f"{session.fault}; what you accepted ({len(session.accepted):,} sentences) is safe in "
            f"{session.journal.path}, from which the same command writes it"
        )
    print(
        f"{len(session.accepted):,} of {session.total:,} sentences accepted: {options.output_file}",
        file=sys.stderr,
    )
    return 0


def build_parser() -> argparse.ArgumentParser:
    """The options of the command."""
    parser = Parser(
        prog="tner-hf annotate",
        description="Correct the entities of a file in a browser of this machine, with the "
        "keyboard alone if you like. Each sentence that you accept is on the disk at once, in "
        "OUT.journal, from which OUT is written and the same command goes on. Ctrl-C ends it.",
        epilog="example: tner-hf annotate texts.txt -m out --output_file corrected.iob2",
    )
    add = parser.add_argument
    add("file", type=Path, metavar="FILE",
        help="texts, a line each, or any of `tner-hf datasets formats`")  # fmt: skip
    add_option(parser, "output_file", type=Path, required=True, metavar="OUT",
               help="FILE as corrected; where it has no entities, what was accepted")  # fmt: skip
    add_option(parser, "to", choices=TARGETS,
               help="format of OUT (default: by its name; FILE's own keeps its bytes)")  # fmt: skip
    add_option(parser, "model_name_or_path",
               help="marks each sentence first, instead of FILE's own tags")  # fmt: skip
    add_option(parser, "revision")
    add("--types", nargs="+", default=(), metavar="TYPE",
        help="in the order of their keys (default: the model's and the file's)")  # fmt: skip
    add_option(parser, "port", default=7861, help="port, 0 for any free one (default: 7861)")
    add_option(parser, "device")
    add("--share", action="store_true", help=argparse.SUPPRESS)  # to say why not
    add_reading_options(parser)
    return parser
