"""Sentences brought to gold entities by keyboard alone: from a model's tags, and from nothing.

python benchmarks/annotating.py GOLD.iob2 --model MODEL --types person location

A script knows the gold entities and presses the fewest keys it finds, in Chromium. It reads nothing
and never hesitates: keys a sentence are what a person presses, too; its seconds are the page's.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tner_hf.formats.iob import read_iob
from tner_hf.labels.schemes import entities

Entity = tuple[int, int, str]
Chosen = tuple[int, int]


@dataclass(frozen=True)
class Effort:
    """What it took: keys and seconds of all sentences, and how many needed no more than Enter."""

    sentences: int
    keys: int
    seconds: float
    untouched: int
    is_gold: bool


def plan_keys(
    shown: Sequence[Entity], wanted: Sequence[Entity], length: int, types: Sequence[str]
) -> list[str]:
    """The keys from the entities that a sentence shows to those that are wanted, Enter last."""
    now, keys = sorted(shown), []
    at = (now[0][0], now[0][1]) if now else (0, 1)
    for entity in [e for e in now if not any(_touches(e, w) for w in wanted)]:
        keys += [*_walk(at, entity[0], now, length), "Delete"]
        at = (entity[0], entity[1])
        now.remove(entity)
    for want in (w for w in wanted if w not in shown):
        over = [e for e in now if _touches(e, want)]
        first = over[0] if over else (want[0], want[0] + 1, "")
        keys += _walk(at, first[0], now, length)
        later, earlier = "Shift+ArrowRight", "Shift+ArrowLeft"
        keys += [later] * (want[1] - first[1])
        if (more := want[0] - first[0]) > 0:
            keys += [f"Alt+{later}"] * more
        keys += [f"Alt+{earlier}"] * -more + [earlier] * (first[1] - want[1])
        if first[2] != want[2]:
            keys.append(str((types.index(want[2]) + 1) % 10))
        now = sorted([*(e for e in now if e not in over), want])
        at = (want[0], want[1])
    return [*keys, "Enter"]


def _touches(one: Entity, other: Entity) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _walk(at: Chosen, word: int, now: Sequence[Entity], length: int) -> list[str]:
    """The fewest keys from what is chosen to a word, by trying all."""

    def choose(there: int) -> Chosen:
        inside = (e for e in now if e[0] <= there < e[1])
        return next(((e[0], e[1]) for e in inside), (there, there + 1))

    ways: dict[Chosen, list[str]] = {at: []}
    waiting = deque([at])
    while True:
        here = waiting.popleft()
        if here[0] <= word < here[1]:
            return ways[here]
        after, before = ([e for e in now if (e[0] > here[0]) is later] for later in (True, False))
        before = [e for e in before if e[0] < here[0]]
        steps = {"Home": choose(0), "End": choose(length - 1)}
        steps |= {"ArrowRight": choose(here[1])} if here[1] < length else {}
        steps |= {"ArrowLeft": choose(here[0] - 1)} if here[0] else {}
        steps |= {"ArrowDown": after[0][:2]} if after else {}
        steps |= {"ArrowUp": before[-1][:2]} if before else {}
        for key, there in steps.items():
            if there not in ways:
                ways[there] = [*ways[here], key]
                waiting.append(there)


def annotate(
    gold: Sequence[tuple[list[str], list[str]]],
    browser: Any,
    serve: Callable[[Any], Any],
    *,
    model: str | None,
    types: Sequence[str],
) -> Effort:
    """Annotate the words of gold sentences in a browser until their entities are there."""
    from tner_hf.annotate.opening import open_session
    from tner_hf.annotate.server import build_app

    wanted = [[(start, end, kind) for kind, start, end in entities(tags)] for _, tags in gold]
    with tempfile.TemporaryDirectory() as name:
        words = Path(name) / "words.conll"
        blocks = ("".join(f"{word}\tO\n" for word in tokens) for tokens, _ in gold)
        words.write_text("\n".join(blocks), encoding="utf-8")
        session = open_session(words, Path(name) / "out.conll", model=model, types=types)
        served = serve(build_app(session, "token"))
        page = browser.new_page()
        page.goto(f"{served.url}?token=token")
        page.wait_for_selector("body[data-ready]")
        keys, untouched, seconds = 0, 0, 0.0
        for _ in gold:
            number = int(page.inner_text("#sentence-title").split()[1].replace(",", "")) - 1
            shown = [(start, end, kind) for start, end, kind, _ in session.show(number)["entities"]]
            plan = plan_keys(shown, wanted[number], len(gold[number][0]), types)
            began = time.perf_counter()
            for key in plan:
                page.keyboard.press(key)
            page.wait_for_selector(f"#sentence-title:not(:text-is('Sentence {number + 1:,}'))")
            seconds += time.perf_counter() - began
            keys += len(plan)
            untouched += len(plan) == 1
        page.close()
        served.stop()
        session.journal.close()
        found = [list(kept) for _, kept in sorted(session.accepted.items())]
    return Effort(len(gold), keys, seconds, untouched, is_gold=found == wanted)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", type=Path, help="a file of columns")
    parser.add_argument("--model", required=True)
    parser.add_argument("--types", nargs="+", required=True)
    parser.add_argument("--sentences", type=int, default=30, help="of 8 to 40 words")
    given = parser.parse_args()
    from demo.conftest import Served  # run with PYTHONPATH=tests
    from playwright.sync_api import sync_playwright

    fitting = [s for s in read_iob(given.gold).sentences if 8 <= len(s[0]) <= 40]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for model in (given.model, None):
            effort = annotate(
                fitting[: given.sentences], browser, Served, model=model, types=given.types
            )
            print(f"from {'the model' if model else 'nothing'}: {effort}", flush=True)


if __name__ == "__main__":
    main()
