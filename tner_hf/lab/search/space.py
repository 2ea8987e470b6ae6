"""What is searched: settings of a run, each with the values that it may have."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tner_hf.errors import SettingError

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

Value = str | int | float | bool | None

#: Settings that a trial has from the search, or that make it another thing than a run.
_NOT_SEARCHED = frozenset(
    {
        "output_dir", "start_over", "resume_from_checkpoint", "push_to_hub", "seeds", "config",
        "max_test_samples", "metric_for_best_model", "eval_strategy", "help", "help_all",
    }
)  # fmt: skip

_ACCEPTED = "accepted: NAME=VALUE,VALUE,… or NAME=LOW..HIGH, with /log behind it to draw evenly "


@dataclass(frozen=True)
class Choices:
    """A setting with a list of values; None leaves the setting out.

    Attributes:
        name: of the setting, as `tner-hf train` has it.
        values: two or more, each once.
    """

    name: str
    values: tuple[Value, ...]

    def distribution(self) -> BaseDistribution:
        """The same for Optuna."""
        from optuna.distributions import CategoricalDistribution

        return CategoricalDistribution(self.values)

    def examples(self) -> tuple[Value, ...]:
        """Values that must all be good for a run."""
        return self.values

    def __str__(self) -> str:
        return f"{self.name}={','.join(map(show_value, self.values))}"


@dataclass(frozen=True)
class Range:
    """A setting with a range of numbers.

    Attributes:
        name: of the setting, as `tner-hf train` has it.
        low: the smallest; a whole number where both are.
        high: the largest.
        log: whether all magnitudes are drawn alike.
    """

    name: str
    low: float
    high: float
    log: bool = False

    def distribution(self) -> BaseDistribution:
        """The same for Optuna."""
        from optuna.distributions import FloatDistribution, IntDistribution

        if isinstance(self.low, int) and isinstance(self.high, int):
            return IntDistribution(self.low, self.high, log=self.log)
        return FloatDistribution(self.low, self.high, log=self.log)

    def examples(self) -> tuple[Value, ...]:
        """Values that must all be good for a run."""
        return (self.low, self.high)

    def __str__(self) -> str:
        return f"{self.name}={self.low:g}..{self.high:g}{'/log' if self.log else ''}"


Parameter = Choices | Range


def parse_parameter(text: str) -> Parameter:
    """What a word of the command line says of a setting.

    Raises:
        SettingError: it says nothing that can be searched.

    Examples:
        >>> parse_parameter("learning_rate=1e-5..1e-3/log")
        Range(name='learning_rate', low=1e-05, high=0.001, log=True)
        >>> parse_parameter("lora_r=none,8").values
        (None, 8)
    """
    name, found, given = text.partition("=")
    name = name.strip().lstrip("-").replace("-", "_")
    if not found or not name or not given:
        raise SettingError(f"--space {text!r} is no setting with values; {_ACCEPTED}magnitudes")
    if name in _NOT_SEARCHED:
        raise SettingError(f"--space {text!r}: {name} is not for a search to choose")
    if match := re.fullmatch(r"(.+?)\.\.(.+?)(/log)?", given):
        low, high = map(read_value, match.groups()[:2])
        return _check_range(text, name, low, high, log=match[3] is not None)
    values = tuple(map(read_value, given.split(",")))
    if len(values) < 2 or len({show_value(value) for value in values}) < len(values):
        raise SettingError(
            f"--space {text!r}: a search needs two values or more, each once; give a single one "
            "as a setting of the run"
        )
    return Choices(name, values)


def _check_range(text: str, name: str, low: Value, high: Value, *, log: bool) -> Range:
    for each in (low, high):
        if isinstance(each, bool) or not isinstance(each, int | float) or not math.isfinite(each):
            raise SettingError(f"--space {text!r}: {each} is no number; {_ACCEPTED}magnitudes")
    assert isinstance(low, int | float)  # noqa: S101 — as the loop has seen
    assert isinstance(high, int | float)  # noqa: S101
    if not low < high:
        raise SettingError(f"--space {text!r}: {low:g} is not below {high:g}")
    if log and low <= 0:
        raise SettingError(f"--space {text!r}: /log needs numbers above 0")
    return Range(name, low, high, log)


def read_value(text: str) -> Value:
    """A value as one types it.

    >>> [read_value(each) for each in ("1e-5", "8", "true", "none", "crf")]
    [1e-05, 8, True, None, 'crf']
    """
    word = text.strip()
    named = {"true": True, "false": False, "none": None}
    if word.lower() in named:
        return named[word.lower()]
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            continue
    return word


def show_value(value: Value) -> str:
    """A value as one would type it.

    >>> show_value(None), show_value(True), show_value(3e-05)
    ('none', 'true', '3e-05')
    """
    if value is None or isinstance(value, bool):
        return str(value).lower()
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def as_flags(values: dict[str, Any]) -> list[str]:
    """Values of settings as words of `tner-hf train`.

    >>> as_flags({"lora_r": None, "learning_rate": 3e-05, "lowercase": True})
    ['--learning_rate=3e-05', '--lowercase=true']
    """
    return [
        f"--{name}={str(value).lower() if isinstance(value, bool) else value}"
        for name, value in values.items()
        if value is not None
    ]
