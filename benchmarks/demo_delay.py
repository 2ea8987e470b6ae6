"""The demo: what an answer costs beyond the model's own time, for a sentence of 30 words.

A demo of the embedded encoder runs as a process of its own. A program asks it over HTTP, and, where
Chromium is, a visitor asks it on the page: from the click until the marks are there. The model's
own time is the `seconds` of each answer, so both are of the very same request.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from material import TYPES, make_tagger

#: Thirty words, and what people type.
SENTENCE = (
    "Clara Winter , who has led Aster Air since 2019 , flew from Lisbon to Osaka on Monday to open "
    "the first office of the airline in Japan with Kenji"
)
CHROMIUM = Path("/usr/bin/chromium")

#: In the page: milliseconds from the click until the marks are there, and the model's own.
_VISIT = """async () => {
  const result = document.querySelector('#text-result');
  const before = Number(result.dataset.answers ?? 0);
  const began = performance.now();
  document.querySelector('#submit').click();
  while (Number(result.dataset.answers ?? 0) === before) await new Promise(requestAnimationFrame);
  const own = document.querySelector('#summary').textContent.match(/(\\d+) ms/);
  return [performance.now() - began, Number(own[1])];
}"""


def main() -> int:
    """Measure, and print milliseconds as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=50)
    parser.add_argument("--output", type=Path, help="write the JSON here as well")
    options = parser.parse_args()
    assert len(SENTENCE.split()) == 30
    with TemporaryDirectory() as folder:
        make_tagger(Path(folder), TYPES)
        with serve(folder) as url:
            first = ask(url)
            found = {
                "first answer": first,
                "over HTTP": summarise([ask(url) for _ in range(options.requests)]),
                "in the browser": summarise(visit(url, options.requests)),
            }
    text = json.dumps(found, indent=1)
    print(text)
    if options.output:
        options.output.write_text(text + "\n", encoding="utf-8")
    return 0


@contextmanager
def serve(folder: str) -> Iterator[str]:
    """A demo of one model as a process of its own."""
    command = [sys.executable, "-m", "tner_hf", "demo", "-m", folder, "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.communicate()


def ask(url: str) -> dict[str, float]:
    """One request: milliseconds in all, of the model, and beyond it."""
    call = f"{url}/gradio_api/call/v2/tag"
    body = json.dumps({"text": SENTENCE}).encode()
    began = time.perf_counter()
    request = urllib.request.Request(call, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as joined:
        event = json.load(joined)["event_id"]
    with urllib.request.urlopen(f"{call}/{event}") as stream:
        answer = stream.read().decode()
    total = time.perf_counter() - began
    own = json.loads(answer.partition("data: ")[2])[0]["answers"][0]["seconds"]
    return split_time(1000 * total, 1000 * own)


def visit(url: str, requests: int) -> list[dict[str, float]]:
    """The same on the page; nothing where there is no Chromium."""
    if not CHROMIUM.exists():
        return []
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(url)
        page.wait_for_selector("body[data-ready]")
        page.fill("#text", SENTENCE)
        found = [split_time(*page.evaluate(_VISIT)) for _ in range(requests)]
        browser.close()
    return found


def split_time(total: float, own: float) -> dict[str, float]:
    """Milliseconds in all, of the model, and the difference."""
    return {"total": round(total, 1), "model": round(own, 1), "beyond": round(total - own, 1)}


def summarise(requests: list[dict[str, float]]) -> dict[str, Any]:
    """Medians, and the worst of ten."""
    if not requests:
        return {}
    beyond = sorted(each["beyond"] for each in requests)
    return {
        "requests": len(requests),
        "model, median": round(statistics.median(each["model"] for each in requests), 1),
        "beyond, median": round(statistics.median(beyond), 1),
        "beyond, 90 %": beyond[int(0.9 * (len(beyond) - 1))],
        "beyond, most": beyond[-1],
    }


if __name__ == "__main__":
    sys.exit(main())
