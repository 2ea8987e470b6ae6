"""A label map proposed from what a model predicts where a corpus has its own types."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np

from tner_hf.labels import UNIFIED, LabelSpace, split_tag
from tner_hf.metrics.errors import pair_closest
from tner_hf.metrics.spans import Spans, TagTable, find_spans
from tner_hf.plain import Stored
from tner_hf.predictions.predicted import PredictedSplit, map_names

#: A line is proposed where the majority of a type's entities is surely one type of the model.
_MAJORITY = 0.5
#: Share of a second type from which one type of the corpus counts as split.
_SPLIT = 0.2
#: A type of which the model finds less is judged by its accidents.
_LEAST_FOUND = 0.1

#: A model that names less of the known types rightly is no witness for the unknown ones.
_LEAST_AGREEMENT = 0.75

#: Type names that YAML takes as they are.
_PLAIN = re.compile(r"[^\W\d][\w.-]*")

Status = Literal["known", "proposed", "unclear"]


@dataclass(frozen=True)
class Match:
    """The entities of a corpus's type where the model says one type of its own.

    Attributes:
        overlapping: entities whose closest prediction has this type.
        exact: those among them with the same boundaries.
    """

    overlapping: int
    exact: int


@dataclass(frozen=True)
class TypeSuggestion(Stored):
    """What the model makes of one type of the corpus.

    Attributes:
        native: the corpus's type.
        entities: how many the corpus has.
        found: those that share a token with a prediction.
        matches: unified type of the model to its share in them, most frequent first.
        target: the type of the model that it should be mapped to, or the most frequent one where
            nothing is proposed; None where nothing was found.
        status: `known` where the shipped map leads to a type of the model already, `proposed`, or
            `unclear` where no type of the model surely holds the majority.
    """

    derived: ClassVar = ("precision", "lower_bound")

    native: str
    entities: int
    found: int
    matches: Mapping[str, Match]
    target: str | None
    status: Status

    @property
    def precision(self) -> float:
        """Share of the entities that were found and are of the target's type."""
        return self.share(self.target)

    @property
    def lower_bound(self) -> float:
        """What the precision is at least, by Wilson's interval of 95 %."""
        return bound_share(self.matches[self.target].overlapping if self.target else 0, self.found)

    def share(self, target: str | None) -> float:
        """Share of the entities that were found and are of a type."""
        match = self.matches.get(target or "")
        return match.overlapping / self.found if match else 0.0


@dataclass(frozen=True)
class Suggestion(Stored):
    """A proposed label map, and what it rests on.

    Attributes:
        model_types: the model's types, unified.
        types: what the model makes of each type of the corpus, most frequent type first.
    """

    derived: ClassVar = ("entries", "agreement", "warnings")

    model: str
    dataset: str
    split: str
    model_types: tuple[str, ...]
    types: tuple[TypeSuggestion, ...]

    @property
    def entries(self) -> dict[str, str]:
        """The proposed lines: native type to unified type."""
        return {t.native: t.target for t in self.types if t.status == "proposed" and t.target}

    @property
    def agreement(self) -> float | None:
        """Share of the found entities of known types to which the model gives the right type.

        It tells whether the model is to be believed on this corpus; None without a known type.
        """
        known = [each for each in self.types if each.status == "known" and each.target]
        found = sum(each.found for each in known)
        right = sum(each.matches[str(each.target)].overlapping for each in known)
        return right / found if found else None

    def warnings(self) -> list[str]:
        """What to look at before using the map."""
        out = []
        if self.agreement is not None and self.agreement < _LEAST_AGREEMENT:
            out.append(
                f"of the entities of types that both know, the model names {self.agreement:.0%} "
                "rightly; it is a poor witness on this corpus"
            )
        for each in self.types:
            several = [
                f"{name} {each.share(name):.0%}"
                for name in each.matches
                if each.share(name) >= _SPLIT
            ]
            if len(several) > 1:
                out.append(f"{each.native} is split: {', '.join(several)}")
            if each.status == "proposed" and each.found < _LEAST_FOUND * each.entities:
                out.append(
                    f"{each.native}: the model finds {each.found:,} of {each.entities:,} entities "
                    "only; it may not know this type at all"
                )
            best = next(iter(each.matches), None)
            if (
                each.status == "known"
                and best != each.target
                and _is_sure(each.matches, each.found)
            ):
                out.append(
                    f"{each.native} is {each.target} by name, and {best} by what the model says "
                    f"({each.share(best):.0%})"
                )
        by_target: dict[str, list[str]] = {}
        for each in self.types:
            if each.target and each.status != "unclear":
                by_target.setdefault(each.target, []).append(each.native)
        out += [
            f"{' and '.join(natives)} become one type, {target}"
            for target, natives in by_target.items()
            if len(natives) > 1 and any(native in self.entries for native in natives)
        ]
        return out

    def to_yaml(self) -> str:
        """The map as a file for `--label_map`, with its figures as comments."""
        lines = [
            f"# Proposed from what {self.model} predicts on {self.dataset}, split {self.split}.",
            "# Behind each line: of the entities that the model finds, those of the type.",
            "extends: unified",
        ]
        new = sorted({t for t in self.entries.values() if t not in UNIFIED.targets})
        if new:
            lines.append(f"new_types: [{', '.join(map(_quote, new))}]")
        for each in self.types:
            if each.target is None or each.status == "known":
                continue
            match = each.matches[each.target]
            line = (
                f"{_quote(each.native)}: {_quote(each.target)}  # {match.overlapping:,} of "
                f"{each.found:,} ({each.precision:.1%}, surely {each.lower_bound:.1%}), "
                f"{match.exact:,} with the same boundaries; {each.entities:,} in the corpus"
            )
            lines.append(line if each.status == "proposed" else f"# unclear: {line}")
        lines += [f"# look at: {warning}" for warning in self.warnings()]
        return "\n".join(lines) + "\n"


