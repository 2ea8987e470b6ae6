"""From rows to entities: groups of even make-up, and a row that breaks the model by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from tner_hf.errors import TaggingError, TnerError
from tner_hf.inference.pipelines.inputs import Words
from tner_hf.inference.shards.rows import Batch, Item

#: What tags: an answer for each text or sentence.
Tagger = Callable[[Sequence[str | Words]], Sequence[Sequence[Any]]]

#: Characters that are tagged together, and the most that one text may have.
MOST_CHARACTERS = 1_000_000


#: A batch, its answers, and row to fault, to which a writer may add.
Answered = tuple[Batch, list[Sequence[Any] | None], dict[int, str]]


def answer_batches(
    batches: Iterable[Batch], tagger: Tagger, *, most_characters: int = MOST_CHARACTERS
) -> Iterator[Answered]:
    """Each batch with an answer for each row, None where there is none, and why not.

    How rows are put together depends on them alone. Where a group cannot be tagged each of its
    rows is tried alone, so that one costs only itself.

    Raises:
        Exception: no row of a group of several can be tagged: it is not the rows' fault.
    """
    for batch in batches:
        faults = dict(batch.faults)
        items: dict[int, str | Words] = {}
        for at, item in enumerate(batch.items):
            if item is None or at in faults:
                continue
            length = len(text_of(item))
            if length > most_characters:
                faults[at] = f"{length:,} characters; the most is {most_characters:,}"
            else:
                items[at] = item
        answers: list[Sequence[Any] | None] = [None] * len(batch.items)
        for group in group_items(items):
            try:
                found = tagger([items[at] for at in group])
            except (TnerError, MemoryError):
                raise
            except OSError as error:  # which would pass for one of the file that is written
                raise TaggingError(f"the model fails: {error}") from error
            except Exception:
                found = _try_each(tagger, [items[at] for at in group], group, faults)
            for at, each in zip(group, found, strict=True):
                answers[at] = None if at in faults else each
        yield batch, answers, faults


def group_items(items: dict[int, str | Words]) -> Iterator[list[int]]:
    """Which are tagged together: neighbours, as long as they are short enough.

    >>> list(group_items({0: "ab", 1: "c" * MOST_CHARACTERS, 3: "d"}))
    [[0], [1], [3]]
    """
    group: list[int] = []
    size = 0
    for at, item in items.items():
        length = len(text_of(item))
        if group and size + length > MOST_CHARACTERS:
            yield group
            group, size = [], 0
        group.append(at)
        size += length
    if group:
        yield group


def text_of(item: Item) -> str:
    """The text over which places are counted."""
    return "" if item is None else item.text if isinstance(item, Words) else item


def _try_each(
    tagger: Tagger, items: list[str | Words], rows: list[int], faults: dict[int, str]
) -> list[Sequence[Any]]:
    found: list[Sequence[Any]] = []
    last: Exception | None = None
    for row, item in zip(rows, items, strict=True):
        try:
            found.append(tagger([item])[0])
        except (TnerError, MemoryError):
            raise
        except Exception as error:
            said = (str(error).strip().splitlines() or [""])[0]
            faults[row] = f"the model fails: {type(error).__name__}: {said}"[:300]
            found.append([])
            last = error
    if last is not None and len(rows) > 1 and all(row in faults for row in rows):
        raise last
    return found
