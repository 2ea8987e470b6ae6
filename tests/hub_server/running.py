"""The server as it runs: two origins, a thread for each request."""

from __future__ import annotations

import re
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import hub_server.files
import hub_server.large_files
import hub_server.repositories  # noqa: F401  (each fills the table of routes)
from hub_server.accounts import Account, find_account
from hub_server.exchange import HubError, Request, Response
from hub_server.faults import Fault, Faults, Seen
from hub_server.routing import Call, find_route
from hub_server.store import Repository, Store

_STORAGE = re.compile(r"/(objects|upload|parts)/.*")


class HubServer:
    """A Hub on loopback; use it as a context manager.

    Attributes:
        url: where the Hub is, for `HF_ENDPOINT`.
        storage_url: the other origin, where LFS contents are.
        seen: every request, in order of arrival.
    """

    def __init__(
        self,
        folder: Path,
        accounts: tuple[Account, ...],
        *,
        page_size: int = 1000,
        multipart_from: int = 20 * 2**20,
    ) -> None:
        self.accounts = accounts
        self.store = Store(folder)
        self.faults = Faults()
        self.seen: list[Seen] = []
        self.page_size, self.multipart_from = page_size, multipart_from
        self._servers = [self._listen("hub"), self._listen("storage")]
        self.url, self.storage_url = (
            f"http://127.0.0.1:{server.server_address[1]}" for server in self._servers
        )

    def __enter__(self) -> Self:
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def fail(self, method: str, path: str, status: int, **more: Any) -> None:
        """Let the next requests of a kind fail; see `Fault`."""
        self.faults.add(Fault(method, path, status, **more))

    def repository(self, kind: str, name: str) -> Repository:
        return self.store.repositories[kind, name]

    def text(self, kind: str, name: str, path: str, revision: str = "main") -> str:
        """A file of a repository, as text."""
        file = self.repository(kind, name).commit_at(revision).files[path]
        return self.store.content(file.sha256).read_text(encoding="utf-8")

    def answer(self, request: Request, origin: str) -> Response | None:
        """The response to a request; None where the connection is to be dropped."""
        fault = self.faults.meet(request)
        if fault is not None and fault.meanwhile is not None:
            fault.meanwhile()
            fault = None
        if fault is None:
            return self._answer(request, origin)
        if fault.after:
            self._answer(request, origin)
        return fault.response() if fault.status else None

    def _answer(self, request: Request, origin: str) -> Response:
        try:
            if (origin == "storage") != bool(_STORAGE.fullmatch(request.path)):
                raise HubError(404, f"Sorry, we can't find the page {request.path}")
            account = find_account(request.headers, self.accounts) if origin == "hub" else None
            answer, parts = find_route(request)
            return answer(
                Call(
                    request,
                    parts,
                    account,
                    self.store,
                    self.url,
                    self.storage_url,
                    self.page_size,
                    self.multipart_from,
                )
            )
        except HubError as error:
            return error.response()

    def _listen(self, origin: str) -> ThreadingHTTPServer:
        handler = type("Handler", (_Handler,), {"owner": self, "origin": origin})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        return server


class _Handler(BaseHTTPRequestHandler):
    """Bytes to `Request`, `Response` to bytes."""

    protocol_version = "HTTP/1.1"
    # A small answer must not wait for the acknowledgement of its headers.
    disable_nagle_algorithm = True
    owner: HubServer
    origin: str

    def _serve(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, self._read_body(headers))
        response = self.owner.answer(request, self.origin)
        token = headers.get("authorization", "")
        self.owner.seen.append(
            Seen(
                self.origin,
                request.method,
                request.target,
                token.removeprefix("Bearer "),
                len(request.body),
                response.status if response else 0,
            )
        )
        if response is None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        else:
            self._send(response)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815

    def _read_body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(headers.get("content-length") or 0))
        data = b""
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            data += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return data

    def _send(self, response: Response) -> None:
        body = response.body
        length = len(body) if isinstance(body, bytes) else response.length or 0
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value.replace("\n", " "))
        self.send_header("Content-Length", str(length))
        self.end_headers()
        if self.command == "HEAD":
            return
        if isinstance(body, bytes):
            self.wfile.write(body)
        else:
            with body.open("rb") as file:
                file.seek(response.start)
                self.wfile.write(file.read(length))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing: `seen` remembers."""
