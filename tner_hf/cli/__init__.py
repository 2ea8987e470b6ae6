"""The command line: a table of commands, each in a module of its own.

A command's module is imported when it is chosen, so `tner-hf --help` loads neither torch,
transformers nor datasets. Every module offers `main(argv) -> int`, the exit status.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

from tner_hf._version import __version__
from tner_hf.cli.output import Output, warning_lines
from tner_hf.errors import TnerError, UnknownNameError

#: Command to the module that runs it and the line that `--help` shows.
COMMANDS = {
    "datasets": ("tner_hf.cli.datasets", "list, show, count, check and export corpora"),
    "labels": ("tner_hf.cli.labels", "entity types, label maps, and a proposal for one"),
    "train": ("tner_hf.cli.train", "fine-tune a checkpoint on one or several corpora"),
    "search": ("tner_hf.cli.search", "find the settings of `train` that do best on validation"),
    "evaluate": ("tner_hf.cli.evaluate", "score a model on a corpus or your own files"),
    "compare": ("tner_hf.cli.compare", "test whether one model is better than another"),
    "errors": ("tner_hf.cli.errors", "sort a model's errors into classes, and read them"),
    "matrix": ("tner_hf.cli.matrix", "test many models on many corpora, and see what carries over"),
    "calibrate": ("tner_hf.cli.calibrate", "fit a temperature, and say how reliable scores are"),
    "predict": ("tner_hf.cli.predict", "tag text from arguments, a file or a prompt"),
    "tag": ("tner_hf.cli.tag", "tag any amount of text, each row exactly once"),
    "distil": ("tner_hf.cli.distil", "teach a smaller, faster model what a trained one says"),
    "average": ("tner_hf.cli.average", "make one model of several, the average of their weights"),
    "demo": ("tner_hf.cli.demo", "try, compare and check models in a browser"),
    "annotate": ("tner_hf.cli.annotate", "correct the entities of a file in a browser, and save"),
    "export": ("tner_hf.cli.export", "write a model as ONNX, in fp32 or int8, and check it"),
    "card": ("tner_hf.cli.card", "write the card of a model from its run's own files"),
    "push": ("tner_hf.cli.push", "publish a model, a dataset or a demo on the Hub"),
    "env": ("tner_hf.cli.env", "show versions, extras, devices and folders"),
    "completion": ("tner_hf.cli.completion", "complete commands and flags in your shell"),
    "reproduce": ("tner_hf.cli.reproduce", "train and score a table of the T-NER paper again"),
}

#: Commands that, given again, go on with what an interrupted run has saved.
RESUMING = frozenset(
    {"train", "search", "matrix", "tag", "distil", "annotate", "push", "reproduce"}
)


def _usage() -> str:
    rows = "\n".join(f"  {name:<11} {summary}" for name, (_, summary) in COMMANDS.items())
    return (
        f"tner-hf {__version__}: fine-tune, score and compare NER models\n\n"
        f"usage: tner-hf COMMAND [OPTIONS]\n\n{rows}\n\n"
        "tner-hf COMMAND --help shows the options of a command, with an example.\n\n"
        'example: tner-hf predict -m owner/model "Ada Lovelace lived in London."'
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 for success, 1 where a command found what it looked for (`datasets check`), 2 for a
        mistake of the caller, 130 after Ctrl-C.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] in {"-h", "--help"}:
        print(_usage())
        return 0
    if arguments[0] in {"-V", "--version"}:
        print(f"tner-hf {__version__}")
        return 0
    try:
        if arguments[0] not in COMMANDS:
            raise UnknownNameError("command", arguments[0], COMMANDS)
        with warning_lines():
            module = importlib.import_module(COMMANDS[arguments[0]][0])
            status: int = module.main(arguments[1:])
    except TnerError as error:
        Output().warn(f"tner-hf: {error}")
        return 2
    except BrokenPipeError:  # `tner-hf … | head` closed our output: not an error of anybody's
        sys.stderr.close()
        return 0
    except OSError as error:  # of the system: what it is about is known to it alone
        where = f"{error.filename}: " if error.filename else ""
        Output().warn(f"tner-hf: {where}{error.strerror or error}")
        return 2
    except KeyboardInterrupt:
        goes_on = arguments[0] in RESUMING and "--start_over" not in arguments
        more = "; the same command goes on with what is saved" if goes_on else ""
        Output().warn(f"\ntner-hf: interrupted{more}")
        return 130
    return status
