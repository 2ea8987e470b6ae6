"""The sample corpus: short invented sentences that ship with this project.

News, mail and product questions about people and places that do not exist, so that everything can
be tried within minutes and without a network. The raw files lie beside this script, IOB2, one
`token<TAB>tag` a line.
"""

from ._builder import CorpusBuilder, Download
from ._raw import read_columns


class Sample(CorpusBuilder):
    """The sample corpus."""

    FOLDER = "sample"
    TITLE = "Sample"
    DOMAIN = "invented news and mail"
    LICENSE = "Apache-2.0"
    LICENSE_ID = "apache-2.0"
    REDISTRIBUTABLE = True
    HOMEPAGE = ""
    CITATION = ""
    TYPES = {
        "person": "person",
        "organization": "organization",
        "location": "location",
        "product": "product",
    }
    FILES = {
        "train": ("train.txt",),
        "validation": ("validation.txt",),
        "test": ("test.txt",),
    }
    # Relative addresses: datasets looks for them beside the script.
    DOWNLOADS = {name: Download((name,)) for (name,) in FILES.values()}
    COUNTS = {
        "default": {
            "train": (205, 2230, 343),
            "validation": (36, 351, 65),
            "test": (56, 553, 106),
        }
    }

    def read_sentences(self, raw):
        return read_columns(raw, self.native_tags)
