"""Routes about repositories as wholes: create, move, delete, information, references, accounts."""

from __future__ import annotations

from typing import Any

import yaml

from hub_server.accounts import require_write
from hub_server.exchange import HubError, Response, json_response
from hub_server.routing import Call, route
from hub_server.store import PLURALS, Commit, Repository, pointer

_REPO = r"/api/(models|datasets|spaces)/([^/]+/[^/]+)"


@route("GET", r"/api/whoami-v2")
def whoami(call: Call) -> Response:
    account = call.account
    if account is None:
        raise HubError(401, "Invalid username or password.")
    return json_response(
        {
            "type": "user",
            "id": f"id-of-{account.name}",
            "name": account.name,
            "fullname": account.name,
            "isPro": False,
            "avatarUrl": "",
            "orgs": [{"type": "org", "id": n, "name": n} for n in account.organisations],
            "auth": {
                "type": "access_token",
                "accessToken": {"displayName": "test", "role": account.role},
            },
        }
    )


@route("POST", r"/api/validate-yaml")
def validate_yaml(call: Call) -> Response:
    """The front matter of a card: YAML, a mapping, and what the Hub insists on."""
    given = call.request.json()
    content, kind = str(given.get("content", "")), given.get("repoType")
    front = _front_matter(content)
    if front is None:
        message = "empty or missing yaml metadata in repo card"
        return json_response({"errors": [], "warnings": [{"message": message}]})
    try:
        data = yaml.safe_load(front)
    except yaml.YAMLError as error:
        return json_response({"errors": [{"message": f"Invalid YAML: {error}"}]}, 400)
    errors = []
    if not isinstance(data, dict):
        errors.append('"the front matter" must be of type object')
    else:
        errors += [
            f'"{name}" is not allowed to be empty'
            for name in ("license", "language", "datasets", "base_model")
            if name in data and data[name] in (None, "", [])
        ]
        if kind == "space" and "sdk" not in data:
            errors.append('"sdk" is required')
    found = {"errors": [{"message": message} for message in errors], "warnings": []}
    return json_response(found, 400 if errors else 200)


@route("POST", r"/api/repos/create")
def create(call: Call) -> Response:
    given = call.request.json()
    account = call.account
    namespace = given.get("organization") or (account.name if account else "")
    account = require_write(account, namespace)
    kind, name = given.get("type") or "model", f"{namespace}/{given['name']}"
    private = bool(given.get("private")) or given.get("visibility") == "private"
    if kind not in PLURALS:
        raise HubError(400, f"type must be one of {list(PLURALS)}")
    if kind == "space" and not given.get("sdk"):
        raise HubError(400, '"sdk" is required')
    with call.store.lock:
        known = call.store.repositories.get((kind, name))
        found = known or call.store.create(kind, name, private=private, sdk=given.get("sdk"))
    answer = {"url": f"{call.hub_url}/{found.prefix}", "name": name, "id": f"id-of-{name}"}
    if known:
        raise HubError(409, f"You already created this {kind} repo: {name}", more=answer)
    return json_response(answer)


@route("POST", r"/api/repos/move")
def move(call: Call) -> Response:
    given = call.request.json()
    kind = given.get("type") or "model"
    repository = call.repository(PLURALS[kind], given["fromRepo"], write=True)
    require_write(call.account, given["toRepo"].partition("/")[0])
    with call.store.lock:
        del call.store.repositories[kind, repository.name]
        call.store.moved[kind, repository.name] = given["toRepo"]
        repository.name = given["toRepo"]
        call.store.repositories[kind, repository.name] = repository
    return json_response({})


@route("DELETE", r"/api/repos/delete")
def delete(call: Call) -> Response:
    given = call.request.json()
    kind = given.get("type") or "model"
    namespace = given.get("organization") or (call.account.name if call.account else "")
    repository = call.repository(PLURALS[kind], f"{namespace}/{given['name']}", write=True)
    with call.store.lock:
        del call.store.repositories[kind, repository.name]
    return json_response({})


@route("GET", _REPO)
@route("GET", _REPO + r"/revision/([^/]+)")
def info(call: Call) -> Response:
    kind, name, *rest = call.parts
    repository = call.repository(kind, name)
    commit = repository.commit_at(rest[0] if rest else "main")
    return json_response(_describe(call, repository, commit))


@route("PUT", _REPO + r"/settings")
def settings(call: Call) -> Response:
    repository = call.repository(*call.parts, write=True)
    given = call.request.json()
    if "private" in given:
        repository.private = bool(given["private"])
    if "visibility" in given:
        repository.private = given["visibility"] == "private"
    return json_response({"private": repository.private})


