"""What a push sends: paths in the repository, and for each a local file or bytes made for it."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path

from tner_hf.errors import SettingError

#: A file as it lies on disk, or what a file will hold.
Content = Path | bytes

#: Files of text, in which a token could hide.
_TEXT = frozenset({".md", ".json", ".jsonl", ".txt", ".py", ".yaml", ".yml", ".csv", ".svg"})


def size_of(content: Content) -> int:
    """Bytes."""
    return len(content) if isinstance(content, bytes) else content.stat().st_size


def sha256_of(content: Content) -> str:
    """The name under which LFS knows a content.

    >>> sha256_of(b"")[:8]
    'e3b0c442'
    """
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    with content.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_content(content: Content) -> bytes:
    """All of its bytes."""
    return content if isinstance(content, bytes) else content.read_bytes()


def write_folder(files: Mapping[str, Content], folder: Path) -> None:
    """Write the exact folder that would be sent; it must be absent or empty."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SettingError(f"{folder} is there already; a dry run needs an absent or empty folder")
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            target.write_bytes(content)
        else:
            shutil.copyfile(content, target)


def refuse_secret(files: Mapping[str, Content], token: str | None) -> None:
    """Stop a push that would publish the token with which it is made.

    Raises:
        SettingError: a file of text holds the token.
    """
    if not token:
        return
    for path, content in files.items():
        if Path(path).suffix not in _TEXT:
            continue
        if token.encode() in read_content(content):
            raise SettingError(
                f"{path} holds your Hub token; nothing was sent. Take it out of the file, and "
                "revoke the token if the file was ever shared"
            )
