"""PubTator files as sentences: stand-off mentions in titles and abstracts.

Offsets count the characters of `title + " " + abstract`::

    7|t|Aspirin and asthma
    7|a|We saw 2 cases.
    7<TAB>0<TAB>7<TAB>Aspirin<TAB>Chemical<TAB>D001241
    7<TAB>12<TAB>18<TAB>asthma<TAB>Disease<TAB>D001249
    7<TAB>CID<TAB>D001241<TAB>D001249

Folders of corpora in this format hold a link to this file, as to `_builder.py`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from ._raw import RawFile, Sentence

#: A word or a single mark. Cutting at every mark, and not only where a mention needs it, keeps the
#: tokens from giving the labels away (`naloxone-induced` would be cut only if naloxone is tagged).
_TOKEN = re.compile(r"\w+|[^\w\s]")
_SENTENCE_END = re.compile(
    r"""[.?!]["']?               # a closing mark,
        (?=\s+["'(\[]*           # white space, perhaps an opening one,
        (?:[a-z]{0,3}[A-Z]|\d))  # and how sentences begin: The, mRNA, 5-HT""",
    re.VERBOSE,
)
#: What a full stop may follow in the middle of a sentence.
_ABBREVIATIONS = frozenset(
    {"vs", "v", "cf", "e.g", "i.e", "al", "ca", "approx", "resp", "Fig", "No", "Nr", "Dr", "St"}
    | {"U.S", "Nat", "Jan", "Feb", "Mar", "Apr", "Jun", "Jul", "Aug", "Sep", "Sept", "Oct"}
    | {"Nov", "Dec"}
)
_HEADING = re.compile(r"(\d+)\|([ta])\|(.*)")


@dataclass(frozen=True)
class Mention:
    """A typed span of characters, `[start, end)`."""

    start: int
    end: int
    type: str


@dataclass
class Document:
    """A title and an abstract with their mentions, in order of position."""

    pmid: str
    title: str = ""
    abstract: str | None = None
    mentions: list[Mention] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.title if self.abstract is None else f"{self.title} {self.abstract}"


def read_sentences(
    raw: RawFile,
    types: Collection[str],
    *,
    split: Callable[[Document], Iterable[list[tuple[int, int]]]] | None = None,
) -> Iterator[Sentence]:
    """The sentences of a PubTator file; an id is the PubMed id and the number under it.

    Args:
        raw: the file.
        types: the types that mentions may have.
        split: gives the character spans of a document's tokens, by sentence; `split_sentences` if
            none.
    """
    numbers = Counter()
    for document in read_documents(raw.read_text(), raw.where, types):
        for spans in (split or split_sentences)(document):
            tokens = ["".join(document.text[start:end].split()) for start, end in spans]
            number = numbers[document.pmid]
            tags = tag_spans(spans, document.mentions)
            yield tokens, tags, f"{document.pmid}-{number}", document.pmid
            numbers[document.pmid] += 1


def read_documents(text: str, where: str, types: Collection[str]) -> Iterator[Document]:
    """The documents of a PubTator file.

    Raises:
        ValueError: a line cannot be read, or a mention is not what its offsets say or overlaps
            another (which one entity each could not express); names `path:line`.
    """
    document = None
    for number, line in enumerate([*text.split("\n"), ""], 1):
        try:
            if not line.strip():
                if document:
                    yield document
                document = None
            elif heading := _HEADING.fullmatch(line):
                document = _read_heading(heading, document)
            else:
                _read_annotation(line.split("\t"), document, types)
        except ValueError as error:
            raise ValueError(f"{where}:{number}: {error}") from None


def _read_heading(heading: re.Match, document: Document | None) -> Document:
    pmid, part, text = heading.groups()
    if part == "t" and document is None:
        return Document(pmid, text)
    if part == "a" and document and document.pmid == pmid and document.abstract is None:
        document.abstract = text
        return document
    raise ValueError(
        f"unexpected {pmid}|{part}|; a document is its title (t), its abstract (a), its mentions "
        "and an empty line"
    )


def _read_annotation(columns: list[str], document: Document | None, types: Collection[str]) -> None:
    """Put a mention into its document; relations (`CID`) are read over."""
    if document is None or columns[0] != document.pmid:
        raise ValueError(f"{columns[0]!r} is not the id of a document that began above")
    if len(columns) == 4 and columns[1] == "CID":
        return
    if len(columns) not in (6, 7) or not (columns[1] + columns[2]).isdecimal():
        raise ValueError(f"{columns} is no mention: id, start, end, text, type, concept (, parts)")
    mention = Mention(int(columns[1]), int(columns[2]), columns[4])
    if mention.type not in types:
        raise ValueError(f"unknown type {mention.type!r}; accepted: {', '.join(types)}")
    found = document.text[mention.start : mention.end]
    if not found.strip() or found.rstrip() != columns[3].rstrip():  # one of NCBI's ends in blanks
        raise ValueError(
            f"characters {mention.start}-{mention.end} are {found!r}, not {columns[3]!r}"
        )
    for other in document.mentions:
        if mention.start < other.end and other.start < mention.end:
            raise ValueError(f"{mention} overlaps {other}; entities cannot overlap")
    document.mentions.append(mention)
    document.mentions.sort(key=lambda m: m.start)


def split_sentences(document: Document) -> Iterator[list[tuple[int, int]]]:
    """Character spans of the tokens, by sentence; together they cover all but white space.

    The title is a sentence apart, and none ends inside a number, an abbreviation or a mention.
    """
    text = document.text
    marks = (m for m in _SENTENCE_END.finditer(text) if not _is_within(text, m.start()))
    ends = {len(document.title.rstrip()), *(m.end() for m in marks)}
    return group_spans(cut_tokens(document, _TOKEN, len(text)), ends - inner_offsets(document))


def cut_tokens(document: Document, token: re.Pattern, limit: int) -> list[tuple[int, int]]:
    """Character spans of all tokens before `limit`; the edges of mentions are edges of tokens."""
    edges = {edge for m in document.mentions for edge in (m.start, m.end)}
    return [
        match.span()
        for start, end in pairwise(sorted({0, limit, *edges}))
        for match in token.finditer(document.text, start, end)
    ]


def tag_spans(spans: list[tuple[int, int]], mentions: list[Mention]) -> list[str]:
    """IOB2 tags of one sentence's tokens."""
    begins, mention, tags = {m.start: m for m in mentions}, None, []
    for start, _ in spans:
        if start in begins:
            mention = begins[start]
            tags.append(f"B-{mention.type}")
        else:
            tags.append(f"I-{mention.type}" if mention and start < mention.end else "O")
    return tags


def inner_offsets(document: Document) -> set[int]:
    """Offsets inside a mention, where no sentence may end."""
    return {offset for m in document.mentions for offset in range(m.start + 1, m.end)}


def group_spans(spans: list[tuple[int, int]], ends: set[int]) -> Iterator[list[tuple[int, int]]]:
    sentence = []
    for span in spans:
        sentence.append(span)
        if span[1] in ends:
            yield sentence
            sentence = []
    if sentence:
        yield sentence


def _is_within(text: str, stop: int) -> bool:
    """Whether the closing mark at an offset stands inside a sentence, to the eye of a reader."""
    before, after = text[max(0, stop - 20) : stop], text[stop + 1 : stop + 20].lstrip(" \"'")
    word = re.search(r"[\w.]*$", before).group()
    if word in _ABBREVIATIONS:
        return True
    if re.search(r"[\d<>=]\s*$", before) and after[:1].isdigit():  # 53. 7 and P <. 001
        return True
    if re.search(r"(?:^|[.?!:,;(]\s+)(?:[A-Z]|\d{1,2})$", before):  # Clinic, S. Salvatore; 1. We
        return True
    is_dotted = re.fullmatch(r"(?:[A-Za-z]\.)+[A-Za-z]", word)  # i.v. MP, but p.o. Together
    return bool(is_dotted) and not re.match(r"[A-Z](?:[a-z]|[A-Z]+:)", after)
