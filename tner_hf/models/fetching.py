"""The files of a checkpoint in a local folder, those of the Hub fetched into the cache.

A checkpoint of the Hub is loaded from there like any other folder: only files with known names
come, all of one commit, and no library looks for more in this or another repository.
"""

from __future__ import annotations

import contextlib
import fnmatch
import functools
from collections.abc import Iterable
from pathlib import Path

from tner_hf.downloads import fetch_file, may_ask_hub
from tner_hf.models.adapters import ADAPTER_CONFIG, ADAPTER_WEIGHTS

_TOKENIZER = (
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
    "vocab.txt", "vocab.json", "merges.txt", "bpe.codes", "*.model", "entity_vocab.json",
)  # fmt: skip

#: The first kind that a repository has.
_WEIGHTS = (
    ("model.safetensors", "model.safetensors.index.json", "model-?????-of-?????.safetensors"),
    ("pytorch_model.bin", "pytorch_model.bin.index.json", "pytorch_model-?????-of-?????.bin"),
)


def fetch_config(checkpoint: str, *, revision: str | None, token: str | bool | None) -> Path:
    """The local folder that holds the configuration of a folder or Hub id."""
    from huggingface_hub.errors import EntryNotFoundError

    if Path(checkpoint).exists():
        return Path(checkpoint)
    asked = {"revision": revision, "token": token}
    try:
        folder = fetch_file(checkpoint, "config.json", **asked).parent
    except EntryNotFoundError:
        with contextlib.suppress(OSError, ValueError):  # what peft saves has none
            return fetch_file(checkpoint, ADAPTER_CONFIG, **asked).parent
        raise
    _fetch_listed(checkpoint, folder, (ADAPTER_CONFIG,), token)
    return folder


def has_tokenizer(folder: Path) -> bool:
    """Whether there are files of a tokenizer in a folder."""
    return any(next(folder.glob(name), None) for name in _TOKENIZER)


def fetch_tokenizer(checkpoint: str, folder: Path, token: str | bool | None) -> None:
    """Complete the folder from `fetch_config` with the tokenizer's files."""
    if not Path(checkpoint).exists():
        _fetch_listed(checkpoint, folder, _TOKENIZER, token)


def fetch_weights(checkpoint: str, folder: Path, token: str | bool | None) -> None:
    """Complete the folder from `fetch_config` with the weights; of an adapter, with its own."""
    if Path(checkpoint).exists():
        return
    if (folder / ADAPTER_CONFIG).exists():
        _fetch_listed(checkpoint, folder, (ADAPTER_WEIGHTS,), token)
        return
    for names in _WEIGHTS:
        if _fetch_listed(checkpoint, folder, names, token):
            return


def _fetch_listed(
    repo_id: str, folder: Path, patterns: tuple[str, ...], token: str | bool | None
) -> bool:
    """Whether the repository has files of these names; they are in the folder now."""
    from huggingface_hub.errors import EntryNotFoundError, HTTPError  # type: ignore[attr-defined]

    listed: Iterable[str] = ()
    if may_ask_hub():
        # It may not answer, and the cache hold everything.
        with contextlib.suppress(HTTPError, OSError):
            listed = _list_commit(repo_id, folder.name, token)
    found = False
    for name in listed or {*patterns, *(path.name for path in folder.iterdir())}:
        if not any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns):
            continue
        try:
            fetch_file(repo_id, name, revision=folder.name, token=token)
            found = True
        except EntryNotFoundError:
            if listed:
                raise
    return found


@functools.lru_cache(maxsize=64)
def _list_commit(repo_id: str, commit: str, token: str | bool | None) -> tuple[str, ...]:
    """The files at the top of a repository at a commit, which never change."""
    from huggingface_hub import HfApi

    tree = HfApi().list_repo_tree(repo_id, revision=commit, token=token)
    return tuple(entry.path for entry in tree)
