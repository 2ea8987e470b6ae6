"""Pushes against a real server: what is sent, what is not, and what the faults say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hub_server import HubServer
from huggingface_hub import CommitOperationAdd, HfApi, constants
from publishing.hub.conftest import READER, STRANGER, WRITER

from tner_hf.errors import HubError, SettingError
from tner_hf.publishing.hub.contents import Content
from tner_hf.publishing.hub.publishing import Pushed, publish
from tner_hf.publishing.hub.target import Target

FILES: dict[str, Content] = {
    "README.md": b"---\nlicense: mit\n---\n# Toy\n",
    "config.json": b"{}\n",
    "model.safetensors": bytes(range(256)) * 40,
}


def _push(files: dict[str, Content] = FILES, **more: object) -> Pushed:
    more = {"token": WRITER.token, "replaced": ("*.safetensors",), **more}
    return publish(files, Target("org/toy", **more))  # type: ignore[arg-type]


def test_a_missing_repository_is_created_and_filled_in_one_commit(
    hub: HubServer, api: HfApi
) -> None:
    pushed = _push(private=True)
    assert pushed.url == f"{hub.url}/org/toy"
    assert pushed.sent == {"README.md": 27, "config.json": 3, "model.safetensors": 10240}
    repository = hub.repository("model", "org/toy")
    assert repository.private
    head = repository.commit_at("main")
    assert (head.oid, head.parent and head.parent.title) == (pushed.commit, "initial commit")


def test_only_what_changed_is_sent(hub: HubServer, api: HfApi, tmp_path: Path) -> None:
    first = _push()
    hub.seen.clear()
    again = _push()
    assert (again.sent, again.commit) == ({}, first.commit)
    assert [seen.method for seen in hub.seen if seen.method not in ("GET", "HEAD")] == []
    config = tmp_path / "config.json"
    config.write_text('{"a": 1}')
    changed = _push({**FILES, "config.json": config})
    assert changed.sent == {"config.json": 8}
    assert changed.unchanged == ("README.md", "model.safetensors")
    assert hub.text("model", "org/toy", "config.json") == '{"a": 1}'
    assert not [seen for seen in hub.seen if seen.method == "PUT"]


def test_weights_of_an_earlier_push_do_not_survive(hub: HubServer, api: HfApi) -> None:
    _push()
    shards: dict[str, Content] = {"model-00001-of-00001.safetensors": b"weights"}
    assert _push({**shards, "config.json": b"{}\n"}).deleted == ("model.safetensors",)
    listed = hub.repository("model", "org/toy").commit_at("main").files
    # README.md is not ours to delete: somebody may have written it by hand.
    assert sorted(listed) == [
        ".gitattributes",
        "README.md",
        "config.json",
        "model-00001-of-00001.safetensors",
    ]


def test_a_branch_is_created_and_main_left_alone(hub: HubServer, api: HfApi) -> None:
    pushed = _push(revision="v2/try", commit_message="Try it")
    repository = hub.repository("model", "org/toy")
    assert repository.commit_at("v2/try").oid == pushed.commit
    assert repository.commit_at("v2/try").title == "Try it"
    assert list(repository.commit_at("main").files) == [".gitattributes"]
    assert _push(revision="v2/try").sent == {}


def test_a_dry_run_writes_the_exact_folder_and_asks_nobody(
    hub: HubServer, api: HfApi, tmp_path: Path
) -> None:
    pushed = _push(dry_run=tmp_path / "dry")
    written = {
        p.relative_to(tmp_path / "dry").as_posix(): p.read_bytes()
        for p in (tmp_path / "dry").rglob("*")
        if p.is_file()
    }
    assert written == FILES
    assert (pushed.commit, pushed.folder) == (None, str(tmp_path / "dry"))
    assert hub.seen == []
    with pytest.raises(SettingError, match="absent or empty"):
        _push(dry_run=tmp_path / "dry")


def test_a_server_without_codes_of_errors_will_do(hub: HubServer, api: HfApi) -> None:
    hub.fail("GET", "/api/models/org/toy$", 404)
    hub.fail("GET", "/revision/", 404)
    pushed = _push(revision="v2")
    assert hub.repository("model", "org/toy").commit_at("v2").oid == pushed.commit


def test_private_is_not_silently_public(hub: HubServer, api: HfApi) -> None:
    api.create_repo("org/toy")
    with pytest.raises(SettingError, match="is there already and public; nothing was sent"):
        _push(private=True)
    assert list(hub.repository("model", "org/toy").commit_at("main").files) == [".gitattributes"]


@pytest.mark.parametrize(
    ("token", "message"),
    [
        (False, "status 401 .*the Hub does not accept the token, or none was sent. Log in with"),
        ("hf_wrong", "status 401 .*does not accept the token"),
        (READER.token, "status 403 .*has no right to write to 'org'"),
        (STRANGER.token, "status 403 .*has no right to write to 'org'"),
    ],
)
def test_who_may_not_write_is_told_what_to_do(
    hub: HubServer, api: HfApi, token: str | bool, message: str
) -> None:
    with pytest.raises(HubError, match=message):
        _push(token=token)
    assert hub.store.repositories == {}


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (("POST", "/repos/create", 402), "'org' has no plan that allows this"),
        (("POST", "/commit/", 404), "Check --repo_id and --revision"),
        (("POST", "/commit/", 409), "another operation on the repository is under way"),
        (("POST", "/commit/", 412), "somebody else committed in the meantime"),
        (("POST", "/commit/", 413), "smaller shards"),
        (("POST", "/commit/", 503), "the Hub failed with status 503 .*Try later"),
        (("POST", "/commit/", 0), "the connection to http://.* failed: .*Check the network"),
        (("PUT", "/upload/", 403), "Error while uploading 'model.safetensors'.*status 403"),
        (("POST", "/validate-yaml", 400), "does not accept the card of org/toy"),
        (("GET", "/tree/", 403), "status 403"),
    ],
)
def test_after_a_fault_a_second_try_completes_the_first(
    hub: HubServer, api: HfApi, fault: tuple[str, str, int], message: str
) -> None:
    hub.fail(*fault)
    with pytest.raises((HubError, SettingError), match=f"(?s){message}") as error:
        _push()
    assert WRITER.token not in str(error.value)
    repository = hub.store.repositories.get(("model", "org/toy"))
    assert repository is None or list(repository.commit_at("main").files) == [".gitattributes"]
    hub.faults.clear()
    pushed = _push()
    assert sorted(pushed.sent) == sorted(FILES)
    assert hub.repository("model", "org/toy").commit_at("main").oid == pushed.commit


ODD_ANSWERS = ("<html>please log in</html>", "[]", "5", "null", '{"a": 1}', '{"lastModified": "x"}')


@pytest.mark.parametrize("body", ODD_ANSWERS)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/models/org/toy$"),
        ("POST", "/api/repos/create"),
        ("GET", "/tree/"),
        ("POST", "/preupload/"),
        ("POST", "/objects/batch"),
        ("POST", "/commit/"),
    ],
)
def test_a_good_answer_of_another_shape_is_one_line(
    hub: HubServer, api: HfApi, method: str, path: str, body: str
) -> None:
    if path == "/tree/":
        _push({"config.json": b"{}"})
    hub.fail(method, path, 200, times=1000, body=body)
    try:
        _push()
    except (HubError, SettingError) as error:
        assert "org/toy" in str(error)  # noqa: PT017 - some shapes are near enough to go on
        assert WRITER.token not in str(error)  # noqa: PT017
    hub.faults.clear()
    assert _push().commit == hub.repository("model", "org/toy").commit_at("main").oid


def test_what_arrived_before_a_fault_is_not_sent_twice(hub: HubServer, api: HfApi) -> None:
    hub.fail("POST", "/commit/", 503)
    with pytest.raises(HubError):
        _push()
    hub.seen.clear()
    _push()
    assert not [seen for seen in hub.seen if seen.method == "PUT"]


def test_a_commit_whose_answer_was_lost_is_not_made_twice(hub: HubServer, api: HfApi) -> None:
    hub.fail("POST", "/commit/", 0, after=True)
    with pytest.raises(HubError, match="the connection"):
        _push()
    pushed = _push()
    assert (pushed.sent, len(pushed.unchanged)) == ({}, 3)
    head = hub.repository("model", "org/toy").commit_at("main")
    assert head.oid == pushed.commit
    assert head.parent is not None
    assert head.parent.title == "initial commit"


def test_too_many_requests_are_waited_for(hub: HubServer, api: HfApi) -> None:
    hub.fail("POST", "/preupload/", 429, times=2, headers={"Retry-After": "0"})
    assert len(_push().sent) == 3


def test_too_many_requests_in_the_end_say_how_long(hub: HubServer, api: HfApi) -> None:
    hub.fail("POST", "/commit/", 429, headers={"Retry-After": "77"})
    with pytest.raises(HubError, match="asks for 77 seconds of patience"):
        _push()


def test_a_commit_in_between_stops_the_push(hub: HubServer, api: HfApi) -> None:
    _push()
    add = [CommitOperationAdd("config.json", b"{} ")]
    hub.fail(
        "POST",
        "/preupload/",
        0,
        meanwhile=lambda: api.create_commit("org/toy", add, commit_message="theirs"),
    )
    with pytest.raises(HubError, match="somebody else committed in the meantime"):
        _push({**FILES, "config.json": b"[]"})
    assert hub.text("model", "org/toy", "config.json") == "{} "


def test_success_is_what_the_hub_holds(hub: HubServer, api: HfApi) -> None:
    answer = '{"commitOid": "%s", "commitUrl": "https://huggingface.co/org/toy/commit/1"}'
    api.create_repo("org/toy")
    head = hub.repository("model", "org/toy").commit_at("main").oid
    hub.fail("POST", "/commit/", 200, body=answer % head)
    with pytest.raises(HubError, match=r"does not hold what was sent: README.md, config.json"):
        _push()


def test_a_server_may_name_contents_in_its_own_way(hub: HubServer, api: HfApi) -> None:
    odd = [
        {"type": "file", "path": path, "size": len(content), "oid": f"own-{i}"}
        for i, (path, content) in enumerate(FILES.items())
        if isinstance(content, bytes)
    ]
    hub.fail("GET", "/tree/", 200, times=2, body=json.dumps(odd))
    assert sorted(_push().sent) == sorted(FILES)


def test_a_token_in_a_file_is_not_published(hub: HubServer, api: HfApi) -> None:
    leaky = f'{{"hub_token": "{WRITER.token}"}}'.encode()
    with pytest.raises(SettingError, match=r"config.json holds your Hub token") as error:
        _push({**FILES, "config.json": leaky})
    assert WRITER.token not in str(error.value)
    assert hub.seen == []


def test_a_token_that_the_server_repeats_is_not_shown(hub: HubServer, api: HfApi) -> None:
    hub.fail("POST", "/commit/", 403, message=f"no rights for {WRITER.token}")
    with pytest.raises(HubError, match="no rights for <token>") as error:
        _push()
    assert error.value.__cause__ is None
    assert WRITER.token not in repr(Target("org/toy", token=WRITER.token))


def test_an_unreachable_hub_is_named(
    hub: HubServer, api: HfApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(HubError, match=r"the connection to http://127.0.0.1:9 failed"):
        _push()


def test_offline_says_how_to_go_online(
    hub: HubServer, api: HfApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(HubError, match="HF_HUB_OFFLINE is set"):
        _push()
