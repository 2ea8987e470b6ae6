"""Routes of LFS: what to upload where, the uploads themselves, and their verification."""

from __future__ import annotations

import hashlib
from math import ceil
from typing import Any

from hub_server.exchange import HubError, Response, file_response, json_response
from hub_server.routing import Call, route
from hub_server.store import Repository


@route("POST", r"/(datasets/|spaces/)?([^/]+/[^/]+)\.git/info/lfs/objects/batch")
def batch(call: Call) -> Response:
    """For each object: nothing when it is there already, else where to upload it."""
    kind, name = call.parts
    repository = call.repository(kind or "models", name, write=True)
    given = call.request.json()
    multipart = "multipart" in given.get("transfers", [])
    objects = [_instructions(call, repository, each, multipart) for each in given["objects"]]
    return json_response({"transfer": "basic", "objects": objects})


def _instructions(
    call: Call, repository: Repository, wanted: dict[str, Any], multipart: bool
) -> dict[str, Any]:
    oid, size = wanted["oid"], int(wanted["size"])
    answer: dict[str, Any] = {"oid": oid, "size": size}
    if oid in repository.lfs_objects:
        return answer
    where = f"{repository.kind}/{repository.name}/{oid}"
    if multipart and size > call.multipart_from:
        parts = range(1, ceil(size / call.multipart_from) + 1)
        header = {f"{n:05d}": f"{call.storage_url}/parts/{oid}/{n}" for n in parts}
        upload = {
            "href": f"{call.hub_url}/lfs/complete/{where}",
            "header": {"chunk_size": str(call.multipart_from), **header},
        }
    else:
        upload = {"href": f"{call.storage_url}/upload/{where}?signature=of-the-hub"}
    verify = {"href": f"{call.hub_url}/lfs/verify/{where}"}
    return {**answer, "authenticated": True, "actions": {"upload": upload, "verify": verify}}


@route("PUT", r"/upload/([^/]+)/([^/]+/[^/]+)/([0-9a-f]{64})")
def upload(call: Call) -> Response:
    kind, name, oid = call.parts
    _keep(call, call.store.repositories[kind, name], oid, call.request.body)
    return Response(200, {"ETag": f'"{oid[:32]}"'})


@route("PUT", r"/parts/([0-9a-f]{64})/(\d+)")
def upload_part(call: Call) -> Response:
    oid, number = call.parts
    (call.store.folder / "parts" / f"{oid}-{int(number):05d}").write_bytes(call.request.body)
    etag = hashlib.md5(call.request.body, usedforsecurity=False).hexdigest()
    return Response(200, {"ETag": f'"{etag}"'})


@route("POST", r"/lfs/complete/([^/]+)/([^/]+/[^/]+)/([0-9a-f]{64})")
def complete(call: Call) -> Response:
    """Put the parts together in the order of their numbers, each known by its ETag."""
    kind, name, oid = call.parts
    data = b""
    for part in sorted(call.request.json()["parts"], key=lambda p: int(p["partNumber"])):
        path = call.store.folder / "parts" / f"{oid}-{int(part['partNumber']):05d}"
        if not path.is_file():
            raise HubError(400, f"part {part['partNumber']} was never uploaded")
        own = path.read_bytes()
        etag = hashlib.md5(own, usedforsecurity=False).hexdigest()
        if part["etag"].strip('"') != etag:
            raise HubError(400, f"part {part['partNumber']} has another ETag")
        data += own
    _keep(call, call.store.repositories[kind, name], oid, data)
    return json_response({"success": True})


@route("POST", r"/lfs/verify/([^/]+)/([^/]+/[^/]+)/([0-9a-f]{64})")
def verify(call: Call) -> Response:
    kind, name, oid = call.parts
    repository = call.repository(f"{kind}s", name, write=True)
    given = call.request.json()
    if given["oid"] != oid or oid not in repository.lfs_objects:
        raise HubError(404, "Object does not exist")
    if call.store.content(oid).stat().st_size != int(given["size"]):
        raise HubError(422, "Object has another size")
    return json_response({})


@route("GET", r"/objects/([0-9a-f]{64})")
def download(call: Call) -> Response:
    """What a redirect of the Hub points at; a token has no business here."""
    if "signature" not in call.request.query:
        raise HubError(403, "The address is not signed")
    oid = call.parts[0]
    headers = {"ETag": f'"{oid[:32]}"'}
    return file_response(call.request, call.store.content(oid), headers, "application/octet-stream")


def _keep(call: Call, repository: Repository, oid: str, data: bytes) -> None:
    if hashlib.sha256(data).hexdigest() != oid:
        raise HubError(400, "The content is not what its SHA-256 announced")
    call.store.keep(data)
    with call.store.lock:
        repository.lfs_objects.add(oid)
