"""OntoNotes 5, English: news, broadcasts, magazines, telephone talk and web text.

Raw files are those of the CoNLL-2012 shared task, `*.v4_gold_conll`: columns set apart by blanks,
of which this reads the word (fourth) and the entity bracket (eleventh; entities never nest)::

    #begin document (nw/acme/00/acme_0001); part 000
    nw/acme/00/acme_0001 0 0 Acme NNP (TOP(S(NP* - - - - (ORG*  *  -
    nw/acme/00/acme_0001 0 1 Bank NNP          *) - - - -     *) *  -
    nw/acme/00/acme_0001 0 2 hires VBZ    (VP*)))) - - - -    * *  -

    #end document

Genre `pt` has no entity annotation and is left out. Words are as they stand in the files, which
write `/.` for a full stop and `-LRB-` for a bracket here and there; `unescaped` undoes that. An
`id` is the document, its part, and the number of the sentence in it.
"""

import os
import re
import zipfile
from collections.abc import Collection, Iterable, Iterator, Sequence

from ._builder import CorpusBuilder, CorpusConfig
from ._raw import RawFile, Sentence, archive_errors, read_bounded

_ARCHIVES = ("conll-2012.zip", "file_downloaded")
#: Some copies hold the test set as it was released later, `.v9_gold_conll`.
_GOLD = re.compile(r"\.v(\d+)_gold_conll$")
_UNANNOTATED = "pt/"

_BEGIN = re.compile(r"#begin document \((.+)\); part (\d+)\s*")
_END = re.compile(r"#end document\s*")
_BRACKET = re.compile(r"\((?P<single>\w+)\)|(?:\((?P<opened>\w+))?\*(?P<closes>\))?")
#: document, part, word number, word, POS, parse, lemma, frameset, sense, speaker, entity, and at
#: least the coreference chain
_WORD, _ENTITY, _WIDTH = 3, 10, 12

_ESCAPES = {
    **{f"/{mark}": mark for mark in ".?-"},
    "-LRB-": "(",
    "-RRB-": ")",
    "-LSB-": "[",
    "-RSB-": "]",
    "-LCB-": "{",
    "-RCB-": "}",
}

_COUNTS = {
    "train": (59924, 1088503, 81828),
    "validation": (8528, 147724, 11066),
    "test": (8262, 152728, 11257),
}


def _places(split: str) -> tuple[str, ...]:
    folder = f"conll-2012/v4/data/{split}/data/english/annotations"
    return (folder, *(f"{archive}::{folder}" for archive in _ARCHIVES))


