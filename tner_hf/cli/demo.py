"""`tner-hf demo`: a page to try, compare and check models in a browser."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import fields, replace

from tner_hf.cli.options import add_option, add_options
from tner_hf.cli.parsing import Parser
from tner_hf.cli.quickstart import offer_model
from tner_hf.demo.settings import DemoSettings

_DEFAULTS = DemoSettings(models=("?",))


def main(argv: Sequence[str]) -> int:
    """Run the command; the address goes to standard output."""
    options = build_parser().parse_args(argv)
    models = options.model_name_or_path
    named = [field.name for field in fields(DemoSettings) if hasattr(options, field.name)]
    given = {
        **{name: getattr(options, name) for name in named},
        "max_upload_bytes": round(options.max_upload_mb * 1_000_000),
    }
    settings = DemoSettings.of(models or ["?"], given)
    if not models:
        settings = replace(settings, models=(offer_model(),))

    from tner_hf.demo.app import serve

    print("loading …", file=sys.stderr)
    serve(
        settings,
        host=options.host,
        port=options.port,
        share=options.share,
        say=lambda line: print(line, flush=True),
    )
    return 0


def build_parser() -> argparse.ArgumentParser:
    """The options of the command."""
    parser = Parser(
        prog="tner-hf demo",
        description="Open a page to try models in a browser: entities in place, models side by "
        "side, a check against gold, files tagged. Ctrl-C ends it.",
        epilog="example: tner-hf demo -m runs/wnut owner/model",
    )
    add = parser.add_argument
    add_option(parser, "model_name_or_path", nargs="+",
               help="checkpoint folders or Hub ids; several can be compared (default: a small "
                    "one, trained here first)")  # fmt: skip
    add("--host", default="127.0.0.1",
        help="address to listen on (default: 127.0.0.1; 0.0.0.0 lets others in)")  # fmt: skip
    add_option(parser, "port", default=7860, help="port, 0 for any free one (default: 7860)")
    add("--share", action="store_true", help="also open a public address through Gradio's relay")
    add_option(parser, "title", default=_DEFAULTS.title)
    add_option(parser, "examples")
    add("--allow_any_model", action="store_true",
        help="let visitors name other models of the Hub")  # fmt: skip
    add_options(parser, "word_splitter", "corpus", "device")
    add_option(parser, "max_characters", default=_DEFAULTS.max_characters,
               help="of one text (default: 100000)")  # fmt: skip
    add("--max_upload_mb", type=float, default=_DEFAULTS.max_upload_bytes / 1_000_000,
        help="megabytes of one file (default: 5)")  # fmt: skip
    add("--max_seconds", type=float, default=_DEFAULTS.max_seconds,
        help="of work on one request (default: 60)")  # fmt: skip
    add("--queue_size", type=int, default=_DEFAULTS.queue_size,
        help="requests that may wait (default: 200)")  # fmt: skip
    add("--allowed_host", nargs="+", default=(), metavar="NAME", dest="allowed_hosts",
        help="names under which it is served, where that is not localhost or its address; * where "
             "a proxy judges them")  # fmt: skip
    add("--frame_ancestor", nargs="+", default=(), metavar="ORIGIN", dest="frame_ancestors",
        help="whose pages may show it in a frame, such as https://intranet.example")  # fmt: skip
    return parser
