"""Scores of a model on a benchmark, in `.eval_results/` as the Hub's own client reads them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hub_server import HubServer
from huggingface_hub import HfApi, ModelCard, constants, parse_eval_result_entries
from publishing.hub.conftest import WRITER

from tner_hf.publishing.hub import push_dataset, push_model

FILE = ".eval_results/tner-hf-org-toy.yaml"

_EVALUATE = """
import sys
from tner_hf.cli import main
sys.exit(main(["evaluate", "-m", {model!r}, "-d", "org/toy", "-o", {scores!r}]))
"""


def test_a_score_on_a_benchmark_of_ours_is_an_entry_and_on_no_other(
    trained: Path,
    hub: HubServer,
    api: HfApi,
    run_python: Callable[..., str],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    test = {"test": str(trained.parent / "test.txt")}
    types = {"label_map": "unified-2"}  # those that the model is scored with
    push_dataset(test, "org/toy", benchmark=True, token=WRITER.token, **types)
    scores = str(tmp_path / "toy.json")
    run_python(_EVALUATE.format(model=str(trained), scores=scores), HF_TOKEN=WRITER.token)

    def push() -> Any:
        return push_model(trained, "org/model", token=WRITER.token, results=[scores])

    assert FILE in push().sent
    (entry,) = parse_eval_result_entries(yaml.safe_load(hub.text("model", "org/model", FILE)))
    card = ModelCard(hub.text("model", "org/model", "README.md"))
    (indexed,) = (r for r in card.data.eval_results or () if r.metric_type == "f1")
    assert (entry.dataset_id, entry.task_id) == (indexed.dataset_type, "default")
    assert (entry.dataset_id, entry.value) == ("org/toy", indexed.metric_value)

    shutil.rmtree(constants.HF_HUB_CACHE)
    hub.fail("HEAD", "/datasets/org/toy/resolve/.*/eval.yaml", 403)
    assert push().deleted == (FILE,)
    assert (
        "no .eval_results of a dataset that cannot be asked: org/toy/eval.yaml: status 403"
        in caplog.text
    )
    assert FILE in push().sent

    of_others = ".eval_results/hle.yaml"
    api.upload_file(path_or_fileobj=b"[]\n", path_in_repo=of_others, repo_id="org/model")
    described = yaml.safe_load(hub.text("dataset", "org/toy", "eval.yaml"))
    for i, text in enumerate(
        (
            yaml.safe_dump({**described, "evaluation_framework": "inspect-ai"}),  # scores its way
            yaml.safe_dump({**described, "tasks": [{"id": "a", "split": "train"}]}),
            yaml.safe_dump({**described, "tasks": "none"}),
            "a: [",
        )
    ):
        api.upload_file(
            path_or_fileobj=text.encode(), path_in_repo="eval.yaml", repo_id="org/toy",
            repo_type="dataset",
        )  # fmt: skip
        assert push().deleted == ((FILE,) if i == 0 else ()), text
    assert of_others in api.list_repo_files("org/model")
