"""FIN: loan agreements of the US Securities and Exchange Commission.

Raw lines are `token POS - tag` with single spaces; documents begin with a `-DOCSTART-` line::

    Acme NNP - I-ORG
    Bank NNP - I-ORG

Only `I-` tags occur (IO), so two touching entities of one type cannot be told apart. Sentences run
up to 641 tokens.
"""

from ._builder import CorpusBuilder, Download
from ._raw import Layout, read_columns, without_document_lines

_ADDRESS = "https://people.eng.unimelb.edu.au/tbaldwin/resources/finance-sec/"


class Fin(CorpusBuilder):
    """FIN."""

    FOLDER = "fin"
    TITLE = "FIN"
    DOMAIN = "finance"
    LICENSE = "CC BY 3.0"
    LICENSE_ID = "cc-by-3.0"
    REDISTRIBUTABLE = True
    HOMEPAGE = _ADDRESS
    CITATION = """\
@inproceedings{salinas-alvarado-etal-2015-domain,
    title = "Domain Adaption of Named Entity Recognition to Support Credit Risk Assessment",
    author = "Salinas Alvarado, Julio Cesar and Verspoor, Karin and Baldwin, Timothy",
    booktitle = "Proceedings of the Australasian Language Technology Association Workshop 2015",
    year = "2015",
    pages = "84--90",
    url = "https://aclanthology.org/U15-1010",
}"""
    TYPES = {"ORG": "organization", "LOC": "location", "PER": "person", "MISC": "other"}
    FILES = {
        "train": ("financial_risk_assessment.tgz::dataset/FIN5.txt",),
        "test": ("financial_risk_assessment.tgz::dataset/FIN3.txt",),
    }
    DOWNLOADS = {
        "financial_risk_assessment.tgz": Download(
            (_ADDRESS + "financial_risk_assessment.tgz",),
            members={
                "dataset/FIN5.txt": (
                    "7f9123aabbeb7ec8cd46bd026ae765a90ddb291783516eee1a77ee833237fdfe"
                ),
                "dataset/FIN3.txt": (
                    "fc71db3cb718bf7400af08c9080d435ec2a002ddd9070c8bcbb4e8e3396835bd"
                ),
            },
        )
    }
    COUNTS = {"default": {"train": (1164, 41010, 1168), "test": (303, 13246, 318)}}
    PAPER = {"train": 1164, "test": 303}

    def read_sentences(self, raw):
        layout = Layout(tag=3, width=4, delimiter=" ", or_blanks=True)
        text = without_document_lines(raw.read_text())
        return read_columns(raw, self.native_tags, layout=layout, text=text)
