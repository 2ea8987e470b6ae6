"""How `tner-hf datasets` shows what it found."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tner_hf.cli.data_options import SPLITS
from tner_hf.cli.output import Cell, Output

if TYPE_CHECKING:
    from tner_hf.data.corpora import Corpus
    from tner_hf.data.stats import CorpusStats
    from tner_hf.data.table1 import TableRow


def show_corpora(corpora: Sequence[Corpus], output: Output) -> None:
    """All corpora, a line each."""
    rows: list[list[Cell]] = []
    for facts in corpora:
        counts = facts.counts.get(facts.configs[0], {})
        sizes = [counts[s].sentences if s in counts else None for s in SPLITS]
        types = len(dict.fromkeys(facts.types.values()))
        rows.append([facts.name, types, _languages(facts), *sizes, facts.domain])
    output.table(["corpus", "types", "languages", *SPLITS, "text"], rows)
    output.text("\nSizes are sentences. tner-hf datasets info CORPUS tells more.")


def show_corpus(facts: Corpus, output: Output) -> None:
    """All that is known of one corpus."""
    output.heading(f"{facts.name}: {facts.title}, named entities in {facts.domain}")
    output.text()
    may = "may be" if facts.redistributable else "must not be"
    _definition(output, "home", facts.homepage)
    _definition(output, "licence", f"{facts.licence}; the converted corpus {may} published")
    _definition(output, "languages", " ".join(facts.languages))
    each = set(facts.configs) == set(facts.languages)
    configs = "one for each language" if each else " ".join(facts.configs)
    _definition(output, "configurations", f"{configs}; {facts.configs[0]} unless you say")
    for file, addresses in facts.sources.items():
        _definition(output, "source", f"{file} from {' or '.join(addresses)}")
    if facts.how_to_get:
        _definition(output, "how to get it", facts.how_to_get)
    output.text()
    output.table(["type", "unified type"], [[n, u] for n, u in facts.types.items()])
    rows: list[list[Cell]] = [
        [config, split, counts.sentences, counts.tokens, counts.entities]
        for config, splits in facts.counts.items()
        for split, counts in splits.items()
    ]
    if rows:
        output.text()
        output.table(["configuration", "split", "sentences", "tokens", "entities"], rows)
    if facts.paper_note:
        output.text()
        _definition(output, "in the paper", facts.paper_note)
    output.text(f"\n{facts.citation.strip()}")


def _languages(facts: Corpus) -> str:
    return " ".join(facts.languages) if len(facts.languages) < 4 else str(len(facts.languages))


def _definition(output: Output, name: str, text: str) -> None:
    output.text(
        textwrap.fill(
            text,
            width=output.width,
            initial_indent=f"{name + ':':<16} ",
            subsequent_indent=" " * 17,
            break_long_words=False,
            break_on_hyphens=False,
        )
    )


def show_stats(stats: CorpusStats, output: Output) -> None:
    """The sizes of one dataset: its splits, then its types."""
    output.heading(stats.name)
    lengths = ("median", "p99", "longest")
    output.table(
        ["split", "sentences", "tokens", "entities", *lengths, "also in train"],
        [
            [
                split,
                s.sentences,
                s.tokens,
                s.entities,
                *(s.lengths.get(q) for q in lengths),
                None if split == "train" or "train" not in stats.splits else s.seen_in_train,
            ]
            for split, s in stats.splits.items()
        ],
    )
    for note in stats.notes:
        output.text(f"note: {note}")
    types = list(dict.fromkeys(t for s in stats.splits.values() for t in s.types))
    output.text()
    output.table(
        ["entities of type", *stats.splits],
        [[t, *(s.types.get(t, 0) for s in stats.splits.values())] for t in types],
    )


def show_table1(rows: Sequence[TableRow], output: Output) -> None:
    """The paper's numbers over ours, and why they differ."""
    output.heading("Table 1 of the T-NER paper, and what is built here (sentences)")
    table: list[list[Cell]] = []
    for row in rows:
        table.append([row.corpus, "paper", row.paper_types, *_by_split(row.paper), None])
        here = [row.types, *_by_split(row.built or row.declared)]
        state = "equal" if row.agrees else "differs"
        table.append([None, "here", *here, state if row.built else f"{state}; not built"])
        if row.as_in_paper:
            state = "equal" if row.as_in_paper == row.paper else "differs"
            rebuilt = [row.types, *_by_split(row.as_in_paper)]
            table.append([None, "config paper", *rebuilt, state])
    output.table(["corpus", "", "types", *SPLITS, "sentences"], table)
    _explain(output, "Notes", {r.corpus: r.explanation for r in rows})
    _explain(output, "Not built; sizes are as declared", {r.corpus: r.missing for r in rows})


def _by_split(sizes: Mapping[str, int]) -> list[int | None]:
    return [sizes.get(split) for split in SPLITS]


def _explain(output: Output, title: str, reasons: Mapping[str, str]) -> None:
    given = {name: reason for name, reason in reasons.items() if reason}
    if given:
        output.text()
        output.heading(title)
    for name, reason in given.items():
        output.text(
            textwrap.fill(
                reason,
                width=output.width,
                initial_indent=f"{name}: ",
                subsequent_indent="    ",
                break_long_words=False,
                break_on_hyphens=False,
            )
        )
