"""The road to the Hub: create what is missing, send what changed in one commit, look again."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tner_hf._version import __version__
from tner_hf.errors import SettingError
from tner_hf.plain import Stored
from tner_hf.publishing.hub.contents import Content, refuse_secret, size_of, write_folder
from tner_hf.publishing.hub.faults import hub_errors
from tner_hf.publishing.hub.listing import is_same, list_files, look_again
from tner_hf.publishing.hub.target import Kind, Target, find_token

if TYPE_CHECKING:
    from huggingface_hub import HfApi


@dataclass(frozen=True)
class Pushed(Stored):
    """What a push did, or what it would do.

    Attributes:
        repo_id: `owner/name`.
        kind: `model`, `dataset` or `space`.
        url: the page of the repository.
        sent: path to bytes, of the files that were new or changed; in a dry run, of all.
        unchanged: files that were there already.
        deleted: files of an earlier push that no longer belong there.
        commit: the commit that the branch has now; None in a dry run.
        folder: where a dry run wrote the files.
    """

    repo_id: str
    kind: Kind
    url: str
    sent: Mapping[str, int]
    unchanged: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    commit: str | None = None
    folder: str | None = None


def publish(files: Mapping[str, Content], target: Target) -> Pushed:
    """Send files to a repository in one commit; those that are there already stay as they are.

    In a dry run they are written to a folder instead.
    """
    from huggingface_hub import HfApi, constants

    token = find_token(target)
    prefix = "" if target.kind == "model" else f"{target.kind}s/"
    url = f"{constants.ENDPOINT}/{prefix}{target.repo_id}"
    refuse_secret(files, token)
    if asked := target.dry_run:
        folder = Path(tempfile.mkdtemp(prefix="tner-hf-push-") if asked is True else asked)
        with hub_errors(target.repo_id, token):
            write_folder(files, folder.expanduser())
        sizes = {path: size_of(files[path]) for path in sorted(files)}
        return Pushed(target.repo_id, target.kind, url, sizes, folder=str(folder))
    with hub_errors(target.repo_id, token):
        api = HfApi(token=target.token, library_name="tner_hf", library_version=__version__)
        return _send(api, files, target, url)


def _send(api: HfApi, files: Mapping[str, Content], target: Target, url: str) -> Pushed:
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    head = _prepare(api, target)
    there = list_files(api, target, head)
    unchanged = tuple(p for p in sorted(files) if is_same(files[p], there.get(p)))
    sent = {path: size_of(files[path]) for path in sorted(files) if path not in unchanged}
    deleted = tuple(
        path
        for path in sorted(there)
        if path not in files and any(fnmatch(path, pattern) for pattern in target.replaced)
    )
    if not sent and not deleted:
        return Pushed(target.repo_id, target.kind, url, {}, unchanged, commit=head)
    added = [
        CommitOperationAdd(path, c if isinstance(c := files[path], bytes) else str(c))
        for path in sent
    ]
    commit = api.create_commit(
        target.repo_id,
        [*added, *map(CommitOperationDelete, deleted)],
        commit_message=target.commit_message or f"Push a {target.kind} with tner_hf {__version__}",
        repo_type=target.kind,
        revision=target.revision,
        parent_commit=head,
    )
    look_again(api, {path: files[path] for path in sent}, target, commit.oid)
    return Pushed(target.repo_id, target.kind, url, sent, unchanged, deleted, commit.oid)


def _prepare(api: HfApi, target: Target) -> str | None:
    """Create the repository and the branch where they are missing; the commit to build on."""
    name, kind = target.repo_id, target.kind
    info = _find_info(api, target, None)
    if info is None:
        sdk = "gradio" if kind == "space" else None
        api.create_repo(name, repo_type=kind, private=target.private, exist_ok=True, space_sdk=sdk)
        info = api.repo_info(name, repo_type=kind)
    if target.private and info.private is False:
        raise SettingError(
            f"{name} is there already and public; nothing was sent. Make it private in its "
            "settings first, push to another name, or leave --private out"
        )
    if target.revision not in (None, "main"):
        info = _find_info(api, target, target.revision)
        if info is None:
            api.create_branch(name, branch=str(target.revision), repo_type=kind, exist_ok=True)
            info = api.repo_info(name, repo_type=kind, revision=target.revision)
    return None if info.sha is None else str(info.sha)


def _find_info(api: HfApi, target: Target, revision: str | None) -> Any:
    """What the Hub says of the repository; None where it, or the revision, is not there."""
    from huggingface_hub.errors import HfHubHTTPError

    try:
        return api.repo_info(target.repo_id, repo_type=target.kind, revision=revision)
    except HfHubHTTPError as error:
        # Servers differ in what they call absent; creating it finds out what is meant.
        if error.response.status_code not in (401, 404):
            raise
        return None
