"""`evaluate`: the scores of a model on a corpus, with their confidence intervals."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tner_hf.data.changes import CHANGES
from tner_hf.errors import SettingError
from tner_hf.files import check_writable
from tner_hf.lab.evaluation.intervals import bound_protocols
from tner_hf.lab.evaluation.result import Evaluation
from tner_hf.lab.robustness.measuring import change_test_set, measure_change
from tner_hf.lab.robustness.result import Robustness
from tner_hf.metrics.intervals import EXACT, IntervalOptions, Method
from tner_hf.models import folder_of
from tner_hf.models.contents import FILES_KEY, hash_labelling
from tner_hf.predictions import PredictedSplit, Tagger, write_predictions
from tner_hf.predictions.predicting import open_split

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


def evaluate(
    checkpoint: str | Path | PreTrainedModel | Any,
    dataset: Any,
    config: str | None = None,
    *,
    tokenizer: PreTrainedTokenizerBase | None = None,
    revision: str | None = None,
    token: str | bool | None = None,
    confidence: float | None = 0.95,
    interval_method: Method = "exact",
    resamples: int = 1000,
    seed: int = 0,
    output_file: str | Path | None = None,
    predictions_file: str | Path | None = None,
    robustness: bool = False,
    **options: Any,
) -> Evaluation:
    """Scores of a model on a corpus, on your own file or on a merged set.

    Args:
        checkpoint: a folder or Hub id; or a model that is loaded already, with its `tokenizer`
            (a pipeline brings its own), so that many datasets need one loading; or another
            system's predictions on just this split, a file (see `docs/matrix.md`).
        dataset: what `load_dataset` takes: a corpus, a list of them (merged), `{"test": file}`, a
            file, a folder, a Hub id or a loaded dataset.
        config: configuration of the corpus, e.g. a language of WikiAnn.
        tokenizer: of a model that is loaded already.
        revision: branch, tag or commit of the checkpoint.
        token: Hub token for a private or gated checkpoint.
        confidence: level of the confidence intervals of all scores; None for no intervals.
        interval_method: `exact`, or of a bootstrap `bca` or `percentile`, which T-NER gave.
        resamples: resampled test sets of a bootstrap.
        seed: of its draws.
        output_file: where to write the result as JSON.
        predictions_file: where to write `tokens`, `gold` and `predicted` tags, a line of JSON for
            each sentence.
        robustness: also run the model on changed text (`tner_hf.data.changes.CHANGES`), and say
            what each change costs; `seed` is that of the changes too.
        **options: fields of `PredictOptions` (`split`, `native`, `label_map`,
            `lowercase`, `max_length`, `device` and others), and arguments of `load_dataset`
            (`data_dir`, `cache_dir`; `token_column`, `scheme` and others for files).

    Raises:
        CheckpointError: the checkpoint is no token classifier.
        DataError: the split is empty, or cannot be read.
        SettingError, UnknownNameError: the checkpoint cannot tag by the guidelines of `corpus`.
    """
    how = IntervalOptions(
        0.95 if confidence is None else confidence, interval_method, resamples, seed
    )
    for path in (output_file, predictions_file):
        if path is not None:
            check_writable(path)
    hub = {"revision": revision, "token": token}
    system, test_set = open_split(checkpoint, dataset, config, options, tokenizer=tokenizer, **hub)
    changed = {}
    if robustness:
        if not isinstance(system, Tagger):
            raise SettingError(
                f"robustness needs a model to run; {system.path} holds what one said already"
            )
        changed = {change: change_test_set(test_set, change, seed=seed) for change in CHANGES}
    answer, *others = system.tag([test_set, *changed.values()])
    result = score_split(answer, None if confidence is None else how)
    if isinstance(system, Tagger) and isinstance(checkpoint, str | Path):
        folder = Path(folder_of(str(checkpoint))).expanduser()
        if folder.is_dir():
            files = {FILES_KEY: hash_labelling(folder)}
            result = replace(result, provenance={**result.provenance, **files})
    if changed:
        costs = tuple(
            measure_change(test_set, change, answer, said, how)
            for change, said in zip(changed, others, strict=True)
        )
        cost = Robustness(costs, how.level, how.n_resamples, how.seed)
        result = replace(result, robustness=cost)
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
