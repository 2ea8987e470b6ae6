"""Faults of the Hub and of the way there, told so that the next step is clear."""

from __future__ import annotations

import json
import re
import traceback
from collections.abc import Iterator

from tner_hf.downloads import unknown_host

#: What a token of the Hub looks like.
_TOKEN = re.compile(r"\bhf_[A-Za-z0-9]{20,}")

#: Whose code may have failed: what is raised deeper down belongs to the last of them.
_PACKAGES = frozenset({"huggingface_hub", "datasets", "transformers", "tner_hf"})
#: Functions of the client that look at answers, and raise a plain ValueError.
_JUDGES = ("parse_datetime", "post_lfs_batch_info", "_validate_")


def redact(text: str, token: str | None) -> str:
    """The text without the token, or anything that looks like one.

    >>> redact("Bearer hf_abcdefghijklmnopqrstuvwxyz", None)
    'Bearer <token>'
    """
    if token:
        text = text.replace(token, "<token>")
    return _TOKEN.sub("<token>", text)


def explain_reading(error: BaseException, name: str) -> str | None:
    """Why something on the Hub could not be had, and the next step; None for any other error.

    Args:
        error: what was raised; libraries wrap what the Hub said, so its causes are looked at too.
        name: Hub id of what was asked for.
    """
    from huggingface_hub import constants
    from huggingface_hub.errors import LocalEntryNotFoundError, OfflineModeIsEnabled

    for each in _causes(error):
        if (status := status_of(each)) is not None:
            return redact(f"{name}: {_explain_status(status, each)}", None)
        if isinstance(each, OfflineModeIsEnabled):
            return f"{name}: not in the cache, and HF_HUB_OFFLINE is set; unset it to load it once"
        if isinstance(each, LocalEntryNotFoundError) and (host := unknown_host()):
            return describe_no_network(name, host)
        if is_foreign(each):
            return f"{name}: {describe_foreign()}"
        if is_transport(each):
            reason = str(each).rstrip(".") or type(each).__name__
            return (
                f"{name}: the connection to {constants.ENDPOINT} failed: {reason}. Check the "
                "network, and HF_ENDPOINT if you set it. What was loaded before loads again with "
                "HF_HUB_OFFLINE=1"
            )
    return None


def describe_no_network(name: str, host: str) -> str:
    """Why something of the Hub cannot be had on a machine that does not find its host."""
    return (
        f"{name}: not in the cache, and there is no network here: {host} is not found. Connect, or "
        "set HF_ENDPOINT to a mirror that is reached"
    )


def status_of(error: BaseException) -> int | None:
    """The HTTP status of an answer that the Hub's client raised; None for anything else."""
    from huggingface_hub.errors import HfHubHTTPError

    return int(error.response.status_code) if isinstance(error, HfHubHTTPError) else None


def is_transport(error: BaseException) -> bool:
    """Whether a connection failed."""
    # The client's HTTP library is its own affair (httpx, now httpx2); only the name is stable.
    return any(base.__name__ == "TransportError" for base in type(error).__mro__)


def is_foreign(error: BaseException) -> bool:
    """Whether the Hub's client could make nothing of an answer that claimed to be a good one."""
    kinds = (KeyError, TypeError, AttributeError, IndexError, json.JSONDecodeError)
    places = [
        (str(frame.f_globals.get("__name__", "")).partition(".")[0], frame.f_code.co_name)
        for frame, _ in traceback.walk_tb(error.__traceback__)
    ]
    known = [place for place in places if place[0] in _PACKAGES]
    in_client = bool(known) and known[-1][0] == "huggingface_hub"
    judges = in_client and known[-1][1].startswith(_JUDGES)
    return in_client and (isinstance(error, kinds) or (judges and isinstance(error, ValueError)))


def describe_foreign() -> str:
    """What an answer means that is not the Hub's, and the next step."""
    from huggingface_hub import constants

    return (
        f"{constants.ENDPOINT} answered, but not as the Hub does (no JSON, or JSON of another "
        "shape): a login page or a proxy may have answered in its place. Check HF_ENDPOINT and "
        "the network, then try again"
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _explain_status(status: int, error: BaseException) -> str:
    if status >= 500:
        return (
            f"the Hub failed with status {status}. Try later; what was loaded before loads again "
            "with HF_HUB_OFFLINE=1"
        )
    response = getattr(error, "response", None)
    wait = response.headers.get("Retry-After") if response is not None else None
    patience = f"; it asks for {wait} seconds of patience" if wait else ""
    steps = {
        401: "it is not there, or private. Check the name; for a private one log in with `hf auth "
        "login`, set HF_TOKEN, or give a token",
        403: "this token may not read it. Ask for access on its page, or use another token",
        404: "it is not there, or hidden from this token. Check the name and the revision",
        429: f"too many requests{patience}. Try later, logged in: accounts may ask more often",
    }
    return f"status {status}: {steps.get(status, 'the request was refused')}"
