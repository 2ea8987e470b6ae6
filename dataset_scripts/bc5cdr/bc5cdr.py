"""BC5CDR: chemicals and diseases in the titles and abstracts of 1500 PubMed articles.

Raw documents are PubTator stand-off, offsets counting the characters of `title + " " + abstract`::

    7|t|Aspirin and asthma
    7|a|We saw 2 cases.
    7<TAB>0<TAB>7<TAB>Aspirin<TAB>Chemical<TAB>D001241
    7<TAB>12<TAB>18<TAB>asthma<TAB>Disease<TAB>D001249
    7<TAB>CID<TAB>D001241<TAB>D001249

No two mentions overlap in the release, and every one is a contiguous span (a composite mention
lists its parts in a seventh column, which does not matter here), so each becomes one entity.
`default` keeps all text. `paper` rebuilds the sentences of the T-NER paper: one ends at every `.`
that is a token by itself, and what follows the last mention of an abstract is dropped. An `id` is
the document's PubMed id and the number of the sentence in it.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from ._builder import CorpusBuilder, CorpusConfig, Download
from ._raw import RawFile, Sentence

#: A word or a single mark. Cutting at every mark, and not only where a mention needs it, keeps the
#: tokens from giving the labels away (`naloxone-induced` would be cut only if naloxone is tagged).
_TOKEN = re.compile(r"\w+|[^\w\s]")
#: The paper's tokens: what stands between two regex `\b`.
_PAPER_TOKEN = re.compile(r"\w+|[^\w\s](?:\W*[^\w\s])?")

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

_ZIP = "CDR_Data.zip"
_FOLDER = "CDR_Data/CDR.Corpus.v010516"
_MEMBERS = {
    "train": f"{_FOLDER}/CDR_TrainingSet.PubTator.txt",
    "validation": f"{_FOLDER}/CDR_DevelopmentSet.PubTator.txt",
    "test": f"{_FOLDER}/CDR_TestSet.PubTator.txt",
}


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


class Bc5cdr(CorpusBuilder):
    """BioCreative V chemical-disease relation corpus."""

    BUILDER_CONFIGS = [CorpusConfig("default"), CorpusConfig("paper")]

    FOLDER = "bc5cdr"
    TITLE = "BC5CDR"
    DOMAIN = "biomedical abstracts"
    LICENSE = "public domain"
    LICENSE_ID = "other"
    REDISTRIBUTABLE = True
    HOMEPAGE = (
        "https://biocreative.bioinformatics.udel.edu/resources/corpora/biocreative-v-cdr-corpus/"
    )
    CITATION = """\
@article{li-etal-2016-biocreative,
    title = "{BioCreative} {V} {CDR} task corpus: a resource for chemical disease relation
      extraction",
    author = "Li, Jiao and Sun, Yueping and Johnson, Robin J. and Sciaky, Daniela and
      Wei, Chih-Hsuan and Leaman, Robert and Davis, Allan Peter and Mattingly, Carolyn J. and
      Wiegers, Thomas C. and Lu, Zhiyong",
    journal = "Database",
    year = "2016",
    doi = "10.1093/database/baw068",
}"""
    TYPES = {"Chemical": "chemical", "Disease": "disease"}
    FILES = {split: (f"{_ZIP}::{member}",) for split, member in _MEMBERS.items()}
    DOWNLOADS = {
        _ZIP: Download(
            (
                "https://biocreative.bioinformatics.udel.edu/media/store/files/2016/CDR_Data.zip",
                "https://github.com/JHnlp/BioCreative-V-CDR-Corpus/raw/master/CDR_Data.zip",
            ),
            members={
                _MEMBERS[
                    "train"
                ]: "7afcec134e3d4871e74b0398d92850d3c9ac94c0bdc780003f2d60184c012bd8",
                _MEMBERS[
                    "validation"
                ]: "9e18d8e700168887a7919e62f67ac2ce2357e3f409a48ee992906abdd80fe3e5",
                _MEMBERS[
                    "test"
                ]: "a3c48d5f35bdfce20c2371778abedc9fd24d1da092207072e5181ad53c8d0e2f",
            },
        )
    }
    COUNTS = {
        "default": {
            "train": (4542, 118170, 9385),
            "validation": (4549, 117461, 9591),
            "test": (4781, 124753, 9809),
        },
        "paper": {
            "train": (5228, 110941, 9385),
            "validation": (5330, 110442, 9591),
            "test": (5865, 117820, 9809),
        },
    }
    PAPER = {"train": 5228, "validation": 5330, "test": 5865}
    PAPER_NOTE = (
        "the paper ends a sentence at every `.` between two words, also in `0.5 mg`, and drops "
        "what follows the last mention of an abstract; `default` does neither, config `paper` does "
        "both and rebuilds the paper's sentences, mentions included. Table 1 gives 5 entity types; "
        "the corpus has 2."
    )

    def read_sentences(self, raw: RawFile) -> Iterator[Sentence]:
        is_paper = self.config.name == "paper"
        for document in read_documents(raw.read_text(), raw.where, self.TYPES):
            text = document.text
            sentences = split_as_paper(document) if is_paper else split_sentences(document)
            for number, spans in enumerate(sentences):
                tokens = ["".join(text[start:end].split()) for start, end in spans]
                yield tokens, tag_spans(spans, document.mentions), f"{document.pmid}-{number}"


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
    if not found.strip() or found != columns[3]:
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
    return _group(cut_tokens(document, _TOKEN, len(text)), ends - _inner_offsets(document))


def split_as_paper(document: Document) -> Iterator[list[tuple[int, int]]]:
    """Character spans of the paper's tokens, by the paper's sentences, up to the last mention."""
    text = document.text
    limit = max((mention.end for mention in document.mentions), default=0)
    spans = cut_tokens(document, _PAPER_TOKEN, limit)
    ends = {end for start, end in spans if text[start:end] == "."}
    return _group(spans, ends - _inner_offsets(document))


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


def _inner_offsets(document: Document) -> set[int]:
    """Offsets inside a mention, where no sentence may end."""
    return {offset for m in document.mentions for offset in range(m.start + 1, m.end)}


def _group(spans: list[tuple[int, int]], ends: set[int]) -> Iterator[list[tuple[int, int]]]:
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
