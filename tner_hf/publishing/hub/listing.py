"""What a repository holds, against what is to be there."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from typing import TYPE_CHECKING

from tner_hf.downloads import fetch_file
from tner_hf.errors import HubError
from tner_hf.publishing.hub.contents import Content, read_content, sha256_of, size_of
from tner_hf.publishing.hub.faults import AGAIN
from tner_hf.publishing.hub.target import Target

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import RepoFile


def list_files(api: HfApi, target: Target, commit: str | None) -> dict[str, RepoFile]:
    """Path to size and names of content, at a commit; empty where there is none."""
    from huggingface_hub.hf_api import RepoFile

    if commit is None:  # nothing was ever committed
        return {}
    listed = api.list_repo_tree(
        target.repo_id, repo_type=target.kind, revision=commit, recursive=True
    )
    return {entry.path: entry for entry in listed if isinstance(entry, RepoFile)}


def is_same(content: Content, there: RepoFile | None) -> bool:
    """Whether the repository holds this content, by size first: hashing takes its time."""
    from huggingface_hub.utils.sha import git_hash

    if there is None or there.size != size_of(content):
        return False
    if there.lfs is not None:
        return sha256_of(content) == there.lfs.sha256
    return git_hash(read_content(content)) == there.blob_id


def look_again(api: HfApi, files: Mapping[str, Content], target: Target, commit: str) -> None:
    """Success is what the repository holds, not what it answered."""
    there = list_files(api, target, commit)
    doubtful = [path for path in sorted(files) if not is_same(files[path], there.get(path))]
    if wrong := [p for p in doubtful if not _holds(api, p, files[p], there.get(p), target, commit)]:
        raise HubError(
            f"{target.repo_id}: commit {commit[:10]} does not hold what was sent: "
            f"{', '.join(wrong)}. {AGAIN}"
        )


def _holds(
    api: HfApi, path: str, content: Content, there: RepoFile | None, target: Target, commit: str
) -> bool:
    """Whether a file is there after all, where a server names contents in a way of its own."""
    if there is None or there.size != size_of(content):
        return False
    with tempfile.TemporaryDirectory(prefix="tner-hf-look-") as folder:
        got = fetch_file(
            target.repo_id,
            path,
            repo_type=target.kind,
            revision=commit,
            local_dir=folder,
            endpoint=api.endpoint,
            token=api.token,
        )
        return sha256_of(got) == sha256_of(content)
