"""What files come in: gzip, bzip2, xz, and members of a zip archive (`corpus.zip/train.txt`)."""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from tner_hf.errors import DataError

_OPENERS: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
PACKED_SUFFIXES = frozenset(_OPENERS)
#: A container may say that it holds anything; a file of text is smaller than this.
MOST_BYTES = 8 << 30
_STEP = 16 << 20
#: What damage to a container leads to: each library has its own errors.
_DAMAGE = (
    EOFError, IndexError, RuntimeError, ValueError,
    lzma.LZMAError, struct.error, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


def read_bytes(path: Path) -> bytes:
    """The bytes of a file, unpacked where its name says that it is packed.

    Raises:
        OSError: it cannot be opened.
        DataError: it is not what its name says, or too large.
    """
    pieces, size = [], 0
    with open_stream(path) as file:
        while piece := file.read(_STEP):
            pieces.append(piece)
            size += len(piece)
            if size > MOST_BYTES:
                raise DataError(
                    f"{path}: unpacks to more than {MOST_BYTES >> 30} GiB; that is no corpus"
                )
    return b"".join(pieces)


@contextmanager
def open_stream(path: Path) -> Iterator[IO[bytes]]:
    """A file to be read from front to back, unpacked where its name says that it is packed.

    Raises:
        OSError: it cannot be opened.
        DataError: it is not what its name says; also while it is read.
    """
    archive, member = split_member(path)
    try:
        if archive is not None and not path.is_file():
            with zipfile.ZipFile(archive) as opened, opened.open(member) as file:
                yield file
        else:
            with _OPENERS.get(path.suffix, open)(path, "rb") as file:
                yield file
    except KeyError:
        raise DataError(
            f"{path}: {archive} has no member {member!r}; it has {', '.join(_names(archive))}"
        ) from None
    except DataError:
        raise
    except (OSError, *_DAMAGE) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        kind = archive.suffix if archive is not None else path.suffix
        raise DataError(f"{path}: no {kind} file that can be unpacked: {error}") from error


def split_member(path: Path) -> tuple[Path | None, str]:
    """The zip archive that a path leads into, and the member; None where it leads into none."""
    for parent in path.parents:
        if parent.suffix == ".zip" and parent.is_file():
            return parent, path.relative_to(parent).as_posix()
    return None, ""


def is_readable(path: Path) -> bool:
    """Whether there is a file, or a member of an archive, at a path."""
    archive, member = split_member(path)
    return path.is_file() or (archive is not None and member in _names(archive))


def list_members(archive: Path) -> list[Path]:
    """The files of a zip archive as paths; those of operating systems' own are left out."""
    return [
        archive / name
        for name in _names(archive)
        if not name.endswith("/")
        and not any(p.startswith((".", "__MACOSX")) for p in Path(name).parts)
    ]


def holds_several(path: Path) -> bool:
    """Whether a path is a zip archive of more files than one."""
    return path.suffix == ".zip" and path.is_file() and len(list_members(path)) > 1


def unpacked_name(path: Path) -> Path:
    """The path without the suffix of what it is packed in.

    >>> unpacked_name(Path("train.conll.gz")).name
    'train.conll'
    """
    return path.with_suffix("") if path.suffix in PACKED_SUFFIXES else path


def _names(archive: Path | None) -> list[str]:
    if archive is None:
        return []
    try:
        with zipfile.ZipFile(archive) as opened:
            return opened.namelist()
    except _DAMAGE as error:
        raise DataError(f"{archive}: no zip file that can be unpacked: {error}") from error
