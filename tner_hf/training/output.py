"""The output folder of a run: whose it is, where to resume, files that are never half written."""

from __future__ import annotations

import itertools
import json
import logging
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tner_hf.errors import SettingError
from tner_hf.files import check_writable, system_errors, write_json
from tner_hf.runs import RUN_FILE, Run, list_differences
from tner_hf.runs.locking import LOCK_FILE, FolderLock, check_unlocked

if TYPE_CHECKING:
    from tner_hf.training.arguments import NERTrainingArguments

logger = logging.getLogger(__name__)

#: A model on its way into the folder.
INCOMPLETE = ".incomplete"

_CHECKPOINT = re.compile(r"checkpoint-(\d+)")


@contextmanager
def hold_folder(folder: Path, run: Run, args: NERTrainingArguments) -> Iterator[None]:
    """The output folder of a run, claimed, and locked by the first process while work goes on.

    Raises:
        SettingError, FileError: as `set_aside`, `FolderLock` and `claim_folder`.
    """
    with ExitStack() as held:
        with args.main_process_first(local=False, desc="claiming the output folder"):
            if args.process_index == 0:
                if args.start_over:
                    set_aside(folder)
                held.enter_context(FolderLock(folder))
            claim_folder(folder, run)
        yield


def claim_folder(folder: Path, run: Run) -> None:
    """Write `run.json` into a locked folder, or make sure that it belongs to the same run.

    Raises:
        SettingError: something else is in the folder, and would be overwritten or deleted.
    """
    check_claim(folder, run)
    shutil.rmtree(folder / INCOMPLETE, ignore_errors=True)
    # A run that failed before it saved anything binds nobody to its settings.
    if not _list_saved(folder):
        run.write(folder)


def check_claim(folder: Path, run: Run) -> None:
    """Make sure that a folder is free for a run, or belongs to it.

    Raises:
        SettingError: something else is in the folder, or another run, whose differences are named.
    """
    saved = _list_saved(folder)
    if not saved:
        return
    then = Run.read(folder)
    if then is None:
        shown = ", ".join(saved[:5]) + (" …" if len(saved) > 5 else "")
        raise SettingError(
            f"--output_dir {folder} is not empty ({shown}) and was not begun by tner-hf; "
            "choose another folder, or empty this one"
        )
    if changed := list_differences(then, run):
        raise SettingError(
            f"--output_dir {folder} holds another run: {'; '.join(changed)}. With the same "
            "settings and data it is resumed. To train anew: another --output_dir, or "
            "--start_over, which moves the old run aside. To go on from its weights: "
            f"--model_name_or_path {folder} and another --output_dir"
        )
    foreign = [n for n in saved if n.startswith("checkpoint-") and not _CHECKPOINT.fullmatch(n)]
    if foreign:
        # Trainer counts, and deletes, everything that begins like this.
        raise SettingError(
            f"--output_dir {folder} holds {', '.join(foreign)}, which no run of tner-hf made and "
            "--save_total_limit might delete; move it elsewhere"
        )


def check_folder(folder: Path) -> None:
    """Make sure that there can be such a folder, and that nobody trains into it.

    Raises:
        SettingError: it is a file, or in use.
        FileError: it cannot be written to.
    """
    if folder.exists() and not folder.is_dir():
        raise SettingError(f"--output_dir {folder} is a file; give a folder")
    check_unlocked(folder)
    check_writable(folder)


def set_aside(folder: Path) -> None:
    """Move an earlier run out of the way, to a folder beside it; nothing is deleted.

    Raises:
        SettingError: it is in use, or holds what no run made.
        FileError: it cannot be moved.
    """
    if not (folder / RUN_FILE).is_file():
        return
    check_unlocked(folder)
    place = folder.absolute()
    numbered = (place.with_name(f"{place.name}.old-{i}") for i in itertools.count(1))
    target = next(path for path in numbered if not path.exists())
    with system_errors(folder, "moved aside"):
        place.rename(target)
    logger.info("the earlier run is in %s now", target)


def _list_saved(folder: Path) -> list[str]:
    """The names of what is in a folder beside a run that has only begun."""
    begun = {RUN_FILE, INCOMPLETE, LOCK_FILE}
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    return [name for name in names if name not in begun and not name.endswith(".partial")]


def find_checkpoint(folder: Path, *, processes: int = 1) -> Path | None:
    """The newest checkpoint that was saved to its end; None where there is none.

    Each process that there is now wants its own random state back.
    """
    found = sorted(
        (int(match[1]), path)
        for path in (folder.iterdir() if folder.is_dir() else ())
        if path.is_dir() and (match := _CHECKPOINT.fullmatch(path.name))
    )
    return next((path for _, path in reversed(found) if _is_complete(path, processes)), None)


def choose_checkpoint(folder: Path, wanted: str | None, *, processes: int = 1) -> Path | None:
    """The checkpoint to resume from, None to begin.

    Wanted by `--resume_from_checkpoint` is a path, `true`, `false`, or None, which resumes where
    there is something to resume.

    Raises:
        SettingError: there is no such checkpoint, or beginning would overwrite one.
    """
    newest = find_checkpoint(folder, processes=processes)
    word = (wanted or "").lower()
    if word in {"false", "no", "0"}:
        if newest:
            raise SettingError(
                f"--resume_from_checkpoint {wanted}, but {folder} holds {newest.name}, which a new "
                "run would overwrite; choose another --output_dir, or --start_over"
            )
        return None
    if word in {"true", "yes", "1"}:
        if newest is None:
            raise SettingError(
                f"--resume_from_checkpoint {wanted}: no complete checkpoint in {folder}"
            )
        return newest
    if wanted:
        path = Path(wanted).expanduser()
        if not _is_complete(path, processes):
            raise SettingError(
                f"--resume_from_checkpoint {wanted} is no complete checkpoint of a run with "
                f"{processes} process{'es' * (processes > 1)}: give a folder called "
                "checkpoint-<step>, or `true` for the newest one"
            )
        _check_origin(path, folder)
        return path
    return newest


def _check_origin(checkpoint: Path, folder: Path) -> None:
    """Make sure that a checkpoint from elsewhere is one of the same run."""
    then, now = Run.read(checkpoint.absolute().parent), Run.read(folder)
    changed = ["it lies in no folder of a run"]
    if then is not None and now is not None:
        changed = list_differences(then, now)
    if changed:
        raise SettingError(
            f"--resume_from_checkpoint {checkpoint} is not a state of this run: "
            f"{'; '.join(changed)}. To go on from its weights: --model_name_or_path {checkpoint}"
        )


def adopt_state(checkpoint: Path, folder: Path) -> None:
    """Let the state of a folder that was moved find its best checkpoint again."""
    path = checkpoint / "trainer_state.json"
    state = json.loads(path.read_text(encoding="utf-8"))
    best = state.get("best_model_checkpoint")
    here = folder / Path(best).name if best else None
    if here is not None and here.is_dir() and Path(best) != here:
        write_json(path, {**state, "best_model_checkpoint": str(here)})


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
    needed = ("config.json", "scheduler.pt", *states)
    weights = any(checkpoint.glob("*.safetensors"))
    # FSDP gives the states of the optimizer a name of its own.
    optimizer = any((checkpoint / f"optimizer.{ending}").is_file() for ending in ("pt", "bin"))
    return weights and optimizer and all((checkpoint / name).is_file() for name in needed)
