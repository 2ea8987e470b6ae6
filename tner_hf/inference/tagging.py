"""Tags for sentences: windows through a model in batches of even length, one label for each word.

Only label ids are kept (two bytes for each sub-token), never logits, so memory does not grow with
the number of labels; a checkpoint with a CRF needs those of its chains. Evaluation and the pipeline
both tag with `tag_sentences`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tner_hf.config import DEFAULT_OVERLAP, CheckpointSettings
from tner_hf.errors import SettingError
from tner_hf.features import Windows, encode_windows, fill_gaps
from tner_hf.inference.runtimes import OnnxTagger, Runtime, open_runtime
from tner_hf.labels import OUTSIDE, LabelSpace
from tner_hf.labels.recoding import Recoding
from tner_hf.labels.schemes import are_iob2, find_fault
from tner_hf.metrics.calibration import softmax
from tner_hf.models import has_crf, longest_input, read_settings, tag_names

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from tner_hf.models.crf import Crf

#: Sub-tokens from which a progress bar is worth showing, and how often it moves.
_LONG_WORK = 50_000

#: Told after each batch how many sub-tokens are done, of how many; what it raises ends the work.
Watcher = Callable[[int, int], None]


@dataclass(frozen=True)
class TopLabels:
    """The likeliest labels of each word, the best first.

    Attributes:
        ids: labels, -1 for a word without sub-tokens, shape [n_tokens, top_k].
        scores: their probabilities, shape [n_tokens, top_k].
        names: what the checkpoint calls each label, whatever its scheme.
    """

    ids: NDArray[np.int16]
    scores: NDArray[np.float32]
    names: tuple[str, ...]

    def of(self, token: int) -> list[tuple[str, float]]:
        """Labels and probabilities of one word; none where the model did not see it."""
        pairs = zip(self.ids[token].tolist(), self.scores[token].tolist(), strict=True)
        return [(self.names[label], score) for label, score in pairs if label >= 0]


@dataclass(frozen=True)
class Tagged:
    """The labels of many sentences, in the order they were given.

    Attributes:
        ids: a label for each word, shape [n_tokens].
        offsets: where each sentence begins in `ids`, shape [n_sentences + 1].
        names: the IOB2 tag of each label, whatever scheme the checkpoint uses.
        probabilities: the model's probability of its label for each word, at the checkpoint's
            temperature; 0 for a word without sub-tokens, shape [n_tokens]; None where not asked
            for. With a CRF the marginal one.
        top: the likeliest labels of each word; None where not asked for.
        windowed_sentences: sentences that were longer than a window.
        unencodable_tokens: words without sub-tokens, tagged after their neighbours.
    """

    ids: NDArray[np.int16]
    offsets: NDArray[np.int64]
    names: tuple[str, ...]
    probabilities: NDArray[np.float32] | None = None
    top: TopLabels | None = None
    windowed_sentences: int = 0
    unencodable_tokens: int = 0

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def tags(self) -> Iterator[list[str]]:
        """The tags of each sentence in turn."""
        for begin, end in zip(self.offsets, self.offsets[1:], strict=False):
            yield [self.names[i] for i in self.ids[begin:end]]


#: A label for each word (-1 without sub-tokens), its probability, the likeliest labels.
WordLabels = tuple[NDArray[np.int16], NDArray[np.float32] | None, TopLabels | None]


def tag_sentences(
    model: PreTrainedModel | OnnxTagger,
    tokenizer: PreTrainedTokenizerBase,
    sentences: Sequence[Sequence[str]],
    *,
    settings: CheckpointSettings | None = None,
    overlap: int = DEFAULT_OVERLAP,
    batch_tokens: int | None = None,
    probabilities: bool = False,
    top_k: int | None = None,
    progress: bool | Watcher | None = None,
    documents: NDArray[np.integer[Any]] | None = None,
) -> Tagged:
    """One label for each word of each sentence, long sentences whole.

    Args:
        model: a token classifier, used on the device where it is; exported ones are welcome.
        tokenizer: its tokenizer, from `load_tokenizer`.
        sentences: lists of words.
        settings: how the checkpoint was trained; read from its config where not given.
        overlap: sub-tokens that the windows of a long sentence share.
        batch_tokens: sub-tokens of a batch, padding included.
        probabilities: keep the probability of each label as well.
        top_k: keep so many of the likeliest labels of each word, with all their probabilities.
        progress: show a bar; None shows it for long work on a terminal; a function is told
            instead.
        documents: the document of each sentence, shape [n_sentences], for a checkpoint that was
            trained with the text around them; it is not asked of others. Without, each sentence
            is a document of its own, as a running text is.
    """
    settings = read_settings(model.config) if settings is None else settings
    windows = cut_windows(
        model, tokenizer, sentences, settings, overlap=overlap, documents=documents
    )
    names = tag_names(model.config)
    label = decode_windows if has_crf(model.config) else label_words
    labels, certainty, top = label(
        model,
        windows,
        probabilities=probabilities,
        top_k=top_k,
        temperature=settings.temperature,
        batch_tokens=batch_tokens,
        progress=progress,
    )
    ids, names = read_as_iob2(labels.astype(np.int64), windows.offsets, names)
    return Tagged(
        ids=fill_gaps(ids, windows.offsets, names).astype(np.int16),
        offsets=windows.offsets,
        names=names,
        probabilities=certainty,
        top=top,
        windowed_sentences=windows.windowed_sentences,
        unencodable_tokens=windows.unencodable_tokens,
    )


def cut_windows(
    model: PreTrainedModel | OnnxTagger,
    tokenizer: PreTrainedTokenizerBase,
    sentences: Sequence[Sequence[str]],
    settings: CheckpointSettings,
    *,
    overlap: int = DEFAULT_OVERLAP,
    documents: NDArray[np.integer[Any]] | None = None,
) -> Windows:
    """The rows that a checkpoint reads of sentences; arguments as for `tag_sentences`."""
    limit = longest_input(model.config)
    return encode_windows(
        sentences,
        tokenizer,
        max_length=settings.max_length if limit is None else min(settings.max_length, limit),
        overlap=overlap,
        lowercase=settings.lowercase,
        documents=documents if settings.context == "document" else None,
    )


def label_words(
    model: PreTrainedModel | OnnxTagger,
    windows: Windows,
    *,
    top_k: int | None = None,
    **how: Any,
) -> WordLabels:
    """The likeliest label of each word, taken alone; arguments as for `predict_windows`."""
    labels, scores = predict_windows(model, windows, top_k=top_k, **how)
    known, places = windows.word_places()  # a word has the label of its first sub-token
    labels = _of_words(labels, known, places, -1)
    certainty = None if scores is None else _of_words(scores, known, places, 0)
    if top_k is None or certainty is None:
        return labels, certainty, None
    top = TopLabels(labels, certainty, tuple(tag_names(model.config)))
    return labels[:, 0], certainty[:, 0], top


def decode_windows(
    model: PreTrainedModel | OnnxTagger,
    windows: Windows,
    *,
    probabilities: bool = False,
    top_k: int | None = None,
    temperature: float | None = None,
    **how: Any,
) -> WordLabels:
    """The most probable labels of whole sentences by the checkpoint's CRF.

    Probabilities are marginals: over all labels that the rest of the chain may have. A temperature
    changes them, and which other labels of a word are likelier, but not the labels decoded.
    """
    chains = score_chains(model, windows, **how)
    chosen = chains.crf.decode(chains.emissions, chains.lengths)
    labels = chains.of_words(chosen, -1)
    if not probabilities and top_k is None:
        return labels, None, None
    marginals = chains.crf.marginals(chains.emissions, chains.lengths, temperature)
    certainty = chains.of_words(marginals[np.arange(len(chosen)), chosen], 0)
    if top_k is None:
        return labels, certainty, None
    best, scores = _pick_best(marginals, top_k)
    names = tuple(tag_names(model.config))
    top = TopLabels(chains.of_words(best, -1), chains.of_words(scores, 0), names)
    return labels, certainty, top


@dataclass(frozen=True)
class Chains:
    """What a CRF is asked about.

    Attributes:
        crf: of the checkpoint.
        emissions: scores of tags, chain after chain, shape [n_positions, n_labels].
        lengths: positions of each chain, shape [n_chains].
        known: which words have sub-tokens, shape [n_tokens].
        own: the position of each of those, shape [known.sum()].
    """

    crf: Crf
    emissions: NDArray[np.float32]
    lengths: NDArray[np.int64]
    known: NDArray[np.bool_]
    own: NDArray[np.int64]

    def of_words(self, values: NDArray[Any], missing: float) -> NDArray[Any]:
        """Of values beside `emissions` those of words."""
        return _of_words(values, self.known, self.own, missing)


def score_chains(model: PreTrainedModel | OnnxTagger, windows: Windows, **how: Any) -> Chains:
    """The chains of the checkpoint's CRF, whole sentences.

    Each word brings its scores from the window that answers for it, so windows leave no seams. A
    CRF of T-NER goes over the sub-tokens of a window, as it did there, but for the padding.
    """
    from tner_hf.models.crf import Crf

    crf = Crf.read(model.config)
    assert crf is not None  # noqa: S101 — the caller has seen it
    known, places = windows.word_places()
    if crf.over_words:
        chains = np.append(0, np.cumsum(known))[windows.offsets]
        scored, own = places, np.arange(len(places))
    else:
        chains = windows.row_offsets
        scored, own = np.arange(len(windows.input_ids)), places
    emissions = score_places(model, windows, scored, **how)
    return Chains(crf, emissions, np.diff(chains), known, own)


def score_places(
    model: PreTrainedModel | OnnxTagger, windows: Windows, places: NDArray[np.int64], **how: Any
) -> NDArray[np.float32]:
    """The logits at some sub-tokens, shape [n_places, n_labels]."""
    order = np.argsort(places, kind="stable")
    begins = places[order]
    found = np.empty((len(places), len(tag_names(model.config))), dtype=np.float32)
    for place, logits in run_windows(model, windows, lambda runtime: runtime.logits, **how):
        low, high = np.searchsorted(begins, [place.start, place.stop])
        found[order[low:high]] = logits[begins[low:high] - place.start]
    return found


def predict_windows(
    model: PreTrainedModel | OnnxTagger,
    windows: Windows,
    *,
    probabilities: bool = False,
    top_k: int | None = None,
    temperature: float | None = None,
    **how: Any,
) -> tuple[NDArray[np.int16], NDArray[np.float32] | None]:
    """The likeliest label of every sub-token, and its probability where asked for.

    Each alone: a CRF is not asked. A temperature changes probabilities, never labels or their
    order. For `how` see `run_windows`.

    Returns:
        Shape [n_subtokens], beside `windows.input_ids`; with `top_k` [n_subtokens, top_k], the
        likeliest first, and the probabilities in any case.
    """
    shape = (len(windows.input_ids), *([] if top_k is None else [top_k]))
    labels = np.empty(shape, dtype=np.int16)
    scores = np.empty(shape, dtype=np.float32) if probabilities or top_k is not None else None

    def ask(runtime: Runtime) -> Callable[[Any], Any]:
        if top_k is not None:
            return lambda batch: rank(runtime.logits(batch), top_k)
        if scores is None:
            return runtime.label
        return lambda batch: runtime.label_and_score(batch, temperature)

    def rank(logits: NDArray[np.float32], most: int) -> Any:
        return _pick_best(softmax(logits, temperature), most, by=logits)

    for place, found in run_windows(model, windows, ask, **how):
        if scores is None:
            labels[place] = found
        else:
            labels[place], scores[place] = found
    return labels, scores


def run_windows(
    model: PreTrainedModel | OnnxTagger,
    windows: Windows,
    ask: Callable[[Runtime], Callable[[Any], Any]],
    *,
    batch_tokens: int | None = None,
    progress: bool | Watcher | None = None,
) -> Iterator[tuple[slice, Any]]:
    """What a model answers for all rows, batch by batch.

    `ask` chooses what the runtime is asked of each batch; the rest is as for `tag_sentences`.

    Yields:
        Which part of `windows.input_ids` a batch is, and the answer.
    """
    with open_runtime(model) as runtime, _progress_bar(windows, progress) as advance:
        answer = ask(runtime)
        spans = list(windows.batches(choose_batch_tokens(batch_tokens, runtime, windows)))
        answers = runtime.map(lambda span: answer(windows.batch(*span)), spans)
        for (begin, end), found in zip(spans, answers, strict=True):
            place = slice(int(windows.row_offsets[begin]), int(windows.row_offsets[end]))
            yield place, found
            advance(place.stop)


def _pick_best(
    scores: NDArray[np.float32], top_k: int, *, by: NDArray[np.float32] | None = None
) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
    """The best labels of each row and their scores; of equal ones the first, as in `argmax`."""
    best = np.argsort(-(scores if by is None else by), axis=-1, kind="stable")[:, :top_k]
    return best.astype(np.int16), np.take_along_axis(scores, best, axis=-1)


def _of_words(
    values: NDArray[Any], known: NDArray[np.bool_], places: NDArray[np.int64], missing: float
) -> NDArray[Any]:
    """Those of some values that stand at `places`, beside the words that are `known`."""
    found = np.full((len(known), *values.shape[1:]), missing, dtype=values.dtype)
    found[known] = values[places]
    return found


def choose_batch_tokens(given: int | None, runtime: Runtime, windows: Windows) -> int:
    """Sub-tokens of a batch: as given, or as suits what runs the model and leaves nobody idle.

    Raises:
        SettingError: not even one.
    """
    if given is None:
        return min(runtime.batch_tokens, max(1, -(-len(windows.input_ids) // runtime.workers)))
    if given < 1:
        raise SettingError(f"batch_tokens={given}; accepted: at least 1")
    return given


def read_as_iob2(
    ids: NDArray[np.int64], offsets: NDArray[np.int64], names: Sequence[str]
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Labels of any scheme as labels of IOB2; those that are IOB2 already stay as they are.

    A name without prefix (`PER`) is read as `I-PER`. Entities start by the conlleval rule.

    Args:
        ids: shape [n_tokens]; -1 where unknown, which is passed over and stays.
        offsets: where each sentence begins, shape [n_sentences + 1].
        names: the tag of each label in its own scheme.

    Examples:
        >>> read_as_iob2(np.array([1, 2, 0]), np.array([0, 3]), ["O", "B-x", "E-x"])
        (array([1, 2, 0]), ('O', 'B-x', 'I-x'))
    """
    tags = [f"I-{name}" if name != OUTSIDE and find_fault(name) else name for name in names]
    is_iob2 = are_iob2(tags) and list(names) == tags
    if is_iob2 and len(set(names)) == len(names):  # `[CLS]` and such are read as `O`, too
        return ids, tuple(names)
    space = LabelSpace.from_names(tags)
    known = np.flatnonzero(ids >= 0)
    out = ids.copy()
    coding = Recoding.between(tags, space)
    out[known] = coding.apply(ids[known], np.searchsorted(known, offsets))
    return out, space.names


@contextmanager
def _progress_bar(windows: Windows, shown: bool | Watcher | None) -> Iterator[Any]:
    """A function to be told how many sub-tokens are done; it draws on a terminal only."""
    total = len(windows.input_ids)
    if callable(shown):
        watch = shown
        yield lambda done: watch(done, total)
        return
    if shown is None:
        shown = total >= _LONG_WORK and sys.stderr.isatty()
    if not shown:
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("tagging", total=total)
        yield lambda done: bar.update(task, completed=done)
