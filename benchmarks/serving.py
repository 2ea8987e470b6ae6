"""Requests a second of 64 clients: `RequestQueue` against a plain endpoint around stock's pipeline.

    python benchmarks/serving.py --output benchmarks/results/serving.json

Three servers of FastAPI and uvicorn run as processes of their own with the same weights: one whose
endpoint calls `transformers.pipeline("ner")` (a plain function, which FastAPI runs in its threads),
and two whose endpoint asks a `RequestQueue`, in fp32 and in int8. They are loaded in turns, so that
each ratio is of one minute. Clients send the next sentence when they have the answer to the last.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import material
from harness import describe_machine

STOCK, FP32, INT8 = "stock", "queue, fp32", "queue, int8"
TYPES = ("corporation", "group", "location", "person", "product", "work_of_art")


def main() -> int:
    """Measure, and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=10, help="of a turn")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--output", type=Path, help="write the JSON here as well")
    parser.add_argument("--serve", nargs=2, metavar=("WAY", "MODEL"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        return serve(*options.serve)
    found = measure(options.clients, options.seconds, options.turns)
    text = json.dumps(found, indent=1)
    print(text)
    if options.output:
        options.output.write_text(text + "\n", encoding="utf-8")
    return 0


def measure(clients: int, seconds: float, turns: int) -> dict[str, Any]:
    """Requests a second of each way in each turn, and the medians of the ratios."""
    from tner_hf.publishing.export import export_model

    machine = describe_machine()
    corpora = material.load_corpora(("wnut2017", "bc5cdr"), split="test")
    sentences = [s for each in corpora.values() for s in each[:500]]
    texts = [" ".join(words) for words, _ in sentences or material.draw_sentences(20_000)]
    rates: dict[str, list[float]] = {}
    delays: dict[str, list[float]] = {}
    work: dict[str, list[float]] = {}
    with TemporaryDirectory() as name, ExitStack() as held:
        folder = material.make_tagger(Path(name) / "tagger", TYPES)
        export_model(folder, int8=True, check=False)
        ways = {STOCK: folder, FP32: folder, INT8: folder / "onnx"}
        ports = {way: held.enter_context(start(way, model)) for way, model in ways.items()}
        for way, port in ports.items():  # warm
            asyncio.run(load(port, texts, clients, min(seconds, 2)))
            rates[way], delays[way], work[way] = [], [], []
        for turn in range(turns):
            for way in list(ports) if turn % 2 else list(ports)[::-1]:
                before = asyncio.run(read_clock(ports[way]))
                spent = asyncio.run(load(ports[way], texts, clients, seconds))
                after = asyncio.run(read_clock(ports[way]))
                work[way].append((after["seconds"] - before["seconds"])
                                 / max(1, after["requests"] - before["requests"]))  # fmt: skip
                rates[way].append(len(spent) / seconds)
                delays[way].append(statistics.median(spent) if spent else seconds)
    ratios = {
        way: [a / b for a, b in zip(rates[way], rates[STOCK], strict=True)] for way in (FP32, INT8)
    }
    return {
        "machine": machine,
        "clients": clients,
        "seconds": seconds,
        "texts": list(corpora) or "invented",
        "words a text": round(statistics.mean(len(text.split()) for text in texts), 1),
        "requests a second": {way: [round(r, 1) for r in each] for way, each in rates.items()},
        "median delay, seconds": {
            way: round(statistics.median(each), 3) for way, each in delays.items()
        },
        "processor seconds of the server, a request": {
            way: [round(each, 4) for each in spent] for way, spent in work.items()
        },
        "times stock": {
            way: {
                "median": round(statistics.median(each), 2),
                "range": [round(min(each), 2), round(max(each), 2)],
            }
            for way, each in ratios.items()
        },
    }


async def load(port: int, texts: Sequence[str], clients: int, seconds: float) -> list[float]:
    """Seconds of each request that was answered in time, by clients that never rest."""
    waiting, spent = cycle(texts), []
    end = time.monotonic() + seconds

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            while (begun := time.monotonic()) < end:
                await ask(reader, writer, next(waiting))
                if time.monotonic() <= end:
                    spent.append(time.monotonic() - begun)
        finally:
            writer.close()

    await asyncio.gather(*(client() for _ in range(clients)))
    return spent


async def read_clock(port: int) -> Any:
    """Requests that a server has answered, and the processor seconds of all its threads."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        return await ask(reader, writer, "", path="/clock")
    finally:
        writer.close()


async def ask(reader: Any, writer: Any, text: str, *, path: str = "/tag") -> Any:
    """One request over a connection that stays open."""
    body = json.dumps({"text": text}).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    head += f"Content-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    size = int(head.split("content-length: ")[1].split("\r\n")[0])
    answer = json.loads(await reader.readexactly(size))
    if " 200 " not in head.splitlines()[0]:
        raise SystemExit(f"{head.splitlines()[0]}: {answer}")
    return answer


@contextmanager
def start(way: str, model: Path) -> Iterator[int]:
    """A server as a process of its own; its port."""
    command = [sys.executable, __file__, "--serve", way, str(model)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def serve(way: str, model: str) -> int:
    """Run a server; its first line of output is its port."""
    import socket

    import uvicorn

    app = make_stock(model) if way == STOCK else make_queue(model)
    answered = Counter[str]()

    @app.middleware("http")
    async def count(request: Any, call_next: Any) -> Any:
        answer = await call_next(request)
        answered[request.url.path] += 1
        return answer

    @app.post("/clock")
    async def clock() -> dict[str, float]:
        return {"requests": answered["/tag"], "seconds": time.process_time()}

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(256)
        print(listening.getsockname()[1], flush=True)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        server.run(sockets=[listening])
    return 0


def make_stock(model: str) -> Any:
    """What one writes first."""
    from fastapi import Body, FastAPI
    from transformers import pipeline

    app = FastAPI()
    ner: Any = pipeline("ner", model=model, aggregation_strategy="simple", device="cpu")

    @app.post("/tag")
    def tag(text: str = Body(embed=True)) -> Any:
        return plain(ner(text))

    return app


def make_queue(model: str) -> Any:
    """The example of docs/serving.md."""
    from fastapi import Body, FastAPI

    import tner_hf
    from tner_hf.inference.batching import RequestQueue

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> Any:
        async with RequestQueue(tner_hf.pipeline(model, device="cpu")) as app.state.queue:
            yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/tag")
    async def tag(text: str = Body(embed=True)) -> Any:
        return plain(await app.state.queue.tag(text))

    return app


def plain(entities: Any) -> list[dict[str, Any]]:
    keep = ("entity_group", "start", "end", "word")
    return [{n: e[n] for n in keep} | {"score": float(e["score"])} for e in entities]


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    sys.exit(main())
