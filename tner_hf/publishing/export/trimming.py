"""`--trim_vocabulary`: a model without the rows of sub-tokens that given texts do not use.

Most of a multilingual encoder's parameters are its table of sub-tokens, and a language uses a tenth
of them. On words of the given texts the smaller model says what the whole one says: it reads the
same sub-tokens, from the same rows. Other words come apart into the sub-tokens that are left.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from tner_hf.config import WordSplitter
from tner_hf.errors import DataError, ExportError
from tner_hf.formats.options import ReadOptions
from tner_hf.inference.shards.sources import find_sources
from tner_hf.lab.distilling.texts import read_rows
from tner_hf.models import read_settings
from tner_hf.plain import Stored

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

#: Words that are tokenised together.
_WORDS_AT_A_TIME = 50_000


@dataclass(frozen=True)
class Trimmed(Stored):
    """What became of a vocabulary.

    Attributes:
        kept: rows of the table of sub-tokens that are left.
        rows: that there were.
        row_bytes: of one row.
        words: different words of the given texts.
    """

    kept: int
    rows: int
    row_bytes: int
    words: int

    def line(self) -> str:
        """Both sizes, as text; in megabytes of 10^6 bytes."""
        now, before = (count * self.row_bytes / 1e6 for count in (self.kept, self.rows))
        return (
            f"vocabulary: {self.kept:,} of {self.rows:,} sub-tokens, for {self.words:,} different "
            f"words; {now:,.1f} MB of embeddings in single precision, not {before:,.1f}"
        )


def read_distinct_words(given: Sequence[str], splitter: WordSplitter) -> list[str]:
    """The different words of texts, sorted.

    Raises:
        DataError, SettingError, UnknownNameError: it cannot be read, or holds no word.
    """
    sources = find_sources(given, ReadOptions.of({"word_splitter": splitter}))
    words = {word for row in read_rows(sources, splitter) for word in row}
    if not words:
        raise DataError(f"{', '.join(given)}: no word in it that a vocabulary could be kept for")
    return sorted(words)


def check_trimmable(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast) -> None:
    """Make sure that rows can be left out.

    Raises:
        ExportError: the model or the tokenizer is of a kind that cannot be trimmed.
    """
    from torch import nn

    table = model.get_input_embeddings()
    if type(table) is not nn.Embedding:
        raise ExportError(
            f"the vocabulary of a {model.config.model_type} model cannot be trimmed: its table is "
            f"a {type(table).__name__}, not an Embedding; export it without --trim_vocabulary"
        )
    _list_pieces(json.loads(tokenizer.backend_tokenizer.to_str()))


def trim_vocabulary(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, words: Iterable[str]
) -> tuple[PreTrainedTokenizerFast, Trimmed]:
    """Leave a model the rows that words use, and their letters.

    Args:
        model: a token classifier; its table and configuration are changed.
        tokenizer: the model's.
        words: as they stand in texts.

    Returns:
        The tokenizer that fits the model now, and what became of its vocabulary.

    Raises:
        ExportError: as in `check_trimmable`.
    """
    table: Any = model.get_input_embeddings()
    lowercase = read_settings(model.config).lowercase
    known = sorted({word.lower() if lowercase else word for word in words})
    raw = json.loads(tokenizer.backend_tokenizer.to_str())
    pieces = _list_pieces(raw)
    used = {index for ids in _encode(tokenizer, known) for index in ids}
    kept = sorted(used | _always_kept(raw, pieces, used, tokenizer, model.config.pad_token_id))
    trimmed = _rebuild(tokenizer, raw, pieces, kept)
    place = {old: new for new, old in enumerate(kept)}
    pairs = zip(_encode(tokenizer, known), _encode(trimmed, known), strict=True)
    if any([place[index] for index in old] != new for old, new in pairs):
        raise ExportError(
            "this tokenizer cannot be trimmed: without the other sub-tokens it reads the given "
            "words in another way; export the model without --trim_vocabulary"
        )
    rows = table.num_embeddings
    _shrink_model(model, table, kept, place)
    size = table.embedding_dim * table.weight.element_size()
    return trimmed, Trimmed(len(kept), rows, size, len(known))


def _list_pieces(raw: dict[str, Any]) -> list[str]:
    """The sub-tokens of a tokenizer's model, in the order of their ids."""
    kind, vocabulary = raw["model"]["type"], raw["model"].get("vocab")
    if kind == "Unigram":
        return [piece for piece, _ in vocabulary]
    if kind == "WordPiece" and sorted(vocabulary.values()) == list(range(len(vocabulary))):
        return sorted(vocabulary, key=vocabulary.__getitem__)
    raise ExportError(
        f"a vocabulary of the kind {kind} cannot be trimmed: its sub-tokens are made of each "
        "other; accepted: Unigram (XLM-R, mT5) and WordPiece (BERT). Export the model without "
        "--trim_vocabulary"
    )


