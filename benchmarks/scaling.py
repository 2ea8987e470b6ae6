"""How the jobs of a model grow: tagging, fine-tuning and evaluation, from 10³ to 10⁶ words.

    python benchmarks/scaling.py --output benchmarks/results/scaling.json

One turn at each size, half an hour in all, so it stands outside of `make bench`: what counts is
the line, and ratios are those of the other benchmarks. The stock tools are run to 10⁵ words, for
they would take another hour for a million. Each job does what the benchmark of its name does, on
invented sentences: texts in, entities out; an epoch of batches of 32; all scores of one test set,
without process start.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import material
import training
from evaluation import evaluate_ours, predict_stock
from harness import Race, Report, Sample, Side, report_main, show_progress, time_call
from tagging import STOCK as STOCK_PIPELINE
from tagging import load_stock

SIZES = (1_000, 10_000, 100_000, 1_000_000)
#: Words up to which the stock tools are run.
MOST_STOCK = 100_000
BATCH = 32


def run(*, sizes: Sequence[int] = SIZES, pairs: int = 1, encoder: Path | None = None) -> Report:
    """Measure every job at every size."""

    from tner_hf.publishing.export import export_model

    material.silence_libraries()
    label = "MiniLM-L6, 22M parameters" if encoder is None else encoder.name
    encoder = encoder or material.find_encoder()
    races: list[Race] = []
    with TemporaryDirectory() as name:
        folder = Path(name)
        tagger = material.make_tagger(folder / "tagger", material.TYPES, encoder=encoder)
        export_model(tagger, int8=True, check=False)
        words = material.list_whole_words(encoder)
        for size in sizes:
            sentences = material.draw_sentences(size, words_like=words)
            races += measure_tagging(tagger, sentences, size, pairs)
            races.append(measure_training(encoder, folder, sentences, size, pairs))
            races.append(measure_evaluation(tagger, folder, sentences, size, pairs))
    settings = {"model": label, "sentences": "invented", "training_batch": BATCH}
    return Report("scaling", settings, tuple(sorted(races, key=lambda race: race.job)))


def measure_tagging(
    tagger: Path, sentences: Sequence[material.Sentence], size: int, pairs: int
) -> list[Race]:
    """In fp32 and int8 against one run of the stock pipeline."""
    import tner_hf

    texts = [" ".join(words) for words, _ in sentences]
    stock = load_stock(tagger)
    plain, small = tner_hf.pipeline(tagger, device="cpu"), tner_hf.pipeline(tagger / "onnx")
    for side in (stock, plain, small):
        side(texts[:8])
    theirs = sample_stock("tagging", lambda: stock(texts), size, pairs)
    return [
        to_race(job, sample(job, side, size, pairs), STOCK_PIPELINE, theirs, size)
        for job, side in (
            ("tagging text, fp32", lambda: plain(texts)),
            ("tagging text, int8", lambda: small(texts)),
        )
    ]


def measure_training(
    encoder: Path,
    folder: Path,
    sentences: Sequence[material.Sentence],
    size: int,
    pairs: int,
) -> Race:
    """One epoch; preparing rows and trainer is not part of it."""
    from tner_hf.data import labels_of
    from tner_hf.models import load_model, load_tokenizer

    data, tokenizer = material.to_dataset(sentences), load_tokenizer(encoder)
    steps = math.ceil(len(sentences) / BATCH)

    def epoch(prepare: Any) -> Side:
        model = load_model(encoder, labels_of(data))
        trainer = prepare(model, tokenizer, data, folder, BATCH, steps, 1)
        return trainer.train

    job = "fine-tuning, an epoch"
    ours = sample(job, epoch(training.prepare_ours), size, pairs)
    theirs = sample_stock(job, epoch(training.prepare_stock), size, pairs)
    return to_race(job, ours, training.STOCK, theirs, size)


def measure_evaluation(
    tagger: Path,
    folder: Path,
    sentences: Sequence[material.Sentence],
    size: int,
    pairs: int,
) -> Race:
    """All scores of one test set; its file is read on both sides."""
    file = material.write_iob(folder / str(size) / "test.conll", sentences)
    job, outputs = "evaluation of a test set", folder / "outputs" / str(size)
    ours = sample(job, lambda: evaluate_ours(tagger, {"test": file}), size, pairs)
    theirs = sample_stock(
        job, lambda: predict_stock(tagger, file, outputs, folder / "cache"), size, pairs
    )
    return to_race(job, ours, "run_ner.py --do_predict", theirs, size)


def sample(job: str, side: Side, size: int, pairs: int) -> list[Sample]:
    """So many runs of one side."""
    samples = []
    for turn in range(pairs):
        show_progress(f"{job}, {size:,} words: turn {turn + 1}/{pairs}")
        samples.append(time_call(side))
    show_progress("")
    return samples


def sample_stock(job: str, side: Side, size: int, pairs: int) -> list[Sample]:
    """The same of a stock tool; none where it would take too long."""
    return sample(job, side, size, pairs) if size <= MOST_STOCK else []


def to_race(
    job: str, ours: Sequence[Sample], against: str, theirs: Sequence[Sample], size: int
) -> Race:
    mine, mine_cpu = zip(*ours, strict=True)
    other, other_cpu = zip(*theirs, strict=True) if theirs else ((), ())
    return Race(job, against, size, "words", mine, other, mine_cpu, other_cpu)


if __name__ == "__main__":
    sys.exit(report_main(run, description=(__doc__ or "").splitlines()[0], sizes=SIZES, pairs=1))
