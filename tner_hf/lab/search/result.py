"""What a search found: a table of its trials, as JSON, CSV and a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tner_hf.errors import DataError
from tner_hf.files import read_json, write_file, write_json
from tner_hf.formats.csv_files import write_csv
from tner_hf.lab.search.space import Value, show_value
from tner_hf.plain import Stored
from tner_hf.report import Cell, Column, Page, Section, render_table
from tner_hf.report.columns import align_columns

#: In the folder of a search.
FILES = ("search.json", "search.csv", "search.html")

State = Literal["complete", "pruned", "failed", "running"]


@dataclass(frozen=True)
class Trial(Stored):
    """One run of a search.

    Attributes:
        number: its own; its folder is `trial-<number>`.
        state: `pruned` was stopped early, `failed` could not be trained.
        score: of the model that it left, on validation; None where it did not come to its end.
        values: the settings that it tried.
        evaluations: the score at each evaluation so far.
        reason: why it failed.
    """

    number: int
    state: State
    score: float | None
    values: Mapping[str, Value]
    evaluations: tuple[float, ...] = ()
    reason: str | None = None

    @property
    def folder(self) -> str:
        """Where its run is, within the folder of the search."""
        return f"trial-{self.number}/model"


@dataclass(frozen=True, repr=False)
class SearchResult(Stored):
    """All trials of a search so far.

    Attributes:
        metric: what is as large as can be, on the validation split.
        space: what was searched, a line for each setting.
        trials: in the order in which they began.
    """

    derived = ("best",)

    metric: str
    space: tuple[str, ...]
    trials: tuple[Trial, ...]

    @classmethod
    def read(cls, folder: str | Path) -> SearchResult:
        """What the search in a folder has found so far.

        Raises:
            DataError: there is none, or its file is damaged.
        """
        stored = read_json(Path(folder) / FILES[0])
        if stored is None:
            raise DataError(f"{folder} holds no search: there is no {FILES[0]}")
        return cls.from_dict(stored)

    @property
    def ranked(self) -> list[Trial]:
        """Trials with a score, the best first; of equal ones the first."""
        scored = [trial for trial in self.trials if trial.score is not None]
        return sorted(scored, key=lambda trial: -(trial.score or 0))

    @property
    def best(self) -> Trial | None:
        """The trial with the best model; None as long as none is complete."""
        return next(iter(self.ranked), None)

    def table(self) -> str:
        """The trials, best first, scores in percent."""
        return "\n".join(align_columns([self._header(), *self._rows()]))

    def _header(self) -> list[str]:
        names = {name: None for trial in self.trials for name in trial.values}
        return ["trial", "state", self.metric, *names]

    def _rows(self) -> list[list[str]]:
        names = self._header()[3:]
        others = [trial for trial in self.trials if trial.score is None]
        return [
            [
                str(trial.number),
                trial.state,
                "" if trial.score is None else f"{100 * trial.score:.2f}",
                *(show_value(trial.values.get(name)) for name in names),
            ]
            for trial in (*self.ranked, *others)
        ]

    def __repr__(self) -> str:
        return self.table()

    def write(self, folder: Path) -> None:
        """Put `search.json`, `search.csv` and `search.html` into a folder."""
        write_json(folder / FILES[0], self.to_dict())
        write_file(folder / FILES[1], write_csv([self._header(), *self._rows()]))
        write_file(folder / FILES[2], render_search(self))


def render_search(result: SearchResult) -> str:
    """The whole HTML document."""
    trials = _render_trials(result)
    states = [trial.state for trial in result.trials]
    counted = {state: states.count(state) for state in dict.fromkeys(states)}
    best = result.best
    facts = {
        "what is best": f"{result.metric} on the validation split",
        "trials": ", ".join(f"{count} {state}" for state, count in counted.items()) or "none yet",
        "best": "none yet" if best is None else f"trial {best.number}",
    }
    lead = (
        "The score of a trial is that of the model it left. The best of many trials is flattered "
        "by the choice: its score on the validation split is no estimate of what it does on new "
        "text. The test split was not looked at."
    )
    return Page(
        "Search",
        [Section("Trials", trials, lead)],
        subtitle="; ".join(result.space),
        facts=facts,
    ).render()


def _render_trials(result: SearchResult) -> str:
    names = result._header()[3:]
    columns = [
        Column("trial", numeric=True), Column("state"), Column(result.metric, numeric=True),
        *(Column(name) for name in names),
        Column("evaluations", help="the score at each evaluation, in percent"),
    ]  # fmt: skip
    by_number = {trial.number: trial for trial in result.trials}
    rows: list[Sequence[str | int | Cell]] = []
    for number, state, score, *values in result._rows():
        trial = by_number[int(number)]
        cells = [
            Cell(v, sort=_sort(trial.values.get(n))) for n, v in zip(names, values, strict=True)
        ]
        rows.append([
            Cell(number, sort=trial.number, header=True),
            Cell(state, title=trial.reason),
            Cell(score or "–", sort="" if trial.score is None else trial.score),
            *cells,
            " ".join(f"{100 * each:.1f}" for each in trial.evaluations),
        ])  # fmt: skip
    return render_table(columns, rows, caption="Trials, best first", filterable=True)


def _sort(value: Value) -> float | str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number else show_value(value)  # type: ignore[return-value]
