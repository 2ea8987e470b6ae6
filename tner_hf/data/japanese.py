"""Characters of a Japanese corpus grouped into morphological tokens, entities untouched.

WikiAnn's Japanese is one character a token. MeCab (through fugashi; dictionary unidic-lite; extra
`ja`) proposes where words begin. Grouping only joins neighbouring tokens, never
across the edge of an entity: a morpheme that an entity cuts in two stays two tokens. So the text,
and the number, type and text of the entities, are those of the characters. Scores cannot be
compared with those on characters, which is why the choice is written into the dataset.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import metadata
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

from tner_hf.data.record import read_record, write_record
from tner_hf.errors import DataError, MissingExtraError
from tner_hf.labels.schemes import Scheme, encode_entities, entities

if TYPE_CHECKING:
    from datasets import Dataset

#: Text to the surfaces of its morphemes, in order; white space may be left out.
Analyser = Callable[[str], list[str]]

#: Opens the note in the dataset's record.
NOTE = "characters grouped into morphological tokens by "


def group_characters(dataset: Dataset) -> Dataset:
    """The same sentences with morphological tokens, and a note of that in the dataset's record.

    The note survives `map`, `save_to_disk` and merging; `read_grouping` gives it back. A dataset
    that carries it already is returned as it is. A streamed dataset stays streamed. Columns other
    than `tokens` and `ner_tags` are kept.

    Raises:
        MissingExtraError: fugashi or unidic-lite is not there.
        DataError: the label names of the dataset lack the `B-x` or `I-x` of one of its entities.
    """
    if read_grouping(dataset) is not None:
        return dataset
    analyser = describe_analyser()
    grouped = dataset.map(
        _group_batch,
        batched=True,
        features=dataset.features,
        # The analyser's name is an argument so that another version has another cache entry.
        fn_kwargs={"names": dataset.features["ner_tags"].feature.names, "analyser": analyser},
    )
    record = read_record(dataset)
    write_record(grouped, replace(record, notes=(*record.notes, NOTE + analyser)))
    return grouped


def read_grouping(dataset: Dataset) -> str | None:
    """What grouped the characters of a dataset, as its record says, or None."""
    notes = read_record(dataset).notes
    return next((note.removeprefix(NOTE) for note in notes if note.startswith(NOTE)), None)


def group_sentence(
    tokens: Sequence[str], tags: Sequence[str], analyse: Analyser
) -> tuple[list[str], list[str]]:
    """Tokens joined into the morphemes that `analyse` finds, with their IOB2 tags.

    >>> group_sentence(list("東京都へ行く"), ["B-LOC", "I-LOC", "O", "O", "O", "O"],
    ...                lambda text: ["東京都", "へ", "行く"])
    (['東京', '都', 'へ', '行く'], ['B-LOC', 'O', 'O', 'O'])
    """
    found = entities(tags)
    offsets = [0, *accumulate(map(len, tokens))]
    begins = find_boundaries("".join(tokens), analyse)
    edges = {edge for _, start, end in found for edge in (start, end)}
    cuts = [
        index
        for index, offset in enumerate(offsets)
        if index in (0, len(tokens)) or index in edges or offset in begins
    ]
    words = ["".join(tokens[start:end]) for start, end in pairwise(cuts)]
    word_at = {cut: index for index, cut in enumerate(cuts)}
    moved = [(entity_type, word_at[start], word_at[end]) for entity_type, start, end in found]
    return words, encode_entities(moved, len(words), Scheme.IOB2)


def find_boundaries(text: str, analyse: Analyser) -> set[int]:
    """Character offsets at which a morpheme, or white space between two, begins or ends."""
    boundaries: set[int] = set()
    position = 0
    text = text.replace("\0", " ")  # MeCab reads a C string, which a NUL would end
    for surface in analyse(text):
        start = text.index(surface, position)
        position = start + len(surface)
        boundaries |= {start, position}
    return boundaries


@functools.cache
def load_analyser() -> Analyser:
    """MeCab with unidic-lite, through fugashi."""
    try:
        import fugashi
        import unidic_lite
    except ImportError as error:
        raise MissingExtraError("grouping Japanese characters into words (MeCab)", "ja") from error
    # Named outright: fugashi would prefer a full UniDic that happens to be installed.
    tagger = fugashi.Tagger(f'-r "{unidic_lite.DICDIR}/mecabrc" -d "{unidic_lite.DICDIR}"')
    return lambda text: [word.surface for word in tagger(text)]


def describe_analyser() -> str:
    """What `load_analyser` uses, with versions: `MeCab (fugashi 1.5.2, unidic-lite 1.0.8)`."""
    load_analyser()
    versions = (f"{name} {metadata.version(name)}" for name in ("fugashi", "unidic-lite"))
    return f"MeCab ({', '.join(versions)})"


def _group_batch(
    batch: dict[str, list[Any]], names: Sequence[str], analyser: str
) -> dict[str, list[Any]]:
    analyse = load_analyser()
    label2id = {name: index for index, name in enumerate(names)}
    grouped: dict[str, list[Any]] = {"tokens": [], "ner_tags": []}
    for tokens, labels in zip(batch["tokens"], batch["ner_tags"], strict=True):
        words, tags = group_sentence(tokens, [names[label] for label in labels], analyse)
        if absent := sorted(set(tags) - set(label2id)):
            raise DataError(
                f"cannot group with {analyser}: the entities need the tags {absent}, which the "
                f"dataset's label names lack: {list(names)}. Give ner_tags a ClassLabel with B-x "
                "and I-x for every type."
            )
        grouped["tokens"].append(words)
        grouped["ner_tags"].append([label2id[tag] for tag in tags])
    return grouped
