"""`tner-hf train`: fine-tune a checkpoint on one or several corpora.

Every field of `ModelArguments`, `DataArguments` and `NERTrainingArguments` is a flag; `--config
run.yaml` gives any of them, and the command line wins over the file.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from tner_hf.cli.output import log_lines, quiet_libraries
from tner_hf.cli.parsing import Help, describe_unknown
from tner_hf.errors import SettingError
from tner_hf.formats.options import READING

if TYPE_CHECKING:
    from transformers import HfArgumentParser

    from tner_hf.training import DataArguments, ModelArguments, NERTrainingArguments, TrainResult
    from tner_hf.training.seeds import SeedResults

#: Flags of TrainingArguments that `--help` shows; `--help_all` shows all of them.
SHOWN = frozenset(
    {
        "output_dir", "num_train_epochs", "max_steps", "per_device_train_batch_size",
        "per_device_eval_batch_size", "learning_rate", "crf_learning_rate", "lr_scheduler_type",
        "warmup_steps", "weight_decay", "max_grad_norm", "gradient_accumulation_steps",
        "activation_checkpointing", "bf16", "fp16", "torch_compile", "seed", "seeds",
        "full_determinism",
        "eval_strategy",
        "save_strategy", "save_total_limit", "start_over", "load_best_model_at_end",
        "early_stopping_patience",
        "logging_steps", "report_to", "resume_from_checkpoint", "train_sampling_strategy",
        "padding_free", "cuda_graphs", "use_cpu", "disable_tqdm",
    }
)  # fmt: skip

_MORE = "`tner-hf train --help_all` shows all of them."

EXAMPLES = """\
examples:
  tner-hf train -m roberta-base -d conll2003 -o out
  tner-hf train -m xlm-roberta-base -d wnut2017 wikiann/ja -o out --bf16 \\
      --report_to tensorboard
  tner-hf train -m bert-base-cased --train_file train.txt --test_file test.txt \\
      --validation_fraction 0.1 -o out
  tner-hf train --config run.yaml --learning_rate 3e-5
