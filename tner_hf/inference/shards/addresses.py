"""Where bytes are: files of this machine, members of archives, and addresses of fsspec."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from tner_hf.errors import DataError
from tner_hf.formats.containers import open_stream


def is_remote(address: str) -> bool:
    """Whether it is an address of fsspec, such as `s3://bucket/texts.jsonl`."""
    return "://" in address


@contextmanager
def open_address(address: str, *, seekable: bool = False) -> Iterator[IO[bytes]]:
    """The bytes at an address, unpacked where its name says so.

    Args:
        address: a path, a member of an archive, or an address of fsspec.
        seekable: as they lie there, to be read anywhere.

    Raises:
        DataError: they cannot be read.
    """
    try:
        if is_remote(address):
            with _open_remote(address, packed=not seekable) as file:
                yield file
        elif seekable and Path(address).is_file():
            with Path(address).open("rb") as file:
                yield file
        else:
            with open_stream(Path(address)) as file:
                yield file
    except OSError as error:
        raise DataError(f"{address} cannot be read: {error.strerror or error}") from error


def expand_remote(address: str) -> list[str]:
    """The addresses that a pattern fits, or that lie in a folder; else the address itself.

    Raises:
        DataError: nothing is there, or this kind of address needs a package.
    """
    system, path = _find_system(address)
    scheme = address.partition("://")[0]
    try:
        if any(sign in path for sign in "*?["):
            found = sorted(system.glob(path))
        elif system.isdir(path):
            found = sorted(system.find(path))
        else:
            found = [path] if system.exists(path) else []
    except Exception as error:  # each file system has errors of its own
        raise DataError(f"{address} cannot be read: {error or type(error).__name__}") from error
    if not found:
        raise DataError(f"{address}: nothing is there")
    return [each if is_remote(each) else f"{scheme}://{each.lstrip('/')}" if scheme != "file"
            else f"file://{each}" for each in found]  # fmt: skip


def _find_system(address: str) -> tuple[Any, str]:
    import fsspec

    try:
        system, path = fsspec.core.url_to_fs(address)
    except (ImportError, ValueError) as error:
        raise DataError(f"{address}: {error}") from error
    return system, path


@contextmanager
def _open_remote(address: str, *, packed: bool) -> Iterator[IO[bytes]]:
    system, path = _find_system(address)
    try:
        file = system.open(path, "rb", compression="infer" if packed else None)
    except OSError:
        raise
    except Exception as error:
        raise DataError(f"{address} cannot be read: {error or type(error).__name__}") from error
    with file:
        yield file
