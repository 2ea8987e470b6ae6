"""Files that are either whole or not there."""

from __future__ import annotations

import os
from pathlib import Path


def write_file(path: str | Path, content: str | bytes) -> None:
    """Write under a temporary name beside the target, then put it in place; folders are made."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
