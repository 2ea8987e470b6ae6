"""What a student learns from: all that `tner-hf tag` reads, as sentences of words."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence

from tner_hf.config import WordSplitter
from tner_hf.errors import DataError
from tner_hf.formats.options import ReadOptions
from tner_hf.inference.pipelines.inputs import split_text
from tner_hf.inference.shards.shard import Source
from tner_hf.inference.shards.sources import find_sources
from tner_hf.inference.shards.tables import DatasetSource

logger = logging.getLogger(__name__)

#: Bytes of a part that is read at once.
_PART = 4 << 20


def find_texts(
    given: Sequence[str], reading: ReadOptions, *, column: str | None = None
) -> list[Source]:
    """The inputs, as `tner-hf tag` finds them; of a corpus or Hub dataset the training split.

    Raises:
        DataError, SettingError: there is nothing, or what there is holds no text.
    """
    sources = find_sources(given, reading, column=column)
    kept = [s for s in sources if not isinstance(s, DatasetSource) or s.split == "train"]
    if not kept:
        raise DataError(
            f"{', '.join(given)}: no split 'train' to learn from; name files of its texts instead"
        )
    return kept


def read_sentences(sources: Sequence[Source], splitter: WordSplitter) -> list[list[str]]:
    """The words of each row of the inputs; rows without any are left out, which is said.

    Raises:
        DataError: no row has a word.
    """
    rows = list(read_rows(sources, splitter))
    sentences = [words for words in rows if words]
    left_out = len(rows) - len(sentences)
    if not sentences:
        named = ", ".join(source.name for source in sources)
        raise DataError(f"{named}: no text in {left_out:,} rows; there is nothing to learn from")
    if left_out:
        logger.warning("%d rows without a text are left out", left_out)
    return sentences


def read_rows(sources: Iterable[Source], splitter: WordSplitter) -> Iterator[list[str]]:
    """The words of each row of inputs; none of one that cannot be read."""
    for source in sources:
        for part in source.cut(_PART)[1]:
            for batch in source.read(part):
                for at, item in enumerate(batch.items):
                    words = split_text(item, splitter) if isinstance(item, str) else item
                    yield [] if words is None or at in batch.faults else words.words
