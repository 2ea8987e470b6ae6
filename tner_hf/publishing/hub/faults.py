"""Faults of a push, told so that the next step is clear."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tner_hf.errors import HubError, SettingError
from tner_hf.faults import describe_foreign, is_foreign, is_transport, redact

#: Errors of writing that mean: no room.
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

AGAIN = (
    "Run the same command again when that is done: what has arrived is not sent twice, and a "
    "commit is there as a whole or not at all."
)


@contextmanager
def hub_errors(repo_id: str, token: str | None) -> Iterator[None]:
    """Turn what the client raises, after its own retries, into errors that name the next step.

    Args:
        repo_id: what is being published.
        token: never to be seen in a message.

    Raises:
        HubError: the Hub refused, failed or could not be reached; or the disk is full.
        SettingError: something that was sent is not accepted as it is.
    """
    try:
        yield
    except (HubError, SettingError):
        raise
    except Exception as error:
        told = _describe(error, repo_id)
        if told is None:
            raise
        kind, text = told
        # A server may quote what it was sent: then its own words are not shown at all.
        secret = token is not None and token in f"{error}{error.__cause__ or ''}"
        raise kind(redact(text, token)) from (None if secret else error)


_LOG_IN = (
    "Log in with `hf auth login`, or set HF_TOKEN; the token needs the right to write "
    "(huggingface.co/settings/tokens)."
)


def _describe_answer(error: Any, repo_id: str) -> str:
    """What an HTTP answer means for the one who pushes."""
    status = int(error.response.status_code)
    owner = repo_id.partition("/")[0]
    said = (error.server_message or error.response.headers.get("X-Error-Message") or "").strip()
    quoted = f" ({said})" if said else ""
    if status >= 500:
        return f"the Hub failed with status {status}{quoted}. Try later. {AGAIN}"
    wait = error.response.headers.get("Retry-After")
    steps = {
        400: "the Hub does not accept what was sent. Correct it and run the command again.",
        401: f"the Hub does not accept the token, or none was sent. {_LOG_IN}",
        402: f"{owner!r} has no plan that allows this. Choose another owner, or change the plan.",
        403: f"the token has no right to write to {owner!r}. Use a token with that right, or push "
        "to a name of your own: --repo_id YOU/NAME.",
        404: "the repository, branch or file is not there, or hidden from this token. Check "
        "--repo_id and --revision, and that the token may see them.",
        409: f"another operation on the repository is under way. {AGAIN}",
        412: "somebody else committed in the meantime. Look at what changed, then run the command "
        "again.",
        413: "a file is larger than the Hub accepts. Save the model in smaller shards.",
        429: f"too many requests{f'; it asks for {wait} seconds of patience' if wait else ''}. "
        f"{AGAIN}",
    }
    step = steps.get(status, "the request was refused.")
    return f"{repo_id}: status {status}{quoted}: {step}"


def _describe(error: Exception, repo_id: str) -> tuple[type[HubError | SettingError], str] | None:
    """What a fault means for the one who pushes; None for one that is none of the Hub's."""
    from huggingface_hub import constants
    from huggingface_hub.errors import (
        HfHubHTTPError,
        HFValidationError,
        LocalTokenNotFoundError,
        OfflineModeIsEnabled,
    )

    if isinstance(error, HfHubHTTPError):
        return HubError, _describe_answer(error, repo_id)
    if isinstance(error, OfflineModeIsEnabled):
        return HubError, "HF_HUB_OFFLINE is set, so nothing can be sent; unset it, or use --dry_run"
    if isinstance(error, LocalTokenNotFoundError):
        return HubError, f"there is no token. {_LOG_IN}"
    if isinstance(error, HFValidationError):
        name = f"repo_id={repo_id!r} is no name of a repository (owner/name)"
        return SettingError, f"{name}: {error}"
    if isinstance(error, OSError):
        if error.errno not in _FULL:
            return None
        return HubError, (
            f"no room left to write {error.filename or 'temporary files'} ({error.strerror}); "
            f"nothing was published. Make room, or set TMPDIR to a larger disk. {AGAIN}"
        )
    if isinstance(error, RuntimeError) and error.__cause__ is not None:
        # "Error while uploading 'model.safetensors' to the Hub.", the reason behind it.
        inner = error.__cause__
        if isinstance(inner, HfHubHTTPError):
            return HubError, f"{error} {_describe_answer(inner, repo_id)}"
        if is_transport(inner):
            return HubError, f"{error} {_describe_connection(inner, constants.ENDPOINT)}"
    if isinstance(error, ValueError) and "metadata in README.md" in str(error):
        return SettingError, f"the Hub does not accept the card of {repo_id}: {error}"
    if is_foreign(error):
        return HubError, f"{repo_id}: {describe_foreign()}. {AGAIN}"
    if is_transport(error):
        return HubError, f"{repo_id}: {_describe_connection(error, constants.ENDPOINT)}"
    if isinstance(error, ValueError) and "LFS batch API" in str(error):
        return HubError, f"{repo_id}: {error} {AGAIN}"
    return None


def _describe_connection(error: BaseException, endpoint: str) -> str:
    reason = str(error).rstrip(".") or type(error).__name__
    return (
        f"the connection to {endpoint} failed: {reason}. Check the network, and HF_ENDPOINT if "
        f"you set it. {AGAIN}"
    )
