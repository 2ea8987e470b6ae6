"""BioNLP 2004 (JNLPBA): MEDLINE abstracts of the GENIA corpus.

Raw lines are `token<TAB>tag`, IOB2::

    ABC-1<TAB>B-DNA
    promoter<TAB>I-DNA

Each archive holds its sentences twice: `task1` plain and `task2` with document boundaries. The
plain one is read. Hundreds of entities directly follow another one of the same type.
"""

from ._builder import CorpusBuilder, Download
from ._raw import read_columns

_ADDRESS = "http://www.nactem.ac.uk/GENIA/current/Shared-tasks/JNLPBA/"


class Bionlp2004(CorpusBuilder):
    """BioNLP 2004."""

    FOLDER = "bionlp2004"
    TITLE = "BioNLP 2004"
    DOMAIN = "biochemical abstracts"
    LICENSE = "CC BY 3.0"
    LICENSE_ID = "cc-by-3.0"
    REDISTRIBUTABLE = True
    HOMEPAGE = "http://www.geniaproject.org/shared-tasks/bionlp-jnlpba-shared-task-2004"
    CITATION = """\
@inproceedings{collier-kim-2004-introduction,
    title = "Introduction to the Bio-entity Recognition Task at {JNLPBA}",
    author = "Collier, Nigel and Kim, Jin-Dong",
    booktitle = "Proceedings of the International Joint Workshop on Natural Language Processing
      in Biomedicine and its Applications (NLPBA/BioNLP)",
    year = "2004",
    pages = "73--78",
    url = "https://aclanthology.org/W04-1213",
}"""
    TYPES = {
        "DNA": "dna",
        "protein": "protein",
        "cell_type": "cell_type",
        "cell_line": "cell_line",
        "RNA": "rna",
    }
    FILES = {
        "train": ("Genia4ERtraining.tar.gz::Genia4ERtask1.iob2",),
        "test": ("Genia4ERtest.tar.gz::Genia4EReval1.iob2",),
    }
    DOWNLOADS = {
        "Genia4ERtraining.tar.gz": Download(
            (_ADDRESS + "Train/Genia4ERtraining.tar.gz",),
            members={
                "Genia4ERtask1.iob2": (
                    "a9e9004636bd177b40594571ee99444c8d8438e0c3fa28ece07952b8f43c5cd3"
                )
            },
        ),
        "Genia4ERtest.tar.gz": Download(
            (_ADDRESS + "Evaluation/Genia4ERtest.tar.gz",),
            members={
                "Genia4EReval1.iob2": (
                    "1a3c38bb9593e1c4d2a7d256587ec3d9579ca4b3e58ae3778833e14d29bcb207"
                )
            },
        ),
    }
    COUNTS = {"default": {"train": (18546, 492551, 51301), "test": (3856, 101039, 8662)}}
    PAPER = {"train": 18546, "test": 3856}

    def read_sentences(self, raw):
        return read_columns(raw, self.native_tags)