"""


def main(argv: Sequence[str]) -> int:
    """Run the command; see `tner_hf.cli.main` for the exit status."""
    model_args, data_args, args = parse_arguments(argv)

    from tner_hf.training import train, train_seeds

    quiet_libraries()
    with log_lines(main_process=args.process_index == 0):
        if args.seeds is not None:
            result: TrainResult | SeedResults = train_seeds(model_args, data_args, args, args.seeds)
        else:
            result = train(model_args, data_args, args)
    if args.process_index == 0:
        print(f"{result.table()}\nsaved in {result.output_dir}")
    return 0


def parse_arguments(
    argv: Sequence[str],
) -> tuple[ModelArguments, DataArguments, NERTrainingArguments]:
    """The settings that a command line and its `--config` file give.

    Raises:
        SettingError: a flag is unknown or missing, or has a value that cannot be used.
    """
    parser = build_parser()
    if "--help_all" in argv or "--help-all" in argv:
        print(build_parser(show_all=True).format_help())
        sys.exit(0)
    config = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    config.add_argument("--config")
    given, rest = config.parse_known_args(list(argv))
    from_file = read_config(Path(given.config), parser) if given.config else []
    flags = {flag for action in parser._actions for flag in action.option_strings}
    for flag in (word.partition("=")[0] for word in rest if word.startswith("--")):
        if flag not in flags:  # before a missing flag is complained about: it may be this one
            raise SettingError(f"{describe_unknown('flag', flag, flags)} {_MORE}")
    namespace, unknown = parser.parse_known_args([*from_file, *rest])
    if unknown:
        raise SettingError(f"{unknown[0]!r} belongs to no flag; a value with blanks needs quotes")
    return _make(parser, namespace)


def build_parser(*, show_all: bool = False) -> HfArgumentParser:
    """The parser of all flags, ours first.

    Args:
        show_all: whether its help shows every flag of TrainingArguments.
    """
    from transformers import HfArgumentParser
    from transformers.hf_argparser import string_to_bool

    from tner_hf.training import DataArguments, ModelArguments, NERTrainingArguments

    class Parser(HfArgumentParser):
        def error(self, message: str) -> NoReturn:
            # argparse would print a page of usage above its one line.
            message = re.sub(r"/-{1,2}[a-z-]+", "", message)  # the same flag with hyphens
            raise SettingError(f"{message}. `tner-hf train --help` shows what is accepted.")

    parser = Parser(
        [ModelArguments, DataArguments, NERTrainingArguments],  # type: ignore[list-item]
        prog="tner-hf train",
        usage="%(prog)s -m MODEL -d CORPUS … -o FOLDER [OPTIONS]",
        description="Fine-tune a checkpoint on one or several corpora, or on your own files.",
        epilog=EXAMPLES,
        formatter_class=_Help,
        allow_abbrev=False,
    )
    parser.add_argument("--config", metavar="FILE", help="YAML file with any of these flags.")
    parser.add_argument(
        "--help_all", action="store_true", help="Show all flags of Trainer as well."
    )
    for action in parser._actions:  # as the other commands have them: `--strict`, `--no-header`
        if action.dest in READING and action.type is string_to_bool:
            action.nargs, action.const = "?", True
    parser.add_argument(
        *("--no_header", "--no-header"), dest="header", action="store_false", default=None,
        help=argparse.SUPPRESS,
    )  # fmt: skip
    training = {
        f.dest for g in parser._action_groups if g.title == "training" for f in g._group_actions
    }
    for action in parser._actions:
        if action.dest in training - SHOWN and not show_all:
            action.help = argparse.SUPPRESS
        if action.metavar is None and action.choices is None and action.nargs != 0:
            action.metavar = (
                getattr(action.type, "__name__", "value")
                .replace("string_to_bool", "true|false")
                .upper()
            )
    return parser


def read_config(path: Path, parser: argparse.ArgumentParser) -> list[str]:
    """The settings of a YAML file as words of a command line.

    Raises:
        SettingError: there is no such file, it is no YAML mapping, or a key is no flag.
    """
    import yaml

    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except OSError as error:
        raise SettingError(f"--config {path} cannot be read: {error.strerror}") from None
    except yaml.YAMLError as error:
        raise SettingError(f"--config {path} is no YAML: {error}") from None
    if not isinstance(values, dict):
        raise SettingError(
            f"--config {path} holds a {type(values).__name__}; accepted: `flag: value`"
        )
    actions = {action.dest: action for action in parser._actions if action.dest != "help"}
    words: list[str] = []
    for key, value in values.items():
        name = str(key).replace("-", "_")
        if name not in actions:
            raise SettingError(f"{path}: {describe_unknown('key', str(key), actions)} {_MORE}")
        words += _as_words(name, value, actions[name])
    return words


class _Help(Help, argparse.ArgumentDefaultsHelpFormatter):
    """Help with defaults only where there are any."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if action.default is None or action.default is False or action.default == []:
            return Help._get_help_string(self, action)
        return argparse.ArgumentDefaultsHelpFormatter._get_help_string(self, action)


def _make(
    parser: HfArgumentParser, namespace: argparse.Namespace
) -> tuple[ModelArguments, DataArguments, NERTrainingArguments]:
    import dataclasses

    values = vars(namespace)
    made: list[Any] = []
    for kind in parser.dataclass_types:
        names = {field.name for field in dataclasses.fields(kind) if field.init}
        try:
            made.append(kind(**{name: values[name] for name in names}))
        except SettingError:
            raise
        except (ValueError, TypeError, OSError) as error:
            raise SettingError(str(error)) from error
    model_args, data_args, args = made
    data_args.source()
    return model_args, data_args, args


def _as_words(name: str, value: Any, action: argparse.Action) -> list[str]:
    if value is None:
        return []
    if isinstance(value, list) and action.nargs in {"+", "*"}:
        return [f"--{name}", *map(str, value)]
    text = json.dumps(value) if isinstance(value, dict | list) else str(value)
    return [f"--{name}={text}"]
