"""Reading and checking files of a million words, in every format.

    python benchmarks/reading.py --output benchmarks/results/reading.json

The same invented sentences are written in each format, by code that has nothing to do with the
readers; what is read must have as many words and entities, or there is no row. The check reads a
file of columns: clean, and with a fault in each line. Each job runs in a process of its own.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from functools import partial
from io import StringIO
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import material
import numpy as np
from harness import Race, Report, report_main
from many_types import check, measure
from material import Sentence

SIZES = (1_000_000,)

#: Words that begin, end and are of one type; places in characters of the words joined by spaces.
Span = tuple[int, int, str]


def write_columns(path: Path, sentences: Sequence[Sentence]) -> Path:
    return material.write_iob(path.with_suffix(".txt"), sentences)


def write_piped(path: Path, sentences: Sequence[Sentence]) -> Path:
    lines = (" ".join(f"{w}|N|{t}" for w, t in zip(*s, strict=True)) for s in sentences)
    return _write(path.with_suffix(".txt"), lines)


def write_csv(path: Path, sentences: Sequence[Sentence]) -> Path:
    """As the GMB corpus on Kaggle: the sentence is named beside its first word."""
    lines = ["Sentence #,Word,POS,Tag"]
    for number, (words, tags) in enumerate(sentences, start=1):
        names = [f"Sentence: {number}", *[""] * (len(words) - 1)]
        lines += [f"{n},{w},N,{t}" for n, w, t in zip(names, words, tags, strict=True)]
    return _write(path.with_suffix(".csv"), lines)


def write_rows(path: Path, sentences: Sequence[Sentence]) -> Path:
    return _write_json(path, ({"tokens": w, "ner_tags": t} for w, t in sentences))


def write_parquet(path: Path, sentences: Sequence[Sentence]) -> Path:
    import pyarrow as pa
    from pyarrow import parquet

    words, tags = ([sentence[side] for sentence in sentences] for side in (0, 1))
    parquet.write_table(pa.table({"tokens": words, "ner_tags": tags}), f"{path}.parquet")
    return path.with_suffix(".parquet")


def write_spans(path: Path, sentences: Sequence[Sentence]) -> Path:
    keys = ("start", "end", "label")
    rows = (
        {"text": text, "entities": [dict(zip(keys, span, strict=True)) for span in spans]}
        for text, spans in map(lay_out, sentences)
    )
    return _write_json(path, rows)


def write_doccano(path: Path, sentences: Sequence[Sentence]) -> Path:
    return _write_json(path, ({"text": text, "label": s} for text, s in map(lay_out, sentences)))


def write_labelstudio(path: Path, sentences: Sequence[Sentence]) -> Path:
    tasks = []
    for text, spans in map(lay_out, sentences):
        result = [
            {
                "from_name": "label", "to_name": "text", "type": "labels",
                "value": {"start": a, "end": b, "text": text[a:b], "labels": [kind]},
            }
            for a, b, kind in spans
        ]  # fmt: skip
        tasks.append({"data": {"text": text}, "annotations": [{"result": result}]})
    return _write(path.with_suffix(".json"), [json.dumps(tasks)])


def write_prodigy(path: Path, sentences: Sequence[Sentence]) -> Path:
    rows = []
    for text, spans in map(lay_out, sentences):
        ends = [at for at, letter in enumerate(f"{text} ") if letter == " "]
        begins = [0, *(end + 1 for end in ends[:-1])]
        tokens = [
            {"text": text[a:b], "start": a, "end": b, "id": i}
            for i, (a, b) in enumerate(zip(begins, ends, strict=True))
        ]
        marked = [{"start": a, "end": b, "label": kind} for a, b, kind in spans]
        rows.append({"text": text, "tokens": tokens, "spans": marked, "answer": "accept"})
    return _write_json(path, rows)


def write_spacy(path: Path, sentences: Sequence[Sentence]) -> Path:
    rows = [[text, {"entities": spans}] for text, spans in map(lay_out, sentences)]
    return _write(path.with_suffix(".json"), [json.dumps(rows)])


def write_brat(path: Path, sentences: Sequence[Sentence]) -> Path:
    texts, annotations, begin, numbers = [], [], 0, count(1)
    for text, spans in map(lay_out, sentences):
        annotations += [
            f"T{next(numbers)}\t{kind} {begin + a} {begin + b}\t{text[a:b]}" for a, b, kind in spans
        ]
        texts.append(text)
        begin += len(text) + 1
    _write(path.with_suffix(".txt"), texts)
    return _write(path.with_suffix(".ann"), annotations)


def write_pubtator(path: Path, sentences: Sequence[Sentence]) -> Path:
    """Two sentences a document: title and abstract."""
    lines = []
    laid_out = [*map(lay_out, sentences), *[("", [])] * (len(sentences) % 2)]
    for number, (title, abstract) in enumerate(zip(laid_out[::2], laid_out[1::2], strict=True)):
        lines += [f"{number}|t|{title[0]}", f"{number}|a|{abstract[0]}"]
        whole, later = f"{title[0]}\n{abstract[0]}", len(title[0]) + 1
        spans = [*title[1], *((later + a, later + b, kind) for a, b, kind in abstract[1])]
        lines += [f"{number}\t{a}\t{b}\t{whole[a:b]}\t{kind}\tD0" for a, b, kind in spans]
        lines.append("")
    return _write(path.with_suffix(".txt"), lines)


WRITERS: Mapping[str, Callable[[Path, Sequence[Sentence]], Path]] = {
    "columns": write_columns,
    "piped": write_piped,
    "csv": write_csv,
    "rows": write_rows,
    "parquet": write_parquet,
    "spans": write_spans,
    "doccano": write_doccano,
    "labelstudio": write_labelstudio,
    "prodigy": write_prodigy,
    "spacy": write_spacy,
    "brat": write_brat,
    "pubtator": write_pubtator,
}


def lay_out(sentence: Sentence) -> tuple[str, list[Span]]:
    """The words joined by spaces, and the entities by their characters.

    >>> lay_out((["Ada", "King", "in", "Rome"], ["B-p", "I-p", "O", "B-l"]))
    ('Ada King in Rome', [(0, 8, 'p'), (12, 16, 'l')])
    """
    spans: list[Span] = []
    begin = 0
    for word, tag in zip(*sentence, strict=True):
        end = begin + len(word)
        if tag.startswith("B-"):
            spans.append((begin, end, tag[2:]))
        elif tag != "O":
            spans[-1] = (spans[-1][0], end, spans[-1][2])
        begin = end + 1
    return " ".join(sentence[0]), spans


def write_faulty(path: Path, size: int) -> Path:
    """A fault in each line: of two lines one has no tag, the other one without a type."""
    faults = ("w{}", "w{}\tB-")
    return _write(path, (faults[i % 2].format(i) for i in range(size)))


def read(path: Path, name: str, expected: tuple[int, int]) -> None:
    """Load a file; what comes must have so many words and entities."""
    from tner_hf import load_dataset

    data: Any = load_dataset({"train": path}, split="train", format=name)
    begins = [n.startswith("B-") for n in data.features["ner_tags"].feature.names]
    labels = np.concatenate(
        [chunk.flatten().to_numpy() for chunk in data.data.column("ner_tags").chunks]
    )
    found = len(labels), int(np.array(begins)[labels].sum())
    if found != expected:
        sys.exit(f"{name}: {found} words and entities, written were {expected}")


def list_jobs(folder: Path, size: int) -> Iterator[tuple[str, Callable[[], None]]]:
    """Every job of a size, its file written when its turn comes."""
    sentences = material.draw_sentences(size)
    counts = size, sum(tag.startswith("B-") for _, tags in sentences for tag in tags)
    for name, write in WRITERS.items():
        yield f"load_dataset, {name}", partial(read, write(folder / name, sentences), name, counts)
    clean = write_columns(folder / "clean", sentences)
    yield "datasets check, clean", partial(check, clean, folder)
    faulty = write_faulty(folder / "faulty.txt", size)
    yield "datasets check, a fault in each line", partial(check, faulty, folder)


def run(*, sizes: Sequence[int] = SIZES, pairs: int = 1) -> Report:
    import datasets

    datasets.disable_progress_bars()
    races: list[Race] = []
    with TemporaryDirectory() as name:
        folder = Path(name)
        for _, job in list_jobs(folder, 100):  # so that every job finds its libraries loaded
            with redirect_stdout(StringIO()):
                job()
        for size in sizes:
            for title, job in list_jobs(folder, size):
                taken = [measure(job, time.process_time) for _ in range(pairs)]
                if None in taken:
                    print(f"{title}, {size:,} words: ended", file=sys.stderr)
                    continue
                values = zip(*filter(None, taken), strict=True)
                for value, quantity in zip(values, ("seconds", "bytes"), strict=True):
                    races.append(Race(title, "", size, "words", value, (), quantity=quantity))
    settings = {
        "words": "invented, the same in every format; each one a line of columns and csv",
        "faulty": "of two lines one has no tag, the other a tag without type",
        "seconds": "of the processor, all threads together",
        "memory": "growth of the peak of resident memory",
    }
    return Report("reading", settings, tuple(races))


def _write(path: Path, lines: Any) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def _write_json(path: Path, rows: Any) -> Path:
    return _write(path.with_suffix(".jsonl"), map(json.dumps, rows))


if __name__ == "__main__":
    described = (__doc__ or "").splitlines()[0]
    sys.exit(report_main(run, description=described, sizes=SIZES, quick_sizes=(1_000,), pairs=1))
