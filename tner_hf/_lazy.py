"""Packages whose public names load on first use (PEP 562)."""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Callable
from typing import Any


def load_lazily(package: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The `__getattr__` and `__dir__` of a package: what it imports for type checkers alone."""
    homes = find_homes(package)

    def load(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module = importlib.import_module(homes[name])
        value = module if homes[name] == f"{package}.{name}" else getattr(module, name)
        setattr(sys.modules[package], name, value)
        return value

    return load, lambda: sorted(sys.modules[package].__all__)


def find_homes(package: str) -> dict[str, str]:
    """Public name to the module that defines it, or that it is.

    Read from the package's own `if TYPE_CHECKING:`, so that no second list can differ from it.
    """
    loader: Any = sys.modules[package].__loader__
    tree = ast.parse(loader.get_source(package))
    block = next(each for each in tree.body if isinstance(each, ast.If))
    imports = [line for line in block.body if isinstance(line, ast.ImportFrom)]
    return {
        alias.name: f"{package}.{alias.name}" if line.module == package else str(line.module)
        for line in imports
        for alias in line.names
    }
