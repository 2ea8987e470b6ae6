"""`NERPipeline`: transformers' token classification pipeline, by words, whole and fast."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from transformers import TokenClassificationPipeline

from tner_hf.config import DEFAULT_OVERLAP, CheckpointSettings
from tner_hf.errors import SettingError
from tner_hf.features import find_special_ids
from tner_hf.inference.pipelines.entities import find_entities, show_entity, show_word
from tner_hf.inference.pipelines.inputs import Words, chunks, list_inputs, read_input
from tner_hf.inference.pipelines.options import Options
from tner_hf.inference.pipelines.rows import encode_texts, keep_most_context
from tner_hf.inference.pipelines.stock import (
    LabelRules,
    Spelling,
    group_units,
    label_units,
    show_units,
)
from tner_hf.inference.runtimes import OnnxTagger
from tner_hf.inference.tagging import Tagged, Watcher, tag_sentences
from tner_hf.models import UNKNOWN_LENGTH, longest_input, tag_names

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

Entity = dict[str, Any]


class NERPipeline(TokenClassificationPipeline):
    """A token classification pipeline that tags words, the way the checkpoint was trained.

    Use it like the stock one. By default it splits running text into words as its settings say,
    takes the label of each word from its first sub-token, and gives entities over whole words; a
    long text is tagged in overlapping windows. With a stock `aggregation_strategy` it gives
    stock results, in batches sorted by length. `tner_hf.pipeline` makes one of a checkpoint.

    Args:
        model: a token classifier.
        tokenizer: its tokenizer, from `tner_hf.models.load_tokenizer`.
        settings: how the checkpoint was trained.
        load_plain_tokenizer: gives the tokenizer as plain transformers loads it, for the stock
            strategies; None if that is `tokenizer` itself.
        **options: see `Options`; `device` and the like as in transformers.
    """

    def __init__(
        self,
        model: PreTrainedModel | OnnxTagger,
        tokenizer: PreTrainedTokenizerFast,
        *,
        settings: CheckpointSettings,
        load_plain_tokenizer: Callable[[], PreTrainedTokenizerFast] | None = None,
        **options: Any,
    ) -> None:
        own = {field.name: options.pop(field.name, None) for field in fields(Options)}
        self.options = Options().changed(own)
        self.settings = settings
        self._load_plain_tokenizer = load_plain_tokenizer
        _check_top_k(self.options, tag_names(model.config))
        super().__init__(  # type: ignore[no-untyped-call]
            model=model, tokenizer=tokenizer, task="token-classification", **options
        )

    @cached_property
    def _plain_tokenizer(self) -> PreTrainedTokenizerFast:
        load = self._load_plain_tokenizer
        return cast("PreTrainedTokenizerFast", self.tokenizer if load is None else load())

    @cached_property
    def _rules(self) -> LabelRules:
        return LabelRules.of(tag_names(self.model.config))

    def check_model_type(self, supported_models: object) -> None:
        """Nothing: `check_tagger` has seen to it, and transformers knows no exported model."""

    def __call__(self, inputs: Any, **options: Any) -> Any:  # type: ignore[override]
        """The entities of a text, of several, or of lists of words.

        Args:
            inputs: a text; a list of texts; a list of sentences, each a list of words; or a
                generator or Dataset of either, which is answered as a stream.
            **options: see `Options`.

        Returns:
            A list of entities for a single text, a list of such lists for a list, a generator of
            them for a stream. Each entity has `entity_group`, `score`, `word`, `start`, `end`
            (characters), and of given words `start_word`, `end_word`, `words` besides. With
            `top_k` words instead, each with its tag as `entity` and its likeliest `labels`.

        Raises:
            SettingError: an input or an option that cannot be used.
        """
        options.pop("num_workers", None)  # nothing to hand out: the tokenizer has its own threads
        chosen = self.options.changed(options)
        _check_top_k(chosen, tag_names(self.model.config))
        items = list_inputs(inputs, words_only=chosen.is_split_into_words)
        answers = self._answer(items, chosen)
        if isinstance(inputs, str):
            return next(answers)
        return list(answers) if isinstance(items, Sequence) else answers

    def read(self, item: object, index: int = 0, options: Options | None = None) -> Words:
        """One input as words with their places in the text; `index` is for error messages."""
        options = self.options if options is None else options
        return read_input(
            item,
            index,
            splitter=self.settings.word_splitter,
            delimiter=options.delimiter,
            words_only=options.is_split_into_words,
        )

    def tag(
        self,
        sentences: Sequence[Words],
        options: Options | None = None,
        *,
        progress: bool | Watcher = False,
    ) -> Tagged:
        """A label and its probability for each word; every answer by words rests on it."""
        options = self.options if options is None else options
        return tag_sentences(
            self.model,
            cast("PreTrainedTokenizerFast", self.tokenizer),
            [sentence.words for sentence in sentences],
            settings=self.settings,
            overlap=DEFAULT_OVERLAP if options.stride is None else options.stride,
            batch_tokens=options.batch_tokens,
            probabilities=True,
            top_k=options.top_k,
            progress=progress,
        )

    def _answer(self, items: Iterable[object], options: Options) -> Iterator[list[Entity]]:
        done = 0
        for chunk in chunks(items, options.batch_size):
            answers: dict[int, list[Entity]] = {}
            if options.aggregation_strategy != "words" and not options.is_split_into_words:
                texts = {i: item for i, item in enumerate(chunk) if isinstance(item, str)}
                found = self._answer_stock(list(texts.values()), options)
                answers.update(zip(texts, found, strict=True))
            words = {
                i: self.read(item, done + i, options)
                for i, item in enumerate(chunk)
                if i not in answers
            }
            answers.update(
                zip(words, self._answer_words(list(words.values()), options), strict=True)
            )
            least = options.min_score
            for i in range(len(chunk)):
                answer = answers[i]
                yield answer if least is None else [e for e in answer if e["score"] >= least]
            done += len(chunk)

    def _answer_words(self, sentences: Sequence[Words], options: Options) -> list[list[Entity]]:
        """Entities over words; with `none` each word whose label counts, with `top_k` each.

        Given words settle what the stock strategies can only guess, so those do not differ here.
        """
        if not sentences:
            return []
        tagged = self.tag(sentences, options)
        probabilities = cast("NDArray[np.float32]", tagged.probabilities)
        top = tagged.top
        ignored = options.ignore_labels if top is None else ()
        answers = []
        for i, (sentence, entities) in enumerate(
            zip(sentences, find_entities(tagged), strict=True)
        ):
            if options.aggregation_strategy == "none" or top is not None:
                base = int(tagged.offsets[i])
                own = slice(base, tagged.offsets[i + 1])
                scores = probabilities[own]
                tags = [tagged.names[label] for label in tagged.ids[own]]
                answer = [
                    show_word(
                        at,
                        tag,
                        sentence,
                        float(scores[at]),
                        labels=None if top is None else top.of(base + at),
                    )
                    for at, tag in enumerate(tags)
                    if tag not in ignored
                ]
            else:
                answer = [show_entity(e, sentence) for e in entities if e.type not in ignored]
            answers.append(answer)
        return answers

    def _answer_stock(self, texts: Sequence[str], options: Options) -> list[list[Entity]]:
        """What the stock pipeline gives, but for the whole of each text."""
        answers: list[list[Entity]] = [[] for _ in texts]
        tokenizer, strategy = self._plain_tokenizer, options.aggregation_strategy
        limit, stride, step = self._plan_rows(options.stride)
        encoded = encode_texts(texts, tokenizer, max_length=limit, stride=stride)
        if strategy == "none":
            encoded = keep_most_context(encoded, step=step, stride=stride)
        if not len(encoded.at):
            return answers
        spelling = Spelling(texts, encoded, tokenizer)
        units = label_units(
            self.model, encoded, spelling, strategy=strategy, batch_tokens=options.batch_tokens
        )
        parts = (encoded, units, spelling, self._rules)
        if strategy == "none":
            found = show_units(*parts, ignore_labels=options.ignore_labels)
        else:
            by_word = strategy != "simple"
            found = group_units(*parts, ignore_labels=options.ignore_labels, by_word=by_word)
        for text, entity in found:
            answers[text].append(entity)
        if strategy != "none":
            for text in encoded.windowed_texts:
                entities = self.aggregate_overlapping_entities(  # type: ignore[no-untyped-call]
                    answers[text]
                )
                answers[text] = entities
        return answers

    def _plan_rows(self, stride: int | None) -> tuple[int | None, int, int]:
        """Longest row, the overlap of neighbouring rows, and the step from one to the next."""
        limits = [self._plain_tokenizer.model_max_length, longest_input(self.model.config)]
        limit = min(n for n in limits if n is not None)
        if limit > UNKNOWN_LENGTH:
            return None, 0, 0
        room = limit - sum(map(len, find_special_ids(self._plain_tokenizer)))
        if stride is None:
            stride = min(DEFAULT_OVERLAP, room // 2)
        elif not 0 <= stride < room:
            raise SettingError(f"stride={stride}; accepted: 0 to {room - 1} for this checkpoint")
        return limit, stride, room - stride


def _check_top_k(options: Options, names: Sequence[str]) -> None:
    if options.top_k is not None and options.top_k > len(names):
        raise SettingError(
            f"top_k={options.top_k}: this checkpoint has {len(names)} labels "
            f"({', '.join(names[:9])}{', …' if len(names) > 9 else ''}); accepted: 1 to "
            f"{len(names)}"
        )
