"""How `tner-hf datasets` shows what it found."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tner_hf.cli.data_options import SPLITS
from tner_hf.cli.output import Cell, Output

if TYPE_CHECKING:
    from tner_hf.data.census import SplitSize
    from tner_hf.data.corpora import Corpus
    from tner_hf.data.stats import CorpusStats


def show_corpora(corpora: Sequence[Corpus], output: Output) -> None:
    """All corpora, a line each."""
    rows: list[list[Cell]] = []
    for facts in corpora:
        counts = facts.counts.get(facts.configs[0], {})
        sizes = [counts[s].sentences if s in counts else None for s in SPLITS]
        types = len(dict.fromkeys(facts.types.values()))
        rows.append([facts.name, types, _languages(facts), *sizes, facts.domain])
    output.table(["corpus", "types", "languages", "train", "valid.", "test", "text"], rows)
    output.text(
        "\nSizes are sentences of the first configuration; none where no file was counted.\n"
        "datasets info CORPUS tells more; datasets stats lists all, counts what is here."
    )


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
    _fill(output, text, f"{name + ':':<16} ", " " * 17)


def _fill(output: Output, text: str, first: str, others: str) -> None:
    """A text in lines as wide as the output, the first line and the others set in."""
    output.text(
        textwrap.fill(
            text,
            width=output.width,
            initial_indent=first,
            subsequent_indent=others,
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


def show_census(sizes: Sequence[SplitSize], output: Output) -> None:
    """Every split of every corpus, a line each, then why the paper has other numbers."""
    from tner_hf.data.corpora import corpus

    names = {row.corpus.partition("/")[0]: row.paper for row in sizes}
    table: list[list[Cell]] = []
    for before, row in zip([None, *sizes], sizes, strict=False):
        is_first = before is None or before.corpus != row.corpus
        known = row.known
        counts = (known.sentences, known.tokens, known.entities) if known else (None,) * 3
        head = [row.corpus, row.types] if is_first else [None, None]
        table.append([*head, row.split, *counts, row.paper, row.state])
    columns = ["corpus", "types", "split", "sentences", "tokens", "entities", "paper", "numbers"]
    output.table(columns, table)
    output.text(
        "\ncounted: from the files here, and as declared; declared: from the authors' files, which "
        "are not here;\nunknown: neither. paper: sentences in Table 1 of the T-NER paper."
    )
    differing = {
        row.corpus.partition("/")[0]
        for row in sizes
        if row.paper and row.known and row.paper != row.known.sentences
    }
    _explain(output, "Cannot be counted", {row.corpus: row.fault for row in sizes})
    _explain(output, "Notes", {n: corpus(n).paper_note for n in names if n in differing})


def _explain(output: Output, title: str, reasons: Mapping[str, str]) -> None:
    given = {name: reason for name, reason in reasons.items() if reason}
    if given:
        output.text()
        output.heading(title)
    for name, reason in given.items():
        _fill(output, reason, f"{name}: ", " " * 4)
