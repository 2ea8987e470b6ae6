"""Routes about files: what will be uploaded how, commits, listings, downloads."""

from __future__ import annotations

import base64
import binascii
import json
import mimetypes
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

from hub_server.exchange import HubError, Response, file_response, json_response
from hub_server.routing import Call, route
from hub_server.store import Commit, Repository, StoredFile, folder_oid, make_commit, pointer

_REPO = r"/api/(models|datasets|spaces)/([^/]+/[^/]+)"


@route("POST", _REPO + r"/preupload/([^/]+)")
def preupload(call: Call) -> Response:
    """For each file: regular or LFS, and the identity of what is there already."""
    kind, name, revision = call.parts
    commit = call.repository(kind, name, write=True).commit_at(revision)
    answers = []
    for given in call.request.json()["files"]:
        path, size = given["path"], int(given["size"])
        lfs = call.store.is_lfs(commit, path, size, base64.b64decode(given.get("sample") or ""))
        answer: dict[str, Any] = {"path": path, "shouldIgnore": False}
        answer["uploadMode"] = "lfs" if lfs else "regular"
        if (there := commit.files.get(path)) is not None:
            answer["oid"] = there.etag
        answers.append(answer)
    return json_response({"commitOid": commit.oid, "files": answers})


@route("POST", _REPO + r"/commit/([^/]+)")
def commit(call: Call) -> Response:
    """All operations of a commit, or none of them."""
    kind, name, branch = call.parts
    repository = call.repository(kind, name, write=True)
    if call.request.query.get("create_pr"):
        raise HubError(501, "This server knows no pull requests")
    header, operations = _read_operations(call.request.body)
    with call.store.lock:
        if branch not in repository.branches:
            raise HubError(404, f"Invalid rev id: {branch}", "RevisionNotFound")
        parent = repository.branches[branch]
        if header.get("parentCommit") not in (None, parent.oid):
            raise HubError(412, "A commit has happened since. Please refresh and try again.")
        files = dict(parent.files)
        for operation, value in operations:
            _apply(call, repository, files, operation, value)
        author = call.account.name if call.account else ""
        made = make_commit(
            parent, header["summary"], header.get("description") or "", author, files
        )
        repository.branches[branch] = made
    return json_response(
        {
            "success": True,
            "commitOid": made.oid,
            "commitUrl": f"{call.hub_url}/{repository.prefix}/commit/{made.oid}",
            "hookOutput": "",
        }
    )


def _read_operations(body: bytes) -> tuple[dict[str, Any], list[tuple[str, dict[str, Any]]]]:
    try:
        lines = [json.loads(line) for line in body.splitlines() if line.strip()]
        found = [(str(line["key"]), line["value"]) for line in lines]
    except (ValueError, KeyError, TypeError) as error:
        raise HubError(400, f"Invalid NDJSON: {error!r}") from error
    if not found or found[0][0] != "header" or not found[0][1].get("summary"):
        raise HubError(400, "The first line must be a header with a summary")
    return found[0][1], found[1:]


def _apply(
    call: Call,
    repository: Repository,
    files: dict[str, StoredFile],
    operation: str,
    value: dict[str, Any],
) -> None:
    path = value.get("path") or value.get("srcPath") or ""
    if not path or path.startswith("/") or ".." in path.split("/"):
        raise HubError(400, f"Invalid path: {path!r}")
    if operation == "file":
        try:
            data = base64.b64decode(value["content"], validate=True)
        except binascii.Error as error:
            raise HubError(400, f"{path}: content is not base64") from error
        files[path] = call.store.regular_file(path, data)
    elif operation == "lfsFile":
        if value["oid"] not in repository.lfs_objects:
            raise HubError(
                400, f"LFS pointer pointed to a file that does not exist: {path} ({value['oid']})"
            )
        files[path] = call.store.lfs_file(path, value["oid"])
    elif operation == "deletedFile":
        if files.pop(path, None) is None:
            raise HubError(404, f"A file with this name doesn't exist: {path}", "EntryNotFound")
    elif operation == "deletedFolder":
        below = [known for known in files if known.startswith(f"{path.rstrip('/')}/")]
        if not below:
            raise HubError(404, f"A folder with this name doesn't exist: {path}", "EntryNotFound")
        for known in below:
            del files[known]
    else:
        raise HubError(400, f"Unknown operation: {operation}")


