"""Where a push goes, and whether it can."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

from tner_hf.errors import SettingError

Kind = Literal["model", "dataset", "space"]

_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class Target:
    """Where a push goes, and how.

    Attributes:
        repo_id: `owner/name`; created where it is missing.
        private: make a new repository private; an existing public one is then an error. A public
            Space reads a private model only if its settings hold a secret HF_TOKEN.
        revision: the branch; None for `main`. A missing one is created.
        commit_message: of the one commit; one is made up where it is not given.
        token: of the Hub; None for the one of `hf auth login` or HF_TOKEN.
        dry_run: write what would be sent to this folder (True: a new temporary one) and send
            nothing.
        kind: of repository; each push sets its own, and so with `replaced`.
        replaced: patterns of files that belong to a push; those of an earlier one that the new
            one lacks are deleted.
    """

    repo_id: str
    private: bool | None = None
    revision: str | None = None
    commit_message: str | None = None
    token: str | bool | None = field(default=None, repr=False)
    dry_run: bool | str | Path = False
    kind: Kind = "model"
    replaced: tuple[str, ...] = ()


def aim(
    repo_id: str | Target, kind: Kind, replaced: tuple[str, ...], keywords: Mapping[str, Any]
) -> Target:
    """The target of one push, once it is known to be usable; of fields given twice keywords win.

    Raises:
        SettingError: the repository's name or the branch cannot be used.
    """
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]

    start = repo_id if isinstance(repo_id, Target) else Target(repo_id)
    target = replace(start, kind=kind, replaced=replaced, **keywords)
    try:
        validate_repo_id(target.repo_id)
    except HFValidationError as error:
        raise SettingError(f"repo_id={target.repo_id!r} is no name of a repository: {error}") from (
            error
        )
    if "/" not in target.repo_id:
        raise SettingError(
            f"repo_id={target.repo_id!r} names no owner; give owner/name, as in "
            f"--repo_id your-name/{target.repo_id}"
        )
    if target.revision and _COMMIT.fullmatch(target.revision):
        raise SettingError(
            f"revision={target.revision!r} is a commit; only a branch can be added to"
        )
    return target


def take_target(keywords: dict[str, Any]) -> dict[str, Any]:
    """Take the fields of `Target` out of keywords that have others beside them."""
    return {f.name: keywords.pop(f.name) for f in fields(Target) if f.name in keywords}


def find_token(target: Target) -> str | None:
    """The token that requests will carry."""
    from huggingface_hub import get_token

    if isinstance(target.token, str):
        return target.token
    return None if target.token is False else get_token()