class Ontonotes5(CorpusBuilder):
    """OntoNotes 5, English."""

    BUILDER_CONFIGS = [CorpusConfig("default"), CorpusConfig("unescaped")]

    FOLDER = "ontonotes5"
    TITLE = "OntoNotes 5"
    DOMAIN = "news, broadcasts, telephone conversations and web text"
    LICENSE = "LDC User Agreement for Non-Members"
    LICENSE_ID = "other"
    REDISTRIBUTABLE = False
    HOMEPAGE = "https://catalog.ldc.upenn.edu/LDC2013T19"
    CITATION = """\
@inproceedings{pradhan-etal-2013-towards,
    title = "Towards Robust Linguistic Analysis using {O}nto{N}otes",
    author = {Pradhan, Sameer and Moschitti, Alessandro and Xue, Nianwen and Ng, Hwee Tou and
      Bj{\\"o}rkelund, Anders and Uryupina, Olga and Zhang, Yuchen and Zhong, Zhi},
    booktitle = "Proceedings of the Seventeenth Conference on Computational Natural Language
      Learning",
    year = "2013",
    pages = "143--152",
    url = "https://aclanthology.org/W13-3516",
}"""
    TYPES = {
        "PERSON": "person",
        "NORP": "norp",
        "FAC": "facility",
        "ORG": "organization",
        "GPE": "geopolitical_area",
        "LOC": "location",
        "PRODUCT": "product",
        "EVENT": "event",
        "WORK_OF_ART": "work_of_art",
        "LAW": "law",
        "LANGUAGE": "language",
        "DATE": "date",
        "TIME": "time",
        "PERCENT": "percent",
        "MONEY": "money",
        "QUANTITY": "quantity",
        "ORDINAL": "ordinal_number",
        "CARDINAL": "cardinal_number",
    }
    FILES = {
        "train": _places("train"),
        "validation": _places("development"),
        "test": _places("test"),
    }
    HAS_DOCUMENTS = True
    HOW_TO_GET = (
        "The text is licensed: order LDC2013T19 from the Linguistic Data Consortium (free of "
        "charge, https://catalog.ldc.upenn.edu/LDC2013T19) and put its words into the CoNLL-2012 "
        "v4 skeletons with skeleton2conll.sh (https://conll.cemantix.org/2012/data.html), which "
        "gives the folder conll-2012/; licence holders can also use conll-2012.zip of "
        "https://data.mendeley.com/datasets/zmycy7t9h9."
    )
    COUNTS = {"default": _COUNTS, "unescaped": _COUNTS}
    PAPER = {"train": 59924, "validation": 8582, "test": 8262}
    PAPER_NOTE = (
        "the validation files hold 8528 sentences, as T-NER's later dataset card says too; the "
        "8582 of Table 1 are the same digits in another order, so a slip is likely, though its "
        "authors have not said so. The other splits agree."
    )

    def find(self, places: Sequence[str]) -> RawFile | None:
        """The split's folder, below `data_dir` at any depth, or the archive with that folder."""
        folder, *_ = places
        parts = folder.split("/")
        for root in self.roots():
            for skipped in range(4):  # data_dir may be conll-2012, v4 or data itself
                if os.path.isdir(path := os.path.join(root, *parts[skipped:])):
                    return RawFile(path)
            for archive in _ARCHIVES:
                if os.path.isfile(path := os.path.join(root, archive)):
                    return RawFile(path, (folder,), self.most_bytes)
        return None

    def local_paths(self) -> Iterable[str]:
        found = [raw for places in self.files().values() if (raw := self.find(places))]
        archives = {raw.path for raw in found if raw.members}
        folders = (raw.path for raw in found if not raw.members)
        return sorted(archives.union(*(list_files(folder) for folder in folders)))

    def read_sentences(self, raw: RawFile) -> Iterator[Sentence]:
        escapes = _ESCAPES if self.config.name == "unescaped" else {}
        is_empty = True
        for where, content in read_files(raw):
            is_empty = False
            for tokens, tags, name in read_document(content, where, self.TYPES):
                words = [escapes.get(token, token) for token in tokens]
                yield words, tags, name, name.rpartition("/")[0]
        if is_empty:
            raise FileNotFoundError(f"{raw.where} holds no *.v4_gold_conll file. {self.HOW_TO_GET}")


def read_files(raw: RawFile) -> Iterator[tuple[str, bytes]]:
    """Place and content of each annotated file of a split, by path, from a folder or an archive."""
    if not raw.members:
        for path in list_files(raw.path):
            yield path, RawFile(path).read_bytes()
        return
    folder = f"{raw.members[0]}/"
    # Opened once for all: the table of contents alone lists thousands of files.
    with (
        archive_errors(raw.path),
        open(raw.path, "rb") as stream,
        zipfile.ZipFile(stream) as archive,
    ):
        below = (n.removeprefix(folder) for n in archive.namelist() if n.startswith(folder))
        left = raw.most
        for name in _select_annotated(below):
            with archive.open(folder + name) as inner:
                content = read_bounded(inner, left)
            left -= len(content)
            yield RawFile(raw.path, (folder + name,)).where, content


