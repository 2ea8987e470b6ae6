"""`search`: trials one after the other, each an ordinary run in a folder of its own.

All that is known lies in `journal.log`, Optuna's own file. A process takes its turn (a lock on the
folder) to look for work: a trial whose process ended before it did is taken up again, from its last
checkpoint; otherwise a new one is begun. A trial belongs to whoever has the lock on its folder.
"""

from __future__ import annotations

import itertools
import logging
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from tner_hf.errors import (
    DataError,
    MissingExtraError,
    SettingError,
    TrainingError,
    UnknownNameError,
    first_line,
)
from tner_hf.lab.search.result import SearchResult, State, Trial
from tner_hf.lab.search.space import Choices, Parameter
from tner_hf.metrics.trainer import flatten_scores
from tner_hf.runs import Run, list_differences
from tner_hf.runs.locking import FolderLock

if TYPE_CHECKING:
    import optuna

    from tner_hf.training import DataArguments, ModelArguments, NERTrainingArguments

    Settings = tuple[ModelArguments, DataArguments, NERTrainingArguments]

logger = logging.getLogger(__name__)

#: In the folder of a search: Optuna's journal, and the run that all trials are variants of.
JOURNAL, BASE = "journal.log", "base"

#: Seconds between two looks at a lock that another process has for a moment.
_WAIT = 0.1

Sampler = Literal["tpe", "random", "grid"]
Pruner = Literal["none", "median", "stages"]


