"""Tokenising and aligning labels, cold: `align_dataset` against run_ner.py's `Dataset.map`.

    python benchmarks/aligning.py --output benchmarks/results/aligning.json

Both sides get the same dataset and must give the same sub-tokens and labels before anything is
timed. The ceiling is the fast tokenizer's own `encode_batch` over ready lists of words, without
labels and without making arrays of its results; ours may pass it, for it tokenises each distinct
word once.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import material
from harness import Race, Report, profile_call, race_all, report_main

SIZES = (1_000, 10_000, 100_000, 1_000_000)
CORPORA = ("wnut2017", "bionlp2004")
MAX_LENGTH = 128

STOCK = "Dataset.map of run_ner.py"
CEILING = "encode_batch alone"


def run(*, sizes: Sequence[int] = SIZES, pairs: int = 5) -> Report:
    import datasets

    datasets.disable_progress_bars()
    words = material.list_whole_words(material.find_encoder())
    inputs: list[tuple[str, list[material.Sentence]]] = [
        ("invented", material.draw_sentences(size, words_like=words)) for size in sizes
    ]
    if max(sizes) > min(SIZES):
        inputs += material.load_corpora(CORPORA, split="train").items()
    races: list[Race] = []
    profiles: dict[str, list[tuple[str, float]]] = {}
    distinct: dict[str, int] = {}
    with TemporaryDirectory() as folder:
        for name, sentences in inputs:
            tokens = sum(len(words) for words, _ in sentences)
            distinct[f"{name}, {tokens:,} tokens"] = len({w for s, _ in sentences for w in s})
            # On disk, as run_ner.py gets it: its results go to a cache file beside it.
            place = str(Path(folder, f"{name}-{tokens}"))
            material.to_dataset(sentences).save_to_disk(place)
            dataset = datasets.load_from_disk(place)
            races += race_aligners(dataset, name, tokens, pairs)
            profiles[races[-1].job] = profile_ours(dataset)
    settings = {
        "tokenizer": "MiniLM-L6 (WordPiece)",
        "max_length": MAX_LENGTH,
        "labels": "first sub-token of a word",
        "distinct_words": distinct,
    }
    return Report("aligning", settings, tuple(races), profiles)


def race_aligners(dataset: Any, name: str, tokens: int, pairs: int) -> list[Race]:
    """Ours against `Dataset.map`, and against the bare tokenizer."""
    from tner_hf.features import align_dataset
    from tner_hf.models import load_tokenizer

    mine, other = load_tokenizer(material.find_encoder()), load_tokenizer(material.find_encoder())

    def ours() -> Any:
        return align_dataset(dataset, mine, max_length=MAX_LENGTH)[0]

    def theirs() -> Any:
        # Cold: `map` would otherwise find what it wrote in the run before.
        return dataset.map(
            lambda examples: tokenize_and_align_labels(examples, other),
            batched=True,
            load_from_cache_file=False,
        )

    found, expected = ours(), theirs()
    for column in ("input_ids", "labels", "attention_mask"):
        if found[column][:] != expected[column][:]:
            sys.exit(f"{name}: not the same {column}; not timed")
    sentences, backend = dataset["tokens"][:], load_tokenizer(material.find_encoder())
    bare = backend.backend_tokenizer
    bare.no_truncation()
    bare.no_padding()

    def ceiling() -> Any:
        return bare.encode_batch(sentences, is_pretokenized=True, add_special_tokens=True)

    return race_all(
        f"tokenise and align, {name}",
        ours,
        {STOCK: theirs, CEILING: ceiling},
        size=tokens,
        unit="tokens",
        pairs=pairs,
    )


def profile_ours(dataset: Any) -> list[tuple[str, float]]:
    from tner_hf.features import align_dataset
    from tner_hf.models import load_tokenizer

    tokenizer = load_tokenizer(material.find_encoder())
    return profile_call(lambda: align_dataset(dataset, tokenizer, max_length=MAX_LENGTH))


def tokenize_and_align_labels(examples: Mapping[str, Any], tokenizer: Any) -> Any:
    """What run_ner.py does at its defaults: labels on first sub-tokens, one word at a time."""
    encoded = tokenizer(
        examples["tokens"], truncation=True, max_length=MAX_LENGTH, is_split_into_words=True
    )
    aligned = []
    for row, labels in enumerate(examples["ner_tags"]):
        previous, ids = None, []
        for word in encoded.word_ids(batch_index=row):
            fresh = word is not None and word != previous
            ids.append(labels[word] if fresh else -100)
            previous = word
        aligned.append(ids)
    encoded["labels"] = aligned
    return encoded


if __name__ == "__main__":
    sys.exit(report_main(run, description=(__doc__ or "").splitlines()[0], sizes=SIZES))
