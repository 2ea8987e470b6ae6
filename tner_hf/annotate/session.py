"""The work of one person on one file: what is open, what is accepted, what comes next.

    {"about": "1f0c…", "version": 1}                       the sentences that this is about
    {"accept": 17, "entities": [[0, 2, "PER"]]}            the last word on a sentence counts
    {"everywhere": ["New", "York"], "type": "LOC"}         in sentences that are open
    {"everywhere": ["New", "York"], "undone": true}
    {"type": "PRODUCT"}                                    one that the person has added

are the lines of its journal, which is all that it keeps.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from tner_hf.annotate.output import Entity, Output, tags_of
from tner_hf.annotate.pretags import Marked, Pretags
from tner_hf.annotate.texts import Texts
from tner_hf.errors import DataError, SettingError
from tner_hf.files import Journal, parse_json
from tner_hf.labels.schemes import find_fault
from tner_hf.report.kit.colours import colour_of

Order = Literal["certain", "file"]

_VERSION = 1
#: Characters of a type's name.
_LONGEST_TYPE = 200


class Session:
    """What has been accepted, and what is next; safe to use from several threads.

    Attributes:
        accepted: sentence to its entities.
        on_change: called once something has been accepted.
        fault: why the output was not written in the end; empty where it was.

    Raises:
        DataError: the journal is about something else, or no journal.
        SettingError: files cannot hold a type.
    """

    def __init__(
        self,
        texts: Texts,
        output: Output,
        pretags: Pretags,
        types: Iterable[str],
        journal: Journal,
    ) -> None:
        self.texts, self.output, self.pretags, self.journal = texts, output, pretags, journal
        self.types = list(dict.fromkeys(types))
        self.accepted: dict[int, tuple[Entity, ...]] = {}
        self.on_change: Callable[[], None] = lambda: None
        self.fault = ""
        self._times: Counter[int] = Counter()
        self._everywhere: dict[tuple[str, ...], str | None] = {}
        self._skipped: set[int] = set()
        self._words = np.array([bool(one.tokens) for one in texts.sentences])
        self._lock = threading.RLock()
        for name in self.types:  # files must be able to hold each
            self._judge_type(name)
        self._go_on()

    @property
    def total(self) -> int:
        """Sentences that there are to accept."""
        return int(self._words.sum())

    def describe(self) -> dict[str, Any]:
        """What the page shows around the sentence."""
        with self._lock:
            return {
                "accepted": len(self.accepted),
                "total": self.total,
                "read": self.pretags.read if self.pretags.ner is not None else None,
                "types": [{"name": name, "colour": colour_of(name)} for name in self.types],
                "fault": self.pretags.fault,
            }

    def show(self, number: int) -> dict[str, Any]:
        """A sentence with the entities that it has now.

        Raises:
            SettingError: there is no such sentence.
        """
        self._check_number(number)
        one = self.texts.sentences[number]
        text, places = one.as_text()
        marked = self._marks_of(number)
        certainty = float(self.pretags.certainty[number])
        return {
            "number": number,
            "id": one.id,
            "document": one.document,
            "before": text[: places[0][0]],
            "words": [text[start:end] for start, end in places],
            "gaps": [
                text[end:start]
                for (_, end), start in zip(
                    places, [*(start for start, _ in places[1:]), len(text)], strict=True
                )
            ],
            "entities": [list(entity) for entity in marked],
            "certainty": None if np.isnan(certainty) else certainty,
            "accepted": number in self.accepted,
            "times": self._times[number],
        }

    def choose_next(self, order: Order, after: int = -1, *, skip: bool = False) -> int | None:
        """The sentence to look at next; None where all are accepted.

        Args:
            order: the least certain of those that the model has read, or as in the file.
            after: the sentence before.
            skip: leave that one for the end.
        """
        with self._lock:
            is_open = self._words.copy()
            is_open[list(self.accepted)] = False
            if skip and 0 <= after < len(is_open):
                self._skipped.add(after)
            if not (is_open & ~self._passed_over()).any():
                self._skipped.clear()
            numbers = np.flatnonzero(is_open & ~self._passed_over())
        if not len(numbers):
            return None
        certainty = self.pretags.certainty[numbers]
        if order == "certain" and not np.isnan(certainty).all():
            return int(numbers[np.nanargmin(certainty)])
        later = numbers[numbers > after]
        return int(later[0] if len(later) else numbers[0])

    def accept(self, number: int, entities: object, times: int | None = None) -> None:
        """Keep the entities of a sentence: they are on the disk when this returns.

        Args:
            number: of the sentence.
            entities: all that it has.
            times: how often it had been accepted when it was shown; None overrules whatever was.

        Raises:
            SettingError: these are no entities of that sentence, or another tab was faster.
            DataError: the input has changed meanwhile, or the output cannot say them.
            FileError: the journal cannot be written.
        """
        self._check_number(number)
        kept = self._judge(number, entities)
        self.texts.check_unchanged()
        self.output.judge(number, tags_of(self.texts.sentences[number], kept))
        with self._lock:
            if times not in {None, self._times[number]} and self.accepted.get(number) != kept:
                raise SettingError(
                    f"sentence {number + 1:,} was accepted with other entities in another tab; "
                    "accept it again to have these, or reload the page to see those"
                )
            self._note({"accept": number, "entities": kept})
            self.accepted[number] = kept
            self._times[number] += 1
        self.on_change()

    def mark_everywhere(
        self, words: Sequence[str], entity_type: str | None, *, undone: bool = False
    ) -> int:
        """Have words be an entity, or none, wherever they stand in open sentences.

        Returns:
            In how many open sentences they stand.
        """
        key = tuple(words)
        if entity_type is not None:
            self._judge_type(entity_type)
        with self._lock:
            line = {"undone": True} if undone else {"type": entity_type}
            self._note({"everywhere": list(key), **line})
            self._read_everywhere(key, line)
            accepted = set(self.accepted)
        return sum(
            number not in accepted and next(_find(one.tokens, key), None) is not None
            for number, one in enumerate(self.texts.sentences)
        )

    def add_type(self, name: str) -> None:
        """Add a type that can be chosen."""
        self._judge_type(name)
        with self._lock:
            if name not in self.types:
                self._note({"type": name})
                self.types.append(name)

    def _marks_of(self, number: int) -> list[Marked]:
        """What a sentence shows: what was accepted, or what it came with and what is everywhere."""
        with self._lock:
            if (kept := self.accepted.get(number)) is not None:
                return [(start, end, kind, None) for start, end, kind in kept]
            everywhere = list(self._everywhere.items())
        marked = list(self.pretags.of(number))
        for words, entity_type in everywhere:
            for start in _find(self.texts.sentences[number].tokens, words):
                end = start + len(words)
                if entity_type is None:
                    marked = [m for m in marked if (m[0], m[1]) != (start, end)]
                else:
                    marked = [m for m in marked if m[1] <= start or end <= m[0]]
                    marked.append((start, end, entity_type, None))
        return sorted(marked)

    def _check_number(self, number: int) -> None:
        if not 0 <= number < len(self._words) or not self._words[number]:
            raise SettingError(f"there is no sentence {number + 1:,} with words")

    def _passed_over(self) -> Any:
        skipped = np.zeros(len(self._words), dtype=np.bool_)
        skipped[list(self._skipped)] = True
        return skipped

    def _judge(self, number: int, entities: object) -> tuple[Entity, ...]:
        length = len(self.texts.sentences[number].tokens)
        found: list[Entity] = []
        for each in entities if isinstance(entities, list) else [entities]:
            match each:
                case [int(start), int(end), str(name)] if 0 <= start < end <= length:
                    self._judge_type(name)
                    found.append((start, end, name))
                case _:
                    raise SettingError(
                        f"{str(each)[:60]!r} is no entity of a sentence of {length} words; "
                        "accepted is [start, end, type]"
                    )
        found.sort()
        for (_, end, _), (start, _, _) in pairwise(found):
            if start < end:
                raise SettingError(f"two entities overlap at word {start}; accepted are flat ones")
        return tuple(found)

    def _judge_type(self, name: str) -> None:
        if len(name) > _LONGEST_TYPE or not name.isprintable() or find_fault(f"B-{name}"):
            raise SettingError(
                f"{name[:_LONGEST_TYPE]!r} is no type; accepted are 1 to {_LONGEST_TYPE} printable "
                "characters, no space first or last"
            )

    def _note(self, line: dict[str, Any]) -> None:
        self.journal.append(json.dumps(line, ensure_ascii=False))

    def _go_on(self) -> None:
        """Take over what the journal has."""
        where = self.journal.path
        if not self.journal.lines:
            self._note({"about": self.texts.fingerprint, "version": _VERSION})
            return
        for number, line in enumerate(self.journal.lines, start=1):
            try:
                self._read(parse_json(line), first=number == 1)
            except _OtherTextsError:
                raise DataError(
                    f"{where} is about other sentences: {self.texts.path} has changed, or is read "
                    "in another way; put it back, or choose another --output_file"
                ) from None
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                said = str(error).splitlines()[0] if str(error) else "not as it was written"
                raise DataError(
                    f"{where}:{number}: no line of a journal ({said:.120}); move it away to begin "
                    "anew"
                ) from error

    def _read(self, line: Any, *, first: bool) -> None:
        if first:
            if line["version"] != _VERSION:
                raise ValueError(f"version {line['version']!r}; this is {_VERSION}")
            if line["about"] != self.texts.fingerprint:
                raise _OtherTextsError
        elif "accept" in line:
            number = line["accept"]
            self._check_number(number)
            self.accepted[number] = self._judge(number, line["entities"])
            self._know(name for _, _, name in self.accepted[number])
        elif "everywhere" in line:
            self._read_everywhere(tuple(line["everywhere"]), line)
            self._know([line["type"]] if line.get("type") else [])
        else:
            self._know([line["type"]])

    def _read_everywhere(self, words: tuple[str, ...], line: dict[str, Any]) -> None:
        self._everywhere.pop(words, None)  # the last that was said comes last
        if not line.get("undone"):
            self._everywhere[words] = line["type"]

    def _know(self, types: Iterable[str]) -> None:
        for name in types:
            self._judge_type(name)
            self.types = list(dict.fromkeys([*self.types, name]))


class _OtherTextsError(Exception):
    """A journal of other sentences."""


def _find(tokens: Sequence[str], words: tuple[str, ...]) -> Iterator[int]:
    """Where words stand among tokens, from left to right, apart from each other."""
    at, size = 0, len(words)
    while size and at + size <= len(tokens):
        try:
            at = tokens.index(words[0], at)
        except ValueError:
            return
        if tuple(tokens[at : at + size]) == words:
            yield at
            at += size
        else:
            at += 1
