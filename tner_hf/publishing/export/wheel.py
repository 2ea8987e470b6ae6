"""An exported model as a Python package that pip installs: `pip install tner_hf_en-1.0-….whl`."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tner_hf._version import __version__
from tner_hf.errors import MissingExtraError, SettingError
from tner_hf.files import write_file
from tner_hf.inference.runtimes.onnx import FULL, QUANTIZED
from tner_hf.models.installed import GROUP, find_installed
from tner_hf.publishing.cards import render_model_card

_NAMED = re.compile(r"(?P<name>[a-z][a-z0-9_]*)(?:==(?P<version>[0-9]+(?:\.[0-9]+){0,3}))?")

_PROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = {name}
version = {version}
description = "A model for named entity recognition, for tner-hf"
readme = "README.md"
requires-python = ">=3.11"
dependencies = [{requirement}]
[project.entry-points.{group}]
{name} = {name}
[tool.hatch.build]
ignore-vcs = true
[tool.hatch.build.targets.wheel]
packages = [{name}]
"""


@dataclass(frozen=True)
class Wheel:
    """A package to be built.

    Attributes:
        name: of the model and of the package that carries it.
        version: of the package.
        card: Markdown, which describes it.
    """

    name: str
    version: str
    card: str

    @classmethod
    def of(cls, wanted: str, checkpoint: str | Path) -> Wheel:
        """What `NAME` or `NAME==VERSION` asks for, of a checkpoint's folder with its card.

        Args:
            wanted: the version is 0.1.0 where none is given.
            checkpoint: the README.md in its folder is the card; where there is none one is made.

        Raises:
            SettingError: no name of a package, or that of another one installed here.
            CheckpointError: the checkpoint has no card and cannot be described.
            MissingExtraError: hatchling is not installed.
        """
        found = _NAMED.fullmatch(wanted)
        if found is None:
            raise SettingError(
                f"--wheel {wanted!r} is no name of a package; accepted: lower-case letters, digits "
                "and _, and a version of numbers, e.g. tner_hf_en or tner_hf_en==1.2"
            )
        name = found["name"]
        if name not in find_installed() and importlib.util.find_spec(name) is not None:
            raise SettingError(
                f"--wheel {name}: a package of that name is installed here, and is no model; "
                "choose another name"
            )
        if importlib.util.find_spec("hatchling") is None:
            raise MissingExtraError("--wheel", "wheel")
        readme = Path(checkpoint) / "README.md"
        card = (
            readme.read_text(encoding="utf-8")
            if readme.is_file()
            else render_model_card(checkpoint, name=name)
        )
        return cls(name, found["version"] or "0.1.0", card)

    def build(self, model: Path, folder: Path) -> Path:
        """Write the wheel.

        Args:
            model: an ONNX file of `export_model`; what lies beside it but other models goes along.
            folder: where the wheel goes.

        Returns:
            `folder/NAME-VERSION-py3-none-any.whl`.
        """
        from hatchling.builders.wheel import WheelBuilder

        with TemporaryDirectory(prefix="tner-hf-") as root:
            package = Path(root, self.name)
            others = {FULL, QUANTIZED} - {model.name}
            shutil.copytree(
                model.parent,
                package,
                ignore=lambda _, names: [n for n in names if n.removesuffix("_data") in others],
            )
            (package / "__init__.py").write_text(
                f'"""A model; `tner_hf.pipeline("{self.name}")`."""\n'
            )
            # The metadata that the Hub reads is no Markdown.
            text = re.sub(r"\A---\n.*?\n---\n", "", self.card, flags=re.DOTALL)
            Path(root, "README.md").write_text(text, encoding="utf-8")
            settings = {
                "name": self.name,
                "version": self.version,
                "requirement": f"tner-hf[onnx]>={__version__}",
                "group": GROUP,
            }
            quoted = {key: json.dumps(value) for key, value in settings.items()}
            Path(root, "pyproject.toml").write_text(_PROJECT.format(**quoted), encoding="utf-8")
            built = Path(next(WheelBuilder(root).build(directory=root, versions=["standard"])))
            target = folder / built.name
            write_file(target, built.read_bytes())
        return target
