"""CoNLL-2003, English: Reuters newswire.

Raw lines are `token POS chunk tag` with single spaces; documents begin with a `-DOCSTART-` line::

    Acme NNP I-NP I-ORG
    hires VBZ I-VP O

The shared task's own files (`eng.train`, ...) are IOB1: `B-` stands only where an entity touches
one of its own type. The files of `conll2003.zip` are IOB2 and do not end in an empty line.
"""

from dataclasses import replace

from ._builder import CorpusBuilder
from ._raw import Layout, number_documents, read_columns, without_document_lines


class Conll2003(CorpusBuilder):
    """CoNLL-2003, English."""

    FOLDER = "conll2003"
    TITLE = "CoNLL-2003"
    DOMAIN = "news"
    LICENSE = "Reuters Corpus: NIST agreement"
    LICENSE_ID = "other"
    REDISTRIBUTABLE = False
    HOMEPAGE = "https://www.clips.uantwerpen.be/conll2003/ner/"
    CITATION = """\
@inproceedings{tjong-kim-sang-de-meulder-2003-introduction,
    title = "Introduction to the {CoNLL}-2003 Shared Task: Language-Independent Named Entity
      Recognition",
    author = "Tjong Kim Sang, Erik F. and De Meulder, Fien",
    booktitle = "Proceedings of the Seventh Conference on Natural Language Learning at {HLT-NAACL}
      2003",
    year = "2003",
    pages = "142--147",
    url = "https://aclanthology.org/W03-0419",
}"""
    TYPES = {"PER": "person", "ORG": "organization", "LOC": "location", "MISC": "other"}
    FILES = {
        "train": ("eng.train", "conll2003.zip::train.txt"),
        "validation": ("eng.testa", "conll2003.zip::valid.txt"),
        "test": ("eng.testb", "conll2003.zip::test.txt"),
    }
    HAS_DOCUMENTS = True
    HOW_TO_GET = (
        "The text is licensed: sign NIST's agreement for the Reuters Corpus, Volume 1 "
        "(https://trec.nist.gov/data/reuters/reuters.html) and build eng.train, eng.testa and "
        "eng.testb with the programs of https://www.clips.uantwerpen.be/conll2003/ner/; licence "
        "holders can also use https://data.deepai.org/conll2003.zip."
    )
    COUNTS = {
        "default": {
            "train": (14041, 203621, 23499),
            "validation": (3250, 51362, 5942),
            "test": (3453, 46435, 5648),
        }
    }
    PAPER = {"train": 14041, "validation": 3250, "test": 3453}

    def read_sentences(self, raw):
        layout = Layout(tag=3, width=4, delimiter=" ", or_blanks=True)
        text = raw.read_text()
        plain = without_document_lines(text)
        sentences = read_columns(raw, self.native_tags, layout=layout, text=plain)
        return replace(sentences, documents=number_documents(text))
