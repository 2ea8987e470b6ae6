"""A corpus as a condition: one token in front of the words says by whose guidelines to tag.

Merged corpora contradict each other: one annotates what another leaves out. A model that is trained
with a token for each corpus behind `[CLS]`, and without it for the rest of the sentences, tags by
the guidelines of a corpus where it is told one, and by what they have in common where it is not.
The token is an entry of the vocabulary and a row of the embeddings like any other, so plain
transformers loads such a checkpoint, and tags without condition.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any, TypeVar, cast

from tner_hf.config import CheckpointSettings
from tner_hf.errors import CheckpointError, SettingError, UnknownNameError, first_line
from tner_hf.models.tokenizers import list_steps

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

Tokenizer = TypeVar("Tokenizer", bound="PreTrainedTokenizerBase")

_OPENING, _CLOSING = "<corpus:", ">"


def add_conditions(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, corpora: Sequence[str]
) -> None:
    """Give each corpus a token of the vocabulary and a row of the embeddings, both in place.

    Rows are drawn as the encoder's own were; a token that is there already keeps its row.

    Raises:
        CheckpointError: the model's table of embeddings cannot grow.
    """
    known = len(tokenizer)
    tokenizer.add_tokens([_name_token(corpus) for corpus in corpora], special_tokens=True)
    try:
        table: Any = model.get_input_embeddings()
        if table.num_embeddings < len(tokenizer):
            table = model.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    except (NotImplementedError, AttributeError, ValueError) as error:
        raise CheckpointError(
            f"a {model.config.model_type} model takes no tokens for --corpus_condition: "
            f"{first_line(error)}"
        ) from error
    spread = getattr(model.config, "initializer_range", None) or 0.02
    table.weight.data[known : len(tokenizer)].normal_(0.0, spread)


def condition_tokenizer(
    tokenizer: Tokenizer, corpus: str, settings: CheckpointSettings
) -> Tokenizer:
    """A copy that puts the token of a corpus in front of the words of each sentence.

    Everything that reads words through it is under the condition: `[CLS] <corpus:btc> words [SEP]`.
    A condition that it has already is replaced.

    Raises:
        SettingError: the checkpoint was trained without conditions.
        UnknownNameError: it does not know this one.
    """
    from tokenizers import processors

    check_condition(corpus, settings, tokenizer.name_or_path)
    before, after = _special_tokens(tokenizer)
    before = [*(token for token in before if not _is_condition(token)), _name_token(corpus)]
    groups = {"[before]": before, "[after]": after}
    own = processors.TemplateProcessing(
        single="[before] $A [after]" if after else "[before] $A",
        special_tokens=[
            {"id": id_, "ids": tokenizer.convert_tokens_to_ids(tokens), "tokens": tokens}
            for id_, tokens in groups.items()
            if tokens
        ],
    )
    conditioned = deepcopy(tokenizer)
    backend = cast("Any", conditioned).backend_tokenizer
    backend.post_processor = processors.Sequence([*_trimming(backend.post_processor), own])
    return conditioned


def check_condition(corpus: str, settings: CheckpointSettings, model: str) -> None:
    """Make sure that a checkpoint can be told to tag by the guidelines of a corpus.

    Raises:
        SettingError: it was trained without conditions.
        UnknownNameError: it does not know this one.
    """
    if not settings.conditions:
        raise SettingError(
            f"corpus {corpus!r}: {model} was trained without conditions, so it tags in one way "
            "only. Leave the corpus out, or train on several with --corpus_condition 0.5"
        )
    if corpus not in settings.conditions:
        raise UnknownNameError(f"corpus for {model}", corpus, settings.conditions)


def condition_of(tokenizer: PreTrainedTokenizerBase) -> str | None:
    """The corpus that a tokenizer puts in front of each sentence; None where there is none."""
    found = filter(_is_condition, _special_tokens(tokenizer)[0])
    return next((token[len(_OPENING) : -len(_CLOSING)] for token in found), None)


def _special_tokens(tokenizer: PreTrainedTokenizerBase) -> tuple[list[str], list[str]]:
    """What stands in front of the words of a sentence, and what behind them."""
    encoding = tokenizer(["a"], is_split_into_words=True)
    words, tokens = encoding.word_ids(), encoding.tokens()
    within = [at for at, word in enumerate(words) if word is not None]
    return tokens[: within[0]], tokens[within[-1] + 1 :]


def _trimming(post_processor: Any) -> list[Any]:
    """What a post-processor does beside special tokens: byte-level BPE takes blanks off offsets."""
    from tokenizers import processors

    return [
        processors.ByteLevel(add_prefix_space=step.add_prefix_space, trim_offsets=step.trim_offsets)
        for step in list_steps(post_processor)
        if isinstance(step, processors.RobertaProcessing | processors.ByteLevel)
    ]


def _name_token(corpus: str) -> str:
    return f"{_OPENING}{corpus}{_CLOSING}"


def _is_condition(token: str) -> bool:
    return token.startswith(_OPENING) and token.endswith(_CLOSING)