@route("GET", _REPO + r"/tree/([^/]+)(?:/(.*))?")
def tree(call: Call) -> Response:
    """Files and folders, page by page, as `Link: <…>; rel="next"` says."""
    kind, name, revision, folder = call.parts
    commit = call.repository(kind, name).commit_at(revision)
    query = call.request.query
    recursive = query.get("recursive", "").lower() == "true"
    entries = list(_entries(commit, folder.strip("/"), recursive=recursive))
    if folder and not entries:
        raise HubError(
            404,
            f"{folder} does not exist on {revision!r}",
            "EntryNotFound",
            headers={"X-Repo-Commit": commit.oid},
        )
    if query.get("expand", "").lower() == "true":
        entries = [_expanded(entry, commit) for entry in entries]
    start, size = int(query.get("cursor") or 0), int(query.get("limit") or call.page_size)
    headers = {}
    if start + size < len(entries):
        following = urlencode({**query, "cursor": start + size})
        headers["Link"] = f'<{call.hub_url}{call.request.path}?{following}>; rel="next"'
    return json_response(entries[start : start + size], headers=headers)


@route("POST", _REPO + r"/paths-info/([^/]+)")
def paths_info(call: Call) -> Response:
    kind, name, revision = call.parts
    commit = call.repository(kind, name).commit_at(revision)
    given = call.request.fields()
    found = []
    for path in (path.strip("/") for path in given.get("paths", [])):
        if path in commit.files:
            found.append(_file_entry(commit.files[path]))
        elif any(known.startswith(f"{path}/") for known in commit.files):
            found.append(_folder_entry(commit, path))
    if given.get("expand", [""])[0].lower() == "true":
        found = [_expanded(entry, commit) for entry in found]
    return json_response(found)


def _entries(commit: Commit, folder: str, *, recursive: bool) -> Iterator[dict[str, Any]]:
    inside = f"{folder}/" if folder else ""
    seen: set[str] = set()
    for path, file in sorted(commit.files.items()):
        if not path.startswith(inside):
            continue
        *parents, _ = path.removeprefix(inside).split("/")
        for depth in range(1, (len(parents) if recursive else min(1, len(parents))) + 1):
            parent = inside + "/".join(parents[:depth])
            if parent not in seen:
                seen.add(parent)
                yield _folder_entry(commit, parent)
        if recursive or not parents:
            yield _file_entry(file)


def _file_entry(file: StoredFile) -> dict[str, Any]:
    entry: dict[str, Any] = {"type": "file", "oid": file.oid, "size": file.size, "path": file.path}
    if file.lfs:
        length = len(pointer(file.sha256, file.size))
        entry["lfs"] = {"oid": file.sha256, "size": file.size, "pointerSize": length}
    return entry


def _folder_entry(commit: Commit, path: str) -> dict[str, Any]:
    return {"type": "directory", "oid": folder_oid(commit.files, path), "size": 0, "path": path}


def _expanded(entry: dict[str, Any], commit: Commit) -> dict[str, Any]:
    last = commit
    while last.parent is not None and _same_in(entry, last.parent):
        last = last.parent
    entry["lastCommit"] = {"id": last.oid, "title": last.title, "date": last.date}
    if entry["type"] == "file":
        scan = {"avScan": None, "pickleImportScan": None}
        entry["securityFileStatus"] = {"status": "unscanned", **scan}
    return entry


def _same_in(entry: dict[str, Any], commit: Commit) -> bool:
    if entry["type"] == "directory":
        return bool(folder_oid(commit.files, entry["path"]) == entry["oid"])
    known = commit.files.get(entry["path"])
    return known is not None and known.oid == entry["oid"]


@route("GET", r"/(datasets/|spaces/)?([^/]+/[^/]+)/(resolve|raw)/([^/]+)/(.+)")
def resolve(call: Call) -> Response:
    """A file; what LFS keeps is behind a redirect to another origin, as on the real Hub."""
    kind, name, how, revision, path = call.parts
    repository = call.repository(kind or "models", name)
    commit = repository.commit_at(revision)
    file = commit.files.get(path)
    headers = {"X-Repo-Commit": commit.oid}
    if file is None:
        raise HubError(404, "Entry not found", "EntryNotFound", headers=headers)
    if file.lfs and how == "raw":
        text = pointer(file.sha256, file.size)
        return Response(200, {"Content-Type": "text/plain", **headers}, text)
    if file.lfs:
        signed = f"{call.storage_url}/objects/{file.sha256}?signature=of-the-hub"
        headers |= {
            "Location": signed,
            "X-Linked-ETag": f'"{file.etag}"',
            "X-Linked-Size": str(file.size),
        }
        return Response(302, headers, b"Found. Redirecting")
    headers |= {
        "ETag": f'"{file.etag}"',
        "Content-Disposition": f"inline; filename*=UTF-8''{quote(path.rpartition('/')[2])}",
    }
    content_type = mimetypes.guess_type(path)[0] or "application/octet-stream"
    return file_response(call.request, call.store.content(file.sha256), headers, content_type)
