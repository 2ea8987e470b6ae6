"""HIPE 2020, German: newspapers of 1798 to 2018, as character recognition read them.

Raw lines have ten columns by TAB under a header; the second is the literal sense of coarse types,
IOB2, which is what is read. Comments name documents::

    TOKEN<TAB>NE-COARSE-LIT<TAB>NE-COARSE-METO<TAB>...
    # document_id = NZZ-1798-12-12-a-p0003
    Lords<TAB>B-pers<TAB>O<TAB>...
    Darnley<TAB>I-pers<TAB>O<TAB>...

Nothing but an empty line ends a sentence here, so one may be an article; windows take care of that.
Line breaks are not mended: `verlän ¬ gernden` are three tokens.
"""

import re
from dataclasses import replace
from itertools import groupby

from ._builder import CorpusBuilder, CorpusConfig, Download
from ._raw import Layout, read_columns

_ADDRESS = "https://raw.githubusercontent.com/impresso/CLEF-HIPE-2020/master/data/v1.4/de/"
_FILES = {
    "train": "HIPE-data-v1.4-train-de.tsv",
    "validation": "HIPE-data-v1.4-dev-de.tsv",
    "test": "HIPE-data-v1.4-test-de.tsv",
}
_HEADER_OR_COMMENT = "TOKEN\tNE-COARSE-LIT\t|# "
_DOCUMENT = re.compile(r"^# document_id = (\S+).*$", re.MULTILINE)


class Hipe2020(CorpusBuilder):
    """CLEF-HIPE-2020."""

    BUILDER_CONFIGS = [CorpusConfig("de")]
    DEFAULT_CONFIG_NAME = "de"

    FOLDER = "hipe2020"
    TITLE = "HIPE 2020"
    DOMAIN = "historical newspapers"
    LANGUAGES = ("de",)
    LICENSE = "CC BY-NC-SA 4.0"
    LICENSE_ID = "cc-by-nc-sa-4.0"
    REDISTRIBUTABLE = False
    HOMEPAGE = "https://github.com/impresso/CLEF-HIPE-2020"
    CITATION = """\
@inproceedings{ehrmann-etal-2020-extended,
    title = "Extended Overview of {CLEF} {HIPE} 2020: Named Entity Processing on Historical
      Newspapers",
    author = {Ehrmann, Maud and Romanello, Matteo and Fl\\"uckiger, Alex and Clematide, Simon},
    booktitle = "Working Notes of CLEF 2020 - Conference and Labs of the Evaluation Forum",
    volume = "2696",
    year = "2020",
    url = "https://ceur-ws.org/Vol-2696/paper_255.pdf",
}"""
    TYPES = {
        "pers": "person",
        "org": "organization",
        "loc": "location",
        "prod": "product",
        "time": "date",
    }
    HAS_DOCUMENTS = True
    FILES = {split: (file,) for split, file in _FILES.items()}
    DOWNLOADS = {file: Download((_ADDRESS + file,)) for file in _FILES.values()}

    def read_sentences(self, raw):
        text = raw.read_text()
        layout = Layout(tag=1, width=10, skip=_HEADER_OR_COMMENT)
        plain = _DOCUMENT.sub("", text)  # an empty line, so that documents stay apart
        sentences = read_columns(raw, self.native_tags, layout=layout, text=plain)
        return replace(sentences, documents=list(_name_documents(text)))


def _name_documents(text):
    """The document of each sentence."""
    is_skipped = re.compile(_HEADER_OR_COMMENT).match
    before, *named = _DOCUMENT.split(text)
    for name, part in zip([None, *named[::2]], [before, *named[1::2]], strict=True):
        lines = [line for line in part.split("\n") if not is_skipped(line)]
        for is_sentence, _ in groupby(bool(line.strip()) for line in lines):
            if is_sentence:
                yield name
