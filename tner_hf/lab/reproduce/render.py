"""A reproduction, and the plan of one, as text and as Markdown."""

from __future__ import annotations

import textwrap
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence

from tner_hf.lab.reproduce.plan import Plan, encoders
from tner_hf.lab.reproduce.recipes import RECIPES
from tner_hf.lab.reproduce.result import Cell, Reproduction, Split
from tner_hf.report.columns import WIDTH, align_columns, markdown_table

#: Header and rows of a table, and how many columns from the left hold text.
Table = tuple[tuple[str, ...], Sequence[tuple[str, ...]], int]

_NOTHING = "–"

#: Columns of text that stand to the right of numbers.
_PROSE = frozenset({"encoder", "trained on", "state", "verdict", "notes"})


def render_text(result: Reproduction, width: int = WIDTH) -> str:
    """The result for a terminal."""
    parts = [_title(result)]
    for heading, content in _parts(result):
        shown = content if isinstance(content, str) else _show_plain(content)
        parts += [heading.lower(), shown] if heading else [shown]
    lines = [_wrap(part, width) if "\n" not in part else part for part in parts]
    notes = [_wrap(line, width, indent="    ") for line in _note_lines(result)]
    return "\n\n".join([*lines, "\n".join(notes)]).rstrip()


def render_markdown(result: Reproduction) -> str:
    """The result as a Markdown page."""
    parts = [f"# {_title(result)}"]
    for heading, content in _parts(result):
        shown = content if isinstance(content, str) else _show_markdown(content)
        parts += [f"## {heading}", shown] if heading else [shown]
    if notes := _note_lines(result):
        parts += ["## Notes", "\n".join(f"- {line}" for line in notes)]
    return "\n\n".join(parts) + "\n"


def _parts(result: Reproduction) -> Iterator[tuple[str, str | Table]]:
    """Paragraphs and tables, some under a heading."""
    yield "", _status(result)
    yield "", _figures(result)
    if zeros := _tell_zeros(result):
        yield "", zeros
    if result.averages:
        yield "Averages of the rows", _averages(result)
        # Remarks are longer than a line of a terminal: under the table rather than in it.
        for average in result.averages:
            if average.defect:
                yield "", f"{average.row}: {average.defect}"
    yield "Data", _splits(result.splits)


def render_recipes() -> str:
    """The recipes in one table, and what they have in common."""
    head, rows = ("table", "measure", "encoder", "case", "shows"), []
    for recipe in RECIPES.values():
        settings = recipe.columns.values()
        cases = {s.lowercase for s in settings} or {recipe.lowercase}
        case = " and ".join("lower" if lower else "cased" for lower in sorted(cases))
        measure = recipe.variant.replace("_", "-")
        rows.append((recipe.table, measure, ", ".join(encoders(recipe)), case, recipe.title))
    t = next(iter(RECIPES.values())).training
    common = (
        f"Each model: {t.max_steps:,} steps ({t.merged_steps:,} on merged corpora), learning rate "
        f"{t.learning_rate:g} with linear schedule and {t.warmup_steps} steps of warm-up, weight "
        f"decay {t.weight_decay:g}, batches of {t.batch_size} sentences of at most {t.max_length} "
        f"sub-tokens, gradient norm at most {t.max_grad_norm:g}, seed {t.seed}. Scores: micro F1 "
        "in seqeval's default mode, protocol `shared`."
    )
    return _show_plain((head, rows, 5)) + "\n\n" + _wrap(common, WIDTH)


def render_plan(plan: Plan, splits: Sequence[Split], is_trained: Callable[[str], bool]) -> str:
    """What a run would train and score."""
    sizes = {split.dataset: split for split in splits}
    head = ("model", "encoder", "trained on", "state", "steps", "sentences", "tests")
    rows = []
    for model in plan.models.values():
        sentences = sum(sizes[name].train or 0 for name in model.datasets)
        rows.append(
            (
                model.name,
                model.encoder,
                ", ".join(model.datasets),
                "there" if is_trained(model.name) else "to train",
                f"{model.training.max_steps:,}",
                f"{min(sentences, plan.scale.max_train_samples or sentences):,}",
                str(len(plan.tests(model.name))),
            )
        )
    computed = sum(len(plan.tests(name)) for name in plan.models)
    parts = [
        f"{plan.recipe.table}: {plan.recipe.title}",
        *([_wrap(_scaled_line(plan.scaled_down), WIDTH)] if plan.scaled_down else []),
        f"{computed} of {len(plan.cells)} figures can be computed",
        _show_plain((head, rows, 1)),
        _show_plain(_splits(splits)),
        *(_wrap(f"{name} is absent: {why}", WIDTH) for name, why in plan.absent.items()),
    ]
    return "\n\n".join(parts)


def _title(result: Reproduction) -> str:
    measure = result.variant.replace("_", "-")
    return (
        f"{result.table}: {result.title} (micro F1 in percent, {measure}, protocol shared, "
        "seqeval's default mode)"
    )


