"""A check as one HTML page: what is wrong with data, each finding linked to its sentences."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from tner_hf.data.check import CheckReport
from tner_hf.data.lens import LensReport, Part
from tner_hf.data.lens.tables import Places, Table, list_tables
from tner_hf.formats.iob_lines import UNLISTED
from tner_hf.report import (
    Cell,
    Column,
    Content,
    Html,
    Page,
    Section,
    join,
    render_sentence,
    render_table,
    tag,
)

#: Problems that are listed, and sentences that each type is shown in.
_MOST_PROBLEMS, _PLACES_OF_TYPE = 2_000, 5


def render_check(report: CheckReport, lens: LensReport | None, parts: Sequence[Part]) -> str:
    """The whole HTML document, with sentences of `parts`; no `lens` where files have errors."""
    paths = [facts.path for facts in report.files] + [p.path for p in report.problems]
    paths += [p.corpus for p in parts if Path(p.corpus).expanduser().exists()]
    lines = _Lines(parts, paths)
    sections = []
    if report.problems:
        sections.append(Section("Problems", _render_problems(report, lines), _LEAD_PROBLEMS))
    if report.files:
        sections.append(Section("Files", _render_files(report, lines)))
    if lens is not None:
        if warnings := lens.warnings():
            items = [tag("li", lines.hide(warning)) for warning in warnings]
            sections.append(Section("What moves scores", tag("ul", *items)))
        sections.append(Section("Types", _render_types(parts, lines), _LEAD_TYPES))
        sections += [
            Section(table.title, _render_table(table, lines)) for table in list_tables(lens)
        ]
    if shown := lines.render():
        sections.append(Section("Sentences", shown, _LEAD_SENTENCES))
    errors = report.count("error")
    warned = report.count("warning") + len(lens.warnings() if lens else [])
    return Page(
        title="Check of data",
        subtitle="; ".join(dict.fromkeys(map(lines.hide, (part.corpus for part in parts)))) or None,
        facts={
            "errors": f"{errors:,}",
            "warnings": f"{warned:,}",
            "sentences": f"{sum(len(part.sentences) for part in parts):,}",
            "entities": f"{sum(len(e) for part in parts for e in part.entities):,}",
        },
        sections=sections,
        style=_STYLE,
    ).render()


_LEAD_PROBLEMS = "An error keeps a file from loading; a warning is likely a mistake."
_LEAD_TYPES = "The rarest first: a type of a few entities is hardly learnt, and often a slip."
_LEAD_SENTENCES = "Those that the tables lead to, with the entities of the file."

_STYLE = """
.places a { white-space: nowrap; }
/* The heading of the section says the same. */
.titled caption { position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); }
.line { display: grid; grid-template-columns: 12rem minmax(0, 1fr); gap: .2rem 1rem;
  padding: .4rem .3rem; border-bottom: 1px solid var(--line); scroll-margin-top: 1rem;
  line-height: 1.9; break-inside: avoid; }
.line:target { background: var(--found); }
.line .at { color: var(--soft); font-size: .85rem; }
.line:target .at { color: var(--text); }
@media (max-width: 45rem) { .line { grid-template-columns: minmax(0, 1fr); } }
"""


class _Lines:
    """The sentences that the page leads to, each once, in the order of its first mention."""

    def __init__(self, parts: Iterable[Part], paths: Iterable[str]) -> None:
        self._known = {
            place: (part, row) for part in parts for row, place in enumerate(part.places)
        }
        self._shown: dict[str, int] = {}
        self._names = _name_files(paths)

    def hide(self, text: str) -> str:
        """A text with the names of files in place of their paths: where they lie is not told."""
        for path, name in self._names.items():
            text = text.replace(path, name)
        return text

    def link(self, place: str) -> Html:
        """A link to a sentence."""
        if place not in self._known:
            return tag("span", self.hide(place))
        number = self._shown.setdefault(place, len(self._shown) + 1)
        return tag("a", self.hide(place), href=f"#line-{number}")

    def links(self, places: Iterable[str]) -> Html:
        """Several links."""
        return tag("span", join([self.link(place) for place in places], ", "), class_="places")

    def render(self) -> Html | None:
        """The sentences that were linked so far."""
        rows = []
        for place, number in self._shown.items():
            part, row = self._known[place]
            text = render_sentence(part.sentences[row], part.entities[row])
            rows.append(
                tag(
                    "div",
                    tag("span", self.hide(place), class_="at"),
                    tag("span", text, dir="auto"),
                    class_="line",
                    id=f"line-{number}",
                )
            )
        return join(rows) if rows else None


def _name_files(paths: Iterable[str]) -> dict[str, str]:
    """Path to what it is called, longest path first so that none is taken for another's start."""
    distinct = sorted(set(paths))
    counts: Counter[str] = Counter()
    names = {}
    for path in distinct:
        name = Path(path).name
        counts[name] += 1
        names[path] = name if counts[name] == 1 else f"{name} ({counts[name]})"
    return dict(sorted(names.items(), key=lambda pair: -len(pair[0])))


