"""SIGKILL at drawn moments of train, matrix, evaluate and export; the same command then goes on.

    python benchmarks/kills.py --moments 20      # what is missing of each command
    python benchmarks/kills.py --write           # and put the table into docs/training.md

Each command runs undisturbed twice, for its results and its duration. Then it is killed at moments
drawn with a seed over that duration, and given again until it ends. Its results must be those of
the undisturbed run, and its folders must hold the same files: no hidden file, no partial one, no
temporary folder. Every run is a process of its own, forked when the libraries are loaded, so that
all moments lie in the work. What was found is written after each moment, and a study that was
stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import os
import random
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import material

from tner_hf.files import write_json

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "kills.json"
PAGE = HERE.parent / "docs" / "training.md"
MARKS = "<!-- kills: from benchmarks/results/kills.json -->", "<!-- end of kills -->"

COMMANDS = ("train", "matrix", "evaluate", "export")
MOMENTS, SEED = 20, 13

#: What takes another time, or tells that a run was resumed.
_OF_THE_CLOCK = (
    "runtime", "per_second", "seconds", "total_flos", "resumed_from", "steps_trained", "train_loss",
    "num_input_tokens_seen",
)  # fmt: skip
#: Files of which that they are there is all that is compared: they hold times or states of torch.
_OPAQUE = (".npz", ".html", ".svg", ".png", ".pt", ".pth", ".bin")

#: What commands import when they first need it: seconds in which nothing of theirs happens.
_PRELOADED = (
    "datasets", "torch", "transformers", "transformers.trainer", "matplotlib.pyplot",
    "transformers.models.bert.modeling_bert", "torch.onnx._internal.exporter._core",
    "torch._dynamo", "torch._functorch.aot_autograd", "torch._inductor", "onnxscript.optimizer",
    "onnxscript.rewriter", "onnxruntime.quantization", "tner_hf.training", "tner_hf.lab.matrix",
    "tner_hf.lab.evaluation", "tner_hf.publishing.export",
)  # fmt: skip


@dataclass(frozen=True)
class Killed:
    """What became of one command.

    Attributes:
        command: `train`, `matrix`, `evaluate` or `export`.
        moment: when it was killed, as a share of the undisturbed duration.
        seconds: when that was.
        ended: whether it had ended by then.
        left: files that a killed one left and that are no results: on their way, or a lock.
        status: of the same command, given again.
        differences: of its results and files from those of an undisturbed run.
    """

    command: str
    moment: float
    seconds: float
    ended: bool
    left: tuple[str, ...]
    status: int
    differences: tuple[str, ...]


def prepare(folder: Path) -> dict[str, list[str]]:
    """Command to its words; paths are relative to a folder that each run has of its own."""
    if not (data := folder / "given").is_dir():
        draft = folder / "drafted"
        sentences = material.draw_sentences(1_500)
        material.write_iob(draft / "train.txt", sentences[:56])
        for split in ("validation", "test", "letters"):
            material.write_iob(draft / f"{split}.txt", sentences[56:])
        encoder = material.make_tiny_encoder(draft / "tiny")
        for name, types in (("a", material.TYPES), ("b", material.TYPES[:2])):
            material.make_tagger(draft / name, types, encoder=encoder)
        draft.rename(data)
    files = {split: str(data / f"{split}.txt") for split in ("train", "validation", "test")}
    model, other = str(data / "a"), str(data / "b")
    return {
        "train": [
            *("train", "--model_name_or_path", str(data / "tiny"), "--output_dir", "out"),
            *(word for split, file in files.items() for word in (f"--{split}_file", file)),
            *("--num_train_epochs", "3", "--per_device_train_batch_size", "8", "--save_strategy"),
            *("steps", "--save_steps", "4", "--save_total_limit", "2"),
        ],
        "matrix": [
            *("matrix", "-m", model, other, "-d", files["test"]),
            *(str(data / "letters.txt"), "--output_dir", "out"),
        ],
        "evaluate": [
            *("evaluate", "-m", model, "--test_file", files["test"], "--output_file"),
            *("out/scores.json", "--predictions_file", "out/said.jsonl"),
        ],
        "export": [
            *("export", "-m", model, "--output_dir", "out/onnx"),
            *("--test_file", files["test"], "--min_agreement", "0", "--max_f1_drop", "1"),
        ],
    }  # fmt: skip


def _run(words: Sequence[str], folder: str) -> None:
    """In a process of its own: the command in its folder, its lines into a file beside it."""
    import torch

    from tner_hf.cli import main

    torch.set_num_threads(1)
    tempfile.tempdir = None
    os.environ["TMPDIR"] = f"{folder}/tmp"
    with Path(f"{folder}.log").open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    os.chdir(f"{folder}/here")
    raise SystemExit(main(list(words)))


class Runner:
    """Starts commands in processes that have the libraries loaded."""

    def __init__(self, preloaded: Sequence[str] = _PRELOADED) -> None:
        os.environ.update(OMP_NUM_THREADS="1", TOKENIZERS_PARALLELISM="false")
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([*preloaded, "kills"])

    def run(self, words: Sequence[str], folder: Path, *, limit: float | None = None) -> int | None:
        """The exit status; None where it was killed after so many seconds."""
        for part in ("here", "tmp"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        process = self._context.Process(target=_run, args=(words, str(folder)))
        process.start()
        process.join(limit)
        killed = process.is_alive()
        process.kill()  # nothing to one that has ended
        process.join()
        status = None if killed else process.exitcode
        process.close()
        return status


def list_files(folder: Path) -> dict[str, str]:
    """Every file and empty folder by its path, with a hash of what must be the same."""
    return {
        path.relative_to(folder).as_posix(): _digest(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() or (path.is_dir() and not any(path.iterdir()))
    }


def _digest(path: Path) -> str:
    if path.is_dir() or path.suffix in _OPAQUE:
        return ""
    if path.suffix == ".json":
        stored = json.loads(path.read_text(encoding="utf-8"))
        text = json.dumps(_without_times(stored), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _without_times(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _without_times(v) for k, v in value.items() if not k.endswith(_OF_THE_CLOCK)}
    return [_without_times(each) for each in value] if isinstance(value, list) else value


def compare(found: Mapping[str, str], expected: Mapping[str, str]) -> tuple[str, ...]:
    """In words, what is missing, what is left over, and what is other than it should be."""
    return (
        *(f"{name} is missing" for name in expected if name not in found),
        *(f"{name} is left over" for name in found if name not in expected),
        *(f"{n} is another" for n in expected if n in found and found[n] != expected[n]),
    )


def draw_moments(command: str, count: int, seed: int = SEED) -> list[float]:
    """One moment in each of so many equal parts of the duration, as a share of it."""
    drawn = random.Random(f"{seed} {command}")
    moments = [(i + drawn.random()) / count for i in range(count)]
    drawn.shuffle(moments)  # a study that is stopped has some of everywhere
    return moments


def study(
    commands: Mapping[str, Sequence[str]],
    folder: Path,
    results: Path,
    moments: int,
    runner: Runner,
) -> list[Killed]:
    """What became of every command at every moment; those that were tried are not tried again."""
    found = read_results(results)
    for command, words in commands.items():
        planned = draw_moments(command, moments)
        done = {each.moment for each in found if each.command == command}
        if done >= set(planned):
            continue
        expected, seconds = run_undisturbed(runner, words, folder / f"{command}-whole")
        for moment in planned:
            if moment not in done:
                place = folder / f"{command}-{moment:.4f}"
                found.append(kill(runner, command, words, place, moment, seconds, expected))
                write_results(results, found)
    return found


def run_undisturbed(
    runner: Runner, words: Sequence[str], folder: Path
) -> tuple[dict[str, str], float]:
    """The files of a run that nobody kills, and its seconds; a second one must give the same."""
    taken, files = [], []
    for _ in range(2):
        shutil.rmtree(folder, ignore_errors=True)
        begun = time.monotonic()
        if status := runner.run(words, folder):
            log = Path(f"{folder}.log").read_text(encoding="utf-8")
            raise SystemExit(f"{' '.join(words)} ends with {status}: {log[-2000:]}")
        taken.append(time.monotonic() - begun)
        files.append(list_files(folder))
    if differences := compare(*files):
        raise SystemExit(f"{words[0]}: two undisturbed runs differ: {', '.join(differences)}")
    return files[0], min(taken)  # the first one fills caches


def kill(
    runner: Runner,
    command: str,
    words: Sequence[str],
    folder: Path,
    moment: float,
    seconds: float,
    expected: Mapping[str, str],
) -> Killed:
    """Kill a command at a moment, give it again, and look at what it leaves."""
    shutil.rmtree(folder, ignore_errors=True)
    ended = runner.run(words, folder, limit=moment * seconds) is not None
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*")]
    left = [name for name in names if "/." in name or name.startswith("tmp/")]
    status = runner.run(words, folder)
    differences = compare(list_files(folder), expected) if status == 0 else ()
    if status == 0 and not differences:
        shutil.rmtree(folder)
    return Killed(
        command, moment, round(moment * seconds, 3), ended, tuple(sorted(left)),
        -1 if status is None else status, differences,
    )  # fmt: skip


def read_results(path: Path) -> list[Killed]:
    """What was found before."""
    stored = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    lists = ("left", "differences")
    return [Killed(**{**each, **{name: tuple(each[name]) for name in lists}}) for each in stored]


def write_results(path: Path, found: Sequence[Killed]) -> None:
    """Everything found so far, in one step."""
    write_json(path, [asdict(each) for each in found], indent=1)


def render(found: Sequence[Killed]) -> str:
    """A Markdown table, a row for each command."""
    heads = ("command", "times killed", "seconds undisturbed", "left something on its way",
             "ended well when given again", "with the same results", "left over then")  # fmt: skip
    lines = [f"| {' | '.join(heads)} |", f"|---|{'---:|' * (len(heads) - 1)}"]
    for command in dict.fromkeys(each.command for each in found):
        of_it = [each for each in found if each.command == command and not each.ended]
        whole = min(each.seconds / each.moment for each in of_it)  # where little else ran
        ended = [each for each in of_it if each.status == 0]
        same = [each for each in ended if not any("left over" not in d for d in each.differences)]
        over = sum("left over" in d for each in ended for d in each.differences)
        lines.append(
            f"| `{command}` | {len(of_it)} | {whole:.1f} | {sum(bool(e.left) for e in of_it)} "
            f"| {len(ended)} | {len(same)} | {over} |"
        )
    return "\n".join(lines)


def write_page(found: Sequence[Killed]) -> None:
    """The table in its place on the page."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    page = f"{before}{MARKS[0]}\n\n{render(found)}\n\n{MARKS[1]}{after}"
    PAGE.write_text(page, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--commands", nargs="+", choices=COMMANDS, default=COMMANDS)
    parser.add_argument("--moments", type=int, default=MOMENTS)
    parser.add_argument("--folder", type=Path, help="where the commands work (default: temporary)")
    parser.add_argument("--write", action="store_true", help="put the table into the page")
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.gettempdir()) / "tner-hf-kills"
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    words = prepare(folder)
    chosen = {name: words[name] for name in options.commands}
    found = study(chosen, folder, RESULTS, options.moments, Runner())
    print(render(found))
    for each in found:
        if each.status or each.differences:
            print(f"{each.command} at {each.seconds} s: {each.status} {each.differences}")
    if options.write:
        write_page(found)


if __name__ == "__main__":
    main()
