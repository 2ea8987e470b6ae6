"""Where a checkpoint is, its configuration, and what it is by content."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from tner_hf.config import EMBEDDED_ENCODERS
from tner_hf.downloads import fetch_snapshot, is_repo_id
from tner_hf.errors import CheckpointError, first_line
from tner_hf.faults import explain_reading
from tner_hf.models.adapters import read_adapter
from tner_hf.models.contents import digest_files
from tner_hf.models.door import open_config
from tner_hf.models.embedded import locate_embedded
from tner_hf.models.fetching import fetch_config
from tner_hf.models.installed import find_installed

if TYPE_CHECKING:
    from transformers import PretrainedConfig

#: What stands in a repository's folder `onnx`: the convention of the Hub.
_EXPORTED = re.compile(r"(?P<repo_id>[\w-][\w.-]*/[\w-][\w.-]*)/(?P<path>onnx(?:/[\w.-]+\.onnx)?)")


def locate_checkpoint(
    checkpoint: str | Path, *, revision: str | None = None, token: str | bool | None = None
) -> str:
    """The folder, ONNX file or Hub id behind a name.

    `embedded` and `embedded-multilingual` are the encoders of the extras `quickstart` and
    `quickstart-multilingual`, unless a folder has the name; the second is unpacked into the cache
    on first use. A model that is installed as a package is known by its name. The exported model of
    a Hub repository is fetched: `owner/name/onnx`, or a file in it such as
    `owner/name/onnx/model.onnx`.

    Raises:
        MissingExtraError: an embedded encoder is wanted and not installed.
        CheckpointError: there is no such exported model, or an embedded encoder is damaged.
    """
    name = str(checkpoint)
    if Path(name).exists():
        return name
    if exported := _EXPORTED.fullmatch(name):
        return _fetch_exported(exported["repo_id"], exported["path"], revision, token)
    if embedded := EMBEDDED_ENCODERS.get(name):
        return str(locate_embedded(embedded))
    return str(find_installed().get(name, name)) if name.isidentifier() else name


def folder_of(checkpoint: str) -> str:
    """Where the configuration and the tokenizer of a located checkpoint are.

    >>> folder_of("out/onnx/model.onnx"), folder_of("owner/name")
    ('out/onnx', 'owner/name')
    """
    return str(Path(checkpoint).parent) if checkpoint.endswith(".onnx") else checkpoint


def load_config(
    checkpoint: str | Path, *, revision: str | None = None, token: str | bool | None = None
) -> PretrainedConfig:
    """The checkpoint's configuration.

    Raises:
        CheckpointError: a folder without `config.json`, or a Hub id that cannot be had.
    """
    return open_checkpoint(checkpoint, revision=revision, token=token)[2]


def open_checkpoint(
    checkpoint: str | Path, *, revision: str | None, token: str | bool | None
) -> tuple[str, Path, PretrainedConfig]:
    """The located name of a checkpoint, its local folder, and its configuration.

    The folder of one of the Hub is in the cache.

    Raises:
        CheckpointError: as in `load_config`.
    """
    name = folder_of(locate_checkpoint(checkpoint, revision=revision, token=token))
    folder = Path(name)
    if folder.is_dir() and not (folder / "config.json").is_file():
        read_adapter(folder)  # which says what it lacks
        inner = sorted(str(path.parent) for path in folder.glob("*/config.json"))
        hint = f"; did you mean {' or '.join(inner[-3:])}?" if inner else ""
        raise CheckpointError(f"{name!r} is no checkpoint: no config.json in it{hint}")
    try:
        folder = fetch_config(name, revision=revision, token=token)
    except (OSError, ValueError) as error:
        if not is_repo_id(name):
            raise CheckpointError(f"checkpoint {name!r} is not there: no such folder") from error
        raise CheckpointError(
            f"checkpoint {name!r} cannot be loaded: it is no local folder, and as a Hub id: "
            f"{explain_reading(error, name) or first_line(error)}"
        ) from error
    read_adapter(folder)
    try:
        config = open_config(folder)
    except CheckpointError:
        raise
    except Exception as error:  # classes of configurations fail in any way on what they know not
        raise CheckpointError(
            f"checkpoint {name!r} cannot be loaded: its config.json: {first_line(error)}"
        ) from error
    config._name_or_path = name  # not the cache's folder
    if folder != Path(name):
        config._commit_hash = folder.name
    return name, folder, config


def fingerprint_model(checkpoint: str | Path, commit: str | None = None) -> str:
    """A hash of the files that decide what a checkpoint predicts; of a Hub model, its commit."""
    folder = Path(checkpoint)
    named = folder.name if folder.suffix == ".onnx" else ""
    folder = Path(folder_of(str(checkpoint)))
    if not folder.is_dir():
        return commit or str(checkpoint)
    digest = digest_files(folder)
    digest.update(named.encode())  # two models can lie in one folder
    return digest.hexdigest()


def _fetch_exported(repo_id: str, path: str, revision: str | None, token: str | bool | None) -> str:
    """The local copy of an exported model in a repository's folder `onnx`."""
    wanted = path if path.endswith(".onnx") else f"{path}/*.onnx"
    try:
        root = fetch_snapshot(
            repo_id,
            [wanted, f"{wanted}_data", "onnx/*.json", "onnx/*.txt"],
            revision=revision,
            token=token,
        )
    except (OSError, ValueError) as error:
        raise CheckpointError(
            f"{repo_id}/{path} is no local folder, and cannot be had from the Hub: "
            f"{first_line(error)}"
        ) from error
    found = Path(root, path)
    if not found.exists():
        raise CheckpointError(
            f"the repository {repo_id!r} holds no {path!r}; `tner-hf export` makes one, and "
            "`tner-hf push` publishes it with the model"
        )
    return str(found)
