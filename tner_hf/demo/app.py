"""The demo as a program. `tner-hf demo` runs it, and a Space holds this very file as its `app.py`.

As a program of its own it reads its settings from the `demo.json` beside it: the fields of
`DemoSettings`.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tner_hf.demo.server import build_app
from tner_hf.demo.settings import ANY_HOST, DemoSettings
from tner_hf.errors import SettingError

#: Names that Gradio's relay gives to what it opens to the world.
_RELAY = "*.gradio.live"

#: Connections that may wait to be accepted; so many are tried in a row when files run out.
_BACKLOG = 64


def serve(
    settings: DemoSettings,
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    share: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve the page until somebody ends the program.

    Args:
        settings: what the demo offers.
        host: address to listen on; `0.0.0.0` lets other machines in.
        port: 0 takes a free one.
        share: also open a public address, through Gradio's relay.
        say: told the addresses, once the page is there.
    """
    listening = listen(host, port)
    here = listening.getsockname()[1]
    if share:
        settings = replace(settings, allowed_hosts=(*settings.allowed_hosts, _RELAY))
    run(lambda: build_app(settings), listening, lambda: _announce(host, here, share=share, say=say))


def run(build: Callable[[], Any], listening: socket.socket, announce: Callable[[], None]) -> None:
    """Serve an application until somebody ends the program.

    Args:
        build: gives the application.
        listening: where it is served; closed at the end.
        announce: called once it is there, from a thread of its own.
    """
    with listening:
        app = build()
        import uvicorn

        from tner_hf.demo.connections import Connection

        # A warning of uvicorn's is a line that a stranger can have written at will.
        config = uvicorn.Config(
            app, http=Connection, ws="none", log_level="error", backlog=_BACKLOG,
            timeout_keep_alive=30, timeout_graceful_shutdown=3,
        )  # fmt: skip
        server = uvicorn.Server(config)
        threading.Thread(target=_announce_once, args=(server, announce), daemon=True).start()
        server.run(sockets=[listening])


def listen(host: str, port: int) -> socket.socket:
    """A socket that takes connections; port 0 takes a free one.

    Raises:
        SettingError: the address cannot be had.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise SettingError(
            f"--host {host} --port {port}: {os.strerror(error.errno or 0)}; "
            "--port 0 takes a free port"
        ) from error


def _announce_once(server: object, announce: Callable[[], None]) -> None:
    while not getattr(server, "started", False):
        time.sleep(0.05)
    announce()


def _announce(host: str, port: int, *, share: bool, say: Callable[[str], None]) -> None:
    say(f"http://{f'[{host}]' if ':' in host else host}:{port}")
    if share:
        from gradio.networking import setup_tunnel

        try:
            say(setup_tunnel("127.0.0.1", port, secrets.token_urlsafe(32), None, None))
        except Exception as error:  # the relay is somebody else's: the page is here all the same
            say(f"no public address: {error}")


def main() -> None:
    """Serve what `demo.json` says, where the environment says."""
    stored = json.loads(Path(__file__).with_name("demo.json").read_text(encoding="utf-8"))
    settings = DemoSettings.of(stored.pop("models"), stored)
    usual = "127.0.0.1"
    if "SPACE_ID" in os.environ:  # a container of its own, with a proxy before it that knows hosts
        usual = "0.0.0.0"  # noqa: S104
        settings = replace(settings, allowed_hosts=(ANY_HOST,))
    host = os.environ.get("GRADIO_SERVER_NAME", usual)
    serve(settings, host=host, port=int(os.environ.get("GRADIO_SERVER_PORT", "7860")))


if __name__ == "__main__":
    main()