@dataclass(frozen=True)
class SearchSettings:
    """How a search goes.

    Attributes:
        space: what is searched.
        trials: how many there are in all, those of other processes and of earlier calls included.
        sampler: `tpe`, Optuna's tree of Parzen estimators; `random`; `grid`, all combinations.
        pruner: `none`; `median`: worse than half of the trials before, at the same evaluation; or
            `stages`, see `TwoStages`.
        first_stage: evaluations before a trial can be stopped.
        go_on: with `stages`, how many go on.
        keep: models that are kept, the best; None for all. Scores are kept of all.
        seed: of the search; each trial draws from it and its number.
    """

    space: Sequence[Parameter]
    trials: int = 20
    sampler: Sampler = "tpe"
    pruner: Pruner = "none"
    first_stage: int = 1
    go_on: int = 5
    keep: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("trials", "first_stage", "go_on", "keep"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise SettingError(f"--{name} {value} cannot be used; give 1 or more")
        names = [parameter.name for parameter in self.space]
        if not names or len(set(names)) < len(names):
            raise SettingError(
                "--space needs settings to search, each once, such as "
                "learning_rate=1e-5..1e-3/log head=linear,crf"
            )
        if self.pruner not in get_args(Pruner):
            raise UnknownNameError("pruner", self.pruner, get_args(Pruner))
        if self.sampler == "grid":
            for parameter in self.space:
                if not isinstance(parameter, Choices):
                    raise SettingError(
                        f"--sampler grid with --space {parameter}: a range has no end of values; "
                        "list them"
                    )

    @property
    def count(self) -> int:
        """How many trials there will be."""
        return self.trials if self.sampler != "grid" else min(self.trials, len(self.grid()))

    def grid(self) -> list[dict[str, Any]]:
        """All combinations, the last setting changing first."""
        values = [each.values for each in self.space if isinstance(each, Choices)]
        names = [each.name for each in self.space]
        return [dict(zip(names, row, strict=True)) for row in itertools.product(*values)]


def search(
    settings: SearchSettings,
    output_dir: str | Path,
    arguments_for: Callable[[Mapping[str, Any], str], Settings],
) -> SearchResult:
    """Try settings until there are as many trials as asked for, and say what came of them.

    The same call goes on where a killed one was; several processes with the same call share the
    work. The test split is not touched.

    Args:
        settings: what is searched, and how.
        output_dir: of the search; it holds `trial-<number>/model` for each.
        arguments_for: makes the settings of a run from the values of a trial and its folder.

    Raises:
        MissingExtraError: Optuna is not installed.
        SettingError: no trial can have these settings, or the folder is another search's.
        DataError: the journal is damaged.
        DataError, CheckpointError, FileError: as for `train`, from the first trial that meets it,
            which goes on when the same call is given again.
    """
    try:
        import optuna
    except ImportError:
        raise MissingExtraError("tner-hf search", "search") from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    folder = Path(output_dir).expanduser()
    metric = _check_arguments(settings, arguments_for)
    with _turn(folder):
        _claim(folder, settings, arguments_for)
        study = _open(folder, settings)
    while True:
        with _turn(folder):
            taken = _take(study, folder, settings)
            _report(study, folder, metric, settings)
        if taken is None:
            return _report(study, folder, metric, settings)
        trial, lock = taken
        try:
            _run(study, trial, folder, metric, arguments_for)
        finally:
            lock.release()


def _check_arguments(
    settings: SearchSettings, arguments_for: Callable[[Mapping[str, Any], str], Settings]
) -> str:
    """Make sure of each value that a run can have it, the others being the first of theirs.

    Returns:
        The metric that decides.
    """
    from tner_hf.training.judging import check_settings

    first = {each.name: each.examples()[0] for each in settings.space}
    for parameter in settings.space:
        for value in parameter.examples():
            _, _, args = arguments_for({**first, parameter.name: value}, "trial")
            check_settings(args)
            if args.eval_strategy == "no":
                raise SettingError(
                    "--eval_strategy no: a search goes by the scores of the validation split; "
                    "leave it out"
                )
            if args.world_size > 1:
                raise SettingError(
                    f"a search trains each model in one process, and there are {args.world_size}; "
                    "give the same command several times instead, each on a device of its own"
                )
    metric = (args.metric_for_best_model or "f1").removeprefix("eval_")
    if metric == "loss":
        raise SettingError(
            "--metric_for_best_model loss: losses of other settings cannot be compared; give a "
            "score"
        )
    return metric


@contextmanager
def _turn(folder: Path) -> Iterator[None]:
    """The right to look for work, which everybody has for a moment only."""
    lock = FolderLock(folder, "searched in")
    while True:
        try:
            lock.acquire()
        except SettingError:  # somebody else's turn
            time.sleep(_WAIT)
            continue
        break
    try:
        yield
    finally:
        lock.release()


def _claim(
    folder: Path,
    settings: SearchSettings,
    arguments_for: Callable[[Mapping[str, Any], str], Settings],
) -> None:
    """Write down what all trials are variants of, or make sure that it is the same as before."""
    from tner_hf.training.describing import describe_run
    from tner_hf.training.splits import load_splits

    first = {each.name: each.examples()[0] for each in settings.space}
    made = arguments_for(first, str(folder / "trial"))
    source = made[1].source()
    splits = load_splits(source, made[1], seed=made[2].seed)
    if "validation" not in splits:
        raise SettingError(
            "a search goes by the scores of a validation split, and this data has none; give "
            "--validation_file, or hold out some of the training split: --validation_fraction 0.1"
        )
    now, then = describe_run(*made, source=source, splits=splits), Run.read(folder / BASE)
    if then is None:
        others = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
        if others:
            raise SettingError(
                f"--output_dir {folder} is not empty ({', '.join(others[:5])}) and holds no "
                "search; choose another folder"
            )
        (folder / BASE).mkdir()
        now.write(folder / BASE)
    elif changed := list_differences(then, now):
        raise SettingError(
            f"--output_dir {folder} holds another search: {'; '.join(changed)}. Trials of both "
            "could not be compared; choose another folder"
        )


def _open(folder: Path, settings: SearchSettings) -> optuna.Study:
    import optuna
    from optuna.storages.journal import JournalFileBackend, JournalStorage

    from tner_hf.lab.search.pruning import TwoStages

    pruners = {
        "none": optuna.pruners.NopPruner(),
        "median": optuna.pruners.MedianPruner(n_warmup_steps=settings.first_stage - 1),
        "stages": TwoStages(settings.first_stage, settings.go_on),
    }
    try:
        study = optuna.create_study(
            storage=JournalStorage(JournalFileBackend(str(folder / JOURNAL))),
            study_name="search",
            direction="maximize",
            load_if_exists=True,
            pruner=pruners[settings.pruner],
        )
        study.get_trials()
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError) as error:
        raise DataError(
            f"{folder / JOURNAL} is no journal of Optuna: {first_line(error)}. It was changed or "
            "damaged; move it away, and the same command tells the trials again from their folders"
        ) from error
    space, then = list(map(str, settings.space)), study.user_attrs.get("space")
    if then is None:
        study.set_user_attr("space", space)
    elif then != space:
        raise SettingError(
            f"--output_dir {folder} holds a search of {' '.join(then)}, and this is one of "
            f"{' '.join(space)}; choose another folder"
        )
    return study