def suggest_label_map(predicted: PredictedSplit) -> Suggestion:
    """A label map from the types of a corpus to those of a model.

    A type is proposed for mapping where the shipped map leads to no type of the model, and the
    entities that the model finds are, by a sure majority, of one type of its own.

    Args:
        predicted: native types on both sides: `predict_split(…, native=True)`.
    """
    tables = TagTable(predicted.corpus_names), TagTable(predicted.own_names)
    sides = predicted.gold, predicted.predicted
    gold, guess = (
        find_spans(ids, predicted.offsets, table)["type_aware"]
        for ids, table in zip(sides, tables, strict=True)
    )
    # Their types are compared afterwards: names must not decide which entities belong together.
    partner = pair_closest(_untyped(gold), _untyped(guess))
    found = partner >= 0
    exact = np.zeros(len(gold), dtype=bool)
    exact[found] = (gold.start[found] == guess.start[partner[found]]) & (
        gold.end[found] == guess.end[partner[found]]
    )
    # What the model's types are called where scores are computed: by the map that ships.
    names, _ = map_names(predicted.own_names, UNIFIED)
    model_types = LabelSpace.from_names(names).types
    unified = {
        split_tag(own)[1]: split_tag(name)[1]
        for own, name in zip(predicted.own_names, names, strict=True)
    }
    suggested = []
    for kind in np.unique(gold.kind):
        rows = np.flatnonzero(gold.kind == kind)
        hits = rows[found[rows]]
        said = [unified[tables[1].types[k]] for k in guess.kind[partner[hits]]]
        overlapping = Counter(said)
        same = Counter(name for name, is_exact in zip(said, exact[hits], strict=True) if is_exact)
        matches = {name: Match(count, same[name]) for name, count in overlapping.most_common()}
        native = tables[0].types[kind]
        suggested.append(_choose(native, len(rows), len(hits), matches, model_types))
    suggested.sort(key=lambda each: (-each.entities, each.native))
    named = {name: str(predicted.provenance[name]) for name in ("model", "dataset", "split")}
    return Suggestion(**named, model_types=model_types, types=tuple(suggested))


def _choose(
    native: str,
    entities: int,
    found: int,
    matches: Mapping[str, Match],
    model_types: tuple[str, ...],
) -> TypeSuggestion:
    by_name = UNIFIED.map_type(native)
    best = next(iter(matches), None)
    if by_name in model_types:
        matches = {**matches, by_name: matches.get(by_name, Match(0, 0))}
        return TypeSuggestion(native, entities, found, matches, by_name, "known")
    status: Status = "proposed" if _is_sure(matches, found) else "unclear"
    return TypeSuggestion(native, entities, found, matches, best, status)


def _is_sure(matches: Mapping[str, Match], found: int) -> bool:
    """Whether the most frequent type surely holds the majority of the entities that were found."""
    most = max((match.overlapping for match in matches.values()), default=0)
    return bound_share(most, found) > _MAJORITY


def bound_share(count: int, total: int) -> float:
    """The lower end of Wilson's interval of 95 % for a share; 0 where nothing was counted.

    >>> round(bound_share(5, 5), 3), round(bound_share(6, 10), 3)
    (0.566, 0.313)
    """
    from scipy.stats import binomtest

    return float(binomtest(count, total).proportion_ci(method="wilson").low) if total else 0.0


def _untyped(spans: Spans) -> Spans:
    return replace(spans, kind=np.zeros_like(spans.kind))


def _quote(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else json.dumps(name, ensure_ascii=False)
