"""Where a push goes, and whether it can."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from tner_hf.errors import SettingError

Kind = Literal["model", "dataset", "space"]

_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class Target:
    """Where a push goes, and how.

    Attributes:
        repo_id: `owner/name`.
        kind: of repository.
        private: make a new repository private; an existing public one is then an error.
        revision: the branch; None for `main`. A missing one is created.
        commit_message: of the commit; one is made up where it is not given.
        token: of the Hub; None for the one of `hf auth login` or HF_TOKEN.
        replaced: patterns of files that belong to a push; those of an earlier one that the new
            one lacks are deleted.
    """

    repo_id: str
    kind: Kind
    private: bool | None = None
    revision: str | None = None
    commit_message: str | None = None
    token: str | bool | None = field(default=None, repr=False)
    replaced: tuple[str, ...] = ()


def check_target(target: Target) -> None:
    """Refuse what cannot be meant, before anything costs time.

    Raises:
        SettingError: the repository's name or the branch cannot be used.
    """
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]

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


def find_token(target: Target) -> str | None:
    """The token that requests will carry."""
    from huggingface_hub import get_token

    if isinstance(target.token, str):
        return target.token
    return None if target.token is False else get_token()