def _render_problems(report: CheckReport, lines: _Lines) -> Html:
    listed = [p for p in report.problems if p.cause != UNLISTED][:_MOST_PROBLEMS]
    rows: list[Sequence[Content | Cell]] = [
        [
            problem.severity,
            lines.hide(problem.path),
            problem.line or Cell("", sort=0),
            lines.hide(problem.message),
        ]
        for problem in listed
    ]
    left = report.count("error") + report.count("warning") - len(listed)
    caption = "Problems by line" + (f"; {left:,} more are not listed" if left > 0 else "")
    columns = [Column("severity"), Column("file"), Column("line", numeric=True), Column("what")]
    parts = [render_table(columns, rows, caption=caption, filterable=True)]
    causes: list[Sequence[Content | Cell]] = [
        [c.what, c.severity, c.count, c.advice] for c in report.causes
    ]
    if causes:
        heads = [Column("cause"), Column("severity"), Column("count", True), Column("what to do")]
        parts.insert(0, render_table(heads, causes, caption="Problems by cause"))
    return join(parts)


def _render_files(report: CheckReport, lines: _Lines) -> Html:
    columns = [Column("file"), Column("split"), Column("scheme"), Column("sentences", True),
               Column("tokens", True), Column("entities", True)]  # fmt: skip
    rows: list[Sequence[Content | Cell]] = [
        [Cell(lines.hide(f.path), header=True), f.split or "–", f.scheme, f.sentences, f.tokens,
         sum(f.entities.values())]
        for f in report.files
    ]  # fmt: skip
    return render_table(columns, rows, caption="What each file holds")


def _render_types(parts: Sequence[Part], lines: _Lines) -> Html:
    """Every type with its count in each part, and some of its sentences."""
    counts = [Counter(t for found in part.entities for t, _, _ in found) for part in parts]
    places: dict[str, list[str]] = defaultdict(list)
    for part in parts:
        for row, found in enumerate(part.entities):
            for entity_type in dict.fromkeys(t for t, _, _ in found):
                if len(places[entity_type]) < _PLACES_OF_TYPE:
                    places[entity_type].append(part.places[row])
    total = sum(counts, Counter[str]())
    several = len({part.corpus for part in parts}) > 1
    named = [lines.hide(f"{p.corpus} {p.split}" if several else p.split) for p in parts]
    rows: list[Sequence[Content | Cell]] = [
        [Cell(name, header=True), *(count[name] for count in counts), total[name],
         Cell(lines.links(places[name]), sort=name)]
        for name in sorted(total, key=lambda name: (total[name], name))
    ]  # fmt: skip
    columns = [Column("type"), *(Column(name, numeric=True) for name in named),
               Column("all", numeric=True), Column("for example")]  # fmt: skip
    return render_table(columns, rows, caption="Entities of each type")


def _render_table(table: Table, lines: _Lines) -> Html:
    if not table.rows:
        return tag("p", table.note)
    numeric = [
        all(isinstance(row[i], int | float | None) for row in table.rows)
        and any(row[i] is not None for row in table.rows)
        for i in range(len(table.header))
    ]
    columns = [
        Column(name or "part", numeric=n) for name, n in zip(table.header, numeric, strict=True)
    ]
    # Rows without a name of their own belong to the one above: sorting would part them.
    whole = all(row[0] is not None for row in table.rows)
    rows = [[_show(cell, lines) for cell in row] for row in table.rows]
    return render_table(
        columns, rows, caption=table.title, sortable=whole, filterable=len(rows) > 20,
        class_="titled",
    )  # fmt: skip


def _show(cell: str | float | Places | None, lines: _Lines) -> Content | Cell:
    if isinstance(cell, tuple):
        return lines.links(cell)
    return lines.hide(cell) if isinstance(cell, str) else cell