def _status(result: Reproduction) -> str:
    if result.scaled_down:
        return _scaled_line(result.scaled_down)
    # A zero that could be nothing else confirms nothing.
    kinds = Counter(
        "zero by construction" if _is_settled(cell) else cell.verdict for cell in result.cells
    )
    return f"figures: {', '.join(f'{number} {kind}' for kind, number in kinds.items())}"


def _scaled_line(deviations: Sequence[str]) -> str:
    return (
        f"SCALED DOWN: {'; '.join(deviations)}. These figures show that the recipe runs; they "
        "neither confirm nor refute the paper's."
    )


def _figures(result: Reproduction) -> Table:
    """One line for each figure, those that are zero by construction aside.

    `as paper` is ours as the paper's code would have scored it; of it the difference is taken, with
    the decimals that the paper prints.
    """
    several = len({cell.encoder for cell in result.cells}) > 1
    judged = not result.scaled_down
    head = [
        *(["column"] if several else []), "trained on", "tested on", "paper", "ours", "as paper",
        "difference", *(["band", "verdict"] if judged else []), "notes",
    ]  # fmt: skip
    marks = _marks(result)
    rows = []
    for cell in result.cells:
        if _is_settled(cell):
            continue
        rows.append(
            (
                *([cell.column] if several else []),
                cell.trained_on,
                cell.tested_on,
                f"{cell.paper:.1f}",
                _number(cell.ours),
                _number(cell.ours_as_paper),
                _NOTHING if cell.difference is None else f"{cell.difference:+.1f}",
                *([_band(cell), _verdict(cell)] if judged else []),
                " ".join([*([cell.absent] if cell.absent else []), *marks[cell.row, cell.column]]),
            )
        )
    return tuple(head), rows, 2 + several


def _is_settled(cell: Cell) -> bool:
    return cell.is_zero_by_construction and cell.paper == 0 == cell.ours


def _tell_zeros(result: Reproduction) -> str:
    pairs: dict[str, list[str]] = {}
    for cell in filter(_is_settled, result.cells):
        pairs.setdefault(cell.trained_on, []).append(cell.tested_on)
    told = "; ".join(f"{trained} on {', '.join(tested)}" for trained, tested in pairs.items())
    return told and (
        "0.0 in the paper and here by construction, because model and corpus share no entity type "
        f"and the protocol leaves nothing to score: {told}."
    )


def _averages(result: Reproduction) -> Table:
    head = ("trained on", "paper prints", "mean of its row", "ours")
    rows = [
        (a.row, f"{a.printed:.1f}", f"{a.recomputed:.1f}", _number(a.ours)) for a in result.averages
    ]
    return head, rows, 1


def _splits(splits: Sequence[Split]) -> Table:
    head = ("corpus", "edition", "train", "test", "paper: train", "paper: test")
    rows = []
    for split in splits:
        edition = "as the paper's code" if split.dataset != split.corpus else "as released"
        sizes = (split.train, split.test, split.paper_train, split.paper_test)
        shown = "absent" if split.absent else edition
        rows.append((split.corpus, shown, *(_NOTHING if n is None else f"{n:,}" for n in sizes)))
    return head, rows, 2


def _note_lines(result: Reproduction) -> list[str]:
    numbered = [f"[{number}] {note.text}" for number, note in enumerate(result.notes, start=1)]
    absent = [
        f"{split.corpus} is absent: {split.absent}" for split in result.splits if split.absent
    ]
    return [*numbered, *absent]


def _marks(result: Reproduction) -> dict[tuple[str, str], list[str]]:
    """Cell to the numbers of the notes that are about it."""
    marks: dict[tuple[str, str], list[str]] = defaultdict(list)
    for number, note in enumerate(result.notes, start=1):
        for place in note.cells:
            marks[place].append(f"[{number}]")
    return marks


def _number(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.2f}"


def _band(cell: Cell) -> str:
    return _NOTHING if cell.band is None else f"±{cell.band:.1f}"


def _verdict(cell: Cell) -> str:
    return f"{cell.verdict}: {cell.not_comparable}" if cell.not_comparable else cell.verdict


def _show_plain(table: Table) -> str:
    head, rows, text_columns = table
    lines = align_columns([head, *rows], text_columns=text_columns, prose=_find_prose(head))
    return "\n".join(lines)


def _show_markdown(table: Table) -> str:
    head, rows, text_columns = table
    lines = [head, *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return markdown_table(lines, text_columns=text_columns, prose=_find_prose(head))


def _find_prose(head: Sequence[str]) -> list[int]:
    return [i for i, name in enumerate(head) if name in _PROSE]


def _wrap(text: str, width: int, indent: str = "") -> str:
    return textwrap.fill(text, width, subsequent_indent=indent, break_on_hyphens=False)
