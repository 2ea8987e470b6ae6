"""`reproduce`: train what is missing, score it, and set it beside the paper."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

from tner_hf._version import list_versions
from tner_hf.errors import SourceError
from tner_hf.files import write_file
from tner_hf.lab.reproduce.notes import DROPPED, find_averages, make_notes
from tner_hf.lab.reproduce.plan import Plan, Scale, dataset_name, make_plan, needed_corpora
from tner_hf.lab.reproduce.recipes import NINE, recipe
from tner_hf.lab.reproduce.render import render_markdown
from tner_hf.lab.reproduce.result import Cell, Reproduction, Split
from tner_hf.lab.reproduce.scoring import find_tags, score_model
from tner_hf.lab.reproduce.training import describe_training, train_model
from tner_hf.predictions.names import drop_places

logger = logging.getLogger(__name__)

#: What a result says of a corpus that cannot be had. What was tried names folders of this machine:
#: that is for who runs it, and results are passed on.
_ABSENT = "its raw files are not here; `tner-hf datasets info {}` says where they come from"


def reproduce(
    table: str,
    *,
    output_dir: str | Path,
    scale: Scale | None = None,
    **loading: Any,
) -> Reproduction:
    """A table of the paper again.

    Models lie in `<output_dir>/models`, what they said in `<output_dir>/evaluations`: tables share
    them, and a killed run goes on from them. The result is `<output_dir>/<table>/reproduce.json`
    and `.md`, written anew after each model.

    Args:
        table: `table2` to `table9`.
        output_dir: where everything is stored, and found again.
        scale: what is done otherwise than in the paper; None for nothing.
        **loading: arguments of `load_dataset`: `data_dir`, `cache_dir`, and `strict`, which leaves
            out corpora whose raw files are not the original; None for what is usual.

    Raises:
        UnknownNameError: no such table, or a corpus that it does not have.
        SettingError: `output_dir` holds a model that was trained in another way.
        SourceError: none of the corpora can be had.
    """
    loading = {name: value for name, value in loading.items() if value is not None}
    plan, splits = survey(table, scale, **loading)
    folder = Path(output_dir)
    if not plan.models:
        reasons = "\n".join(f"  {name}: {why}" for name, why in plan.absent.items())
        raise SourceError(f"nothing of {table} can be computed without its corpora:\n{reasons}")
    for name, why in plan.absent.items():
        logger.warning("%s is absent: %s", name, why)
    tags_of = cache(partial(find_tags, **loading))
    found: dict[tuple[str, str], Cell] = {}
    models: dict[str, dict[str, Any]] = {}
    for number, model in enumerate(plan.models.values(), start=1):
        logger.info("model %d of %d: %s", number, len(plan.models), model.name)
        checkpoint = train_model(plan, model, folder)
        models[model.name] = describe_training(checkpoint)
        for cell in score_model(plan, model, checkpoint, folder, tags_of, **loading):
            found[cell.row, cell.column] = cell
        result = _put_together(plan, found, models, splits)
        result.save(folder / table / "reproduce.json")
        write_file(folder / table / "reproduce.md", render_markdown(result))
    return result


def survey(
    table: str, scale: Scale | None = None, **loading: Any
) -> tuple[Plan, tuple[Split, ...]]:
    """The plan of a run and the data behind it; corpora are looked for and built, nothing more.

    Arguments as for `reproduce`.
    """
    wanted, chosen = recipe(table), scale or Scale()
    absent: dict[str, str] = {}
    names = needed_corpora(wanted, chosen)
    splits = tuple(_look_at(name, chosen, loading, absent) for name in names)
    return make_plan(wanted, chosen, absent), splits


def _put_together(
    plan: Plan,
    found: Mapping[tuple[str, str], Cell],
    models: Mapping[str, Mapping[str, Any]],
    splits: tuple[Split, ...],
) -> Reproduction:
    cells = tuple(
        found.get((cell.row, cell.column))
        or replace(cell, absent=cell.absent or "not computed yet")
        for cell in plan.cells
    )
    return Reproduction(
        table=plan.recipe.table,
        title=plan.recipe.title,
        variant=plan.recipe.variant,
        cells=cells,
        scaled_down=plan.scaled_down,
        averages=find_averages(plan.recipe, cells),
        splits=splits,
        notes=make_notes(plan, cells, models, splits),
        models=models,
        facts={
            "scale": _describe_scale(plan.scale),
            "training": asdict(plan.recipe.training),
            "versions": list_versions("torch", "transformers", "datasets"),
        },
    )


def _describe_scale(scale: Scale) -> dict[str, Any]:
    encoder = scale.model_name_or_path and drop_places(scale.model_name_or_path)
    return {**asdict(scale), "corpora": list(scale.corpora), "model_name_or_path": encoder}


def _look_at(name: str, scale: Scale, loading: Mapping[str, Any], absent: dict[str, str]) -> Split:
    """The sizes of a corpus; why it cannot be had is added to `absent`."""
    from tner_hf.data import load_dataset
    from tner_hf.data.corpora import corpus

    dataset = dataset_name(name, scale.edition)
    # Table 1 has one line for all of WikiAnn, with the sizes of its largest languages.
    paper = corpus(name.partition("/")[0]).paper if name in NINE else {}
    sizes = paper.get("train"), paper.get("test")
    try:
        data: Any = load_dataset(dataset, **loading)
    except SourceError as error:
        absent[name] = str(error)
        return Split(name, dataset, None, None, *sizes, absent=_ABSENT.format(name))
    words = Counter(word for words in data["test"]["tokens"] for word in words)
    dropped = sum(words[word] for word in DROPPED)
    counted = len(data["train"]), len(data["test"])
    return Split(name, dataset, *counted, *sizes, words.total(), dropped)
