"""The aggregation strategies of transformers' own pipeline, over whole batches as flat arrays.

`TokenClassificationPipeline` walks over every sub-token in Python. The same rules are evaluated
here on arrays, and Python objects are made only for the entities that come out. Entities, offsets,
words and scores are those of transformers 5.23, which knows no temperature; the tests hold them
against it.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from tner_hf.inference.pipelines.rows import EncodedTexts, Ints, find_changes
from tner_hf.inference.runtimes import OnnxTagger
from tner_hf.inference.tagging import predict_windows, score_places
from tner_hf.metrics.calibration import softmax

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

Entity = dict[str, Any]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class LabelRules:
    """What grouping needs to know about each label id.

    Attributes:
        names: the label as stored.
        groups: its name as `entity_group`.
        tags: a number for each tag without its `B-` or `I-`; equal ones may join.
        begins: whether it is a `B-`.
    """

    names: tuple[str, ...]
    groups: tuple[str, ...]
    tags: Ints
    begins: NDArray[np.bool_]

    @classmethod
    def of(cls, names: Sequence[str]) -> LabelRules:
        """The rules of labels in the order of their ids."""
        tags = [name[2:] if name.startswith(("B-", "I-")) else name for name in names]
        number = {tag: i for i, tag in enumerate(dict.fromkeys(tags))}
        return cls(
            names=tuple(names),
            groups=tuple(name.split("-", 1)[-1] for name in names),
            tags=np.array([number[tag] for tag in tags], dtype=np.int64),
            begins=np.array([name.startswith("B-") for name in names], dtype=np.bool_),
        )


@dataclass(frozen=True)
class Units:
    """What gets one label each, sub-tokens or words.

    Attributes:
        first: its first sub-token, shape [n_units].
        last: its last sub-token, shape [n_units].
        label: shape [n_units].
        score: the probability of the label, shape [n_units].
    """

    first: Ints
    last: Ints
    label: Ints
    score: Floats


class Spelling:
    """Sub-tokens as strings, and where words start by the stock pipeline's reckoning."""

    def __init__(
        self, texts: Sequence[str], encoded: EncodedTexts, tokenizer: PreTrainedTokenizerFast
    ) -> None:
        self._texts, self._encoded, self._tokenizer = texts, encoded, tokenizer
        self._ids = encoded.ids
        self._is_unknown = self._ids == tokenizer.unk_token_id

    def opens_word(self) -> NDArray[np.bool_]:
        """Whether a sub-token starts a word, shape [n_subtokens]."""
        encoded = self._encoded
        model = self._tokenizer.backend_tokenizer.model
        if getattr(model, "continuing_subword_prefix", None):
            # A piece that is longer than its slice of the text carries the prefix (`##ing`).
            distinct, inverse = np.unique(self._ids, return_inverse=True)
            pieces = self._tokenizer.convert_ids_to_tokens(distinct.tolist())
            lengths = np.array([len(piece) for piece in pieces], dtype=np.int64)[inverse]
            continues = lengths != encoded.end - encoded.start
        else:
            warnings.warn(
                "this tokenizer does not mark the pieces inside a word, so words are guessed by "
                "the spaces around them; leave aggregation_strategy out to go by real words",
                stacklevel=2,
            )
            places = zip(encoded.text.tolist(), encoded.start.tolist(), strict=True)
            continues = np.array(
                [at > 0 and " " not in self._texts[text][at - 1 : at + 1] for text, at in places],
                dtype=np.bool_,
            )
        opens: NDArray[np.bool_] = ~continues | self._is_unknown | encoded.opens_row
        return opens

    def pieces(self, first: int, last: int) -> list[str]:
        """Sub-tokens [first, last] as the tokenizer writes them, unknown ones as in the text."""
        ids = self._ids[first : last + 1].tolist()
        pieces = cast("list[str]", self._tokenizer.convert_ids_to_tokens(ids))
        for place in np.flatnonzero(self._is_unknown[first : last + 1]).tolist():
            at = first + place
            text = self._texts[self._encoded.text[at]]
            pieces[place] = text[self._encoded.start[at] : self._encoded.end[at]]
        return pieces

    def spell(self, units: Units, begin: int, end: int, *, by_word: bool) -> str:
        """What the stock pipeline calls `word` of units [begin, end)."""
        to_string = self._tokenizer.convert_tokens_to_string
        if not by_word:
            return str(to_string(self.pieces(units.first[begin], units.last[end - 1])))
        members = range(begin, end)
        return str(
            to_string([to_string(self.pieces(units.first[m], units.last[m])) for m in members])
        )


