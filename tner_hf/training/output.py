"""The output folder of a run: whose it is, where to resume, files that are never half written."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tner_hf.errors import SettingError
from tner_hf.files import write_json

#: Written when a run begins; a folder that holds it is ours.
RUN_FILE = "run.json"

#: A model on its way into the folder.
INCOMPLETE = ".incomplete"

_CHECKPOINT = re.compile(r"checkpoint-(\d+)")


def claim_folder(folder: Path, settings: Mapping[str, Any]) -> None:
    """Make the folder, or make sure that it belongs to a run with the same settings.

    Args:
        folder: the output folder of a run.
        settings: what must not change when a run is resumed: the model and the data.

    Raises:
        SettingError: something else is in the folder, and would be overwritten or deleted.
    """
    if folder.exists() and not folder.is_dir():
        raise SettingError(f"--output_dir {folder} is a file; give a folder")
    run_file = folder / RUN_FILE
    content = sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []
    stored = json.loads(run_file.read_text(encoding="utf-8")) if run_file.is_file() else None
    # A run that failed before it saved anything binds nobody to its settings.
    if stored is not None and set(content) - {RUN_FILE, INCOMPLETE}:
        _check_same(folder, stored, settings)
    elif stored is None and content:
        shown = ", ".join(content[:5]) + (" …" if len(content) > 5 else "")
        raise SettingError(
            f"--output_dir {folder} is not empty ({shown}) and was not begun by tner-hf; "
            "choose another folder, or empty this one"
        )
    foreign = [n for n in content if n.startswith("checkpoint-") and not _CHECKPOINT.fullmatch(n)]
    if foreign:
        # Trainer counts, and deletes, everything that begins like this.
        raise SettingError(
            f"--output_dir {folder} holds {', '.join(foreign)}, which no run of tner-hf made and "
            "--save_total_limit might delete; move it elsewhere"
        )
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder / INCOMPLETE, ignore_errors=True)
    if stored != json.loads(json.dumps(settings)):
        write_json(run_file, settings)


def find_checkpoint(folder: Path, *, processes: int = 1) -> Path | None:
    """The newest checkpoint that was saved to its end; None where there is none.

    Args:
        folder: the output folder of a run.
        processes: how many there are now; each wants its own random state back.
    """
    found = sorted(
        (int(match[1]), path)
        for path in (folder.iterdir() if folder.is_dir() else ())
        if path.is_dir() and (match := _CHECKPOINT.fullmatch(path.name))
    )
    return next((path for _, path in reversed(found) if _is_complete(path, processes)), None)


def choose_checkpoint(folder: Path, wanted: str | None, *, processes: int = 1) -> Path | None:
    """The checkpoint to resume from, None to begin.

    Args:
        folder: the output folder of a run.
        wanted: `--resume_from_checkpoint`: a path, `true`, `false`, or None, which resumes where
            there is something to resume.
        processes: how many there are now.

    Raises:
        SettingError: there is no such checkpoint, or beginning would overwrite one.
    """
    newest = find_checkpoint(folder, processes=processes)
    word = (wanted or "").lower()
    if word in {"false", "no", "0"}:
        if newest:
            raise SettingError(
                f"--resume_from_checkpoint {wanted}, but {folder} holds {newest.name}, which a new "
                "run would overwrite; choose another --output_dir, or delete the old run"
            )
        return None
    if word in {"true", "yes", "1"}:
        if newest is None:
            raise SettingError(
                f"--resume_from_checkpoint {wanted}: no complete checkpoint in {folder}"
            )
        return newest
    if wanted:
        path = Path(wanted)
        if not _is_complete(path, processes):
            raise SettingError(
                f"--resume_from_checkpoint {wanted} is no complete checkpoint of a run with "
                f"{processes} process{'es' * (processes > 1)}: give a folder called "
                "checkpoint-<step>, or `true` for the newest one"
            )
        return path
    return newest


def move_files(source: Path, target: Path) -> None:
    """Move all files of a folder into another one, each in one step, and remove the folder."""
    # The configuration last: a folder with one is taken for a checkpoint.
    for path in sorted(source.iterdir(), key=lambda p: p.name == "config.json"):
        if path.is_dir():
            shutil.rmtree(target / path.name, ignore_errors=True)
        path.replace(target / path.name)
    source.rmdir()


def _is_complete(checkpoint: Path, processes: int) -> bool:
    """Whether Trainer came to the end of saving it: the state is written last."""
    try:
        json.loads((checkpoint / "trainer_state.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    # With several processes each writes its random state on its own, perhaps later.
    states = [f"rng_state_{i}.pth" for i in range(processes)] if processes > 1 else []
    needed = ("config.json", "optimizer.pt", "scheduler.pt", *states)
    weights = any(checkpoint.glob("*.safetensors"))
    return weights and all((checkpoint / name).is_file() for name in needed)


def _check_same(folder: Path, then: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    now = json.loads(json.dumps(now))
    changed = [
        f"{name} was {then[part].get(name)!r} and is now {value!r}"
        for part in ("model", "data")
        for name, value in now[part].items()
        if then[part].get(name) != value
    ]
    if changed:
        raise SettingError(
            f"--output_dir {folder} holds a run with other settings: {'; '.join(changed)}. "
            "Give the same ones to resume it, or choose another folder"
        )
