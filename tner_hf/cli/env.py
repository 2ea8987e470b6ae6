"""`tner-hf env`: versions, extras, devices and folders, as a report of a bug needs them."""

from __future__ import annotations

import argparse
import os
import platform
import re
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from tner_hf._version import __version__
from tner_hf.cli.options import add_option
from tner_hf.cli.output import Output
from tner_hf.cli.parsing import Parser

#: The distribution that this package is installed as.
_DISTRIBUTION = "tner-hf"


def main(argv: Sequence[str]) -> int:
    """Run the command; the facts go to standard output."""
    options = build_parser().parse_args(argv)
    found = describe_environment()
    out = Output(as_json=options.json)
    out.data(found)
    out.heading("versions")
    out.table(["package", "version"], [[*item] for item in found["versions"].items()])
    out.heading("\nextras")
    out.table(
        ["extra", "installed"],
        [
            [name, "yes" if not missing else f'no: pip install "{_DISTRIBUTION}[{name}]"']
            for name, missing in found["extras"].items()
        ],
    )
    out.heading("\ndevices")
    out.text("\n".join(found["devices"]))
    out.heading("\nfolders")
    out.table(["what", "where"], [[*item] for item in found["folders"].items()])
    return 0


def build_parser() -> argparse.ArgumentParser:
    """The options of the command."""
    parser = Parser(
        prog="tner-hf env",
        description="Show versions, extras, devices and folders. Your home folder is shown as ~, "
        "so that the report can be shared.",
        epilog="example: tner-hf env --json > env.json",
    )
    add_option(parser, "json")
    return parser


def describe_environment() -> dict[str, Any]:
    """What is installed here, what it can run on, and where things are kept."""
    required, extras = _read_requirements()
    versions = {"tner-hf": __version__, "python": platform.python_version()}
    versions |= {name: _version(name) or "missing" for name in required}
    return {
        "versions": {**versions, "platform": platform.platform(terse=True)},
        "extras": {
            extra: [name for name in names if _version(name) is None]
            for extra, names in extras.items()
        },
        "devices": _list_devices(),
        "folders": {name: show_path(path) for name, path in _list_folders().items()},
    }


def show_path(path: str | Path | None) -> str:
    """A path with the home folder as `~`; "not set" where there is none."""
    if path is None:
        return "not set"
    home = Path.home()
    path = Path(path)
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def _read_requirements() -> tuple[list[str], dict[str, list[str]]]:
    """The distributions that are always needed, and those of each extra."""
    required: list[str] = []
    extras: dict[str, list[str]] = {}
    for line in metadata.requires(_DISTRIBUTION) or ():
        name = re.split(r"[\s;<>=!~\[(]", line, maxsplit=1)[0]
        extra = re.search(r"extra == ['\"]([\w-]+)['\"]", line)
        (extras.setdefault(extra[1], []) if extra else required).append(name)
    return required, extras


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _list_devices() -> list[str]:
    import torch

    found = [
        f"cuda:{index}: {torch.cuda.get_device_name(index)}"
        for index in range(torch.cuda.device_count())
    ]
    if torch.backends.mps.is_available():
        found.append("mps")
    return [*found, f"cpu: {os.cpu_count()} cores, {torch.get_num_threads()} threads of torch"]


def _list_folders() -> dict[str, str | Path | None]:
    from datasets import config
    from huggingface_hub import constants

    from tner_hf.cli.quickstart import find_folder

    return {
        "package": Path(__file__).parents[1],
        "python": sys.prefix,
        "models (HF_HUB_CACHE)": constants.HF_HUB_CACHE,
        "datasets (HF_DATASETS_CACHE)": config.HF_DATASETS_CACHE,
        "raw corpora (TNER_HF_SOURCES)": os.environ.get("TNER_HF_SOURCES"),
        "model of the quick start": find_folder(),
    }
