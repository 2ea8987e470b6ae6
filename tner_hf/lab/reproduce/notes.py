"""What is known of the published figures, said under the figures it is about.

Each statement rests on the paper, on the authors' files in `tner_hf/paper/summary/`, or on the code
of T-NER 0.0.8, the paper's edition; it names which, or says that it is a guess. Whether the figures
came from just this code, the authors do not say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tner_hf.lab.reproduce.plan import Edition, Plan
from tner_hf.lab.reproduce.printed import (
    find_average_defects,
    find_slips,
    read_printed,
)
from tner_hf.lab.reproduce.recipes import MERGED, Recipe
from tner_hf.lab.reproduce.result import (
    SEED_BAND,
    TRANSFER_BAND,
    Average,
    Cell,
    Note,
    Split,
)


@dataclass(frozen=True)
class Defect:
    """Something odd about the data behind the paper's figures.

    Attributes:
        corpus: whose data.
        side: which figures it touches: those of models trained on the corpus, or tested too.
        text: what is odd, how that is known, and what is done here.
        comparable: in which editions figures can be compared all the same.
    """

    corpus: str
    side: Literal["trained", "trained or tested"]
    text: str
    comparable: tuple[Edition, ...] = ()

    def touches(self, cell: Cell) -> bool:
        """Whether a figure rests on the corpus alone."""
        return self.corpus == cell.trained_on or (
            self.side == "trained or tested" and self.corpus == cell.tested_on
        )


DEFECTS = (
    Defect(
        "wikiann/ja",
        "trained or tested",
        "The reader of T-NER 0.0.8 gives all three splits of wikiann/ja the same sentences (train, "
        "validation and test together: one list grows for all). If the paper's figures came from "
        "it, its Japanese models were tested on what they had learnt, and all others on 40,000 "
        "sentences in place of 10,000. It also groups characters into words; here they are "
        "characters, as released.",
    ),
    Defect(
        "wnut2017",
        "trained",
        "Table 1 has 1,000 training sentences of WNUT 2017, and why is not known: the corpus has "
        "3,394, and so many does the reader of T-NER 0.0.8 find (`decode_file` strips lines, so "
        "one that holds a tab alone ends a sentence). Trained here on the 3,394. Breaking at empty "
        "lines only would give 1,000 (the configuration `wnut2017/paper`); that this was done is "
        "a guess.",
        comparable=("paper", "default"),
    ),
    Defect(
        "bc5cdr",
        "trained or tested",
        "T-NER 0.0.8 drops the text after the last mention of each abstract and ends a sentence at "
        "every full stop (`get_dataset.py`); that gives the sentences of Table 1, to the last. "
        "`--edition paper` does the same, `--edition default` does not.",
        comparable=("paper",),
    ),
)


#: Words that the reader of T-NER 0.0.8 leaves out of every corpus (`STOPWORDS` in its
#: `get_dataset.py`).
DROPPED = ("#", "None")

_ONE_SEED = (
    "Each of the paper's figures is taken to be of one run: the authors' files have one for each "
    "pair, and the seed of T-NER 0.0.8 is 1234. What another seed would give, they do not say."
)
_BAND = (
    f"The band is arbitrary: {SEED_BAND:g} point on a corpus that the model was trained on and "
    f"{TRANSFER_BAND:g} on another, for seeds, whose spread nobody has measured for these models; "
    "and one standard error of a share of the gold entities."
)


def explain_incomparable(plan: Plan, cell: Cell) -> str:
    """Why a figure cannot be held against the paper's; empty where it can."""
    if plan.scaled_down:
        return "scaled down"
    model = plan.models.get(cell.model)
    if model and model.lacking:
        return f"merged without {', '.join(model.lacking)}"
    steps = plan.recipe.training.merged_steps
    if model and model.is_merged and model.training.max_steps != steps:
        return f"trained for {model.training.max_steps:,} steps instead of {steps:,}"
    edition = plan.scale.edition
    members = MERGED.get(cell.trained_on, ())
    for defect in DEFECTS:
        if edition not in defect.comparable and (
            defect.touches(cell) or (model and defect.corpus in members)
        ):
            return f"see the note on {defect.corpus}"
    return ""


def find_averages(recipe: Recipe, cells: Sequence[Cell]) -> tuple[Average, ...]:
    """The averages of the rows that are there."""
    printed = read_printed(recipe.file)
    defects = average_defects(recipe)
    averages = []
    for row, value in printed.averages.items():
        mine = [cell for cell in cells if cell.row == row]
        if not mine:
            continue
        complete = len(mine) == len(printed.columns)
        known = [cell.ours_as_paper for cell in mine if cell.ours_as_paper is not None]
        ours = sum(known) / len(known) if complete and len(known) == len(mine) else None
        averages.append(
            Average(
                row,
                value,
                round(printed.mean(row), 1),
                None if ours is None else round(ours, 2),
                defects.get(row, ""),
            )
        )
    return tuple(averages)


