"""`evaluate`: the scores of a model on a corpus, with their confidence intervals."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tner_hf.config import DEFAULT_OVERLAP
from tner_hf.data.changes import CHANGES
from tner_hf.errors import SettingError
from tner_hf.files import check_writable
from tner_hf.lab.evaluation.intervals import bound_protocols
from tner_hf.lab.evaluation.result import Evaluation
from tner_hf.lab.robustness.measuring import change_test_sets, measure_robustness
from tner_hf.labels.maps import LabelMapLike
from tner_hf.metrics.intervals import EXACT, IntervalOptions, Method
from tner_hf.predictions import PredictedSplit, PredictOptions, Tagger, write_predictions
from tner_hf.predictions.predicting import open_split

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


def evaluate(
    checkpoint: str | Path | PreTrainedModel | Any,
    dataset: Any,
    config: str | None = None,
    *,
    split: str = "test",
    native: bool = False,
    label_map: LabelMapLike | None = None,
    corpus: str | None = None,
    lowercase: bool | None = None,
    max_length: int | None = None,
    overlap: int = DEFAULT_OVERLAP,
    batch_tokens: int | None = None,
    tokenizer: PreTrainedTokenizerBase | None = None,
    revision: str | None = None,
    token: str | bool | None = None,
    device: Any = None,
    confidence: float | None = 0.95,
    interval_method: Method = "exact",
    resamples: int = 1000,
    seed: int = 0,
    output_file: str | Path | None = None,
    predictions_file: str | Path | None = None,
    robustness: bool = False,
    progress: bool | None = None,
    **loading: Any,
) -> Evaluation:
    """Scores of a model on a corpus, on your own file or on a merged set.

    Args:
        checkpoint: a folder or Hub id; or a model that is loaded already, with its `tokenizer`
            (a pipeline brings its own), so that many datasets need one loading; or another
            system's predictions on just this split, a file (see `docs/matrix.md`).
        dataset: what `load_dataset` takes: a corpus, a list of them (merged), `{"test": file}`, a
            file, a folder, a Hub id or a loaded dataset.
        config: configuration of the corpus, e.g. a language of WikiAnn.
        split: the split to score.
        native: keep the types of both sides as they are instead of mapping them.
        label_map: native type to unified type, for both sides: a YAML file, a dictionary or a
            LabelMap; None for the shipped one that the model was trained with, or the newest.
        corpus: by whose guidelines to tag, for a model of `--corpus_condition`; `own` for those of
            the dataset, where the model knows them; None for nobody's.
        lowercase: lower-case words first; None does what the checkpoint was trained with.
        max_length: longest window in sub-tokens; None for the checkpoint's own.
        overlap: sub-tokens that the windows of a long sentence share.
        batch_tokens: sub-tokens of a batch, padding included.
        tokenizer: of a model that is loaded already.
        revision: branch, tag or commit of the checkpoint.
        token: Hub token for a private or gated checkpoint.
        device: where to run; None for what accelerate would choose.
        confidence: level of the confidence intervals of all scores; None for no intervals.
        interval_method: `exact`, or of a bootstrap `bca` or `percentile`, which T-NER gave.
        resamples: resampled test sets of a bootstrap.
        seed: of its draws.
        output_file: where to write the result as JSON.
        predictions_file: where to write `tokens`, `gold` and `predicted` tags, a line of JSON for
            each sentence.
        robustness: also run the model on changed text (`tner_hf.data.changes.CHANGES`), and say
            what each change costs; `seed` is that of the changes too.
        progress: show a bar; None shows it for long work on a terminal.
        **loading: further arguments of `load_dataset`: `data_dir`, `cache_dir`, and `token_column`,
            `tag_column`, `delimiter`, `scheme` and others for files.

    Raises:
        CheckpointError: the checkpoint is no token classifier.
        DataError: the split is empty, or cannot be read.
        SettingError, UnknownNameError: the checkpoint cannot tag by the guidelines of `corpus`.
    """
    level = 0.95 if confidence is None else confidence
    how = IntervalOptions(level, interval_method, resamples, seed)
    for path in (output_file, predictions_file):
        if path is not None:
            check_writable(path)
    system, test_set = open_split(
        checkpoint,
        dataset,
        config,
        options=PredictOptions(
            split=split,
            native=native,
            label_map=label_map,
            corpus=corpus,
            lowercase=lowercase,
            max_length=max_length,
            overlap=overlap,
            batch_tokens=batch_tokens,
            device=device,
            progress=progress,
            loading=loading,
        ),
        tokenizer=tokenizer,
        revision=revision,
        token=token,
    )
    sets = [test_set]
    if robustness:
        if not isinstance(system, Tagger):
            raise SettingError(
                f"robustness needs a model to run; {system.path} holds what one said already"
            )
        sets += change_test_sets(test_set, seed=seed)
    answer, *changed = system.tag(sets)
    result = score_split(answer, None if confidence is None else how)
    if changed:
        found = measure_robustness(
            test_set,
            answer,
            dict(zip(CHANGES, changed, strict=True)),
            seed=seed,
            level=level,
            n_resamples=resamples,
        )
        result = replace(result, robustness=found)
    if predictions_file is not None:
        write_predictions(answer, predictions_file)
    if output_file is not None:
        result.save(output_file)
    return result


def score_split(answer: PredictedSplit, how: IntervalOptions | None = EXACT) -> Evaluation:
    """The scores of predictions that are there already.

    Args:
        answer: what a model said, beside what is true.
        how: intervals are made; None for none.
    """
    scores = answer.score()
    return Evaluation(
        protocols=scores["protocols"],
        coverage=scores["coverage"],
        provenance=answer.provenance,
        intervals=None if how is None else bound_protocols(answer, how),
        calibration=answer.calibration,
    )
