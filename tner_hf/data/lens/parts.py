"""What the lens looks at: splits of corpora, each a part with its sentences and entities."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tner_hf.data.columns import labels_of
from tner_hf.data.conversion import BATCH
from tner_hf.data.suspicions import Content
from tner_hf.labels import OUTSIDE, LabelMap
from tner_hf.labels.schemes import Entity
from tner_hf.labels.schemes import entities as find_entities

TRAIN, VALIDATION, TEST = "train", "validation", "test"

_DIGITS = re.compile(r"\d+")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class Part:
    """One split of one corpus, by whatever name.

    `places` tell where each sentence stands: `test.txt:17`, or the split and the sentence's id.
    """

    corpus: str
    split: str
    sentences: Sequence[Sequence[str]]
    entities: Sequence[Sequence[Entity]]
    places: Sequence[str]

    @property
    def key(self) -> tuple[str, str]:
        """Corpus and split, by which results are named."""
        return self.corpus, self.split

    @cached_property
    def exact_keys(self) -> list[tuple[str, ...]]:
        """What two sentences share that are the same token for token."""
        return [tuple(tokens) for tokens in self.sentences]

    @cached_property
    def normal_keys(self) -> list[str]:
        """What two sentences share that are the same when normalised."""
        return [normalise(tokens) for tokens in self.sentences]

    def mentions(self) -> Iterator[tuple[int, str, str]]:
        """The sentence, the type and the surface form of each entity."""
        for row, (tokens, found) in enumerate(zip(self.sentences, self.entities, strict=True)):
            for entity_type, start, end in found:
                yield row, entity_type, " ".join(tokens[start:end])


def normalise(tokens: Sequence[str]) -> str:
    """What a sentence is when case, white space and the value of numbers are left out.

    >>> normalise(["Born", "in", "1815", "."]) == normalise(["born", "IN", "1906."])
    True
    """
    return _DIGITS.sub("0", _SPACE.sub("", "".join(tokens).casefold()))


def read_part(corpus: str, split: str, rows: Any, *, among_several: bool = False) -> Part:
    """One split of a dataset in canonical form; among several its places tell the corpus, too."""
    where = f"{corpus} {split}" if among_several else split
    names = labels_of(rows).names
    sentences: list[list[str]] = []
    entities: list[list[Entity]] = []
    places: list[str] = []
    columns = rows.select_columns(["id", "tokens", "ner_tags"]).with_format("arrow")
    for batch in columns.iter(BATCH):
        sentences += batch["tokens"].to_pylist()
        labels = batch["ner_tags"].to_pylist()
        entities += (find_entities([names[i] for i in sentence]) for sentence in labels)
        places += (f"{where} #{row}" for row in batch["id"].to_pylist())
    return Part(corpus, split, sentences, entities, places)


def join_files(
    corpus: str, contents: Iterable[Content], label_map: LabelMap | None = None
) -> list[Part]:
    """Scanned files without errors as parts of a corpus; files of one split are one part."""
    contents = list(contents)
    names = Counter(Path(content.file.path).name for content in contents)
    by_split: dict[str, list[Content]] = {}
    for content in contents:
        name = Path(content.file.path).name
        own = name if names[name] == 1 else content.file.path
        by_split.setdefault(content.split or own, []).append(content)
    return [_join_files(corpus, split, each, label_map) for split, each in by_split.items()]


def _join_files(
    corpus: str, split: str, contents: Sequence[Content], label_map: LabelMap | None
) -> Part:
    sentences = [s for c in contents for s in c.file.sentences]
    entities = [find_entities([tag or OUTSIDE for tag in tags]) for _, tags in sentences]
    if label_map is not None:
        entities = [
            [
                (label_map.map_type(entity_type), start, end)
                for entity_type, start, end in found
                if not label_map.drops(entity_type)
            ]
            for found in entities
        ]
    return Part(
        corpus,
        split,
        [tokens for tokens, _ in sentences],
        entities,
        [f"{c.file.path}:{line}" for c in contents for line in c.file.first_lines],
    )


def pair_parts(parts: Sequence[Part]) -> list[tuple[Part, Part]]:
    """Pairs of a part that a model learns from and one that it is judged on.

    In one corpus train stands against all others, and validation against test; where nothing is
    called train, every part stands against all later ones. Across corpora train stands against
    validation and test.
    """
    trained = {part.corpus for part in parts if part.split == TRAIN}
    pairs = []
    for number, one in enumerate(parts):
        for later, other in enumerate(parts):
            if one is other or other.split == TRAIN:
                continue
            if one.split == TRAIN:
                wanted = one.corpus == other.corpus or other.split in {VALIDATION, TEST}
            elif one.corpus != other.corpus:
                wanted = False
            elif one.corpus in trained:
                wanted = (one.split, other.split) == (VALIDATION, TEST)
            else:
                wanted = number < later
            if wanted:
                pairs.append((one, other))
    return pairs
