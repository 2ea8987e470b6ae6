"""`tner-hf` without the seconds that torch and transformers take to import: forks of one process.

The pages of the documentation run some ninety commands. Here each has a process, an environment, a
folder and standard streams of its own, as in a shell, but what it imports is there already. What
reads the environment while it is imported (the folders of the Hub's cache) is as it was when the
server was started. That the installed command starts by itself is for `test_wheel.py` to show.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

#: What commands import one way or another.
HEAVY = ("datasets", "pandas", "rich.table", "torch", "transformers.trainer", "tner_hf.cli")

#: Hands a command on and ends as it does; without site-packages it starts in no time.
CLIENT = """\
#!{python} -IS
import json, os, socket, sys
asked = {{"arguments": sys.argv[1:], "folder": os.getcwd(), "environment": dict(os.environ)}}
with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as server:
    server.connect({address!r})
    socket.send_fds(server, [json.dumps(asked).encode()], [0, 1, 2])
    sys.exit(int(server.recv(16) or 1) % 256)
"""


class CommandServer:
    """A process that forks for each command.

    Attributes:
        bin: the folder of a `tner-hf` that asks it.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.bin = folder / "bin"
        self.bin.mkdir()
        address, client = folder / "socket", self.bin / "tner-hf"
        client.write_text(CLIENT.format(python=sys.executable, address=str(address)))
        client.chmod(0o755)
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(address)], env=environment, stdout=subprocess.PIPE
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n", "the server did not start"

    def stop(self) -> None:
        """End the server."""
        self._process.kill()
        self._process.communicate()


def serve(address: str) -> None:
    """Fork for each connection, until killed."""
    for module in HEAVY:
        __import__(module)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as server:
        server.bind(address)
        server.listen()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that answer
        while True:
            connection, _ = server.accept()
            if not os.fork():
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                server.close()
                break
            connection.close()
    answer(connection)


def answer(connection: socket.socket) -> None:
    """Run the command in one more fork, and say how it ended."""
    message, streams, _, _ = socket.recv_fds(connection, 1 << 20, 3)
    asked = json.loads(message)
    if command := os.fork():
        _, status = os.waitpid(command, 0)
        connection.send(str(os.waitstatus_to_exitcode(status)).encode())
        os._exit(0)
    connection.close()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv[1:] = asked["arguments"]

    from tner_hf.cli import main

    sys.exit(main(sys.argv[1:]))


if __name__ == "__main__":
    serve(sys.argv[1])
