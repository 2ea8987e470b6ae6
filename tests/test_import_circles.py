"""No module imports itself through others, function-level imports included."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import tner_hf

PACKAGE = Path(str(tner_hf.__file__)).parent


def test_no_import_circle_anywhere() -> None:
    assert find_circles(read_imports()) == []


def test_a_circle_would_be_found() -> None:
    arrows = {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set(), "e": {"e"}}
    assert find_circles(arrows) == [["b", "c"], ["e"]]


def test_imports_of_functions_are_seen_and_those_for_type_checkers_are_not() -> None:
    tree = ast.parse(
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from tner_hf.a import x\n"
        "def f():\n    from tner_hf.b import y, z\n    import tner_hf.c\n"
    )
    modules = {"tner_hf.a", "tner_hf.b", "tner_hf.b.y", "tner_hf.c"}
    assert set(list_imports(tree, modules)) == {"tner_hf.b", "tner_hf.b.y", "tner_hf.c"}


def read_imports() -> dict[str, set[str]]:
    """Module to the modules of the package that it imports anywhere, but for type checkers."""
    files = {_name(path): path for path in PACKAGE.rglob("*.py")}
    return {
        name: set(list_imports(ast.parse(path.read_text("utf-8")), files.keys())) - {name}
        for name, path in files.items()
    }


def list_imports(tree: ast.AST, modules: Collection[str]) -> Iterator[str]:
    """Those of the modules that some code imports: `from package import module` is the module."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom) and node.module in modules:
            named = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from (name if name in modules else node.module for name in named)
        yield from list_imports(node, modules)


def find_circles(arrows: Mapping[str, set[str]]) -> list[list[str]]:
    """Modules that reach themselves, those of one circle together."""
    reached = {start: _reach(arrows, start) for start in arrows}
    circles = {
        tuple(sorted(o for o in arrows if o in reached[name] and name in reached[o]))
        for name in arrows
        if name in reached[name]
    }
    return [list(circle) for circle in sorted(circles)]


def _reach(arrows: Mapping[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    waiting = list(arrows[start])
    while waiting:
        if (name := waiting.pop()) not in found:
            found.add(name)
            waiting += arrows.get(name, ())
    return found


def _name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
