"""Files of the Hub, one at a time: the only place that asks for any.

Nothing that is fetched is run or unpickled here; what a file may be is judged by who reads it.
"""

from __future__ import annotations

import contextlib
import functools
import socket
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


def fetch_file(repo_id: str, name: str, **options: Any) -> Path:
    """A local copy of one file of a repository; options as for `huggingface_hub.hf_hub_download`.

    Raises:
        OSError, ValueError: it cannot be had; `faults.explain_reading` says why.
    """
    from huggingface_hub import hf_hub_download

    with _transport_errors():
        return Path(hf_hub_download(repo_id, name, local_files_only=not may_ask_hub(), **options))


def fetch_snapshot(repo_id: str, patterns: list[str], **options: Any) -> Path:
    """A local folder with the files of a repository that match, e.g. `onnx/*.json`.

    Options are as for `huggingface_hub.snapshot_download`.

    Raises:
        OSError, ValueError: as in `fetch_file`.
    """
    from huggingface_hub import snapshot_download

    options["local_files_only"] = not may_ask_hub()
    with _transport_errors():
        return Path(snapshot_download(repo_id, allow_patterns=patterns, **options))


def may_ask_hub() -> bool:
    """Whether there is a way to the Hub, and asking is allowed; else only the cache can answer.

    Without a network the Hub's client would try again for most of a minute, for each file.
    """
    from huggingface_hub import is_offline_mode

    return not is_offline_mode() and unknown_host() is None


def unknown_host() -> str | None:
    """The Hub's host, where it may be asked and this machine cannot find it: no network then."""
    from huggingface_hub import constants, is_offline_mode

    address = urlsplit(constants.ENDPOINT)
    # A proxy finds it, or does not.
    if is_offline_mode() or address.hostname is None or urllib.request.getproxies():
        return None
    minute = int(time.monotonic() // 60)
    return None if _is_found(address.hostname, address.port, minute) else address.hostname


@functools.lru_cache(maxsize=1)
def _is_found(host: str, port: int | None, minute: int) -> bool:  # noqa: ARG001
    """Asked once a minute: a checkpoint has many files, and a name server may be slow to fail."""
    try:
        socket.getaddrinfo(host, port)
    except OSError:
        return False
    return True


def is_repo_id(name: str) -> bool:
    """Whether a repository of the Hub can be called so.

    >>> is_repo_id("owner/name"), is_repo_id("./name")
    (True, False)
    """
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]

    try:
        validate_repo_id(name)
    except HFValidationError:
        return False
    return True


@contextlib.contextmanager
def _transport_errors() -> Iterator[None]:
    """Errors of the client's HTTP library, whichever that is, as what they are: OSErrors."""
    from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined]

    try:
        yield
    except HTTPError as error:
        if isinstance(error, OSError):  # the Hub answered
            raise
        raise ConnectionError(str(error)) from error
