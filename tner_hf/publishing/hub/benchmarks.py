"""Benchmarks of the Hub: the `eval.yaml` of a dataset, and what a model scored on one.

A dataset is a benchmark by a file `eval.yaml` that names its tasks; a model's scores on a task
stand in a file of `.eval_results/`. Only benchmarks that say they are scored by this package get
scores of it: what others rank by is not known here.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from tner_hf.data.card_front import find_record, read_front
from tner_hf.data.folders import find_hub_file
from tner_hf.errors import SettingError, SourceError
from tner_hf.publishing.cards.facts import CardFacts, TestSet
from tner_hf.publishing.hub.contents import Content
from tner_hf.publishing.hub.target import Target

logger = logging.getLogger(__name__)

EVAL_FILE = "eval.yaml"

#: Who computes the scores, as `eval.yaml` names it.
FRAMEWORK = "tner-hf"

#: What one push of a model owns in `.eval_results/`; files of other names are somebody else's.
EVAL_RESULTS = ".eval_results/tner-hf-*.yaml"

_DESCRIPTION = (
    "Named entity recognition. Micro-averaged F1, from 0 to 1, of entities whose boundaries and "
    "type are right, read as seqeval's default mode does, over every token of the split: what "
    "`tner-hf evaluate` calls type-aware, mode default, protocol full."
)


def describe_benchmark(card: Path) -> bytes:
    """The `eval.yaml` of an exported dataset, a task for each configuration with a test split.

    Raises:
        SettingError: there is no test split.
    """
    front = read_front(card)
    tasks = [
        {"id": config["config_name"], "config": config["config_name"], "split": "test"}
        for config in front["configs"]
        if any(files["split"] == "test" for files in config["data_files"])
    ]
    if not tasks:
        raise SettingError(
            "a benchmark needs a split 'test', which this dataset lacks; give --test_file, or "
            "leave --benchmark out"
        )
    described = {
        "name": front["pretty_name"],
        "description": _DESCRIPTION,
        "evaluation_framework": FRAMEWORK,
        "tasks": tasks,
    }
    return yaml.safe_dump(described, sort_keys=False, allow_unicode=True).encode()


def collect_eval_results(facts: CardFacts, target: Target) -> dict[str, Content]:
    """The files of `.eval_results/`, for the test sets that are tasks of a benchmark.

    The score is the one that the benchmark describes, of the whole split, read as it is and with
    the benchmark's own types. A dataset that cannot be asked for is left out, with a warning.
    """
    from huggingface_hub import eval_result_entries_to_yaml

    found: dict[str, list[TestSet]] = {}
    for each in facts.test_sets:
        dataset_id = facts.dataset_ids.get(each.dataset, each.dataset)
        if each.published and _is_plain(each) and dataset_id.count("/") == 1:
            found.setdefault(dataset_id, []).append(each)
    files: dict[str, Content] = {}
    for dataset_id, test_sets in found.items():
        try:
            entries = list(_make_entries(dataset_id, test_sets, target))
        except SourceError as error:
            logger.warning("no .eval_results of a dataset that cannot be asked: %s", error)
            continue
        if entries:
            text = yaml.safe_dump(eval_result_entries_to_yaml(entries), sort_keys=False)
            name = EVAL_RESULTS.replace("*", dataset_id.replace("/", "-"))
            files[name] = text.encode()
    return files


def _is_plain(each: TestSet) -> bool:
    """Whether an evaluation says what was scored, and it was the split as it is."""
    return bool(each.fingerprint) and not (each.tokens_unscored or each.lowercase or each.corpus)


def _make_entries(dataset_id: str, test_sets: Iterable[TestSet], target: Target) -> Iterator[Any]:
    from huggingface_hub import EvalResultEntry

    benchmark = _read_benchmark(find_hub_file(dataset_id, EVAL_FILE, None, target.token))
    if benchmark.get("evaluation_framework") != FRAMEWORK:
        return
    card = find_hub_file(dataset_id, "README.md", None, target.token)
    front = read_front(card, on_hub=True) if card else {}
    for each in test_sets:
        config = each.config or "default"
        record = find_record(Path(f"{dataset_id}/README.md"), config, front)
        if record is None or record.label_map != each.label_map:  # other types than it counts
            continue
        score = each.f1("type_aware")
        for task in benchmark["tasks"]:
            if (task.get("config"), task.get("split")) == (config, each.split):
                yield EvalResultEntry(dataset_id, task["id"], score, dataset_revision=each.revision)


def _read_benchmark(path: Path | None) -> Mapping[str, Any]:
    """What `eval.yaml` says; empty where there is none, or none that names tasks."""
    try:
        stored = None if path is None else yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError):
        return {}
    if not isinstance(stored, dict):
        return {}
    tasks = stored.get("tasks")
    named = isinstance(tasks, list) and all(isinstance(t, dict) and "id" in t for t in tasks)
    return stored if named else {}
