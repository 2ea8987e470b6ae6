"""Requests and responses as plain values, apart from sockets."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


class HubError(Exception):
    """An answer that is an error: its status, message and the code in `X-Error-Code`."""

    def __init__(
        self,
        status: int,
        message: str,
        code: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code
        self.headers, self.more = dict(headers or {}), dict(more or {})

    def response(self) -> Response:
        headers = {"X-Error-Message": self.message, **self.headers}
        if self.code:
            headers["X-Error-Code"] = self.code
        return json_response({"error": self.message, **self.more}, self.status, headers)


@dataclass(frozen=True)
class Request:
    """One request; header names are in lower case, the body is read."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The path, still percent-encoded."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        found = parse_qs(urlsplit(self.target).query, keep_blank_values=True)
        return {name: values[-1] for name, values in found.items()}

    def json(self) -> Any:
        try:
            return json.loads(self.body or b"{}")
        except ValueError as error:
            raise HubError(400, f"Invalid JSON body: {error}") from error

    def fields(self) -> dict[str, list[str]]:
        """A body of JSON or of a form, each field a list of strings."""
        if "json" in self.headers.get("content-type", ""):
            given = self.json()
            return {
                name: [str(v) for v in value] if isinstance(value, list) else [str(value)]
                for name, value in given.items()
            }
        return parse_qs(self.body.decode(), keep_blank_values=True)


@dataclass
class Response:
    """One response; a body that is a path is sent from the file."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | Path = b""
    start: int = 0
    length: int | None = None


def json_response(
    value: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    found = {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
    return Response(status, found, json.dumps(value).encode())


def file_response(
    request: Request, path: Path, headers: Mapping[str, str], content_type: str
) -> Response:
    """A file, or the range of it that was asked for (RFC 9110, one range)."""
    size = path.stat().st_size
    found = {"Content-Type": content_type, "Accept-Ranges": "bytes", **headers}
    asked = request.headers.get("range")
    if asked is None:
        return Response(200, found, path, 0, size)
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", asked.strip())
    if match is None or not any(match.groups()):
        raise HubError(416, "Range not satisfiable", headers={"Content-Range": f"bytes */{size}"})
    first, last = match.groups()
    if first:
        start, end = int(first), min(int(last or size - 1), size - 1)
    else:
        start, end = max(0, size - int(last)), size - 1
    if start > end:
        raise HubError(416, "Range not satisfiable", headers={"Content-Range": f"bytes */{size}"})
    found["Content-Range"] = f"bytes {start}-{end}/{size}"
    return Response(206, found, path, start, end - start + 1)


def unquoted(match: re.Match[str]) -> list[str]:
    """The groups of a matched path, decoded; an absent one is empty."""
    return [unquote(group or "") for group in match.groups()]
