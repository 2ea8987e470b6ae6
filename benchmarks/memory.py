"""Peak memory of an evaluation against stock Trainer's prediction loop, with few and many labels.

    python benchmarks/memory.py --output benchmarks/results/memory.json

What counts is by how much the resident memory of a process grows at its peak. Each run is a process
of its own, forked from one that has loaded libraries, a tiny model and the dataset, after a small
run that touches all code. Ours is all of `evaluate`: tokenising, tagging, both variants, modes and
protocols, and confidence intervals. Theirs is `Trainer.predict` over rows that are tokenised
already, which keeps the logits of every sub-token, and no scoring at all.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import material
from harness import Race, Report, race_all, report_main, take_value

SIZES = (10_000, 100_000, 1_000_000)
#: Entity types: as CoNLL-2003 has, and as the unified types.
TYPES = (4, 51)
STOCK = "Trainer.predict"
#: Rows of its batches. It puts all logits together again after each batch, so that small ones take
#: it minutes; its memory hardly depends on them.
BATCH = 1024
#: Bytes; the kernel counts resident pages in batches, so that a small run may seem to take none.
LEAST = 64 * 4096
#: Sentences of the run before, which loads what is loaded at first use.
WARM_UP = 64


def run(*, sizes: Sequence[int] = SIZES, pairs: int = 5) -> Report:
    # One thread, for threads do not survive a fork, and memory does not depend on them.
    os.environ["OMP_NUM_THREADS"] = "1"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    import torch

    torch.set_num_threads(1)
    material.silence_libraries()
    races: list[Race] = []
    with TemporaryDirectory() as name:
        folder = Path(name)
        encoder = material.make_tiny_encoder(folder / "encoder")
        words = material.list_whole_words(encoder)
        for size in sizes:
            sentences = material.draw_sentences(size, words_like=words)
            few, many = (
                race_memory(sentences, encoder, folder, size, types, pairs) for types in TYPES
            )
            growth = replace(many, against=f"ours with {TYPES[0]} types", theirs=few.ours)
            races += [few, many, growth]
    settings = {
        "model": "BERT with one layer of width 16 and MiniLM's tokenizer",
        "words": "invented; sentences of 17 on average, 120 at most",
        "types": list(TYPES),
        "ours": "evaluate: tokenising to confidence intervals",
        "theirs": "Trainer.predict of tokenised rows, batch 1,024",
        "quantity": "growth of the resident memory at its peak",
    }
    return Report("memory", settings, tuple(races))


def race_memory(
    sentences: Sequence[material.Sentence],
    encoder: Path,
    folder: Path,
    size: int,
    types: int,
    pairs: int,
) -> Race:
    """Both sides over the same sentences with so many types in the head."""
    from datasets import load_from_disk

    from tner_hf.models import load_model, load_tokenizer

    names = [*material.TYPES, *(f"type-{i}" for i in range(types))][:types]
    # The same entities whatever the number of types: only that may make a difference.
    renamed = {
        f"{prefix}-{drawn}": f"{prefix}-{names[i % types]}"
        for i, drawn in enumerate(material.TYPES)
        for prefix in "BI"
    }
    kept = [(words, [renamed.get(tag, tag) for tag in tags]) for words, tags in sentences]
    place = folder / f"{size}-{types}"
    material.to_dataset(kept).save_to_disk(str(place / "data"))
    dataset = load_from_disk(str(place / "data"))
    tagger = material.make_tagger(place / "tagger", names, encoder=encoder)
    model, tokenizer = load_model(tagger), load_tokenizer(tagger)
    rows = tokenize(dataset, tokenizer, place / "rows")

    def ours(count: int) -> None:
        import tner_hf

        tner_hf.evaluate(model, dataset.select(range(count)), tokenizer=tokenizer, native=True)

    def theirs(count: int) -> None:
        predict_stock(model, tokenizer, rows.select(range(count)), place / "out")

    def measure(side: Callable[[int], None]) -> Callable[[], float]:
        return lambda: measure_growth(side, len(dataset))

    return race_all(
        f"peak memory, {types} types",
        measure(ours),
        {STOCK: measure(theirs)},
        size=size,
        unit="tokens",
        pairs=pairs,
        quantity="bytes",
        measure=take_value,
        warm_up=False,
    )[0]


def tokenize(dataset: Any, tokenizer: Any, place: Path) -> Any:
    """The rows that run_ner.py would predict, on disk as its cache is."""
    from datasets import load_from_disk

    from tner_hf.features import align_dataset

    align_dataset(dataset, tokenizer)[0].save_to_disk(str(place))
    return load_from_disk(str(place))


def predict_stock(model: Any, tokenizer: Any, rows: Any, output: Path) -> None:
    from transformers import DataCollatorForTokenClassification, Trainer, TrainingArguments

    args = TrainingArguments(
        output_dir=str(output),
        per_device_eval_batch_size=BATCH,
        report_to="none",
        disable_tqdm=True,
        use_cpu=True,
    )
    collator = DataCollatorForTokenClassification(tokenizer)
    Trainer(model, args, data_collator=collator, processing_class=tokenizer).predict(rows)


def measure_growth(side: Callable[[int], None], count: int) -> float:
    """Bytes by which a forked process grows at its peak while `side(count)` runs."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)

    def work() -> None:
        side(min(WARM_UP, count))
        Path("/proc/self/clear_refs").write_text("5")  # the peak starts from here
        before = read_status("VmRSS")
        side(count)
        sender.send(max(read_status("VmHWM") - before, LEAST))

    process = context.Process(target=work)
    process.start()
    sender.close()
    try:
        return float(receiver.recv())
    except EOFError:
        sys.exit("a run ended without a result; see its message above")
    finally:
        process.join()


def read_status(field: str) -> int:
    """A field of /proc/self/status, in bytes."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024
    raise OSError(f"/proc/self/status has no {field}: memory can be measured on Linux only")


if __name__ == "__main__":
    sys.exit(report_main(run, description=(__doc__ or "").splitlines()[0], sizes=SIZES))
