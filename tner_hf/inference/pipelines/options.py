"""How a pipeline call answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_args

from tner_hf.errors import SettingError

#: `words` is ours; the others are those of transformers.
Strategy = Literal["words", "none", "simple", "first", "average", "max"]

#: Inputs that are read, sorted by length and answered together, unless `batch_size` says else.
BATCH_SIZE = 512


@dataclass(frozen=True)
class Options:
    """How one call answers; those of the pipeline unless the call says otherwise.

    Attributes:
        aggregation_strategy: `words`, or a strategy of transformers.
        stride: sub-tokens that the windows of a long text share.
        ignore_labels: types (for `none`: labels) that are left out.
        top_k: answer with every word and so many of its likeliest labels, instead of entities.
        min_score: leave out entities of a lower score; None leaves out none.
        is_split_into_words: every input is a list of words.
        delimiter: what joins given words into a text; None for what the word splitter implies.
        batch_size: inputs that are read, sorted by length and answered together.
        batch_tokens: sub-tokens of one forward pass, padding included; None for what suits the
            device.
    """

    aggregation_strategy: Strategy = "words"
    stride: int | None = None
    ignore_labels: Sequence[str] = ("O",)
    top_k: int | None = None
    min_score: float | None = None
    is_split_into_words: bool = False
    delimiter: str | None = None
    batch_size: int = BATCH_SIZE
    batch_tokens: int | None = None

    def __post_init__(self) -> None:
        if self.aggregation_strategy not in get_args(Strategy):
            raise SettingError(
                f"aggregation_strategy={self.aggregation_strategy!r}; accepted: "
                f"{', '.join(get_args(Strategy))}"
            )
        if self.batch_size < 1:
            raise SettingError(f"batch_size={self.batch_size}; accepted: at least 1")
        if self.min_score is not None and not 0 <= self.min_score <= 1:
            raise SettingError(f"min_score={self.min_score!r}; accepted: a number from 0 to 1")
        if self.top_k is None:
            return
        if self.min_score is not None:
            raise SettingError(
                f"top_k={self.top_k} answers with every word, which min_score="
                f"{self.min_score:g} cannot leave out; leave one of the two out"
            )
        if isinstance(self.top_k, bool) or not isinstance(self.top_k, int) or self.top_k < 1:
            raise SettingError(
                f"top_k={self.top_k!r}; accepted: a whole number from 1 to the number of labels"
            )
        if self.aggregation_strategy != "words":
            raise SettingError(
                f"top_k={self.top_k} gives the labels of whole words, which aggregation_strategy="
                f"{self.aggregation_strategy!r} does not label; leave one of the two out"
            )

    def changed(self, given: Mapping[str, Any]) -> Options:
        """The options with those that are given and not None.

        >>> Options().changed({"batch_size": 1, "stride": None}).batch_size
        1
        """
        known = [field.name for field in fields(self)]
        if unknown := sorted(set(given) - set(known)):
            raise SettingError(
                f"the pipeline has no option {', '.join(unknown)}; accepted: {', '.join(known)}"
            )
        chosen = {name: value for name, value in given.items() if value is not None}
        if "aggregation_strategy" in chosen:  # transformers' own enumeration is welcome too
            strategy = chosen["aggregation_strategy"]
            chosen["aggregation_strategy"] = str(getattr(strategy, "value", strategy)).lower()
        return replace(self, **chosen)
