"""The output folder of a run: whose it is, where to resume, files that are never half written."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from tner_hf.errors import SettingError
from tner_hf.runs import RUN_FILE, Run, list_differences

#: A model on its way into the folder.
INCOMPLETE = ".incomplete"

_CHECKPOINT = re.compile(r"checkpoint-(\d+)")


def claim_folder(folder: Path, run: Run) -> None:
    """Make the folder, or make sure that it belongs to the same run.

    Args:
        folder: the output folder of a run.
        run: what is to be done in it.

    Raises:
        SettingError: something else is in the folder, and would be overwritten or deleted.
    """
    if folder.exists() and not folder.is_dir():
        raise SettingError(f"--output_dir {folder} is a file; give a folder")
    content = sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []
    stored = Run.read(folder)
    if stored is not None and set(content) - {RUN_FILE, INCOMPLETE}:
        check_same(folder, stored, run)
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
    # A run that failed before it saved anything binds nobody to its settings.
    if not set(content) - {RUN_FILE, INCOMPLETE}:
        run.write(folder)


def check_same(folder: Path, then: Run, now: Run) -> None:
    """Make sure that the run of a folder is the one that is wanted.

    Raises:
        SettingError: it is another one; the differences are named.
    """
    if changed := list_differences(then, now):
        raise SettingError(
            f"--output_dir {folder} holds another run: {'; '.join(changed)}. Give the same "
            "settings and data to resume it, or choose another folder"
        )


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
