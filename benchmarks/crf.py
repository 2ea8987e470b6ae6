"""A CRF head: training against a linear head, and tagging with it against tagging without.

    python benchmarks/crf.py --output benchmarks/results/crf.json

`--sizes` are numbers of labels. Both heads train the same encoder on the same sentences, each label
of the corpus standing for several where there are more; both tag the same sentences. What is
compared is the time for a real sub-token, so a ratio of 0.9 is nine tenths of the linear head's
speed.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import material
from harness import Race, Report, Sample, race_all, report_main, take_value, time_call
from training import SUBTOKENS, choose_corpus, per_subtoken, prepare_ours

#: Labels: of four types, of OntoNotes' eighteen, and of the 51 unified types.
SIZES = (9, 37, 103)
BATCH, STEPS = 32, 12
LINEAR = "linear head"


def run(
    *,
    sizes: Sequence[int] = SIZES,
    pairs: int = 5,
    steps: int = STEPS,
    encoder: Path | None = None,
) -> Report:
    """Race both heads with so many labels."""
    import torch

    material.silence_libraries()
    corpus, data = choose_corpus()
    races: list[Race] = []
    with TemporaryDirectory() as folder:
        for size in sizes:
            races += race_heads(
                data, encoder or material.find_encoder(), Path(folder), size, steps, pairs
            )
    settings = {
        "corpus": corpus,
        "encoder": encoder.name if encoder else "MiniLM-L6, 22M",
        "batch": BATCH,
        "steps": steps,
        "quantity": f"seconds for {SUBTOKENS:,} real sub-tokens",
        "threads": torch.get_num_threads(),
    }
    return Report("crf", settings, tuple(races))


def race_heads(
    data: Any, encoder: Path, folder: Path, size: int, steps: int, pairs: int
) -> list[Race]:
    import datasets

    from tner_hf.features import encode_windows
    from tner_hf.inference.tagging import tag_sentences
    from tner_hf.labels import LabelSpace
    from tner_hf.models import load_config, load_model, load_tokenizer
    from tner_hf.models.crf import add_crf

    space = LabelSpace(tuple(f"type{i}" for i in range(size // 2)))
    tokenizer, seeds = load_tokenizer(encoder), count(1)
    features = data.features.copy()
    features["ner_tags"] = datasets.List(datasets.ClassLabel(names=list(space.names)))
    rows = data.map(
        lambda row, at: {"ner_tags": [_spread(tag, at, len(space)) for tag in row["ner_tags"]]},
        with_indices=True,
        features=features,
    )
    sentences = data["tokens"][: BATCH * steps]
    subtokens = len(encode_windows(sentences, tokenizer, max_length=128).input_ids)

    def make_model(*, crf: bool) -> Any:
        model = load_model(encoder, space)
        if crf:
            add_crf(model, load_config(encoder))
        return model

    def train(*, crf: bool) -> Sample:
        trainer = prepare_ours(
            make_model(crf=crf), tokenizer, rows, folder, BATCH, steps, next(seeds)
        )
        spent = time_call(trainer.train)
        return per_subtoken(spent, int(trainer.state.num_input_tokens_seen))

    taggers = {crf: make_model(crf=crf) for crf in (True, False)}

    def tag(*, crf: bool) -> Sample:
        spent = time_call(lambda: tag_sentences(taggers[crf], tokenizer, sentences, progress=False))
        return per_subtoken(spent, subtokens)

    jobs = {"fine-tuning with a CRF": train, "tagging with a CRF": tag}
    races: list[Race] = []
    for job, side in jobs.items():
        races += race_all(
            job,
            lambda side=side: side(crf=True),  # type: ignore[misc]
            {LINEAR: lambda side=side: side(crf=False)},  # type: ignore[misc, dict-item]
            size=size,
            unit="labels",
            pairs=pairs,
            quantity=f"seconds for {SUBTOKENS:,} real sub-tokens",
            measure=take_value,
        )
    return races


def _spread(tag: int, at: int, labels: int) -> int:
    """A label of a few types as one of many, `O` staying `O`, `B-` and `I-` what they are."""
    return tag and (tag - 1 + 2 * at) % (labels - 1) + 1


if __name__ == "__main__":
    sys.exit(
        report_main(run, description=(__doc__ or "").splitlines()[0], sizes=SIZES, quick_sizes=[9])
    )
