"""The test suite's own Hub, held against huggingface_hub."""

from __future__ import annotations

from pathlib import Path

import pytest
from hub_server import HubServer
from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationDelete,
    HfApi,
    get_hf_file_metadata,
    hf_hub_download,
    hf_hub_url,
)
from huggingface_hub.errors import (
    HfHubHTTPError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils import get_session
from publishing.hub.conftest import READER, STRANGER

WEIGHTS = bytes(range(256)) * 40


@pytest.fixture
def filled(api: HfApi, tmp_path: Path) -> HfApi:
    """The model `org/toy`: a card, a configuration, a file in a folder, weights in LFS."""
    folder = tmp_path / "toy"
    (folder / "runs").mkdir(parents=True)
    (folder / "README.md").write_text("---\nlicense: mit\n---\n# Toy\n")
    (folder / "config.json").write_text("{}")
    (folder / "runs" / "scores.json").write_text('{"f1": 0.5}')
    (folder / "model.safetensors").write_bytes(WEIGHTS)
    api.create_repo("org/toy")
    api.upload_folder(repo_id="org/toy", folder_path=folder)
    return api


def _status(error: pytest.ExceptionInfo[HfHubHTTPError]) -> int:
    return error.value.response.status_code


def test_whoami_names_the_account_of_a_token(api: HfApi) -> None:
    found = api.whoami()
    assert (found["name"], [org["name"] for org in found["orgs"]]) == ("ada", ["org"])


def test_a_wrong_token_is_refused_everywhere(api: HfApi) -> None:
    with pytest.raises(HfHubHTTPError) as error:
        api.whoami(token="hf_wrong")
    assert _status(error) == 401
    with pytest.raises(HfHubHTTPError) as error:
        api.create_repo("org/toy", token="hf_wrong")
    assert _status(error) == 401


def test_a_repository_is_created_once(api: HfApi, hub: HubServer) -> None:
    assert api.create_repo("org/toy", private=True) == f"{hub.url}/org/toy"
    assert api.create_repo("org/toy", exist_ok=True) == f"{hub.url}/org/toy"
    with pytest.raises(HfHubHTTPError) as error:
        api.create_repo("org/toy")
    assert _status(error) == 409
    assert api.model_info("org/toy").private is True


def test_kinds_of_repositories_are_apart(api: HfApi, hub: HubServer) -> None:
    api.create_repo("org/x", repo_type="dataset")
    assert api.create_repo("org/x", repo_type="space", space_sdk="gradio") == (
        f"{hub.url}/spaces/org/x"
    )
    assert api.space_info("org/x").sdk == "gradio"
    assert api.dataset_info("org/x").id == "org/x"
    assert not api.repo_exists("org/x")


def test_only_owners_with_a_write_token_may_write(api: HfApi) -> None:
    for token in (READER.token, STRANGER.token):
        with pytest.raises(HfHubHTTPError) as error:
            api.create_repo("org/toy", token=token)
        assert _status(error) == 403


def test_others_do_not_see_a_private_repository(filled: HfApi) -> None:
    filled.update_repo_settings("org/toy", private=True)
    assert filled.model_info("org/toy", token=READER.token).id == "org/toy"
    for token in (STRANGER.token, False):
        with pytest.raises(RepositoryNotFoundError):
            filled.model_info("org/toy", token=token)


def test_weights_go_to_lfs_and_text_to_git(filled: HfApi) -> None:
    found = {
        entry.path: entry for entry in filled.list_repo_tree("org/toy", recursive=True, expand=True)
    }
    assert sorted(found) == [
        ".gitattributes",
        "README.md",
        "config.json",
        "model.safetensors",
        "runs",
        "runs/scores.json",
    ]
    assert found["model.safetensors"].lfs.size == len(WEIGHTS)
    assert found["config.json"].lfs is None
    assert found["runs"].last_commit.title == "Upload folder using huggingface_hub"


def test_a_listing_comes_in_pages(api: HfApi, hub: HubServer) -> None:
    api.create_repo("org/toy")
    names = [f"{i}.txt" for i in range(7)]
    adds = [CommitOperationAdd(name, name.encode()) for name in names]
    api.create_commit("org/toy", adds, commit_message="seven")
    hub.page_size = 3
    hub.seen.clear()
    assert api.list_repo_files("org/toy") == [".gitattributes", *names]
    assert len(hub.seen) == 3


def test_paths_are_found_in_bulk(filled: HfApi) -> None:
    found = filled.get_paths_info("org/toy", ["config.json", "runs", "absent"])
    assert [entry.path for entry in found] == ["config.json", "runs"]


def test_files_come_back_as_they_went(filled: HfApi, tmp_path: Path) -> None:
    path = filled.hf_hub_download("org/toy", "model.safetensors", local_dir=tmp_path / "down")
    assert Path(path).read_bytes() == WEIGHTS
    path = filled.hf_hub_download("org/toy", "runs/scores.json", local_dir=tmp_path / "down")
    assert Path(path).read_text() == '{"f1": 0.5}'


def test_the_etag_is_what_content_addresses(filled: HfApi) -> None:
    oid = next(iter(filled.get_paths_info("org/toy", "model.safetensors"))).lfs.sha256
    url = hf_hub_url("org/toy", "model.safetensors", endpoint=filled.endpoint)
    found = get_hf_file_metadata(url)
    assert (found.etag, found.size) == (oid, len(WEIGHTS))
    assert found.commit_hash == filled.model_info("org/toy").sha


def test_the_storage_never_sees_a_token(filled: HfApi, hub: HubServer, tmp_path: Path) -> None:
    filled.update_repo_settings("org/toy", private=True)
    filled.hf_hub_download("org/toy", "model.safetensors", local_dir=tmp_path / "down")
    stored = [seen for seen in hub.seen if seen.origin == "storage"]
    assert [seen.method for seen in stored] == ["PUT", "GET"]
    assert {seen.token for seen in stored} == {""}


@pytest.mark.parametrize(
    ("asked", "status", "expected"),
    [
        ("bytes=0-3", 206, WEIGHTS[:4]),
        ("bytes=10000-", 206, WEIGHTS[10000:]),
        ("bytes=-5", 206, WEIGHTS[-5:]),
        ("bytes=99999-", 416, None),
    ],
)
def test_ranges(filled: HfApi, asked: str, status: int, expected: bytes | None) -> None:
    url = hf_hub_url("org/toy", "model.safetensors", endpoint=filled.endpoint)
    response = get_session().get(url, headers={"Range": asked})
    assert response.status_code == status
    if expected is not None:
        assert response.content == expected


def test_what_is_there_is_not_sent_again(filled: HfApi, hub: HubServer, tmp_path: Path) -> None:
    before = filled.model_info("org/toy").sha
    hub.seen.clear()
    filled.upload_folder(repo_id="org/toy", folder_path=tmp_path / "toy")
    assert filled.model_info("org/toy").sha == before
    assert not [seen for seen in hub.seen if seen.method == "PUT" or "/commit/" in seen.path]


def test_large_uploads_come_in_parts(api: HfApi, hub: HubServer, tmp_path: Path) -> None:
    hub.multipart_from = 4096
    api.create_repo("org/toy")
    api.upload_file(repo_id="org/toy", path_in_repo="model.safetensors", path_or_fileobj=WEIGHTS)
    assert [seen.size for seen in hub.seen if seen.method == "PUT"] == [4096, 4096, 2048]
    path = api.hf_hub_download("org/toy", "model.safetensors", local_dir=tmp_path / "down")
    assert Path(path).read_bytes() == WEIGHTS


def test_a_commit_on_an_old_parent_is_refused(filled: HfApi) -> None:
    old = filled.model_info("org/toy").sha
    add = [CommitOperationAdd("config.json", b'{"a": 1}')]
    filled.create_commit("org/toy", add, commit_message="new", parent_commit=old)
    with pytest.raises(HfHubHTTPError) as error:
        filled.create_commit(
            "org/toy",
            [CommitOperationAdd("config.json", b"[]")],
            commit_message="late",
            parent_commit=old,
        )
    assert _status(error) == 412


def test_a_commit_is_whole_or_not_at_all(filled: HfApi) -> None:
    before = filled.model_info("org/toy").sha
    with pytest.raises(RemoteEntryNotFoundError):
        filled.create_commit(
            "org/toy",
            [CommitOperationAdd("new.txt", b"new"), CommitOperationDelete("absent.txt")],
            commit_message="half",
        )
    assert filled.model_info("org/toy").sha == before


def test_files_and_folders_are_deleted(filled: HfApi) -> None:
    filled.delete_folder("runs", "org/toy")
    filled.delete_file("config.json", "org/toy")
    listed = filled.list_repo_files("org/toy")
    assert listed == [".gitattributes", "README.md", "model.safetensors"]


def test_branches_and_tags_are_revisions(filled: HfApi) -> None:
    first = filled.model_info("org/toy").sha
    filled.create_tag("org/toy", tag="v1.0")
    filled.create_branch("org/toy", branch="try/it")
    filled.upload_file(
        repo_id="org/toy", path_in_repo="x.txt", path_or_fileobj=b"x", revision="try/it"
    )
    assert "x.txt" in filled.list_repo_files("org/toy", revision="try/it")
    assert "x.txt" not in filled.list_repo_files("org/toy")
    assert filled.model_info("org/toy", revision="v1.0").sha == first
    refs = filled.list_repo_refs("org/toy")
    assert [branch.name for branch in refs.branches] == ["main", "try/it"]
    assert [(tag.name, tag.target_commit) for tag in refs.tags] == [("v1.0", first)]
    assert [c.title for c in filled.list_repo_commits("org/toy")][-1] == "initial commit"


def test_what_is_absent_is_named(filled: HfApi, tmp_path: Path) -> None:
    with pytest.raises(RevisionNotFoundError):
        filled.model_info("org/toy", revision="absent")
    with pytest.raises(RepositoryNotFoundError):
        filled.model_info("org/absent")
    with pytest.raises(RemoteEntryNotFoundError):
        hf_hub_download(
            "org/toy", "absent.txt", endpoint=filled.endpoint, local_dir=tmp_path / "down"
        )


def test_a_moved_repository_is_found_under_its_old_name(filled: HfApi, tmp_path: Path) -> None:
    filled.move_repo("org/toy", "ada/toy")
    path = filled.hf_hub_download("org/toy", "model.safetensors", local_dir=tmp_path / "down")
    assert Path(path).read_bytes() == WEIGHTS
    assert filled.model_info("org/toy").id == "ada/toy"


def test_a_card_that_is_no_yaml_is_refused(filled: HfApi) -> None:
    with pytest.raises(ValueError, match="Invalid YAML"):
        filled.upload_file(
            repo_id="org/toy",
            path_in_repo="README.md",
            path_or_fileobj=b"---\nlicense: [mit\n---\n# Toy\n",
        )


def test_a_client_gets_over_a_fault_that_passes(filled: HfApi, hub: HubServer) -> None:
    hub.fail("POST", "/preupload/", 429, headers={"Retry-After": "0"})
    hub.fail("PUT", "/upload/", 503)
    filled.upload_file(
        repo_id="org/toy", path_in_repo="model.safetensors", path_or_fileobj=WEIGHTS[:-1]
    )
    statuses = [seen.status for seen in hub.seen if seen.status in (429, 503)]
    assert statuses == [429, 503]


def test_a_dropped_connection_is_an_error_of_the_client(filled: HfApi, hub: HubServer) -> None:
    import httpx2

    hub.fail("POST", "/commit/", 0)
    with pytest.raises(httpx2.RemoteProtocolError):
        filled.upload_file(repo_id="org/toy", path_in_repo="x.txt", path_or_fileobj=b"x")
