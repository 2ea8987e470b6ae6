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
from tner_hf.config import EMBEDDED_ENCODERS
from tner_hf.errors import FileError, MissingExtraError, SettingError
from tner_hf.files import system_errors, write_file
from tner_hf.inference.runtimes.onnx import FULL, QUANTIZED
from tner_hf.models.installed import GROUP, find_installed
from tner_hf.publishing.export.exporting import Exported

_NAMED = re.compile(r"(?P<name>[a-z][a-z0-9_]*)(?:==(?P<version>[0-9]+(?:\.[0-9]+){0,3}))?")

_PROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = {name}
version = {version}
description = "A model for named entity recognition with tner-hf"
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

_ABOUT = """\
# {name}

A model for named entity recognition, for ONNX Runtime.

```python
import tner_hf

ner = tner_hf.pipeline("{name}")
```

{checked}
"""


@dataclass(frozen=True)
class Wheel:
    """A package to be built.

    Attributes:
        name: of the model and of the package that carries it.
        version: of the package.
        card: of the model that is exported; it follows on what the package is.
    """

    name: str
    version: str = "0.1.0"
    card: str = ""

    @classmethod
    def of(cls, wanted: str, checkpoint: str | Path) -> Wheel:
        """What `NAME` or `NAME==VERSION` asks for, with the card in a checkpoint's folder, if any.

        Raises:
            SettingError: no name of a package, or that of another one installed here.
            FileError: the card cannot be read.
            MissingExtraError: hatchling is not installed.
        """
        found = _NAMED.fullmatch(wanted)
        if found is None:
            raise SettingError(
                f"--wheel {wanted!r} is no name of a package; accepted: lower-case letters, digits "
                "and _, and a version of numbers, e.g. tner_hf_en or tner_hf_en==1.2"
            )
        name = found["name"]
        if name in EMBEDDED_ENCODERS:
            raise SettingError(f"--wheel {name}: an encoder is called so; choose another name")
        if name not in find_installed() and importlib.util.find_spec(name) is not None:
            raise SettingError(
                f"--wheel {name}: a package of that name is installed here, and is no model; "
                "choose another name"
            )
        if importlib.util.find_spec("hatchling") is None:
            raise MissingExtraError("--wheel", "wheel")
        return cls(name, found["version"] or cls.version, _read_card(Path(checkpoint, "README.md")))

    def build(self, exported: Exported) -> Path:
        """Write the wheel beside the folder of an exported model, which goes in.

        Args:
            exported: what lies beside its file but other models goes along.

        Returns:
            `NAME-VERSION-py3-none-any.whl`.

        Raises:
            FileError: the system refuses, or the disk is full.
        """
        from hatchling.builders.wheel import WheelBuilder

        model = exported.path
        others = {FULL, QUANTIZED} - {model.name}
        with system_errors(model.parent.parent, "written"), TemporaryDirectory() as root:
            shutil.copytree(
                model.parent,
                package := Path(root, self.name),
                ignore=lambda _, names: [n for n in names if n.removesuffix("_data") in others],
            )
            use = f'"""A model: `tner_hf.pipeline("{self.name}")`."""\n'
            (package / "__init__.py").write_text(use, encoding="utf-8")
            Path(root, "README.md").write_text(self._describe(exported), encoding="utf-8")
            settings = {
                "name": self.name,
                "version": self.version,
                "requirement": f"tner-hf[onnx]>={__version__}",
                "group": GROUP,
            }
            quoted = {key: json.dumps(value) for key, value in settings.items()}
            Path(root, "pyproject.toml").write_text(_PROJECT.format(**quoted), encoding="utf-8")
            built = Path(next(WheelBuilder(root).build(directory=root, versions=["standard"])))
            target = model.parent.parent / built.name
            write_file(target, built.read_bytes())
        return target

    def _describe(self, exported: Exported) -> str:
        """What the package is, and below it the card of the model without what the Hub reads."""
        checked = ["not checked"] if exported.check is None else exported.check.lines()
        text = _ABOUT.format(name=self.name, checked="\n".join(f"- {line}" for line in checked))
        if not self.card:
            return text
        front, below = re.fullmatch(r"(?s)(---\n.*?\n---\n)?(.*)", self.card).groups("")  # type: ignore[union-attr]
        if licence := re.search(r"(?m)^license: (\S+)$", front):
            text += f"- licence: {licence[1]}\n"
        return f"{text}\nOf the model that was exported:\n\n{below.lstrip()}"


def _read_card(path: Path) -> str:
    if not path.is_file():
        return ""
    try:
        with system_errors(path, "read"):
            return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise FileError(
            f"{path} is the card of the package and no text in UTF-8 (byte {error.start}); save it "
            "as UTF-8, or take it out of the folder"
        ) from error
