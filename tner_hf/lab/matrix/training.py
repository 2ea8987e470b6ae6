"""Training the rows of a matrix: one model for each corpus, and one for all of them merged."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tner_hf.errors import SettingError
from tner_hf.predictions.names import (
    domain_of,
    is_corpus,
    is_public,
    name_datasets,
    split_named,
)
from tner_hf.predictions.store import file_name

if TYPE_CHECKING:
    from tner_hf.training import DataArguments, ModelArguments, NERTrainingArguments

    Settings = tuple[ModelArguments, DataArguments, NERTrainingArguments]

logger = logging.getLogger(__name__)

#: What the row of the merged corpora is called.
MERGED = "all"


def train_models(
    corpora: Mapping[str, Any] | Sequence[Any],
    output_dir: str | Path,
    arguments_for: Callable[[str], Settings],
    *,
    merged: bool = True,
) -> dict[str, str]:
    """A checkpoint for each corpus in `<output_dir>/models/`, those that exist left as they are.

    A killed run goes on from its newest checkpoint. The test split is not touched: the matrix
    scores it.

    Args:
        corpora: what each model is trained on: as the datasets of `run_matrix`; a lone file is a
            training split.
        output_dir: the matrix's folder.
        arguments_for: makes the settings of a run from its folder.
        merged: train one more model, `all`, on all of them together.

    Returns:
        Name to checkpoint folder, `all` last.

    Raises:
        SettingError: a model exists that was trained in another way.
    """
    sources = {name: _training_source(s) for name, s in name_datasets(corpora).items()}
    if merged and len(sources) > 1:
        if MERGED in sources:
            raise SettingError(
                f"a corpus is called {MERGED!r}, as is the model of all corpora; rename it with "
                "NAME=SOURCE"
            )
        sources[MERGED] = list(sources.values())
    # Every recipe is checked before the first run: the last should not fail after hours.
    planned = {}
    for name, source in sources.items():
        folder = Path(output_dir) / "models" / file_name(name)
        model_args, data_args, args = arguments_for(str(folder))
        if data_args.max_test_samples is None:
            data_args = replace(data_args, max_test_samples=0)
        if name != MERGED:  # one corpus is neither mixed nor told from others
            data_args = replace(
                data_args, sampling_temperature=1.0, corpus_condition=0.0, keep_apart=None
            )
        if not data_args.native:
            # Files too: rows and columns meet in the unified types.
            data_args = replace(data_args, unify=True)
        planned[name] = (folder, source, (model_args, data_args, args))
        _check_recipe(*planned[name])
    return {name: _train_one(name, *plan) for name, plan in planned.items()}


def trained_domains(
    corpora: Mapping[str, Any] | Sequence[Any], *, merged: bool = True
) -> dict[str, tuple[str, ...]]:
    """What each model of `train_models` is trained on, by the names that its columns may have.

    A file that was given no name says nothing by the one it has: another may be called so.

    >>> trained_domains(["mine=wikiann", "fin", "letters=a/train.txt", "b/train.txt"])["all"]
    ('mine', 'wikiann/en', 'fin', 'letters')
    """
    named = corpora if isinstance(corpora, Mapping) else {split_named(str(c))[0] for c in corpora}
    own = {
        name: tuple(
            dict.fromkeys(
                [*([name] if name in named else []), *([domain_of(s)] if is_public(s) else [])]
            )
        )
        for name, s in name_datasets(corpora).items()
    }
    if merged and len(own) > 1:
        own[MERGED] = tuple(name for names in own.values() for name in names)
    return own


def _train_one(name: str, folder: Path, source: Any, settings: Settings) -> str:
    from tner_hf.training import train

    logger.info("model %s: training", name)
    result = train(*settings, dataset=source)
    logger.info("model %s: trained, %s steps", name, f"{result.train['global_step']:,}")
    return str(folder)


def _training_source(source: Any) -> Any:
    """What `load_dataset` is asked for: a lone file is a training split."""
    is_file = isinstance(source, str | Path) and Path(source).expanduser().is_file()
    return {"train": str(source)} if is_file and not is_corpus(source) else source


def _check_recipe(folder: Path, source: Any, settings: Settings) -> None:
    """Make sure that a model that exists is the one that is wanted.

    Raises:
        SettingError: it was trained on other data, from another encoder, or in another way.
    """
    if settings[2].start_over or not folder.is_dir():
        return
    from tner_hf.training.describing import describe_run
    from tner_hf.training.output import check_claim
    from tner_hf.training.splits import load_splits

    splits = load_splits(source, settings[1], seed=settings[2].seed)
    check_claim(folder, describe_run(*settings, source=source, splits=splits))
