"""Repositories: commits, branches, tags; contents in a folder, by their SHA-256."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path

from hub_server.exchange import HubError

#: Files from this size on are kept by LFS, whatever their name.
LFS_FROM = 10 * 2**20

#: What a new repository begins with (shortened).
GITATTRIBUTES = "".join(
    f"*.{ending} filter=lfs diff=lfs merge=lfs -text\n"
    for ending in ("arrow", "bin", "onnx", "parquet", "pt", "safetensors", "zip", "gz", "model")
)

PLURALS = {"model": "models", "dataset": "datasets", "space": "spaces"}


@dataclass(frozen=True)
class StoredFile:
    """A file of a commit; `oid` is git's, of the pointer where LFS keeps the content."""

    path: str
    size: int
    oid: str
    sha256: str
    lfs: bool

    @property
    def etag(self) -> str:
        return self.sha256 if self.lfs else self.oid


@dataclass(frozen=True)
class Commit:
    """One state of a repository."""

    oid: str
    title: str
    description: str
    date: str
    author: str
    files: Mapping[str, StoredFile]
    parent: Commit | None


@dataclass
class Repository:
    """A repository of one kind: `model`, `dataset` or `space`."""

    kind: str
    name: str
    private: bool
    created: str
    sdk: str | None = None
    branches: dict[str, Commit] = field(default_factory=dict)
    tags: dict[str, Commit] = field(default_factory=dict)
    lfs_objects: set[str] = field(default_factory=set)

    @property
    def namespace(self) -> str:
        return self.name.partition("/")[0]

    @property
    def prefix(self) -> str:
        """How its addresses begin."""
        return self.name if self.kind == "model" else f"{PLURALS[self.kind]}/{self.name}"

    def commit_at(self, revision: str) -> Commit:
        """The commit of a branch, a tag or an oid (its beginning will do)."""
        short = "main" if revision == "HEAD" else revision.removeprefix("refs/heads/")
        if found := self.branches.get(short) or self.tags.get(revision):
            return found
        for head in [*self.branches.values(), *self.tags.values()]:
            commit: Commit | None = head
            while commit is not None:
                if len(revision) >= 5 and commit.oid.startswith(revision):
                    return commit
                commit = commit.parent
        raise HubError(404, f"Invalid rev id: {revision}", "RevisionNotFound")


class Store:
    """All repositories of a server, their contents under `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = threading.RLock()
        self.repositories: dict[tuple[str, str], Repository] = {}
        self.moved: dict[tuple[str, str], str] = {}
        (folder / "objects").mkdir(parents=True, exist_ok=True)
        (folder / "parts").mkdir(exist_ok=True)

    def content(self, sha256: str) -> Path:
        return self.folder / "objects" / sha256

    def keep(self, data: bytes) -> str:
        """Store bytes; their SHA-256."""
        sha256 = hashlib.sha256(data).hexdigest()
        part = self.content(f"{sha256}.{threading.get_ident()}")
        part.write_bytes(data)
        part.replace(self.content(sha256))
        return sha256

    def create(self, kind: str, name: str, *, private: bool, sdk: str | None) -> Repository:
        repository = Repository(kind, name, private, _now(), sdk)
        first = self.regular_file(".gitattributes", GITATTRIBUTES.encode())
        repository.branches["main"] = make_commit(
            None, "initial commit", "", repository.namespace, {first.path: first}
        )
        self.repositories[kind, name] = repository
        return repository

    def regular_file(self, path: str, data: bytes) -> StoredFile:
        return StoredFile(path, len(data), _git_oid(data), self.keep(data), lfs=False)

    def lfs_file(self, path: str, sha256: str) -> StoredFile:
        size = self.content(sha256).stat().st_size
        return StoredFile(path, size, _git_oid(pointer(sha256, size)), sha256, lfs=True)

    def is_lfs(self, commit: Commit, path: str, size: int, sample: bytes) -> bool:
        """Whether LFS keeps a file: by `.gitattributes`, by size, or because it is no text."""
        rules = commit.files.get(".gitattributes")
        lines = self.content(rules.sha256).read_text().splitlines() if rules else []
        patterns = [line.split()[0] for line in lines if "filter=lfs" in line]
        return (
            size >= LFS_FROM
            or b"\0" in sample
            or any(fnmatch(path, pattern) for pattern in patterns)
            or any(fnmatch(path.rpartition("/")[2], pattern) for pattern in patterns)
        )


def make_commit(
    parent: Commit | None,
    title: str,
    description: str,
    author: str,
    files: Mapping[str, StoredFile],
) -> Commit:
    """A commit on top of another."""
    date = _now()
    parts = [parent.oid if parent else "", title, date, *_listed(files)]
    oid = hashlib.sha1("\0".join(parts).encode()).hexdigest()
    return Commit(oid, title, description, date, author, dict(files), parent)


def folder_oid(files: Mapping[str, StoredFile], folder: str) -> str:
    """An identity of a folder: like git's, it changes with any file below."""
    below = {path: f for path, f in files.items() if path.startswith(f"{folder}/")}
    return hashlib.sha1("\0".join(_listed(below)).encode()).hexdigest()


def pointer(sha256: str, size: int) -> bytes:
    """What git holds of a file that LFS keeps."""
    return (
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n".encode()
    )


def _listed(files: Mapping[str, StoredFile]) -> Sequence[str]:
    return [f"{path}:{files[path].oid}" for path in sorted(files)]


def _git_oid(data: bytes) -> str:
    return hashlib.sha1(f"blob {len(data)}\0".encode() + data).hexdigest()


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
