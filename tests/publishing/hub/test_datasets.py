"""`push_dataset`: Parquet and a card, unless a licence forbids it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hub_server import HubServer
from huggingface_hub import DatasetCard, HfApi
from publishing.hub.conftest import WRITER

from tner_hf import load_dataset
from tner_hf.data.record import DatasetRecord, write_record
from tner_hf.errors import SettingError
from tner_hf.publishing.hub import push_dataset


def test_a_corpus_is_published_with_its_card(hub: HubServer, api: HfApi) -> None:
    pushed = push_dataset("sample", "org/sample", token=WRITER.token)
    assert sorted(pushed.sent) == [
        "README.md",
        "data/test-00000-of-00001.parquet",
        "data/train-00000-of-00001.parquet",
        "data/validation-00000-of-00001.parquet",
    ]
    card = DatasetCard(hub.text("dataset", "org/sample", "README.md"))
    assert card.data.to_dict()["task_ids"] == ["named-entity-recognition"]
    assert 'load_dataset("org/sample")' in card.text
    assert push_dataset("sample", "org/sample", token=WRITER.token).sent == {}


def test_files_of_the_user_are_published(hub: HubServer, api: HfApi, toy_iob: Path) -> None:
    push_dataset({"train": str(toy_iob)}, "org/toy", token=WRITER.token)
    card = DatasetCard(hub.text("dataset", "org/toy", "README.md"))
    features = {each["name"]: each for each in card.data.to_dict()["dataset_info"][0]["features"]}
    names = features["ner_tags"]["sequence"]["class_label"]["names"]
    assert list(names.values()) == ["O", "B-LOC", "I-LOC", "B-ORG", "I-ORG", "B-PER", "I-PER"]


def test_shards_of_an_earlier_push_do_not_survive(
    hub: HubServer, api: HfApi, toy_iob: Path
) -> None:
    push_dataset({"train": str(toy_iob), "test": str(toy_iob)}, "org/toy", token=WRITER.token)
    pushed = push_dataset({"train": str(toy_iob)}, "org/toy", token=WRITER.token)
    assert pushed.deleted == ("data/test-00000-of-00001.parquet",)


@pytest.mark.parametrize("dataset", ["conll2003", ["sample", "conll2003"]])
def test_a_licence_that_forbids_it_is_the_reason(dataset: str | list[str]) -> None:
    with pytest.raises(SettingError) as error:
        push_dataset(dataset, "org/conll", dry_run=True)
    assert str(error.value).startswith(
        "conll2003 may not be published: its licence does not let converted text be passed on "
    )


def test_who_has_the_right_publishes_a_corpus_without_licence(
    toy_iob: Path, tmp_path: Path
) -> None:
    rows = load_dataset({"train": str(toy_iob)})
    write_record(rows, DatasetRecord({"wikiann/ja": ("PER",)}))
    with pytest.raises(
        SettingError, match=r"it states no licence .*permitted=True \(--permitted\)"
    ):
        push_dataset(rows, "org/toy", dry_run=True)
    push_dataset(rows, "org/toy", permitted=True, dry_run=tmp_path / "dry")
    card = (tmp_path / "dry" / "README.md").read_text(encoding="utf-8")
    assert "> No licence is stated for WikiAnn (annotation: none stated" in card
    assert "Do not publish" not in card
    with pytest.raises(SettingError, match="conll2003 may not be published: its licence"):
        push_dataset("conll2003", "org/toy", permitted=True, dry_run=True)


def test_rows_of_a_licensed_corpus_are_refused_however_they_came(toy_iob: Path) -> None:
    rows = load_dataset({"train": str(toy_iob)})
    write_record(rows, DatasetRecord({"conll2003": ("PER",)}))
    with pytest.raises(SettingError, match="conll2003 may not be published"):
        push_dataset(rows, "org/toy", dry_run=True)


def test_the_command_prints_what_it_did(
    hub: HubServer, environment: dict[str, str], toy_iob: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "tner_hf", "push", "dataset", "--train_file", str(toy_iob)]
    command += ["--repo_id", "org/toy", "--private"]
    own = environment | {"HF_TOKEN": WRITER.token}
    done = subprocess.run(command, env=own, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith(f"{hub.url}/datasets/org/toy: 2 files sent")
    again = subprocess.run([*command, "--json"], env=own, capture_output=True, text=True)
    assert json.loads(again.stdout)["unchanged"] == [
        "README.md",
        "data/train-00000-of-00001.parquet",
    ]
    assert WRITER.token not in done.stdout + done.stderr + again.stdout + again.stderr


def test_a_full_disk_is_told(tmp_path: Path, toy_iob: Path, environment: dict[str, str]) -> None:
    # A limit on the size of files is the nearest thing to a full disk that needs no rights.
    program = f"""
import resource
from tner_hf.errors import HubError
from tner_hf.publishing.hub import push_dataset
from tner_hf import load_dataset
rows = load_dataset({{"train": {str(toy_iob)!r}}})
resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))
try:
    push_dataset(rows, "org/toy", token="hf_never_used", dry_run={str(tmp_path / "dry")!r})
except HubError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True
    )
    assert "no room left to write" in done.stdout, done.stdout + done.stderr
    assert "Make room, or set TMPDIR" in done.stdout


def test_a_benchmark_names_its_test_splits_as_tasks(
    hub: HubServer, api: HfApi, toy_files: dict[str, str]
) -> None:
    pushed = push_dataset(toy_files, "org/toy", benchmark=True, token=WRITER.token)
    assert "eval.yaml" in pushed.sent
    described = yaml.safe_load(hub.text("dataset", "org/toy", "eval.yaml"))
    assert described["evaluation_framework"] == "tner-hf"
    assert described["tasks"] == [{"id": "default", "config": "default", "split": "test"}]
    assert list(described) == ["name", "description", "evaluation_framework", "tasks"]
    assert push_dataset(toy_files, "org/toy", token=WRITER.token).deleted == ("eval.yaml",)


def test_a_benchmark_needs_a_test_split(toy_iob: Path) -> None:
    with pytest.raises(SettingError, match="needs a split 'test', which this dataset lacks"):
        push_dataset({"train": str(toy_iob)}, "org/toy", benchmark=True, dry_run=True)
