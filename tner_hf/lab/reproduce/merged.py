"""`study_merging`: one model of several corpora, or one of each? Every run, then what they say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from tner_hf.errors import MissingExtraError
from tner_hf.files import write_file
from tner_hf.lab.analysis.comparing import check_same
from tner_hf.lab.reproduce.merged_figure import render_figure
from tner_hf.lab.reproduce.merged_result import Contrast, MergingResult, render_markdown
from tner_hf.lab.reproduce.merged_runs import (
    CONDITIONED,
    GENERAL,
    IN_DOMAIN,
    KINDS,
    LEAVE_ONE_OUT,
    MERGED,
    PROTOCOLS,
    RECIPE,
    Run,
    Study,
    keep_runs,
    plan_runs,
    read_runs,
)
from tner_hf.labels import split_tag
from tner_hf.metrics.lattice import types_of
from tner_hf.metrics.resampling import ScoreKey, UnitCounts, count_sides
from tner_hf.metrics.significance import compare_pooled, compare_runs
from tner_hf.predictions.predicted import PredictedSplit, join_answers
from tner_hf.predictions.store import load_arrays

#: Variant and corpus to the runs of each seed.
Found = Mapping[tuple[str, str], Mapping[int, Run]]


def study_merging(
    study: Study | None = None,
    *,
    output_dir: str | Path,
    variants: Sequence[str] = (),
    seeds: Sequence[int] = (1,),
    split: str = "validation",
    recipe: str = RECIPE,
    minutes: float | None = None,
    keep_models: bool = False,
    **loading: Any,
) -> MergingResult:
    """One model of several corpora against one of each.

    Everything lies in `<output_dir>/merged`: a file for each run, what the models said, and
    `<split>.json` and `.md` with all that the runs of the folder say, those of earlier calls too;
    where matplotlib is installed, `<split>.png` shows the recipe beside the models of one corpus.

    Args:
        study: the settings; None for the usual ones.
        output_dir: where results are stored, and found again.
        variants: names in `VARIANTS`; empty for all that so many corpora allow.
        seeds: of the runs.
        split: `validation`, to choose a recipe, or `test`, once it is chosen.
        recipe: what `leave-one-out` merges by, and the picture shows.
        minutes: no further run begins after so many.
        keep_models: leave the models of the runs.
        **loading: arguments of `load_dataset`.

    Raises:
        SettingError: the folder has runs of other settings, or nothing can be merged.
        UnknownNameError: no such corpus, variant or recipe.
        SourceError: a corpus cannot be had.
    """
    study, folder = study or Study(), Path(output_dir) / "merged"
    planned = plan_runs(study, split, variants, seeds, recipe)
    study.check_folder(folder)
    missing = keep_runs(planned, folder, minutes=minutes, keep_models=keep_models, **loading)
    result = compare_all(study, split, folder, missing)
    result.save(folder / f"{split}.json")
    write_file(folder / f"{split}.md", render_markdown(result))
    picture = folder / f"{split}.png"
    picture.unlink(missing_ok=True)  # an old one would show other numbers
    if any(each.variant == recipe for each in result.contrasts):
        with suppress(MissingExtraError):
            write_file(picture, render_figure(result, recipe, PROTOCOLS[0], "png"))
    return result


def compare_all(study: Study, split: str, folder: Path, missing: int = 0) -> MergingResult:
    """What the runs of a folder say."""
    found: dict[tuple[str, str], dict[int, Run]] = {}
    counted: dict[str, int] = {}
    for run in read_runs(folder, split):
        found.setdefault((run.variant, run.corpus), {})[run.seed] = run
        counted[run.variant] = counted.get(run.variant, 0) + 1
    contrasts = (*_compare_variants(study, folder, found), *_compare_unseen(study, folder, found))
    return MergingResult(study, split, counted, contrasts, missing)


def count_answers(answers: Sequence[PredictedSplit], protocol: str) -> list[UnitCounts]:
    """Entity counts of what several models said on a test set, each with the types it shares."""
    check_same({str(number): answer for number, answer in enumerate(answers)})
    joined, sides = join_answers(answers, "full"), []
    for answer, predicted in zip(answers, joined.runs, strict=True):
        known = types_of(answer.corpus_names) & types_of(answer.model_names)
        kept = np.arange(len(joined.names))
        if protocol == "shared":  # all others become `O`, which is the first
            kept[[split_tag(name)[1] not in known for name in joined.names]] = 0
        sides.append((kept[joined.gold], kept[predicted], answers[0].offsets))
    counts = count_sides(sides, names=joined.names)
    return [each.without_types().by_document(answers[0].documents) for each in counts]


def compare_answers(
    answers: Mapping[str, Sequence[PredictedSplit]],
    seeds: tuple[int, ...],
    about: tuple[str, str, str],
) -> Iterator[Contrast]:
    """A merged recipe against the in-domain models, on each corpus and on average.

    Args:
        answers: corpus to what the in-domain models said there, then the merged ones, each in the
            order of the seeds.
        seeds: of the runs.
        about: variant, way of asking, protocol.
    """
    sets = {}
    for name, said in answers.items():
        counts = count_answers(said, about[2])
        sets[name] = counts[: len(seeds)], counts[len(seeds) :]
    differences = {name: compare_runs(*sides).differences for name, sides in sets.items()}
    pooled = compare_pooled(list(sets.values()), [_key(kind) for kind in KINDS])
    for kind, mean in zip(KINDS, pooled, strict=True):
        found = {name: each[kind]["default"]["micro"]["f1"] for name, each in differences.items()}
        for name, each in {**found, "": mean}.items():
            yield Contrast(*about, kind, name, IN_DOMAIN, seeds, each)


def _compare_variants(study: Study, folder: Path, found: Found) -> Iterator[Contrast]:
    own = [found.get((IN_DOMAIN, name), {}) for name in study.corpora]
    for variant in MERGED:
        merged = found.get((variant, ""), {})
        seeds = tuple(sorted(set(merged).intersection(*own)))
        for way in _ways(merged[seeds[0]]) if seeds else ():
            answers = {
                name: [*_load(runs, seeds, folder, name), *_load(merged, seeds, folder, name, way)]
                for name, runs in zip(study.corpora, own, strict=True)
            }
            for protocol in PROTOCOLS:
                yield from compare_answers(answers, seeds, (variant, way, protocol))


def _compare_unseen(study: Study, folder: Path, found: Found) -> Iterator[Contrast]:
    for variant in (f"{LEAVE_ONE_OUT}-{recipe}" for recipe in MERGED):
        for corpus in study.corpora:
            merged = found.get((variant, corpus), {})
            others = [name for name in study.corpora if name != corpus]
            sides = [merged, *(found.get((IN_DOMAIN, name), {}) for name in others)]
            seeds = tuple(sorted(set(merged).intersection(*sides)))
            if not seeds:
                continue
            said = [answer for runs in sides for answer in _load(runs, seeds, folder, corpus)]
            for protocol in PROTOCOLS:
                counts = count_answers(said, protocol)
                counted = [counts[i : i + len(seeds)] for i in range(0, len(counts), len(seeds))]
                for kind in KINDS:
                    at = counts[0].keys.index(_key(kind))
                    means = [np.mean([run.score()[at] for run in side]) for side in counted[1:]]
                    best = int(np.argmax(means))
                    test = compare_runs(counted[1 + best], counted[0]).differences
                    f1 = test[kind]["default"]["micro"]["f1"]
                    about = variant, GENERAL, protocol, kind, corpus, others[best], seeds
                    yield Contrast(*about, f1, float(np.mean(means)))


def _load(
    runs: Mapping[int, Run], seeds: Sequence[int], folder: Path, name: str, way: str = GENERAL
) -> list[PredictedSplit]:
    return [load_arrays(runs[seed].said(folder, name, way)) for seed in seeds]


def _ways(run: Run) -> list[str]:
    """In which ways a model was asked on every corpus."""
    scores = run.scores.values()
    return [way for way in (GENERAL, CONDITIONED) if all(way in each for each in scores)]


def _key(kind: Any) -> ScoreKey:
    return ScoreKey(kind, "default", "micro", "", "f1")
