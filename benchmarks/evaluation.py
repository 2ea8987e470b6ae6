"""One model on five test sets: `tner-hf matrix` against five runs of `run_ner.py --do_predict`.

    python benchmarks/evaluation.py --output benchmarks/results/evaluation.json

`--sizes` are the sentences taken of each test set, the same ones for both sides, from the same
files. Ours gives both variants, modes and protocols for all five; theirs gives seqeval's default
scores. Two comparisons:

- *as commands*, at the largest size: one process of ours against five of theirs, from start to
  end, as users run them;
- *inside one process*: the same work without start-up and imports on either side, which is what
  the ratio of commands comes to on test sets that take minutes.

The stock side is run_ner.py's recipe: `load_dataset`, `Dataset.map`, `Trainer.predict` with its
batch of 8 in the order of the file, seqeval. What it read and mapped in the warm-up it may take
from its cache.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import material
from harness import Race, Report, Sample, profile_call, race_all, report_main, take_value

#: Sentences of each test set. All of them would take the stock side minutes in each turn.
SIZES = (20, 60, 200)
CORPORA = ("wnut2017", "fin", "bionlp2004", "bc5cdr", "wikiann")

IN_PROCESS = "evaluation, inside one process"
AS_COMMANDS = "evaluation, as commands"
STOCK = "five run_ner.py --do_predict"


def run(
    *,
    sizes: Sequence[int] = SIZES,
    pairs: int = 5,
    commands: bool = True,
    encoder: Path | None = None,
) -> Report:
    """Race both on so many sentences of each test set; `commands` also as processes."""
    corpora = material.load_corpora(CORPORA, split="test")
    corpora = corpora or material.load_corpora(["sample"], split="test")
    races: list[Race] = []
    profiles = {}
    with TemporaryDirectory() as name:
        folder = Path(name)
        types = ("person", "location", "organization", "chemical", "disease", "protein")
        tagger = material.make_tagger(folder / "tagger", types, encoder=encoder)
        for size in sizes:
            files = {
                corpus: material.write_iob(folder / str(size) / f"{corpus}.conll", chosen[:size])
                for corpus, chosen in corpora.items()
            }
            races += race_evaluations(
                tagger, files, folder, size, pairs, commands and size == max(sizes)
            )
        profiles[IN_PROCESS] = profile_call(lambda: evaluate_ours(tagger, files))
    settings = {
        "model": "MiniLM-L6, 22M parameters" if encoder is None else encoder.name,
        "test_sets": list(corpora),
        "tokens": {
            str(size): sum(len(s[0]) for found in corpora.values() for s in found[:size])
            for size in sizes
        },
        "stock_batch_size": 8,
        "process_start": "in `as commands` included on both sides, else excluded on both",
    }
    return Report("evaluation", settings, tuple(races), profiles)


def race_evaluations(
    tagger: Path, files: dict[str, Path], folder: Path, size: int, pairs: int, commands: bool
) -> list[Race]:

    material.silence_libraries()
    outputs = (folder / "outputs" / f"{size}-{number}" for number in count())
    cache = folder / "cache"

    def ours() -> Any:
        return evaluate_ours(tagger, files)

    def theirs() -> None:
        for file in files.values():
            predict_stock(tagger, file, next(outputs), cache)

    def our_command() -> Sample:
        named = [f"{corpus}={file}" for corpus, file in files.items()]
        options = ["-m", str(tagger), "-d", *named]
        return time_commands([["-m", "tner_hf", "matrix", *options, "--output_dir", next_path()]])

    def their_commands() -> Sample:
        script = str(Path(__file__).resolve())
        return time_commands(
            [[script, "--stock", *map(str, (tagger, file, next_path(), cache))]
             for file in files.values()]
        )  # fmt: skip

    def next_path() -> str:
        return str(next(outputs))

    unit = "sentences a test set"
    races = race_all(IN_PROCESS, ours, {STOCK: theirs}, size=size, unit=unit, pairs=pairs)
    if commands:
        races += race_all(
            AS_COMMANDS,
            our_command,
            {STOCK: their_commands},
            size=size,
            unit=unit,
            pairs=pairs,
            measure=take_value,
            warm_up=False,
        )
    return races


def evaluate_ours(tagger: Path, files: dict[str, Path]) -> Any:
    """All scores of the model on all files."""
    from tner_hf.lab.matrix.running import run_matrix

    return run_matrix([tagger], files, progress=False)


def time_commands(commands: Sequence[Sequence[str]]) -> Sample:
    """Seconds and processor seconds of Python processes, one after the other."""
    import resource
    import time

    usage = [resource.getrusage(resource.RUSAGE_CHILDREN)]
    begun = time.perf_counter()
    for command in commands:
        done = subprocess.run(
            [sys.executable, *command], check=False, capture_output=True, text=True
        )
        if done.returncode:
            sys.exit(f"{' '.join(command)} failed:\n{done.stderr}")
    spent = time.perf_counter() - begun
    usage.append(resource.getrusage(resource.RUSAGE_CHILDREN))
    before, after = (one.ru_utime + one.ru_stime for one in usage)
    return spent, after - before


def predict_stock(checkpoint: Path, file: Path, output: Path, cache: Path) -> dict[str, Any]:
    """`run_ner.py --do_predict` on one test file at its defaults, from stock pieces."""
    import datasets
    import numpy as np
    import torch
    from seqeval.metrics import accuracy_score, classification_report
    from transformers import (
        AutoModelForTokenClassification,
        AutoTokenizer,
        DataCollatorForTokenClassification,
        Trainer,
        TrainingArguments,
    )

    datasets.disable_progress_bars()
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    model = AutoModelForTokenClassification.from_pretrained(checkpoint)
    raw = datasets.load_dataset(
        "conll",
        data_files={"test": str(file)},
        column_names=["tokens", "ner_tags"],
        delimiter="\t",
        cache_dir=str(cache),
    )["test"]
    labels = sorted({tag for tags in raw["ner_tags"] for tag in tags})
    label_ids = {tag: label for label, tag in enumerate(labels)}
    names = [model.config.id2label[i] for i in range(model.config.num_labels)]

    def align(examples: Any) -> Any:
        # No --max_seq_length: sentences are cut at what the model can read, 512 sub-tokens.
        encoded = tokenizer(examples["tokens"], truncation=True, is_split_into_words=True)
        aligned = []
        for row, tags in enumerate(examples["ner_tags"]):
            previous, ids = None, []
            for word in encoded.word_ids(batch_index=row):
                fresh = word is not None and word != previous
                ids.append(label_ids[tags[word]] if fresh else -100)
                previous = word
            aligned.append(ids)
        encoded["labels"] = aligned
        return encoded

    def compute_metrics(evaluated: Any) -> dict[str, Any]:
        logits, ids = evaluated
        best = np.argmax(logits, axis=2)
        kept = [row != -100 for row in ids]
        predicted = [[names[p] for p in row[k]] for row, k in zip(best, kept, strict=True)]
        gold = [[labels[i] for i in row[k]] for row, k in zip(ids, kept, strict=True)]
        report = classification_report(gold, predicted, output_dict=True, zero_division=0)
        overall = report["micro avg"]
        return {"f1": overall["f1-score"], "accuracy": accuracy_score(gold, predicted)}

    # The file's label ids are below the head's size: Trainer's loss exists, if without meaning.
    rows = raw.map(align, batched=True)
    trainer = Trainer(
        model,
        TrainingArguments(
            output_dir=str(output),
            report_to="none",
            disable_tqdm=True,
            dataloader_pin_memory=torch.accelerator.is_available(),  # else only a warning
        ),
        data_collator=DataCollatorForTokenClassification(tokenizer),
        compute_metrics=compute_metrics,
        processing_class=tokenizer,
    )
    outcome = trainer.predict(rows, metric_key_prefix="predict")
    return dict(outcome.metrics or {})


def stock_main(argv: Sequence[str]) -> int:
    """The process of one stock run: `evaluation.py --stock CHECKPOINT FILE OUTPUT CACHE`."""
    parser = argparse.ArgumentParser(description=stock_main.__doc__)
    parser.add_argument("paths", nargs=4, type=Path)
    predict_stock(*parser.parse_args(argv).paths)
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--stock"]:
        sys.exit(stock_main(sys.argv[2:]))
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    sys.exit(report_main(run, description=(__doc__ or "").splitlines()[0], sizes=SIZES))
