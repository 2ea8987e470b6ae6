"""What the benchmarks work on: invented and real sentences, and taggers without training."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tner_hf.labels import LabelSpace

# Before any Hugging Face library is imported: no benchmark asks a hub for anything.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_DATASETS_OFFLINE", "1")

#: Words and IOB2 tags of a sentence.
Sentence = tuple[list[str], list[str]]

#: Types of WNUT 2017 as its files have them, so that its builder reads invented files too.
TYPES = ("corporation", "creative-work", "group", "location", "person", "product")

#: Invented words follow Zipf's law: the most frequent one is 7 % of a text, and of 100,000 words
#: 18,000 are distinct, as in tweets; more than in news or abstracts.
_VOCABULARY = 200_000
_SYLLABLES = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]


def silence_libraries() -> None:
    """No warnings and no bars of libraries among what is measured."""
    import datasets
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    datasets.disable_progress_bars()


def draw_sentences(
    n_tokens: int, *, seed: int = 0, words_like: Sequence[str] = ()
) -> list[Sentence]:
    """Invented sentences with so many words in all; an entity for every 16.

    Their lengths are spread as those of news and abstracts: 17 words on average, 120 at most.

    Args:
        n_tokens: words in all.
        seed: another one gives other sentences.
        words_like: words to use for the most frequent ones, in this order.
    """
    random = np.random.default_rng(seed)
    weights = 1 / (np.arange(_VOCABULARY) + 2.7) ** 1.15
    cumulated = np.cumsum(weights / weights.sum())
    ranks = np.minimum(np.searchsorted(cumulated, random.random(n_tokens)), _VOCABULARY - 1)
    given = dict(enumerate(words_like))
    vocabulary = {rank: given.get(rank) or _spell(rank) for rank in set(ranks.tolist())}
    words = [vocabulary[rank] for rank in ranks.tolist()]
    begins = random.random(n_tokens) < 1 / 16
    goes_on = random.random(n_tokens) < 0.3
    types = random.integers(0, len(TYPES), n_tokens)
    sentences: list[Sentence] = []
    place = 0
    while place < n_tokens:
        length = min(120, 1 + int(random.lognormal(2.6, 0.7)))
        end = min(n_tokens, place + length)
        tags, current = [], None
        for i in range(place, end):
            if begins[i]:
                current = TYPES[types[i]]
                tags.append(f"B-{current}")
            elif current is not None and goes_on[i]:
                tags.append(f"I-{current}")
            else:
                current = None
                tags.append("O")
        sentences.append((words[place:end], tags))
        place = end
    return sentences


def _spell(rank: int) -> str:
    """A word for a rank: frequent ones are short."""
    word = ""
    while rank or not word:
        rank, syllable = divmod(rank, len(_SYLLABLES))
        word += _SYLLABLES[syllable]
    return word


def list_whole_words(encoder: Path) -> list[str]:
    """Words that the encoder's tokenizer keeps whole, in the order of its vocabulary."""
    from transformers import AutoTokenizer

    vocabulary: dict[str, int] = AutoTokenizer.from_pretrained(encoder).get_vocab()
    return [w for w, _ in sorted(vocabulary.items(), key=lambda item: item[1]) if w.isalpha()]


def write_iob(path: Path, sentences: Sequence[Sentence]) -> Path:
    """Write `word<TAB>tag` lines, a blank line after each sentence."""
    blocks = ("".join(f"{w}\t{t}\n" for w, t in zip(*s, strict=True)) for s in sentences)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(blocks) + "\n", encoding="utf-8")
    return path


def to_dataset(sentences: Sequence[Sentence]) -> Any:
    """The sentences as a dataset with labels, as `load_dataset` gives it."""
    from datasets import ClassLabel, Dataset, Features, List, Value

    space = LabelSpace.from_names(sorted({tag for _, tags in sentences for tag in tags} | {"O"}))
    features = Features(
        {"tokens": List(Value("string")), "ner_tags": List(ClassLabel(names=list(space.names)))}
    )
    rows = {
        "tokens": [words for words, _ in sentences],
        "ner_tags": [[space.label2id[tag] for tag in tags] for _, tags in sentences],
    }
    return Dataset.from_dict(rows, features=features)


def find_sources() -> Path | None:
    """The mirror root of raw corpora, where the environment names one that exists."""
    root = os.environ.get("TNER_HF_SOURCES")
    return Path(root) if root and Path(root).is_dir() else None


def load_corpora(names: Sequence[str], *, split: str) -> dict[str, list[Sentence]]:
    """One split of each corpus that the mirror root has, in its own types; `sample` is ours."""
    import datasets

    import tner_hf
    from tner_hf.errors import SourceError

    datasets.disable_progress_bars()
    found: dict[str, list[Sentence]] = {}
    for name in names:
        if name != "sample" and not find_sources():
            continue
        try:
            data: Any = tner_hf.load_dataset(name, split=split, native=True)
        except SourceError:  # a mirror may hold some corpora only
            continue
        tags = data.features["ner_tags"].feature.names
        found[name] = [
            (words, [tags[i] for i in labels])
            for words, labels in zip(data["tokens"][:], data["ner_tags"][:], strict=True)
        ]
    return found


def find_encoder() -> Path:
    """MiniLM-L6 of the extra `quickstart`: 22M parameters."""
    from tner_hf.models import locate_checkpoint

    return Path(locate_checkpoint("embedded"))


def make_tagger(folder: Path, types: Sequence[str], *, encoder: Path | None = None) -> Path:
    """A checkpoint with a random head that says `O` for most words, as a trained one does."""
    import torch

    from tner_hf.models import load_model, load_tokenizer

    encoder = encoder or find_encoder()
    torch.manual_seed(0)
    model: Any = load_model(encoder, LabelSpace(tuple(types)))
    tokenizer = load_tokenizer(encoder)
    words = [word for sentence, _ in draw_sentences(400) for word in sentence]
    with torch.inference_mode():
        logits = model(**tokenizer(" ".join(words[:200]), return_tensors="pt")).logits[0]
        # Nine words in ten prefer `O` once it is raised by this much.
        margin = (logits[:, 1:].max(dim=-1).values - logits[:, 0]).quantile(0.9)
        model.classifier.bias[0] += margin
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def make_tiny_encoder(folder: Path, *, like: Path | None = None) -> Path:
    """An encoder of a few hundred thousand parameters with MiniLM's tokenizer: all else shows."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertModel

    tokenizer = AutoTokenizer.from_pretrained(like or find_encoder())
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=16,
    )
    torch.manual_seed(0)
    BertModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
