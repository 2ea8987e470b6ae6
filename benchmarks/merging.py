"""One model of several corpora, or one of each? F1 of both, corpus by corpus and seed by seed.

    TNER_HF_SOURCES=… python benchmarks/merging.py --seeds 1
    TNER_HF_SOURCES=… python benchmarks/merging.py --seeds 1 2 3 --split test --compare --write

The embedded encoder, 3 epochs, batch 16, learning rate 2e-4, on `SIZES` training sentences of each
corpus, which are drawn once; `--most` and `--layers` (the encoder's first ones) make a rehearsal of
it, which wants results and models of its own. Every variant sees the same sentences as often, but
for those that draw corpora at a temperature. Where a corpus has no validation split, sentences of
its training split that no variant trains on stand in. Each corpus is scored on its first
`MOST_SCORED` sentences: without condition, and where the model knows any, under that of the corpus.

Recipes are chosen with `--split validation` (the default). A run that is finished is a file of its
own in `benchmarks/results/merging/`, and its model in `--models`, so a stopped study goes on where
it was. What is there is shown; `--compare` tests each variant against `in-domain`, over several
seeds with the variance of seeds and of text (`tner_hf.metrics.significance.compare_runs`).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import material
import numpy as np

from tner_hf.files import write_json

RESULTS = Path(__file__).parent / "results" / "merging"
PAGE = Path(__file__).parent.parent / "docs" / "merging.md"
MARK = "<!-- merging: from benchmarks/results/merging -->"
END = "<!-- end of merging -->"
SIZES = {
    "wnut2017": 3000, "btc": 3000, "wikiann/en": 3000, "bc5cdr": 3000, "mit_restaurant": 3000,
    "fin": 900,
}  # fmt: skip
EPOCHS, BATCH, RATE = 3, 16, 2e-4
HELD_OUT = 200
MOST_SCORED = 1000
IN_DOMAIN = "in-domain"

#: What a merged model does otherwise than T-NER's, which took every `O` for an `O`.
VARIANTS: Mapping[str, Mapping[str, Any]] = {
    "plain": {"partial_labels": False},
    "partial": {},
    "condition": {"corpus_condition": 0.5},
    "condition-plain": {"corpus_condition": 0.5, "partial_labels": False},
    "condition-temperature": {"corpus_condition": 0.5, "sampling_temperature": 2.0},
    "temperature": {"sampling_temperature": 2.0},
}
PROTOCOLS = ("shared", "full")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    known = (IN_DOMAIN, *VARIANTS)
    parser.add_argument("--variants", nargs="+", choices=known, default=list(known))
    parser.add_argument("--seeds", type=int, nargs="*", default=[])
    parser.add_argument("--split", choices=("validation", "test"), default="validation")
    parser.add_argument("--compare", action="store_true", help="test what is there")
    parser.add_argument("--write", action="store_true", help="put the tables into the page")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--models", type=Path, default=Path("merging-models"))
    parser.add_argument("--layers", type=int, default=6, help="of the encoder, from below")
    parser.add_argument("--most", type=int, default=max(SIZES.values()), help="of each corpus")
    options = parser.parse_args(argv)
    options.results.mkdir(parents=True, exist_ok=True)
    for seed in options.seeds:
        for variant in options.variants:
            keep_run(options, variant, seed)
    print(render(options.results, options.split), flush=True)
    if options.compare:
        found = compare(options)
        write_json(options.results / f"{options.split}-comparison.json", found)
        print(render_comparison(found))
    if options.write:
        write_page(options)
    return 0


def write_page(options: Any) -> None:
    """Both tables between the marks of the page, in place of what stood there."""
    tables = [render(options.results, options.split)]
    compared = options.results / f"{options.split}-comparison.json"
    if compared.exists():
        tables.append(render_comparison(json.loads(compared.read_text(encoding="utf-8"))))
    text = PAGE.read_text(encoding="utf-8")
    head, tail = text.split(MARK)[0], text.split(END)[1]
    shown = "\n\n".join([MARK, *tables, END])
    PAGE.write_text(f"{head}{shown}{tail}", encoding="utf-8")


def keep_run(options: Any, variant: str, seed: int) -> None:
    """Train and score once, if that was not done yet."""
    target = options.results / f"{options.split}-{variant}-{seed}.json"
    if target.exists():
        return
    corpora = {name: load_corpus(name, options.most) for name in SIZES}
    begun = time.perf_counter()
    if variant == IN_DOMAIN:
        models = {
            name: train_model(options, variant, seed, {name: corpora[name]}) for name in SIZES
        }
    else:
        merged = train_model(options, variant, seed, corpora)
        models = dict.fromkeys(SIZES, merged)
    found = {
        "variant": variant,
        "seed": seed,
        "split": options.split,
        "settings": dict(VARIANTS.get(variant, {})),
        "layers": options.layers,
        "sentences": {name: len(corpora[name]["train"]) for name in SIZES},
        "scores": {
            name: score_model(options, models[name], name, corpora[name][options.split])
            for name in SIZES
        },
        "seconds": round(time.perf_counter() - begun, 1),
    }
    write_json(target, found)
    print(f"{target.name}: {found['seconds']} s", flush=True)


def load_corpus(name: str, most: int) -> Any:
    """The sentences of a corpus: what is trained on, and what is scored."""
    from tner_hf import load_dataset

    splits: Any = load_dataset(name)
    order = np.random.default_rng(0).permutation(len(splits["train"]))
    train, rest = order[: min(SIZES[name], most)], order[SIZES[name] :]
    if "validation" not in splits:
        splits["validation"] = splits["train"].select(np.sort(rest[:HELD_OUT]))
    splits["train"] = splits["train"].select(np.sort(train))
    for split in ("validation", "test"):
        splits[split] = splits[split].select(range(min(most, MOST_SCORED, len(splits[split]))))
    return splits


def cut_encoder(options: Any) -> Path:
    """The folder of the embedded encoder without its upper layers."""
    from transformers import AutoModel, AutoTokenizer

    folder = options.models / f"encoder-{options.layers}"
    if not (folder / "tokenizer.json").exists():  # which is written last
        whole = material.find_encoder()
        AutoModel.from_pretrained(whole, num_hidden_layers=options.layers).save_pretrained(folder)
        AutoTokenizer.from_pretrained(whole).save_pretrained(folder)
    return Path(folder)


def train_model(options: Any, variant: str, seed: int, corpora: Mapping[str, Any]) -> Path:
    """The folder of a trained model; a finished one is found again."""
    from datasets import disable_progress_bars

    from tner_hf.data.merging import merge_datasets
    from tner_hf.training import DataArguments, ModelArguments, NERTrainingArguments, train

    disable_progress_bars()
    own = [next(iter(corpora)).replace("/", "-")] if variant == IN_DOMAIN else []
    folder = options.models / "-".join([variant, *own, str(seed)])
    data = dict(next(iter(corpora.values()))) if variant == IN_DOMAIN else merge_datasets(corpora)
    for split in ("validation", "test"):  # scored apart, when their turn comes
        data.pop(split, None)
    train(
        ModelArguments(str(cut_encoder(options))),
        DataArguments(**VARIANTS.get(variant, {})),
        NERTrainingArguments(
            str(folder),
            num_train_epochs=EPOCHS,
            per_device_train_batch_size=BATCH,
            learning_rate=RATE,
            seed=seed,
            eval_strategy="no",
            save_strategy="no",
            disable_tqdm=True,
        ),
        dataset=data,
    )
    return folder


def score_model(options: Any, model: Path, name: str, rows: Any) -> dict[str, Any]:
    """Type-aware scores of a corpus in percent, without condition and under its own."""
    from tner_hf.models import load_config, read_settings
    from tner_hf.predictions import predict_split
    from tner_hf.predictions.store import save_arrays

    found = {}
    conditions = read_settings(load_config(model)).conditions
    for way, corpus in (("general", None), ("conditioned", name)):
        if corpus is not None and corpus not in conditions:
            continue
        said = predict_split(str(model), rows, split=options.split, corpus=corpus)
        save_arrays(said, place_of(model, options.split, name, way))
        scores = said.score()["protocols"]
        found[way] = {
            protocol: {
                metric: round(100 * scores[protocol]["type_aware"]["default"]["micro"][metric], 2)
                for metric in ("precision", "recall", "f1")
            }
            for protocol in PROTOCOLS
        }
    return found


def place_of(model: Path, split: str, name: str, way: str) -> Path:
    """Where it is kept what a model said."""
    return model / "said" / f"{split}-{name.replace('/', '-')}-{way}.npz"


def read_runs(results: Path, split: str) -> dict[str, list[dict[str, Any]]]:
    """Variant to its finished runs on a split, in the order of their seeds."""
    runs: dict[str, list[dict[str, Any]]] = {}
    for path in results.glob(f"{split}-*-[0-9]*.json"):
        run = json.loads(path.read_text(encoding="utf-8"))
        runs.setdefault(run["variant"], []).append(run)
    return {name: sorted(found, key=lambda run: run["seed"]) for name, found in runs.items()}


def list_corpora(runs: Mapping[str, list[dict[str, Any]]]) -> list[str]:
    """The corpora that every run was scored on."""
    return list(next(iter(runs.values()))[0]["scores"])


def list_ways(runs: Mapping[str, list[dict[str, Any]]]) -> list[tuple[str, str]]:
    """Each variant with each way in which it was asked, `in-domain` first."""
    order = [name for name in (IN_DOMAIN, *VARIANTS) if name in runs]
    return [(name, way) for name in order for way in next(iter(runs[name][0]["scores"].values()))]


def render(results: Path, split: str) -> str:
    """Mean type-aware F1 over the seeds, `shared / full`, as a table of Markdown."""
    runs = read_runs(results, split)
    corpora = list_corpora(runs)
    lines = [f"| model | asked | {' | '.join(corpora)} | mean | seeds |"]
    lines.append(f"|---|---|{'---:|' * len(corpora)}---:|---|")
    for variant, way in list_ways(runs):
        mine = runs[variant]
        f1 = np.array(
            [
                [[run["scores"][name][way][p]["f1"] for p in PROTOCOLS] for name in corpora]
                for run in mine
            ]
        ).mean(axis=0)
        cells = [" / ".join(f"{value:.1f}" for value in pair) for pair in (*f1, f1.mean(axis=0))]
        seeds = ", ".join(str(run["seed"]) for run in mine)
        lines.append(f"| {variant} | {way} | {' | '.join(cells)} | {seeds} |")
    return "\n".join(lines)


def compare(options: Any) -> list[dict[str, Any]]:
    """Each variant minus `in-domain`, corpus by corpus, over the seeds that both have."""
    runs = read_runs(options.results, options.split)
    found = []
    for variant, way in list_ways(runs):
        seeds = sorted({r["seed"] for r in runs[variant]} & {r["seed"] for r in runs[IN_DOMAIN]})
        if variant == IN_DOMAIN or not seeds:
            continue
        for name in list_corpora(runs):
            own = name.replace("/", "-")
            sides = [
                [options.models / f"{IN_DOMAIN}-{own}-{seed}" for seed in seeds],
                [options.models / f"{variant}-{seed}" for seed in seeds],
            ]
            places = [
                place_of(model, options.split, name, each)
                for side, each in zip(sides, ("general", way), strict=True)
                for model in side
            ]
            for protocol in PROTOCOLS:
                difference = test_difference(places, len(seeds), protocol)
                about = {"variant": variant, "asked": way, "corpus": name, "protocol": protocol}
                found.append({**about, "seeds": seeds, **difference})
    return found


def test_difference(places: Sequence[Path], first: int, protocol: str) -> dict[str, float]:
    """Points of F1 by which the later runs are better than the `first` ones."""
    from tner_hf.metrics.resampling import count_systems
    from tner_hf.metrics.significance import compare_runs
    from tner_hf.predictions.store import load_arrays

    said = [load_arrays(place) for place in places]
    corpus = said[0].corpus_names
    # In `shared` a type that the corpus does not have becomes `O`; each model knows all others.
    names = corpus if protocol == "shared" else tuple(
        dict.fromkeys((*corpus, *(name for each in said for name in each.own_names)))
    )  # fmt: skip
    known = {name: number for number, name in enumerate(names)}
    predicted = [
        np.array([known.get(name, 0) for name in each.own_names])[each.predicted] for each in said
    ]
    counted = count_systems(
        said[0].gold.astype(np.int64), predicted, names=names, offsets=said[0].offsets
    )
    counts = [each.by_document(said[0].documents) for each in counted]
    result = compare_runs(counts[:first], counts[first:])
    f1 = result.differences["type_aware"]["default"]["micro"]["f1"]
    return {
        **{what: round(100 * getattr(f1, what), 2) for what in ("difference", "low", "high")},
        "p": round(f1.p, 4),
    }


def render_comparison(found: Sequence[Mapping[str, Any]]) -> str:
    """Differences to `in-domain` with their 95 % intervals, `full` protocol, as Markdown."""
    full = [each for each in found if each["protocol"] == "full"]
    corpora = list(dict.fromkeys(each["corpus"] for each in full))
    lines = [f"| model | asked | {' | '.join(corpora)} |", f"|---|---|{'---:|' * len(corpora)}"]
    for variant, way in dict.fromkeys((each["variant"], each["asked"]) for each in full):
        cells = [
            f"{each['difference']:+.1f} [{each['low']:+.1f}, {each['high']:+.1f}]"
            for each in full
            if (each["variant"], each["asked"]) == (variant, way)
        ]
        lines.append(f"| {variant} | {way} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