def average_defects(recipe: Recipe) -> dict[str, str]:
    """Row to what is wrong with its printed average."""
    source = recipe.source
    return find_average_defects(
        read_printed(recipe.file),
        read_printed(source.file) if source else None,
        source.names if source else None,
    )


def make_notes(
    plan: Plan,
    cells: Sequence[Cell],
    models: Mapping[str, Mapping[str, Any]],
    splits: Sequence[Split] = (),
) -> tuple[Note, ...]:
    """Everything a reader of these figures must know, in the order of importance."""
    scored = [cell for cell in cells if not cell.is_zero_by_construction]
    told: list[tuple[str, list[Cell]]] = [
        *((d.text, [c for c in scored if d.touches(c)]) for d in DEFECTS),
        *_note_slips(plan.recipe, cells),
        *_note_cut_tests(scored),
        *_note_masked_tags(scored),
        *_note_dropped_words(scored, splits),
        *_note_models(plan, scored, models),
    ]
    about_all = [_ONE_SEED] if plan.scaled_down else [_ONE_SEED, _BAND]
    return (
        *(Note(text) for text in plan.recipe.remarks),
        *(Note(text, tuple((c.row, c.column) for c in mine)) for text, mine in told if mine),
        *(Note(text) for text in about_all),
    )


#: Texts, each with the figures that it is about.
_Told = Iterator[tuple[str, list[Cell]]]


def _note_slips(recipe: Recipe, cells: Sequence[Cell]) -> _Told:
    if recipe.source is None:
        return
    slips = find_slips(
        read_printed(recipe.file),
        read_printed(recipe.source.file),
        recipe.source.names,
        decimals=recipe.decimals,
    )
    for cell in cells:
        if (own := slips.get((cell.row, cell.column))) is not None:
            text = (
                f"The paper prints {cell.paper}; the authors' own file says {own:.2f}: a slip, "
                "probably."
            )
            yield text, [cell]


def _note_cut_tests(cells: Sequence[Cell]) -> _Told:
    """One note for each test set that the paper's code did not score whole."""
    for dataset in dict.fromkeys(cell.dataset for cell in cells if cell.tokens_cut):
        mine = [cell for cell in cells if cell.dataset == dataset and cell.tokens_cut]
        most = max(mine, key=lambda cell: cell.tokens_cut)
        text = (
            f"{most.tokens_cut:,} of the {most.tokens:,} test tokens of {dataset} lie beyond "
            "sub-token 128, where T-NER 0.0.8 cuts sentences off and scores nothing. `ours` "
            "counts them; `as paper` does not, and the difference is taken of that."
        )
        yield text, mine


def _note_masked_tags(cells: Sequence[Cell]) -> _Told:
    """One note for each set of tags that the paper's code masked and the protocol does not."""
    for tags in dict.fromkeys(cell.tags_masked for cell in cells if cell.tags_masked):
        text = (
            f"No split of the corpora trained on, or none of the one tested on, has "
            f"{', '.join(tags)}. T-NER 0.0.8 masks tags and reads such a tag as `O`; the protocol "
            "`shared` masks whole types and keeps it. `ours` is by types, `as paper` by tags."
        )
        yield text, [cell for cell in cells if cell.tags_masked == tags]


def _note_dropped_words(cells: Sequence[Cell], splits: Sequence[Split]) -> _Told:
    tested = {cell.dataset for cell in cells}
    found = [split for split in splits if split.dropped and split.dataset in tested]
    counts = [
        f"{split.dropped:,} of the {split.test_tokens:,} test tokens of {split.dataset}"
        for split in found
    ]
    text = (
        f"T-NER 0.0.8 leaves the words {' and '.join(f'`{word}`' for word in DROPPED)} out when it "
        f"reads a corpus: {', '.join(counts)}. Here they are read and scored in every column."
    )
    touched = {split.dataset for split in found}
    yield text, [cell for cell in cells if cell.dataset in touched]


def _note_models(
    plan: Plan, cells: Sequence[Cell], models: Mapping[str, Mapping[str, Any]]
) -> _Told:
    for name, facts in models.items():
        if lost := facts.get("truncated_tokens", 0):
            text = (
                f"Training on {', '.join(plan.models[name].datasets)} cuts sentences off as the "
                f"paper did: {lost:,} of {facts['tokens']:,} tokens "
                f"({lost / max(facts['tokens'], 1):.1%}) are never seen."
            )
            yield text, [cell for cell in cells if cell.model == name]
    for name, model in plan.models.items():
        if model.lacking:
            text = f"This merged model was trained without {', '.join(model.lacking)}."
            yield text, [cell for cell in cells if cell.model == name]
