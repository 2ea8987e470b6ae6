"""MIT Restaurant: spoken requests for restaurants, lower-cased.

Raw lines are `tag<TAB>token`, the tag first, IOB2::

    B-Rating<TAB>five
    I-Rating<TAB>star
"""

from ._builder import CorpusBuilder, Download
from ._raw import Layout, read_columns

_ADDRESS = "https://groups.csail.mit.edu/sls/downloads/restaurant/"


class MitRestaurant(CorpusBuilder):
    """MIT Restaurant."""

    FOLDER = "mit_restaurant"
    TITLE = "MIT Restaurant"
    DOMAIN = "restaurant requests"
    LICENSE = "none stated"
    LICENSE_ID = "unknown"
    REDISTRIBUTABLE = False
    HOMEPAGE = "https://groups.csail.mit.edu/sls/downloads/restaurant/"
    CITATION = """\
@inproceedings{liu-etal-2013-asgard,
    title = "Asgard: A Portable Architecture for Multilingual Dialogue Systems",
    author = "Liu, Jingjing and Pasupat, Panupong and Cyphers, Scott and Glass, James",
    booktitle = "2013 IEEE International Conference on Acoustics, Speech and Signal Processing",
    year = "2013",
    pages = "8386--8390",
    doi = "10.1109/ICASSP.2013.6639301",
}"""
    TYPES = {
        "Rating": "rating",
        "Amenity": "amenity",
        "Location": "location_phrase",
        "Restaurant_Name": "restaurant",
        "Price": "price",
        "Hours": "opening_hours",
        "Dish": "dish",
        "Cuisine": "cuisine",
    }
    FILES = {"train": ("restauranttrain.bio",), "test": ("restauranttest.bio",)}
    DOWNLOADS = {
        "restauranttrain.bio": Download(
            (_ADDRESS + "restauranttrain.bio",),
            sha256="f51794247426c975e7701011d4dba668ac6b881358f162e2c2c10709f2d17b9b",
        ),
        "restauranttest.bio": Download(
            (_ADDRESS + "restauranttest.bio",),
            sha256="09809dd126a3781c4205d06e721752054e51a10b1c98f3495ef17cd723f25ce2",
        ),
    }
    COUNTS = {"default": {"train": (7660, 70525, 15363), "test": (1521, 14256, 3151)}}
    PAPER = {"train": 7660, "test": 1521}

    def read_sentences(self, raw):
        return read_columns(raw, self.native_tags, layout=Layout(token=1, tag=0))
