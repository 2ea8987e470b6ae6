"""The demo under load: fifty users for a minute, while others send it whatever they like.

    python benchmarks/demo_load.py --output benchmarks/results/demo_load.json

Each user asks, reads the answer for a second and asks again. What the hostile ones send is refused
or left hanging; every honest request has to be answered with entities.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import socket
import statistics
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from demo import SENTENCE, ask, serve
from harness import describe_machine
from material import TYPES, make_tagger

#: Bodies that no visitor's page sends.
BODIES = (
    b"", b"\xff\xfe", b"[" * 100_000, b'{"data": ' + b"[" * 50_000, b'{"text": 5}',
    b'{"text": "\\ud800"}', b'{"text": ' + b"9" * 6000 + b"}", b'{"__class__": 1}',
    b'{"data": [{"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}]}',
    b'{"text": "' + b"a" * 3_000_000 + b'"}', b"\0" * 1_000_000, b'{"fn_index": 1e999}',
    b'{"data": ["a"], "fn_index": 0, "session_hash": "../../x"}',
)  # fmt: skip
PATHS = ("call/v2/tag", "call/v2/check", "call/tag_file", "queue/join", "cancel", "upload", "proxy")


def main() -> int:
    """Run, and print figures as JSON; 1 where an honest request was not answered."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--hostile", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--output", type=Path, help="write the JSON here as well")
    options = parser.parse_args()
    machine = describe_machine()
    with TemporaryDirectory() as folder:
        make_tagger(Path(folder), TYPES)
        with serve(folder) as url:
            found = measure(url, options.users, options.hostile, options.seconds)
    text = json.dumps({"machine": machine, **found}, indent=1)
    print(text)
    if options.output:
        options.output.write_text(text + "\n", encoding="utf-8")
    return 1 if found["not answered"] else 0


def measure(url: str, users: int, hostile: int, seconds: float) -> dict[str, Any]:
    """Milliseconds of honest requests, what became of the others, and MiB of the demo."""
    ask(url)
    before = memory_of_demo()
    stop = time.monotonic() + seconds
    waited: list[float] = []
    failed: list[str] = []
    outcomes: Counter[str] = Counter()

    def use() -> None:
        time.sleep(random.random())
        while time.monotonic() < stop:
            try:
                waited.append(ask(url)["total"])
            except Exception as error:
                failed.append(repr(error))
            time.sleep(1)

    def attack() -> None:
        chance = random.Random(threading.get_ident())
        while time.monotonic() < stop:
            outcomes[send(url, chance)] += 1
            time.sleep(0.05)

    threads = [threading.Thread(target=use) for _ in range(users)]
    threads += [threading.Thread(target=attack) for _ in range(hostile)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ask(url)
    waited.sort()
    return {
        "users": users,
        "seconds": seconds,
        "words": len(SENTENCE.split()),
        "answered": len(waited),
        "not answered": len(failed),
        "why": sorted(set(failed))[:5],
        "p50 ms": round(statistics.median(waited), 1) if waited else None,
        "p95 ms": round(waited[int(0.95 * (len(waited) - 1))], 1) if waited else None,
        "hostile": dict(outcomes.most_common()),
        "memory before, MiB": before,
        "memory after, MiB": memory_of_demo(),
    }


def send(url: str, chance: random.Random) -> str:
    """One hostile request, and what became of it."""
    body, path = chance.choice(BODIES), chance.choice(PATHS)
    if chance.random() < 0.2:  # a request that is never finished
        address = urlsplit(url)
        with socket.create_connection((address.hostname, address.port), timeout=10) as half:
            half.sendall(f"POST /gradio_api/{path} HTTP/1.1\r\nHost: loc".encode())
        return "left half-sent"
    request = urllib.request.Request(
        f"{url}/gradio_api/{path}", body, {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return f"status {answer.status}"
    except urllib.error.HTTPError as error:
        return f"status {error.code}"
    except OSError as error:
        return type(error).__name__


def memory_of_demo() -> int:
    """Resident MiB of the process that this one started."""
    for path in Path("/proc").glob("[0-9]*/status"):
        try:
            lines = dict(line.split(":", 1) for line in path.read_text().splitlines())
        except OSError:  # it has ended meanwhile
            continue
        if int(lines["PPid"]) == os.getpid() and "VmRSS" in lines:
            return int(lines["VmRSS"].split()[0]) >> 10
    return 0


if __name__ == "__main__":
    sys.exit(main())
