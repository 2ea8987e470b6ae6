"""MIT Movie, eng: short spoken requests for films, lower-cased.

Raw lines are `tag<TAB>token`, the tag first, IOB2::

    B-GENRE<TAB>romantic
    I-GENRE<TAB>musicals

The T-NER paper uses the longer trivia questions instead, which are the corpus `mit_movie_trivia`.
"""

from ._builder import CorpusBuilder, Download
from ._raw import Layout, read_columns

_ADDRESS = "https://groups.csail.mit.edu/sls/downloads/movie/"


class MitMovie(CorpusBuilder):
    """MIT Movie, eng."""

    FOLDER = "mit_movie"
    TITLE = "MIT Movie (eng)"
    DOMAIN = "film requests"
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
        "ACTOR": "actor",
        "YEAR": "date",
        "TITLE": "title",
        "GENRE": "genre",
        "DIRECTOR": "director",
        "SONG": "song",
        "PLOT": "plot",
        "REVIEW": "review",
        "CHARACTER": "character",
        "RATING": "content_rating",
        "RATINGS_AVERAGE": "ratings_average",
        "TRAILER": "trailer",
    }
    FILES = {"train": ("engtrain.bio",), "test": ("engtest.bio",)}
    DOWNLOADS = {
        "engtrain.bio": Download(
            (_ADDRESS + "engtrain.bio",),
            sha256="68d90d7b29bc7dbf54efce6dfddbcdcb685293a00eaf76cd48c3acb5d3b68fe8",
        ),
        "engtest.bio": Download(
            (_ADDRESS + "engtest.bio",),
            sha256="2ba7c6da2e5c1d897ebbcbcefad9e0f03eed41b183106e7f26b7f24b704282fd",
        ),
    }
    COUNTS = {"default": {"train": (9775, 99491, 21295), "test": (2443, 24686, 5339)}}

    def read_sentences(self, raw):
        return read_columns(raw, self.native_tags, layout=Layout(token=1, tag=0))
