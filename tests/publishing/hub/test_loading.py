"""Hub ids wherever a path is taken: private, at a revision, and from the cache."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hub_server import HubServer
from huggingface_hub import HfApi
from publishing.hub.conftest import WRITER

from tner_hf.data import load_dataset
from tner_hf.errors import TnerError
from tner_hf.publishing.hub import push_dataset, push_model

CONFIGURATIONS = """
import json
from datasets import get_dataset_config_names, load_dataset
found = {n: load_dataset("org/both", n, split="train") for n in ("en", "de")}
print(json.dumps([get_dataset_config_names("org/both"), {n: s[0] for n, s in found.items()}]))
"""

ALL_WAYS = """
import json, sys
import tner_hf
from tner_hf.cli import main

own = {} if len(sys.argv) < 2 else {"token": sys.argv[1]}
rows = tner_hf.load_dataset("org/toy", revision="v1", **own)
found = {
    "sentences": {name: split.num_rows for name, split in rows.items()},
    "entities": [
        e["word"] for e in tner_hf.pipeline("org/toy", revision="v1", **own)("Ada lived in London.")
    ],
    "f1": tner_hf.evaluate("org/toy", "org/toy", revision="v1", **own)["protocols"]["full"][
        "type_aware"
    ]["default"]["micro"]["support"],
}
print(json.dumps(found))
"""


@pytest.fixture
def published(hub: HubServer, api: HfApi, trained: Path) -> HubServer:
    """A private model and a private dataset `org/toy` on the branch v1; `main` is empty."""
    files = {name: str(trained.parent / f"{name}.txt") for name in ("train", "test")}
    own = {"private": True, "revision": "v1", "token": WRITER.token}
    push_model(trained, "org/toy", **own)
    push_dataset(files, "org/toy", **own)
    return hub


def test_a_private_revision_loads_everywhere_and_again_offline(
    published: HubServer, run_python: Callable[..., str]
) -> None:
    seen = json.loads(run_python(ALL_WAYS, HF_TOKEN=WRITER.token).splitlines()[-1])
    assert seen["sentences"] == {"train": 20, "test": 20}
    assert seen["entities"]
    published.seen.clear()
    assert json.loads(run_python(ALL_WAYS, HF_HUB_OFFLINE="1").splitlines()[-1]) == seen
    assert published.seen == []


def test_nobody_else_loads_a_private_repository(
    published: HubServer, run_python: Callable[..., str]
) -> None:
    program = """
import tner_hf
from tner_hf.errors import TnerError
for load in (tner_hf.pipeline, tner_hf.load_dataset):
    try:
        load("org/toy")
    except TnerError as error:
        print(type(error).__name__)
"""
    assert run_python(program).split() == ["CheckpointError", "SourceError"]


def test_a_private_dataset_is_published_under_another_name(
    hub: HubServer, run_python: Callable[..., str]
) -> None:
    program = f"""
from tner_hf.publishing.hub import push_dataset
push_dataset({{"train": "rows.txt"}}, "org/rows", private=True, token={WRITER.token!r})
pushed = push_dataset("org/rows", "org/copy", private=True, token={WRITER.token!r})
print(sorted(pushed.sent))
"""
    program = 'open("rows.txt", "w").write("Ada B-PER\\nslept O\\n")\n' + program
    assert run_python(program) == "['README.md', 'data/train-00000-of-00001.parquet']\n"


def test_files_of_a_dataset_repository_load(
    hub: HubServer, api: HfApi, toy_iob: Path, run_python: Callable[..., str]
) -> None:
    api.create_repo("org/iob", repo_type="dataset")
    for name in ("train", "test"):
        api.upload_file(
            repo_id="org/iob",
            repo_type="dataset",
            path_in_repo=f"{name}.txt",
            path_or_fileobj=toy_iob,
        )
    program = """
import tner_hf
rows = tner_hf.load_dataset("org/iob")
print({name: split.num_rows for name, split in rows.items()}, rows["train"]["tokens"][3])
"""
    expected = "{'train': 5, 'test': 5} ['Paris', 'London', 'Rome']\n"
    assert run_python(program) == expected
    hub.seen.clear()
    assert run_python(program, HF_HUB_OFFLINE="1") == expected
    assert hub.seen == []


def test_configurations_load_by_their_names(
    hub: HubServer, api: HfApi, tmp_path: Path, run_python: Callable[..., str]
) -> None:
    for name, word in {"en": "Ada", "de": "Ulm"}.items():
        row = {"tokens": [word, "slept"], "ner_tags": ["B-person", "O"]}
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(row) + "\n")
    configs = [{"config_name": n, "data_files": f"{n}.jsonl"} for n in ("en", "de")]
    (tmp_path / "README.md").write_text(f"---\nconfigs: {json.dumps(configs)}\n---\n")
    pushed = push_dataset(
        str(tmp_path), "org/both", configs=["en", "de"], token=WRITER.token, cache_dir=tmp_path
    )
    assert "de/train-00000-of-00001.parquet" in pushed.sent
    names, rows = json.loads(run_python(CONFIGURATIONS).splitlines()[-1])
    assert names == ["en", "de"]
    assert {name: row["tokens"][0] for name, row in rows.items()} == {"en": "Ada", "de": "Ulm"}


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("/resolve/", 503, "the Hub failed with status 503. Try later; what was loaded before"),
        ("/resolve/", 403, "status 403: this token may not read it. Ask for access on its page"),
        ("/objects/", 429, "too many requests; it asks for 1 seconds of patience. Try later"),
    ],
)
def test_faults_on_the_way_are_told_with_the_next_step(
    published: HubServer, run_python: Callable[..., str], path: str, status: int, message: str
) -> None:
    for method in ("GET", "HEAD"):
        published.fail(method, path, status, times=1000, headers={"Retry-After": "1"})
    program = """
import tner_hf
from tner_hf.errors import TnerError
for load in (tner_hf.pipeline, tner_hf.load_dataset):
    try:
        load("org/toy", revision="v1")
    except TnerError as error:
        print(error)
"""
    told = run_python(program, HF_TOKEN=WRITER.token)
    assert [message in line for line in told.splitlines()] == [True, True], told
    assert WRITER.token not in told


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/datasets/", "<html>please log in</html>"),
        ("/api/datasets/", "[]"),
        ("/api/datasets/", '{"siblings": 5}'),
        ("/api/datasets/", '{"siblings": [{"a": 1}], "lastModified": "x"}'),
        ("/resolve/", "<html>please log in</html>"),
    ],
)
def test_a_good_answer_of_another_shape_is_one_line_of_reading(
    hub: HubServer, api: HfApi, tmp_path: Path, path: str, body: str
) -> None:
    for method in ("GET", "HEAD", "POST"):
        hub.fail(method, path, 200, times=1000, body=body)
    with pytest.raises(TnerError, match="org/toy") as error:
        load_dataset("org/toy", token=WRITER.token, cache_dir=tmp_path / "cache")
    assert len(str(error.value).splitlines()) == 1
