"""`calibrate`: a temperature for a checkpoint, fitted on validation and kept in its settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tner_hf.config import SETTINGS_KEY
from tner_hf.errors import CheckpointError, DataError, SettingError
from tner_hf.features import encode_windows
from tner_hf.files import read_json, write_json
from tner_hf.inference.runtimes import load_tagger, place_tagger
from tner_hf.inference.tagging import Chains, score_chains, score_places
from tner_hf.labels.schemes import find_fault
from tner_hf.metrics.calibration import (
    HIGHEST_TEMPERATURE,
    LOWEST_TEMPERATURE,
    Calibration,
    Mask,
    Threshold,
    check_scores,
    find_threshold,
    fit_temperature,
    mean_loss,
    rank_entities,
    search_temperature,
    softmax,
)
from tner_hf.metrics.spans import Positions
from tner_hf.models import (
    folder_of,
    has_crf,
    load_config,
    load_tokenizer,
    read_settings,
    tag_names,
)
from tner_hf.plain import Stored
from tner_hf.predictions import GoldSplit, PredictedSplit, PredictOptions, Tagger
from tner_hf.predictions.foreign import is_foreign
from tner_hf.predictions.maps import choose_map

if TYPE_CHECKING:
    from transformers import PretrainedConfig

#: Bytes of logits that are kept; of 1,000,000 words and 500 labels.
_MOST_BYTES = 2_000_000_000

#: Stands for a marginal probability of 0: gold may be what a CRF forbids.
_LEAST = float(np.finfo(np.float32).tiny)


@dataclass(frozen=True)
class CalibrationReport(Stored):
    """What calibrating a checkpoint did.

    Attributes:
        dataset, split: what it was fitted on; never `test`.
        words: with a gold label that the model knows.
        unknown_words: with one that it does not know, which were left out.
        temperature: what was found, and written into `config.json`.
        loss: mean negative log-likelihood of the words in nats, before and after.
        before: reliability of the scores without a temperature, on the same split.
        after: with it.
        threshold: where a precision was asked for.
    """

    checkpoint: str
    dataset: str
    split: str
    words: int
    unknown_words: int
    temperature: float
    loss: tuple[float, float]
    before: Calibration
    after: Calibration
    threshold: Threshold | None = None

    @property
    def at_limit(self) -> bool:
        """Whether the likelihood has no maximum between the limits."""
        near = (LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE)
        return any(abs(self.temperature / limit - 1) < 1e-6 for limit in near)


def calibrate(
    checkpoint: str | Path,
    dataset: Any = None,
    config: str | None = None,
    *,
    split: str = "validation",
    min_precision: float | None = None,
    **options: Any,
) -> CalibrationReport:
    """Fit a temperature and write it into the checkpoint's `config.json`.

    Labels stay what they are; only scores change, wherever they are shown.

    Args:
        checkpoint: a folder, or an exported model in one.
        dataset: what `load_dataset` takes; None for what the checkpoint was trained on.
        config: configuration of the corpus.
        split: never `test`, whose scores would then be too good.
        min_precision: also find the score from which on entities are so precise, a fraction of 1.
        **options: fields of `PredictOptions`, and arguments of `load_dataset`.

    Raises:
        SettingError: the split is `test`, there is nothing to fit on, or a condition is given.
        CheckpointError: it is no folder, or its labels are not in IOB2.
        DataError: the split cannot be read, or no threshold is precise enough.
    """
    if split == "test":
        raise SettingError(
            "split='test': a temperature that is chosen on the test set makes its scores too good; "
            "accepted: validation, or another split that is not tested on"
        )
    if min_precision is not None and not 0 < min_precision <= 1:
        raise SettingError(f"min_precision={min_precision:g}; accepted: above 0, and up to 1")
    folder = Path(folder_of(str(checkpoint))).expanduser()
    if is_foreign(checkpoint) or not (folder / "config.json").is_file():
        raise CheckpointError(
            f"{str(checkpoint)!r} is no folder with a checkpoint, into whose config.json the "
            "temperature is written; download a Hub model first: hf download OWNER/NAME "
            "--local-dir FOLDER"
        )
    how = choose_map([checkpoint], [] if dataset is None else [dataset],
                     PredictOptions.of({**options, "split": split}))  # fmt: skip
    if how.corpus is not None:
        raise SettingError(
            f"corpus={how.corpus!r}: a checkpoint has one temperature, for every condition; it is "
            "fitted without any"
        )
    judged = load_config(checkpoint)
    _check_labels(judged, checkpoint)
    if dataset is None:
        dataset = _own_corpora(judged, checkpoint)
    test_set = GoldSplit.load(dataset, config, options=how)
    model, tokenizer = load_tagger(checkpoint, device=how.device), load_tokenizer(checkpoint)
    place_tagger(model, how.device)
    tagger = Tagger(model, how, name=str(checkpoint), tokenizer=tokenizer)
    answer = next(tagger.tag([test_set]))
    said = _predict_words(model, tokenizer, tagger, test_set)
    targets, unknown = _find_targets(answer, said)
    rows = np.flatnonzero(targets >= 0)
    temperature = said.fit(rows, targets[rows])
    after = _with_temperature(answer, said, temperature)
    threshold = None if min_precision is None else _find_threshold(after, min_precision)
    before = _with_temperature(answer, said, None)
    report = CalibrationReport(
        checkpoint=str(checkpoint),
        dataset=test_set.source,
        split=split,
        words=len(rows),
        unknown_words=unknown,
        temperature=temperature,
        loss=(
            said.loss(rows, targets[rows], None),
            said.loss(rows, targets[rows], temperature),
        ),
        before=_reliability(before),
        after=_reliability(after),
        threshold=threshold,
    )
    _write_temperature(folder / "config.json", tagger, temperature)
    return report


def _own_corpora(config: PretrainedConfig, checkpoint: str | Path) -> Any:
    corpora = list(read_settings(config).corpora)
    if not corpora:
        raise SettingError(
            f"{checkpoint} does not say what it was trained on; name what to calibrate it on: "
            "--dataset_name CORPUS or --validation_file FILE"
        )
    return corpora[0] if len(corpora) == 1 else corpora


def _check_labels(config: PretrainedConfig, checkpoint: str | Path) -> None:
    if odd := [name for name in tag_names(config) if find_fault(name) or name[0] not in "OBI"]:
        raise CheckpointError(
            f"{checkpoint} has the label {odd[0]!r}; only models with labels in IOB2 can be "
            "calibrated: gold tags say nothing about the probability of others"
        )


@dataclass(frozen=True)
class _Words:
    """What a model says of each word that it sees.

    Attributes:
        known: which words those are, shape [n_tokens].
        labels: what it is given, shape [n].
        logits: of each, shape [n, n_labels].
        chains: those of a CRF; None where each word is labelled alone.
    """

    known: Mask
    labels: NDArray[np.integer[Any]]
    logits: NDArray[np.float32]
    chains: Chains | None = None

    def probabilities(self, temperature: float | None) -> NDArray[np.float32]:
        """Of each label of each word: the softmax of its logits, or with a CRF the marginals."""
        if (chains := self.chains) is None:
            return softmax(self.logits, temperature)
        marginals = chains.crf.marginals(chains.emissions, chains.lengths, temperature)
        return marginals[chains.own]

    def fit(self, rows: Positions, targets: Positions) -> float:
        """The temperature of the least loss of some words."""
        if self.chains is None:
            return fit_temperature(self.logits[rows], targets)
        check_scores(self.chains.emissions, targets)
        return search_temperature(lambda each: self.loss(rows, targets, each))

    def loss(self, rows: Positions, targets: Positions, temperature: float | None) -> float:
        """Mean negative log-likelihood of the true labels of some words, in nats."""
        if self.chains is None:
            return mean_loss(self.logits[rows], targets, temperature)
        true = self.probabilities(temperature)[rows, targets].astype(np.float64)
        return float(-np.log(np.maximum(true, _LEAST)).mean())


def _predict_words(model: Any, tokenizer: Any, tagger: Tagger, test_set: GoldSplit) -> _Words:
    windows = encode_windows(
        test_set.sentences,
        tokenizer,
        max_length=tagger.settings.max_length,
        overlap=tagger.options.overlap,
        lowercase=tagger.settings.lowercase,
        documents=tagger.find_context(test_set),
    )
    n_labels = len(tag_names(model.config))
    needed = 4 * len(windows.input_ids) * n_labels
    if needed > _MOST_BYTES:
        raise SettingError(
            f"the logits of {len(windows.input_ids):,} sub-tokens and "
            f"{n_labels:,} labels need {needed:,} bytes; accepted: up to {_MOST_BYTES:,}. Take "
            "fewer sentences: --max_eval_samples N"
        )
    how = {"batch_tokens": tagger.options.batch_tokens, "progress": False}
    if has_crf(model.config):
        chains = score_chains(model, windows, **how)
        labels = chains.crf.decode(chains.emissions, chains.lengths)[chains.own]
        return _Words(chains.known, labels, chains.emissions[chains.own], chains)
    known, places = windows.word_places()  # as `tag_sentences` takes them
    logits = score_places(model, windows, places, **how)
    return _Words(known, logits.argmax(-1), logits)


def _find_targets(answer: PredictedSplit, said: _Words) -> tuple[NDArray[np.intp], int]:
    """The label that gold asks for, -1 where the model has none, and how many words have none.

    Several labels of a model can mean one tag once their types are mapped: the likeliest it is.
    """
    labels_of: dict[str, list[int]] = {}
    for label, name in enumerate(answer.model_names):
        labels_of.setdefault(name, []).append(label)
    gold = np.asarray(answer.gold)[said.known]
    targets = np.full(len(gold), -1, dtype=np.intp)
    for label, name in enumerate(answer.corpus_names):
        rows = np.flatnonzero(gold == label)
        if len(rows) and (own := np.array(labels_of.get(name, []), dtype=np.intp)).size:
            targets[rows] = own[said.logits[np.ix_(rows, own)].argmax(-1)]
    return targets, int((targets < 0).sum())


def _with_temperature(
    answer: PredictedSplit, said: _Words, temperature: float | None
) -> PredictedSplit:
    scores = np.zeros(len(answer.predicted), dtype=np.float32)
    probabilities = said.probabilities(temperature)
    scores[said.known] = probabilities[np.arange(len(probabilities)), said.labels]
    settings = {**answer.provenance["settings"], "temperature": temperature}
    return replace(answer, scores=scores, provenance={**answer.provenance, "settings": settings})


def _reliability(answer: PredictedSplit) -> Calibration:
    found = answer.calibration
    if found is None:  # it has scores
        raise DataError("no scores")
    return found


def _find_threshold(answer: PredictedSplit, min_precision: float) -> Threshold:
    space, gold, predicted = answer.join()
    scores, right, n_gold = rank_entities(
        gold, predicted, np.asarray(answer.scores), offsets=answer.offsets, names=space.names
    )
    return find_threshold(scores, right, n_gold=n_gold, min_precision=min_precision)


def _write_temperature(path: Path, tagger: Tagger, temperature: float) -> None:
    stored: Mapping[str, Any] = read_json(path)
    settings = replace(tagger.trained, temperature=temperature).to_dict()
    write_json(path, {**stored, SETTINGS_KEY: settings})