@route("GET", _REPO + r"/auth-check(/write)?")
def auth_check(call: Call) -> Response:
    kind, name, write = call.parts
    call.repository(kind, name, write=bool(write))
    return json_response({})


@route("GET", _REPO + r"/refs")
def references(call: Call) -> Response:
    repository = call.repository(*call.parts)

    def listed(commits: dict[str, Commit], where: str) -> list[dict[str, str]]:
        return [
            {"name": name, "ref": f"refs/{where}/{name}", "targetCommit": commit.oid}
            for name, commit in commits.items()
        ]

    return json_response(
        {
            "branches": listed(repository.branches, "heads"),
            "tags": listed(repository.tags, "tags"),
            "converts": [],
            "pullRequests": [],
        }
    )


@route("GET", _REPO + r"/commits/([^/]+)")
def commits(call: Call) -> Response:
    kind, name, revision = call.parts
    commit: Commit | None = call.repository(kind, name).commit_at(revision)
    found = []
    while commit is not None:
        found.append(
            {
                "id": commit.oid,
                "title": commit.title,
                "message": commit.description,
                "date": commit.date,
                "authors": [{"user": commit.author}],
            }
        )
        commit = commit.parent
    return json_response(found, headers={"X-Total-Count": str(len(found))})


@route("POST", _REPO + r"/branch/([^/]+)")
def create_branch(call: Call) -> Response:
    kind, name, branch = call.parts
    repository = call.repository(kind, name, write=True)
    start = call.request.json().get("startingPoint") or "main"
    with call.store.lock:
        if branch in repository.branches:
            raise HubError(409, f"Reference already exists: {branch}")
        repository.branches[branch] = repository.commit_at(start)
    return json_response({})


@route("DELETE", _REPO + r"/branch/([^/]+)")
def delete_branch(call: Call) -> Response:
    kind, name, branch = call.parts
    repository = call.repository(kind, name, write=True)
    if repository.branches.pop(branch, None) is None:
        raise HubError(404, f"Invalid rev id: {branch}", "RevisionNotFound")
    return json_response({})


@route("POST", _REPO + r"/tag/([^/]+)")
def create_tag(call: Call) -> Response:
    kind, name, revision = call.parts
    repository = call.repository(kind, name, write=True)
    tag = call.request.json()["tag"]
    with call.store.lock:
        if tag in repository.tags:
            raise HubError(409, f"Tag reference exists already: {tag}")
        repository.tags[tag] = repository.commit_at(revision)
    return json_response({})


@route("DELETE", _REPO + r"/tag/([^/]+)")
def delete_tag(call: Call) -> Response:
    kind, name, tag = call.parts
    repository = call.repository(kind, name, write=True)
    if repository.tags.pop(tag, None) is None:
        raise HubError(404, f"Invalid rev id: {tag}", "RevisionNotFound")
    return json_response({})


def _describe(call: Call, repository: Repository, commit: Commit) -> dict[str, Any]:
    siblings: list[dict[str, Any]] = []
    for path, file in sorted(commit.files.items()):
        sibling: dict[str, Any] = {"rfilename": path}
        if call.request.query.get("blobs"):
            sibling |= {"size": file.size, "blobId": file.oid}
            if file.lfs:
                length = len(pointer(file.sha256, file.size))
                sibling["lfs"] = {"sha256": file.sha256, "size": file.size, "pointerSize": length}
        siblings.append(sibling)
    card = _card_data(call, commit)
    found: dict[str, Any] = {
        "_id": f"id-of-{repository.name}",
        "id": repository.name,
        "author": repository.namespace,
        "sha": commit.oid,
        "private": repository.private,
        "gated": False,
        "disabled": False,
        "likes": 0,
        "downloads": 0,
        "createdAt": repository.created,
        "lastModified": commit.date,
        "tags": [str(tag) for tag in card.get("tags") or []],
        "siblings": siblings,
    }
    if card:
        found["cardData"] = card
    if repository.kind == "model":
        found |= {"modelId": repository.name, "pipeline_tag": card.get("pipeline_tag")}
        found |= {"library_name": card.get("library_name")}
    if repository.kind == "space":
        found["sdk"] = repository.sdk
    return {name: value for name, value in found.items() if value is not None}


def _card_data(call: Call, commit: Commit) -> dict[str, Any]:
    readme = commit.files.get("README.md")
    front = _front_matter(call.store.content(readme.sha256).read_text()) if readme else None
    try:
        data = yaml.safe_load(front) if front else None
    except yaml.YAMLError:
        return {}
    return data if isinstance(data, dict) else {}


def _front_matter(text: str) -> str | None:
    parts = text.split("---\n", 2)
    return parts[1] if text.startswith("---\n") and len(parts) == 3 else None
