"""HarveyNER: places, as fine as addresses and crossings, in tweets about Hurricane Harvey.

Raw lines are `token tag` with one space, IOB2; each tweet begins with a `-DOCSTART-` line, which is
no token::

    -DOCSTART- O
    Barker B-AREA
    Reservoir I-AREA

The repository holds several editions of the files; its authors refer to the latest, number 11.
"""

from ._builder import CorpusBuilder, Download
from ._raw import Layout, read_columns, without_document_lines

_ADDRESS = "https://raw.githubusercontent.com/brickee/HarveyNER/main/data/tweets/"


class Harveyner(CorpusBuilder):
    """HarveyNER."""

    FOLDER = "harveyner"
    TITLE = "HarveyNER"
    DOMAIN = "tweets"
    LICENSE = "none stated"
    LICENSE_ID = "unknown"
    REDISTRIBUTABLE = False
    HOMEPAGE = "https://github.com/brickee/HarveyNER"
    CITATION = """\
@inproceedings{chen-etal-2022-crossroads,
    title = "Crossroads, Buildings and Neighborhoods: A Dataset for Fine-grained Location
      Recognition",
    author = "Chen, Pei and Xu, Haotian and Zhang, Cheng and Huang, Ruihong",
    booktitle = "Proceedings of the 2022 Conference of the North American Chapter of the Association
      for Computational Linguistics: Human Language Technologies",
    year = "2022",
    pages = "3329--3339",
    url = "https://aclanthology.org/2022.naacl-main.243",
}"""
    TYPES = {
        "POINT": "location_point",
        "AREA": "location_area",
        "ROAD": "road",
        "RIVER": "river",
    }
    FILES = {
        "train": ("tweets.train11.bio", "tweets.train.bio"),
        "validation": ("tweets.dev11.bio", "tweets.dev.bio"),
        "test": ("tweets.test11.bio", "tweets.test.bio"),
    }
    DOWNLOADS = {
        file: Download((_ADDRESS + file,))
        for file in ("tweets.train11.bio", "tweets.dev11.bio", "tweets.test11.bio")
    }

    def read_sentences(self, raw):
        layout = Layout(delimiter=" ", or_blanks=True)
        text = without_document_lines(raw.read_text())
        return read_columns(raw, self.native_tags, layout=layout, text=text)