def _take(
    study: optuna.Study, folder: Path, settings: SearchSettings
) -> tuple[optuna.Trial, FolderLock] | None:
    """A trial to run, and the lock on its folder; None where there is no more to do here."""
    import optuna

    known = study.get_trials(deepcopy=False)
    for old in known:
        if old.state != optuna.trial.TrialState.RUNNING:
            continue
        lock = FolderLock(folder / f"trial-{old.number}")
        try:
            lock.acquire()
        except SettingError:  # its process is alive
            continue
        logger.info("trial %d goes on", old.number)
        return optuna.Trial(study, old._trial_id), lock
    number = len(known)
    if number >= settings.count:
        return None
    # From the number, so that a search that was killed draws what it would have drawn.
    seed = int(np.random.SeedSequence([settings.seed, number]).generate_state(1)[0])
    study.sampler = (
        optuna.samplers.TPESampler(seed=seed)
        if settings.sampler == "tpe"
        else optuna.samplers.RandomSampler(seed=seed)
    )
    if settings.sampler == "grid":
        study.enqueue_trial(settings.grid()[number])
    trial = study.ask({each.name: each.distribution() for each in settings.space})
    lock = FolderLock(folder / f"trial-{trial.number}")
    lock.acquire()
    return trial, lock


def _run(
    study: optuna.Study,
    trial: optuna.Trial,
    folder: Path,
    metric: str,
    arguments_for: Callable[[Mapping[str, Any], str], Settings],
) -> None:
    """Train one trial, and write down what came of it."""
    import optuna

    from tner_hf.lab.search.pruning import Watch
    from tner_hf.training import train

    states = optuna.trial.TrialState
    shown = ", ".join(f"{name} {value}" for name, value in trial.params.items())
    logger.info("trial %d: %s", trial.number, shown)
    try:
        made = arguments_for(trial.params, str(folder / f"trial-{trial.number}" / "model"))
        result = train(*made, callbacks=[Watch(study, trial, metric)])
    except optuna.TrialPruned:
        logger.info("trial %d is stopped early", trial.number)
        study.tell(trial, state=states.PRUNED)
    except (SettingError, TrainingError) as error:  # of these values, not of the search
        logger.warning("trial %d failed: %s", trial.number, error)
        trial.set_user_attr("reason", str(error).replace(str(folder), "."))
        study.tell(trial, state=states.FAIL)
    else:
        assert result.validation is not None  # noqa: S101 — as `_claim` has seen
        study.tell(trial, flatten_scores(result.validation)[metric])


def _report(
    study: optuna.Study, folder: Path, metric: str, settings: SearchSettings
) -> SearchResult:
    """Write the table of all trials, and let models go that are not to be kept."""
    states: Mapping[str, State] = {"COMPLETE": "complete", "PRUNED": "pruned", "FAIL": "failed"}
    result = SearchResult(
        metric,
        tuple(map(str, settings.space)),
        tuple(
            Trial(
                number=each.number,
                state=states.get(each.state.name, "running"),
                score=each.value if each.state.name == "COMPLETE" else None,
                values=each.params,
                evaluations=tuple(v for _, v in sorted(each.intermediate_values.items())),
                reason=each.user_attrs.get("reason"),
            )
            for each in study.get_trials(deepcopy=False)
        ),
    )
    result.write(folder)
    if settings.keep is not None:
        kept = {trial.number for trial in result.ranked[: settings.keep]}
        for trial in result.trials:
            if trial.state != "running" and trial.number not in kept:
                shutil.rmtree(folder / trial.folder, ignore_errors=True)
    return result
