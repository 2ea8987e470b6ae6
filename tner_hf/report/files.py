"""Files that are either whole or not there."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


def write_file(path: str | Path, content: str | bytes | Iterable[str]) -> None:
    """Write under a temporary name beside the target, then put it in place; folders are made.

    Args:
        path: of the file.
        content: all of it, or its text piece by piece.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    pieces = [content] if isinstance(content, str | bytes) else content
    try:
        with partial.open("wb") as file:
            file.writelines(p.encode("utf-8") if isinstance(p, str) else p for p in pieces)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
