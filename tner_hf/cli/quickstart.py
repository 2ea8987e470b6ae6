"""Where no model is named: the installed one, else the quick start's, trained here once."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tner_hf.cli.output import Output, quiet_libraries, show_log
from tner_hf.config import EMBEDDED
from tner_hf.errors import SettingError

#: The settings of `make quickstart`.
SETTINGS = {"num_train_epochs": 12, "learning_rate": 3e-4}


def find_folder() -> Path:
    """Where the model is, or would be: under `XDG_CACHE_HOME`, else `~/.cache`."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "tner_hf" / "quickstart"


def find_model() -> str | None:
    """The installed model, else the quick start's folder; None where neither is there.

    Raises:
        SettingError: several are installed.
    """
    from tner_hf.models.installed import find_installed
    from tner_hf.training.result import FINISHED

    installed = list(find_installed())
    if len(installed) > 1:
        raise SettingError(
            f"which model? Give --model_name_or_path MODEL; installed: {', '.join(installed)}"
        )
    folder = find_folder()
    return next(iter(installed), str(folder) if (folder / FINISHED).is_file() else None)


def require_model() -> str:
    """The model where none was named.

    Raises:
        SettingError: there is none, or there are several.
    """
    if (found := find_model()) is not None:
        whose = "the quick start's model," if found == str(find_folder()) else "the installed model"
        Output().note(f"no --model_name_or_path: {whose} {found}")
        return found
    raise SettingError(
        "which model? Give --model_name_or_path MODEL, or run `tner-hf demo` once: it trains a "
        "small one in a minute"
    )


def offer_model() -> str:
    """The model where none was named, trained now if a person says so.

    Raises:
        SettingError: nobody is there to ask, the answer is no, or there are several.
        MissingExtraError: the extra `quickstart` is not installed.
    """
    if find_model() is not None or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return require_model()
    from tner_hf.models.locating import locate_checkpoint

    locate_checkpoint(EMBEDDED.name)
    print(
        "No model is named. A small one can be trained on this machine now: English; persons,\n"
        "locations, organizations and products; from a corpus that ships with tner-hf. It takes\n"
        f"a minute or two, without a download, and is kept in {find_folder()}.",
        file=sys.stderr,
    )
    print("Train it? [Y/n] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().lower() not in {"\n", "y\n", "yes\n"}:  # the end of input is no
        raise SettingError("which model? Give --model_name_or_path MODEL")
    return train_model()


def train_model() -> str:
    """Train the quick start's model; one that was interrupted goes on."""
    from tner_hf.transformers_ner import TrainTransformersNER

    show_log()
    quiet_libraries()
    folder = str(find_folder())
    TrainTransformersNER("sample", EMBEDDED.name, checkpoint_dir=folder, **SETTINGS).train()
    return folder
