"""How large parts are, how long their sentences, and what does not fit into a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tner_hf.data.lens.parts import Part


@dataclass(frozen=True)
class Size:
    """The tokens and sentences of one part, a corpus and a split.

    Attributes:
        distinct: different sentences.
        without_entity: those that hold no entity.
        vocabulary: different tokens.
        new_tokens: tokens that the train split of the corpus never has; None without one.
        entity_tokens: tokens inside entities.
        median: tokens of the sentence in the middle.
        longest: tokens of the longest.
    """

    part: tuple[str, str]
    sentences: int
    distinct: int
    without_entity: int
    tokens: int
    vocabulary: int
    new_tokens: int | None
    entities: int
    entity_tokens: int
    median: int
    longest: int


def measure_size(part: Part, train: Part | None) -> Size:
    """The size of a part; `train` is the train split of its corpus, where it is another part."""
    lengths = sorted(map(len, part.sentences))
    vocabulary = {token for tokens in part.sentences for token in tokens}
    new_tokens = None
    if train is not None:
        new = vocabulary - {token for tokens in train.sentences for token in tokens}
        new_tokens = sum(token in new for tokens in part.sentences for token in tokens)
    return Size(
        part.key,
        len(lengths),
        len(set(part.exact_keys)),
        sum(not found for found in part.entities),
        sum(lengths),
        len(vocabulary),
        new_tokens,
        sum(map(len, part.entities)),
        sum(end - start for found in part.entities for _, start, end in found),
        lengths[(len(lengths) - 1) // 2] if lengths else 0,
        lengths[-1] if lengths else 0,
    )


@dataclass(frozen=True)
class Pieces:
    """What a tokenizer makes of sentences.

    Attributes:
        lengths: sub-tokens of each sentence, special ones included, shape [n_sentences].
        invisible: tokens that get no sub-token.
        unknown: tokens with a sub-token that stands for anything unknown.
    """

    lengths: NDArray[np.int64]
    invisible: int
    unknown: int


#: Cuts sentences into a model's sub-tokens.
Cut = Callable[[Sequence[Sequence[str]]], Pieces]


@dataclass(frozen=True)
class Fit:
    """How sentences fit into a model.

    Attributes:
        part: corpus and split.
        unit: what is counted.
        limit: the longest sequence, special sub-tokens included.
        over: sentences that are longer.
        beyond: units past the limit, which training would cut off.
        longest: units of the longest sentence.
        longest_place: where it stands; empty without sentences.
        per_token: sub-tokens of a token, on average, special ones included.
        invisible: tokens that the tokenizer cannot see.
        unknown: tokens of which it knows a piece only as unknown.
    """

    part: tuple[str, str]
    unit: Literal["tokens", "sub-tokens"]
    limit: int
    over: int
    beyond: int
    longest: int
    longest_place: str
    per_token: float
    invisible: int
    unknown: int


def measure_fit(part: Part, limit: int, cut: Cut | None = None) -> Fit:
    """How the sentences of a part fit into `limit` sub-tokens, or tokens where `cut` is None."""
    tokens = np.array([len(sentence) for sentence in part.sentences], dtype=np.int64)
    pieces = Pieces(tokens, 0, 0) if cut is None else cut(part.sentences)
    over = pieces.lengths > limit
    longest = int(pieces.lengths.argmax()) if len(tokens) else -1
    return Fit(
        part.key,
        "tokens" if cut is None else "sub-tokens",
        limit,
        int(over.sum()),
        int((pieces.lengths[over] - limit).sum()),
        int(pieces.lengths.max(initial=0)),
        part.places[longest] if len(tokens) else "",
        float(pieces.lengths.sum() / max(int(tokens.sum()), 1)),
        pieces.invisible,
        pieces.unknown,
    )