def _always_kept(
    raw: dict[str, Any],
    pieces: list[str],
    used: set[int],
    tokenizer: PreTrainedTokenizerFast,
    padding: int | None,
) -> set[int]:
    """Ids that stay beside those that texts use.

    Special ones, and all up to padding, from whose id some models count positions; letters, so that
    a new word is not unknown; of Unigram the least likely piece, on which the score of an unknown
    letter depends.
    """
    special = {entry["id"] for entry in raw["added_tokens"]} | set(tokenizer.all_special_ids)
    model = raw["model"]
    if model["type"] == "Unigram":
        scores = [score for _, score in model["vocab"]]
        special |= {model["unk_id"], scores.index(min(scores))} - {None}
        prefixes = {"", "▁"}
    else:
        special.add(pieces.index(model["unk_token"]))
        prefixes = {"", model["continuing_subword_prefix"]}
    read = (pieces[index] for index in used - special if index < len(pieces))
    letters = {letter for piece in read for letter in piece}
    wanted = {prefix + letter for prefix in prefixes for letter in letters}
    return (
        special
        | {index for index, piece in enumerate(pieces) if piece in wanted}
        | set(range((padding or 0) + 1))
    )


def _rebuild(
    tokenizer: PreTrainedTokenizerFast, raw: dict[str, Any], pieces: list[str], kept: list[int]
) -> PreTrainedTokenizerFast:
    """The tokenizer of the sub-tokens that are kept, which are numbered anew."""
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast as _Fast

    fast: Any = _Fast  # has no types
    place = {old: new for new, old in enumerate(kept)}
    model = raw["model"]
    inner = [index for index in kept if index < len(pieces)]
    if model["type"] == "Unigram":
        vocabulary: Any = [model["vocab"][index] for index in inner]
        unknown = {"unk_id": None if model["unk_id"] is None else place[model["unk_id"]]}
    else:
        vocabulary, unknown = {pieces[index]: place[index] for index in inner}, {}
    changed = {
        **raw,
        "truncation": None,
        "padding": None,
        "model": {**model, **unknown, "vocab": vocabulary},
        "added_tokens": [{**each, "id": place[each["id"]]} for each in raw["added_tokens"]],
        "post_processor": _renumber(raw["post_processor"], place),
    }
    made: PreTrainedTokenizerFast = fast(
        tokenizer_object=Tokenizer.from_str(json.dumps(changed)),
        model_max_length=tokenizer.model_max_length,
        model_input_names=tokenizer.model_input_names,
        **tokenizer.special_tokens_map,
    )
    return made


def _renumber(step: Any, place: dict[int, int]) -> Any:
    """A post-processor with the new ids: of a template under `ids`, else in pairs with a text."""
    if isinstance(step, list):
        if len(step) == 2 and isinstance(step[0], str) and isinstance(step[1], int):
            return [step[0], place[step[1]]]
        return [_renumber(each, place) for each in step]
    if isinstance(step, dict):
        return {
            name: [place[index] for index in each] if name == "ids" else _renumber(each, place)
            for name, each in step.items()
        }
    return step


def _encode(tokenizer: PreTrainedTokenizerFast, words: Sequence[str]) -> Iterator[list[int]]:
    """The ids of each word on its own, which are those that it has in a sentence."""
    waiting = iter(words)
    while part := list(islice(waiting, _WORDS_AT_A_TIME)):
        sentences = [[word] for word in part]
        yield from tokenizer(sentences, is_split_into_words=True)["input_ids"]


def _shrink_model(
    model: PreTrainedModel, table: Any, kept: list[int], place: dict[int, int]
) -> None:
    import torch
    from torch import nn

    rows = table.weight.detach()[torch.tensor(kept)]
    padding = None if table.padding_idx is None else place[table.padding_idx]
    smaller = nn.Embedding(len(kept), table.embedding_dim, padding_idx=padding)
    smaller.weight.data = rows
    model.set_input_embeddings(smaller)
    config = model.config
    config.vocab_size = len(kept)
    for name in ("pad", "bos", "eos", "sep", "cls", "mask", "unk"):
        old = getattr(config, f"{name}_token_id", None)
        if isinstance(old, int):
            setattr(config, f"{name}_token_id", place.get(old))