def list_files(folder: str) -> list[str]:
    """The annotated files below a folder, in the order that an archive would give them."""
    below = (
        os.path.relpath(os.path.join(parent, name), folder).replace(os.sep, "/")
        for parent, _, names in os.walk(folder)
        for name in names
    )
    return [os.path.join(folder, path) for path in _select_annotated(below)]


def _select_annotated(paths: Iterable[str]) -> list[str]:
    """The gold files with entities, by path; of a document in two releases, the earlier one."""
    chosen: dict[str, tuple[int, str]] = {}
    for path in paths:
        release = _GOLD.search(path)
        if release and not path.startswith(_UNANNOTATED):
            document, found = path[: release.start()], (int(release[1]), path)
            chosen[document] = min(found, chosen.get(document, found))
    return sorted(path for _, path in chosen.values())


def read_document(
    content: bytes, where: str, types: Collection[str]
) -> Iterator[tuple[list[str], list[str], str]]:
    """Words, IOB2 tags and id of each sentence of a file.

    Raises:
        ValueError: a line cannot be read, or brackets do not pair up; names `path:line`.
    """
    reader = _Reader(types)
    try:
        for line in content.splitlines():
            if sentence := reader.read_line(line):
                yield sentence
        if reader.part:
            raise ValueError(f"{reader.part} ends without '#end document'")
    except ValueError as error:
        raise ValueError(f"{where}:{reader.number}: {error}") from None


class _Reader:
    """Lines to sentences; `read_line` gives each at the line that ends it."""

    def __init__(self, types: Collection[str]) -> None:
        self.types = types
        self.number = 0  # of the line
        self.part = ""  # document and part being read
        self.sentences = 0  # in that part
        self.tokens: list[str] = []
        self.tags: list[str] = []
        self.opened = ""  # type of the entity whose bracket is open

    def read_line(self, raw: bytes) -> tuple[list[str], list[str], str] | None:
        self.number += 1
        line = raw.decode("utf-8")
        if begin := _BEGIN.fullmatch(line):
            if self.part:
                raise ValueError(f"a document begins before the '#end document' of {self.part}")
            self.part, self.sentences = f"{begin[1]}/{begin[2]}", 0
        elif not line.strip():
            return self.end_sentence()
        elif _END.fullmatch(line):
            sentence, self.part = self.end_sentence(), ""
            return sentence
        else:
            self.read_word(re.split(r"[ \t]+", line.strip(" \t")))
        return None

    def read_word(self, columns: list[str]) -> None:
        if not self.part:
            raise ValueError("a word stands before '#begin document (...); part ...'")
        if len(columns) < _WIDTH:
            raise ValueError(f"{len(columns)} columns; at least {_WIDTH} are expected")
        self.tokens.append(columns[_WORD])
        self.tags.append(self.read_bracket(columns[_ENTITY]))

    def read_bracket(self, bracket: str) -> str:
        """The tag of the next word."""
        match = _BRACKET.fullmatch(bracket)
        if not match:
            raise ValueError(f"unknown entity bracket {bracket!r}; accepted: (X)  (X*  *  *)")
        begun = match["single"] or match["opened"]
        if begun and begun not in self.types:
            raise ValueError(f"unknown type {begun!r}; accepted: {', '.join(self.types)}")
        if begun and self.opened:
            raise ValueError(f"{bracket!r} begins inside an entity of type {self.opened}")
        if match["closes"] and not (begun or self.opened):
            raise ValueError(f"{bracket!r} closes an entity that was never opened")
        current = begun or self.opened
        self.opened = "" if match["single"] or match["closes"] else current
        return f"{'B' if begun else 'I'}-{current}" if current else "O"

    def end_sentence(self) -> tuple[list[str], list[str], str] | None:
        if self.opened:
            raise ValueError(f"the sentence ends inside an entity of type {self.opened}")
        if not self.tokens:
            return None
        sentence = self.tokens, self.tags, f"{self.part}-{self.sentences}"
        self.tokens, self.tags = [], []
        self.sentences += 1
        return sentence
