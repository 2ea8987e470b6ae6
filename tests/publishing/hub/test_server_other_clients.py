"""The test suite's own Hub, held against datasets, transformers and the JavaScript client."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from datasets import ClassLabel, Dataset, DatasetDict, Features, List, Value
from hub_server import HubServer
from huggingface_hub import HfApi
from publishing.hub.conftest import WRITER

#: An npm package of this version is installed where this variable does not name a folder.
_NODE_MODULES = "TNER_HF_NODE_MODULES"
_CLIENT = "@huggingface/hub@2.17.5"

_TAGS = List(ClassLabel(names=["O", "B-person"]))
_FEATURES = Features({"tokens": List(Value("string")), "ner_tags": _TAGS})


@pytest.fixture(scope="session")
def javascript_client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds `node_modules/@huggingface/hub`."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    if named := os.environ.get(_NODE_MODULES):
        return Path(named)
    if shutil.which("npm") is None:
        pytest.skip(f"npm is not installed, and {_NODE_MODULES} names no folder")
    folder = tmp_path_factory.mktemp("javascript")
    command = ["npm", "install", "--no-audit", "--no-fund", "--fetch-retries=0"]
    command += ["--fetch-timeout=20000", "--prefix", str(folder), _CLIENT]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        pytest.skip(f"npm could not install {_CLIENT}: {reason}")
    return folder


@pytest.mark.parametrize("multipart_from", [2**20, 1000])
def test_the_javascript_client(
    javascript_client: Path, hub: HubServer, api: HfApi, tmp_path: Path, multipart_from: int
) -> None:
    hub.multipart_from, hub.page_size = multipart_from, 2
    program = javascript_client / "client.mjs"
    shutil.copy(Path(__file__).with_name("javascript_client.mjs"), program)
    command = ["node", str(program), hub.url, WRITER.token, "2500"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen == {
        "user": "ada",
        "created": {"repoUrl": f"{hub.url}/org/from-js", "id": "id-of-org/from-js"},
        "files": [
            ["file", ".gitattributes", None],
            ["file", "README.md", None],
            ["file", "model.safetensors", 2500],
        ],
        "readme": "# From JavaScript\n",
        "kept": "b",
        "absent": None,
        "weights": True,
        "size": 2500,
        "info": True,
        "paths": ["README.md"],
        "exists": True,
        "hidden": False,
        "stale": 412,
        "titles": ["Delete a/b.txt", "from JavaScript", "initial commit"],
    }
    assert len([s for s in hub.seen if s.method == "PUT"]) == (1 if multipart_from > 2500 else 3)
    path = api.hf_hub_download("org/from-js", "model.safetensors", local_dir=tmp_path / "down")
    assert Path(path).read_bytes() == bytes(i % 251 for i in range(2500))


def test_datasets_pushes_and_loads(
    hub: HubServer, run_python: Callable[..., str], tmp_path: Path
) -> None:
    rows = {"tokens": [["Ada", "slept"], ["yes"]], "ner_tags": [[1, 0], [0]]}
    splits = {name: Dataset.from_dict(rows, _FEATURES) for name in ("train", "test")}
    DatasetDict(splits).save_to_disk(tmp_path / "rows")
    program = f"""
from datasets import DatasetDict, load_dataset
DatasetDict.load_from_disk({str(tmp_path / "rows")!r}).push_to_hub("org/rows", private=True)
found = load_dataset("org/rows")
print(found["test"][:], found["train"].features["ner_tags"].feature.names)
streamed = load_dataset("org/rows", split="test", streaming=True)
print(list(streamed))
"""
    printed = run_python(program, HF_TOKEN=WRITER.token).splitlines()
    assert printed == [
        f"{rows} ['O', 'B-person']",
        "[{'tokens': ['Ada', 'slept'], 'ner_tags': [1, 0]}, {'tokens': ['yes'], 'ner_tags': [0]}]",
    ]
    assert hub.repository("dataset", "org/rows").private


def test_what_was_loaded_once_loads_offline(
    hub: HubServer, api: HfApi, run_python: Callable[..., str]
) -> None:
    api.create_repo("org/text", repo_type="dataset")
    api.upload_file(
        repo_id="org/text",
        repo_type="dataset",
        path_in_repo="train.jsonl",
        path_or_fileobj=b'{"a": 1}\n',
    )
    program = 'import datasets; print(datasets.load_dataset("org/text")["train"][0])'
    assert run_python(program) == "{'a': 1}\n"
    hub.seen.clear()
    assert run_python(program, HF_HUB_OFFLINE="1") == "{'a': 1}\n"
    assert hub.seen == []


def test_transformers_pushes_and_loads(
    hub: HubServer, tiny_encoder: Path, run_python: Callable[..., str]
) -> None:
    program = f"""
from transformers import AutoModel, AutoTokenizer
model = AutoModel.from_pretrained({str(tiny_encoder)!r})
model.push_to_hub("org/tiny", private=True)
AutoTokenizer.from_pretrained({str(tiny_encoder)!r}).push_to_hub("org/tiny")
again = AutoModel.from_pretrained("org/tiny")
print(all((a == b).all() for a, b in zip(model.parameters(), again.parameters())))
print(AutoTokenizer.from_pretrained("org/tiny").tokenize("Ada"))
"""
    assert run_python(program, HF_TOKEN=WRITER.token) == "True\n['ada']\n"
    listed = hub.repository("model", "org/tiny").commit_at("main").files
    assert "model.safetensors" in listed
