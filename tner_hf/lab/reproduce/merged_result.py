"""What a study of merging found: contrasts and the verdict, computed, and both as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from tner_hf.lab.reproduce.merged_runs import (
    GENERAL,
    IN_DOMAIN,
    LEAVE_ONE_OUT,
    PROTOCOLS,
    Run,
    Study,
)
from tner_hf.metrics.differences import Difference
from tner_hf.plain import Stored
from tner_hf.report.columns import WIDTH, align_columns, markdown_table, wrap_line

#: How much F1 a merged model may lose, of 1, and the level of the one-sided test that it does not.
MARGIN, ALPHA = 0.005, 0.05

#: How many columns from the left hold text; header and rows.
Table = tuple[int, list[tuple[str, ...]]]


@dataclass(frozen=True)
class Contrast(Stored):
    """Merged models beside models of one corpus, by micro F1.

    Attributes:
        variant: how corpora were merged.
        asked: `general` or `conditioned`.
        protocol: of the scores, each model with the types that it and the test set know.
        kind: `type_aware` or `type_ignored`.
        corpus: the test set; empty for the mean over all, each of which counts alike.
        against: `in-domain`; where the corpus was left out, the one whose model is the best there.
        seeds: that both sides have.
        found: the means over the seeds and their difference, merged minus single.
        mean_single: where the corpus was left out, the mean of the models of all others.
    """

    variant: str
    asked: str
    protocol: str
    kind: str
    corpus: str
    against: str
    seeds: tuple[int, ...]
    found: Difference
    mean_single: float | None = None


@dataclass(frozen=True)
class Verdict(Stored):
    """Whether a merged model does as well as those of each corpus.

    Attributes:
        variant: how corpora were merged.
        asked: `general` or `conditioned`.
        protocol: of the scores.
        kind: `type_aware` or `type_ignored`.
        missed: corpus to the points of F1 by which it is below the margin.
        better: corpora with a higher mean than in-domain.
        corpora: how many there are.
        p: one-sided, of being worse by the margin or more on average over corpora.
    """

    derived: ClassVar = ("holds",)

    variant: str
    asked: str
    protocol: str
    kind: str
    missed: Mapping[str, float]
    better: int
    corpora: int
    p: float

    @property
    def holds(self) -> bool:
        """No corpus is missed, non-inferiority is shown, and half of the corpora are better."""
        return not self.missed and self.p < ALPHA and 2 * self.better >= self.corpora


@dataclass(frozen=True)
class MergingResult(Stored):
    """All that the runs of a folder say on one split.

    Attributes:
        study: the settings.
        split: that was scored.
        runs: variant to the number of finished runs.
        contrasts: of every variant, way of asking, protocol and kind.
        missing: runs of the last call that are still to be done.
    """

    derived: ClassVar = ("verdicts",)

    study: Study
    split: str
    runs: Mapping[str, int]
    contrasts: tuple[Contrast, ...] = ()
    missing: int = 0

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """One for each variant, way of asking, protocol and kind."""
        grouped: dict[tuple[str, str, str, str], dict[str, Difference]] = {}
        for each in self.contrasts:
            if each.against == IN_DOMAIN:
                grouped.setdefault(_about(each), {})[each.corpus] = each.found
        return tuple(_judge(*about, found) for about, found in grouped.items())


def _judge(variant: str, asked: str, protocol: str, kind: str, found: Any) -> Verdict:
    mean = found.pop("")
    missed = {
        name: round(100 * (-MARGIN - each.difference), 2)
        for name, each in found.items()
        if each.difference < -MARGIN
    }
    better = sum(each.difference > 0 for each in found.values())
    p = mean.worse_by(MARGIN)
    return Verdict(variant, asked, protocol, kind, missed, better, len(found), p)


def render_text(result: MergingResult, width: int = WIDTH) -> str:
    """The result for a terminal."""
    shown = [
        wrap_line(part, width)
        if isinstance(part, str)
        else "\n".join(align_columns(part[1], text_columns=part[0], width=width))
        for part in _parts(result)
    ]
    return "\n\n".join(shown)


def render_markdown(result: MergingResult) -> str:
    """The result as Markdown, to stand in a page."""
    shown = [
        part if isinstance(part, str) else markdown_table(part[1], text_columns=part[0])
        for part in _parts(result)
    ]
    return "\n\n".join(shown) + "\n"


def render_ablation(result: MergingResult, protocol: str = "shared") -> str:
    """What each recipe gains and loses on average and where it loses most, as Markdown."""
    rows: list[tuple[str, ...]] = [
        ("model", "asked", "types", "mean difference", f"more than {100 * MARGIN:g} below")
    ]
    means = {_about(each): each.found for each in result.contrasts if not each.corpus}
    for each in sorted(result.verdicts, key=lambda each: each.kind):
        if each.protocol == protocol:
            worst = sorted(each.missed.items(), key=lambda item: -item[1])
            # `missed` counts from the margin.
            lost = ", ".join(f"{name} {-points - 100 * MARGIN:.1f}" for name, points in worst)
            about = each.variant, each.asked, _kind(each.kind)
            rows.append((*about, _show(means[_about(each)]), lost or "none"))
    return markdown_table(rows, text_columns=3)


def _about(each: Contrast | Verdict) -> tuple[str, str, str, str]:
    return each.variant, each.asked, each.protocol, each.kind


def render_plan(
    runs: Sequence[Run], parts: Mapping[str, Mapping[str, Any]], folder: Path, width: int = WIDTH
) -> str:
    """What a study would train and score."""
    split = runs[0].split
    sizes = [("corpus", "train", split)]
    sizes += [(n, f"{len(p['train']):,}", f"{len(p[split]):,}") for n, p in parts.items()]
    rows = [("run", "state", "sentences", "tests")]
    for run in runs:
        state = "there" if run.result(folder).is_file() else "to train"
        sentences = sum(len(parts[name]["train"]) for name in run.trained_on)
        rows.append((run.name, state, f"{sentences:,}", str(len(run.tested_on))))
    tables = (align_columns(sizes, width=width), align_columns(rows, text_columns=2, width=width))
    return "\n\n".join([wrap_line(describe_study(runs[0].study), width), *map("\n".join, tables)])


def describe_study(study: Study) -> str:
    """How every model is trained and scored, in a line."""
    encoder = study.to_dict()["model_name_or_path"]
    length = f"{study.max_steps:,} steps" if study.max_steps else f"{study.epochs} epochs"
    return (
        f"Every model: {encoder}, {length} in batches of {study.batch_size}, learning rate "
        f"{study.learning_rate:g}{', bfloat16' if study.bf16 else ''}, at most "
        f"{study.max_train_samples:,} training sentences of each corpus, scored on the first "
        f"{study.max_test_samples:,}; {study.held_out} training sentences validate where a corpus "
        "has no split for it."
    )


def _parts(result: MergingResult) -> Iterator[str | Table]:
    counted = ", ".join(f"{name} {number}" for name, number in result.runs.items())
    left = f"; {result.missing} still to be done, by the same command" if result.missing else ""
    yield f"Merging, split {result.split}. {describe_study(result.study)}"
    yield f"Runs: {counted or 'none yet'}{left}."
    seen = [each for each in result.contrasts if each.against == IN_DOMAIN]
    for protocol in PROTOCOLS if seen else ():
        yield (
            f"F1 in percent, protocol {protocol}, and merged minus in-domain with its 95 % "
            "interval over seeds and text:"
        )
        yield _show_seen([each for each in seen if each.protocol == protocol])
    if seen:
        yield (
            f"Verdict: no corpus more than {100 * MARGIN:g} below in-domain; not worse by that "
            f"much on average over corpora (one-sided p < {ALPHA:g}); better on half of them:"
        )
        yield _show_verdicts(result.verdicts)
    if unseen := [each for each in result.contrasts if each.against != IN_DOMAIN]:
        yield (
            "Corpora that nobody trained on: all others merged, asked without condition, beside "
            "their single models. Which is the best is known in hindsight only; the difference is "
            "to it, with its 95 % interval:"
        )
        yield _show_unseen(unseen)
        yield from _count_unseen(unseen)


def _show_seen(contrasts: Sequence[Contrast]) -> Table:
    """In-domain once for all variants with the same seeds, then each variant."""
    by_row: dict[tuple[str, str, tuple[int, ...], str], list[Contrast]] = {}
    for each in contrasts:
        by_row.setdefault((each.variant, each.asked, each.seeds, each.kind), []).append(each)
    rows: dict[tuple[str, ...], tuple[str, ...]] = {}
    for (variant, asked, seeds, kind), mine in by_row.items():
        shown = " ".join(map(str, seeds))
        single = (f"{100 * each.found.first:.1f}" for each in mine)
        rows.setdefault((IN_DOMAIN, GENERAL, _kind(kind), shown), tuple(single))
        merged = (f"{100 * each.found.second:.1f} {_show(each.found)}" for each in mine)
        rows[variant, asked, _kind(kind), shown] = tuple(merged)
    corpora = dict.fromkeys(each.corpus or "mean" for each in contrasts)
    ordered = sorted(rows, key=lambda row: row[0] != IN_DOMAIN)
    return 4, [
        ("model", "asked", "types", "seeds", *corpora), *((*row, *rows[row]) for row in ordered)
    ]  # fmt: skip


def _show_verdicts(verdicts: Sequence[Verdict]) -> Table:
    rows: list[tuple[str, ...]] = [
        ("model", "asked", "protocol", "types", "holds", "missed by", "better on", "p")
    ]
    for each in verdicts:
        about = each.variant, each.asked, each.protocol, _kind(each.kind)
        missed = ", ".join(f"{name} {points:.2f}" for name, points in each.missed.items())
        holds = "yes" if each.holds else "no"
        better = f"{each.better} of {each.corpora}"
        rows.append((*about, holds, missed or "none", better, f"{each.p:.4f}"))
    return 6, rows


def _show_unseen(contrasts: Sequence[Contrast]) -> Table:
    rows: list[tuple[str, ...]] = [
        ("left out", "recipe", "protocol", "types", "seeds", "merged", "best single", "mean single",
         "difference")
    ]  # fmt: skip
    for each in contrasts:
        about = each.corpus, _recipe(each), each.protocol, _kind(each.kind)
        best = f"{100 * each.found.first:.1f} ({each.against})"
        mean = f"{100 * (each.mean_single or 0):.1f}"
        merged, seeds = f"{100 * each.found.second:.1f}", " ".join(map(str, each.seeds))
        rows.append((*about, seeds, merged, best, mean, _show(each.found)))
    return 5, rows


def _count_unseen(contrasts: Sequence[Contrast]) -> Iterator[str]:
    grouped: dict[tuple[str, str, str], list[Contrast]] = {}
    for each in contrasts:
        grouped.setdefault((_recipe(each), each.protocol, _kind(each.kind)), []).append(each)
    for about, mine in grouped.items():
        best = sum(each.found.difference > 0 for each in mine)
        mean = sum(each.found.second > (each.mean_single or 0) for each in mine)
        yield (
            f"{', '.join(about)}: above the best single model on {best} of {len(mine)} corpora, "
            f"above the mean of all single models on {mean}."
        )


def _recipe(each: Contrast) -> str:
    return each.variant.removeprefix(f"{LEAVE_ONE_OUT}-")


def _show(found: Difference) -> str:
    difference, low, high = (100 * each for each in (found.difference, found.low, found.high))
    return f"{difference:+.1f} [{low:+.1f}, {high:+.1f}]"


def _kind(kind: str) -> str:
    return kind.removeprefix("type_")
