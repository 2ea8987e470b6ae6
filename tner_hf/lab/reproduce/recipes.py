"""The recipe of each table: a declaration of what was trained, tested and printed.

Sources: section 5 and the appendix of the paper, and the code and result files of its edition of
T-NER (0.0.x); the settings of training are the defaults of its `TrainTransformersNER`. What none of
them says is marked as assumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tner_hf.errors import UnknownNameError
from tner_hf.lab.reproduce.printed import Decimals
from tner_hf.metrics.spans import Variant
from tner_hf.plain import Stored

#: Which corpora a merged model is trained on.
NINE = (
    "ontonotes5", "conll2003", "wnut2017", "wikiann/en", "bionlp2004", "bc5cdr", "fin",
    "mit_restaurant", "mit_movie_trivia",
)  # fmt: skip
MERGED: Mapping[str, tuple[str, ...]] = {
    "all": NINE,
    "all-no-mit": tuple(name for name in NINE if not name.startswith("mit_")),
}

Layout = Literal["transfer", "in-domain", "merged"]


@dataclass(frozen=True)
class Training:
    """How every model of the paper was fine-tuned.

    Attributes:
        max_steps: optimizer steps on one corpus.
        merged_steps: optimizer steps on merged corpora; the authors' files have models of 5,000,
            10,000 and 15,000, and Table 3 prints the last. Of the others this is assumed.
        warmup_steps: of linear warm-up, after which the rate decays linearly to nothing.
        learning_rate: at the end of the warm-up.
        weight_decay: of all weights but biases and layer norms.
        batch_size: sentences in an optimizer step.
        max_length: sub-tokens, beyond which a sentence is cut off.
        max_grad_norm: gradients are clipped at this norm.
        seed: of shuffling and initialisation.
    """

    max_steps: int = 5_000
    merged_steps: int = 15_000
    warmup_steps: int = 700
    learning_rate: float = 1e-5
    weight_decay: float = 1e-7
    batch_size: int = 32
    max_length: int = 128
    max_grad_norm: float = 1.0
    seed: int = 1234


@dataclass(frozen=True)
class Source:
    """The authors' own file of the same experiment, with two decimals.

    Attributes:
        file: its name in `tner_hf/paper/`.
        names: row or column of the table to that of the file, where they differ.
    """

    file: str
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ColumnSetting:
    """What a column of a table stands for that does not have a test set in each column.

    Attributes:
        encoder: the base checkpoint.
        trained_on: key of `MERGED`; empty where a row names what was trained on.
        lowercase: whether training and test are lower-cased.
    """

    encoder: str
    trained_on: str = ""
    lowercase: bool = False


@dataclass(frozen=True)
class Recipe(Stored):
    """One table.

    Attributes:
        table: its name, e.g. `table3`.
        title: what it shows.
        file: the figures, in `tner_hf/paper/`.
        variant: whether types count; F1 is always micro-averaged, seqeval's default mode, in
            percent, under the protocol `shared`.
        layout: `transfer`: rows are trained on, columns tested on. `in-domain`: rows are both.
            `merged`: rows are tested on, and columns say which merged model.
        encoder: the base checkpoint of a transfer table.
        lowercase: whether a transfer table lower-cases training and test.
        columns: columns of the other layouts.
        prefix: put before the table's names to have those of corpora.
        source: the authors' own figures, where their repository has them.
        training: how models were fine-tuned.
        remarks: what to know before the figures are compared.
        decimals: whether those beyond the first were cut off or rounded; of Tables 5, 7 and 9 this
            is assumed.
    """

    table: str
    title: str
    file: str
    variant: Variant
    layout: Layout
    encoder: str = ""
    lowercase: bool = False
    columns: Mapping[str, ColumnSetting] = field(default_factory=dict)
    prefix: str = ""
    source: Source | None = None
    training: Training = field(default_factory=Training)
    remarks: tuple[str, ...] = ()
    decimals: Decimals = "cut"


_BASE, _LARGE = "xlm-roberta-base", "xlm-roberta-large"
_ES = "summary/summary_out_domain_es_f1.csv"
_MERGED_STEPS = (
    "The merged models are trained for 15,000 steps: for this table, unlike for Table 3, no file "
    "says how long the paper's were, so this is assumed."
)

RECIPES: Mapping[str, Recipe] = {
    recipe.table: recipe
    for recipe in (
        Recipe(
            "table2",
            "in-domain type-aware F1 of both encoders",
            "table2_in_domain_type_aware_f1.csv",
            "type_aware",
            "in-domain",
            columns={_BASE: ColumnSetting(_BASE), _LARGE: ColumnSetting(_LARGE)},
        ),
        Recipe(
            "table3",
            "cross-domain type-ignored F1, XLM-R large",
            "table3_cross_domain_type_ignored_f1_xlmr_large.csv",
            "type_ignored",
            "transfer",
            encoder=_LARGE,
            source=Source(_ES, {"all": "all_15000"}),
        ),
        Recipe(
            "table4",
            "cross-lingual type-aware F1 over WikiAnn, XLM-R large",
            "table4_cross_lingual_type_aware_f1_xlmr_large.csv",
            "type_aware",
            "transfer",
            encoder=_LARGE,
            prefix="wikiann/",
            source=Source(
                "summary/summary_out_domain_ner_f1.panx.csv",
                {language: f"wikiann/{language}" for language in ("en", "ja", "ru")},
            ),
        ),
        Recipe(
            "table5",
            "cross-lingual type-aware F1 over WikiAnn, XLM-R base",
            "table5_cross_lingual_type_aware_f1_xlmr_base.csv",
            "type_aware",
            "transfer",
            encoder=_BASE,
            prefix="wikiann/",
        ),
        Recipe(
            "table6",
            "type-aware F1 of one model trained on all English corpora",
            "table6_all_english_type_aware_f1.csv",
            "type_aware",
            "merged",
            columns={
                "cased_base": ColumnSetting(_BASE, "all-no-mit"),
                "cased_large": ColumnSetting(_LARGE, "all-no-mit"),
                "lowercased_base": ColumnSetting(_BASE, "all", lowercase=True),
                "lowercased_large": ColumnSetting(_LARGE, "all", lowercase=True),
            },
            remarks=(
                (
                    "The cased columns are of models trained without the two MIT corpora, as the "
                    "authors' files show (cased_large is their all_no_mit_15000): the row `all` of "
                    "Table 3 is of another model, trained on all nine. The other columns are of "
                    "models of as many steps and corpora, which is assumed; lowercased_large is "
                    "their all_lower."
                ),
            ),
            decimals="rounded",
        ),
        Recipe(
            "table7",
            "cross-domain type-ignored F1, XLM-R base",
            "table7_cross_domain_type_ignored_f1_xlmr_base.csv",
            "type_ignored",
            "transfer",
            encoder=_BASE,
            remarks=(_MERGED_STEPS,),
        ),
        Recipe(
            "table8",
            "cross-domain type-ignored F1 on lower-cased text, XLM-R large",
            "table8_cross_domain_type_ignored_f1_lowercased_xlmr_large.csv",
            "type_ignored",
            "transfer",
            encoder=_LARGE,
            lowercase=True,
            source=Source("summary/summary_out_domain_es_f1.lower.csv", {"all": "all_lower"}),
            remarks=(_MERGED_STEPS,),
        ),
        Recipe(
            "table9",
            "cross-domain type-ignored F1 on lower-cased text, XLM-R base",
            "table9_cross_domain_type_ignored_f1_lowercased_xlmr_base.csv",
            "type_ignored",
            "transfer",
            encoder=_BASE,
            lowercase=True,
            remarks=(_MERGED_STEPS,),
        ),
    )
}


def recipe(table: str) -> Recipe:
    """The recipe of a table.

    Raises:
        UnknownNameError: the paper has no such table of scores.
    """
    if table not in RECIPES:
        hint = "Table 1 is printed by `tner-hf datasets stats`." if table == "table1" else ""
        raise UnknownNameError("table", table, RECIPES, hint)
    return RECIPES[table]
