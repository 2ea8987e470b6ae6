"""Files of the Hub, one at a time: the only place that asks for any.

Nothing that is fetched is run or unpickled here; what a file may be is judged by who reads it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def fetch_file(repo_id: str, name: str, **options: Any) -> Path:
    """A local copy of one file of a repository.

    Args:
        repo_id: `owner/name`.
        name: its path in the repository.
        **options: as for `huggingface_hub.hf_hub_download`.

    Raises:
        OSError, ValueError: it cannot be had; `faults.explain_reading` says why.
    """
    from huggingface_hub import hf_hub_download

    with _transport_errors():
        return Path(hf_hub_download(repo_id, name, **options))


def fetch_snapshot(repo_id: str, patterns: list[str], **options: Any) -> Path:
    """A local folder with the files of a repository that match.

    Args:
        repo_id: `owner/name`.
        patterns: of paths in the repository, e.g. `onnx/*.json`.
        **options: as for `huggingface_hub.snapshot_download`.

    Raises:
        OSError, ValueError: as in `fetch_file`.
    """
    from huggingface_hub import snapshot_download

    with _transport_errors():
        return Path(snapshot_download(repo_id, allow_patterns=patterns, **options))


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
