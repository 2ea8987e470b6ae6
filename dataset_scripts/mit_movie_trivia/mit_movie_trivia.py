"""MIT Movie, trivia10k13: long spoken questions about films, lower-cased.

Raw lines are `tag<TAB>token`, the tag first, IOB2; three lines of some copies hold spaces for the
tab::

    B-Actor<TAB>grace
    I-Actor<TAB>hopper
"""

from ._builder import CorpusBuilder, Download
from ._raw import Layout, read_columns

_ADDRESS = "https://groups.csail.mit.edu/sls/downloads/movie/"


class MitMovieTrivia(CorpusBuilder):
    """MIT Movie, trivia10k13."""

    FOLDER = "mit_movie"
    TITLE = "MIT Movie (trivia10k13)"
    DOMAIN = "film questions"
    LICENSE = "none stated"
    LICENSE_ID = "unknown"
    REDISTRIBUTABLE = False
    HOMEPAGE = "https://groups.csail.mit.edu/sls/downloads/movie/"
    CITATION = """\
@inproceedings{liu-etal-2013-query,
    title = "Query Understanding Enhanced by Hierarchical Parsing Structures",
    author = "Liu, Jingjing and Pasupat, Panupong and Wang, Yining and Cyphers, Scott and
      Glass, James",
    booktitle = "2013 IEEE Workshop on Automatic Speech Recognition and Understanding",
    year = "2013",
    pages = "72--77",
    doi = "10.1109/ASRU.2013.6707708",
}"""
    TYPES = {
        "Actor": "actor",
        "Plot": "plot",
        "Opinion": "opinion",
        "Award": "award",
        "Year": "date",
        "Genre": "genre",
        "Origin": "origin",
        "Director": "director",
        "Soundtrack": "soundtrack",
        "Relationship": "relationship",
        "Character_Name": "character",
        "Quote": "quote",
    }
    FILES = {"train": ("trivia10k13train.bio",), "test": ("trivia10k13test.bio",)}
    DOWNLOADS = {
        "trivia10k13train.bio": Download(
            (_ADDRESS + "trivia10k13train.bio",),
            sha256="3208087913814190b5ac6bf7a7c926d23b7cf0ab4a1734311badec4d8eaa5a82",
        ),
        "trivia10k13test.bio": Download(
            (_ADDRESS + "trivia10k13test.bio",),
            sha256="244807ba0006744a103a9449a12503641af287a869887b6d9cbb75b749e92d3d",
        ),
    }
    COUNTS = {"default": {"train": (7816, 158823, 23030), "test": (1953, 39035, 5686)}}
    PAPER = {"train": 7816, "test": 1953}

    def read_sentences(self, raw):
        layout = Layout(token=1, tag=0, or_blanks=True)
        return read_columns(raw, self.native_tags, layout=layout)