def label_units(
    model: PreTrainedModel | OnnxTagger,
    encoded: EncodedTexts,
    spelling: Spelling,
    *,
    strategy: str,
    batch_tokens: int | None,
) -> Units:
    """A label for each sub-token (`none`, `simple`) or each word (`first`, `average`, `max`)."""
    how: dict[str, Any] = {"batch_tokens": batch_tokens, "progress": False}
    if strategy == "average":
        first, last = _word_bounds(spelling)
        everything = softmax(score_places(model, encoded.windows, encoded.at, **how))
        mean = np.add.reduceat(everything, first, axis=0) / (last - first + 1)[:, None]
        return Units(first, last, mean.argmax(axis=1), mean.max(axis=1))
    labels, scores = predict_windows(model, encoded.windows, probabilities=True, **how)
    label = labels[encoded.at].astype(np.int64)
    score = np.asarray(scores, dtype=np.float32)[encoded.at]
    if strategy in {"none", "simple"}:
        every = np.arange(len(label))
        return Units(every, every, label, score)
    first, last = _word_bounds(spelling)
    chosen = first
    if strategy == "max":
        best_score = np.repeat(np.maximum.reduceat(score, first), last - first + 1)
        best = np.flatnonzero(score == best_score)
        chosen = best[np.searchsorted(best, first)]
    return Units(first, last, label[chosen], score[chosen])


def _word_bounds(spelling: Spelling) -> tuple[Ints, Ints]:
    opens = spelling.opens_word()
    first = np.flatnonzero(opens)
    return first, np.append(first[1:], len(opens)) - 1


def show_units(
    encoded: EncodedTexts,
    units: Units,
    spelling: Spelling,
    rules: LabelRules,
    *,
    ignore_labels: Sequence[str],
) -> list[tuple[int, Entity]]:
    """Every sub-token whose label counts (strategy `none`), with the number of its text."""
    kept = ~np.isin(np.array(rules.names), list(ignore_labels))
    return [
        (
            int(encoded.text[unit]),
            {
                "entity": rules.names[units.label[unit]],
                "score": float(units.score[unit]),
                "index": int(encoded.index[unit]),
                "word": spelling.pieces(unit, unit)[0],
                "start": int(encoded.start[unit]),
                "end": int(encoded.end[unit]),
            },
        )
        for unit in np.flatnonzero(kept[units.label]).tolist()
    ]


def group_units(
    encoded: EncodedTexts,
    units: Units,
    spelling: Spelling,
    rules: LabelRules,
    *,
    ignore_labels: Sequence[str],
    by_word: bool,
) -> list[tuple[int, Entity]]:
    """Neighbouring units of one tag as entities, each with the number of its text."""
    tags = rules.tags[units.label]
    opens = encoded.opens_row[units.first] | rules.begins[units.label] | find_changes(tags)
    begins = np.flatnonzero(opens)
    ends = np.append(begins[1:], len(tags))
    scores = np.add.reduceat(units.score, begins) / (ends - begins)
    kept = ~np.isin(np.array(rules.groups), list(ignore_labels))[units.label[begins]]
    found = []
    for group in np.flatnonzero(kept).tolist():
        begin, end = int(begins[group]), int(ends[group])
        entity = {
            "entity_group": rules.groups[units.label[begin]],
            "score": float(scores[group]),
            "word": spelling.spell(units, begin, end, by_word=by_word),
            "start": int(encoded.start[units.first[begin]]),
            "end": int(encoded.end[units.last[end - 1]]),
        }
        found.append((int(encoded.text[units.first[begin]]), entity))
    return found
