"""CrossNER: Wikipedia in five domains, each with types of its own, one configuration a domain.

Raw lines are `token<TAB>tag`, IOB2::

    Communist<TAB>B-politicalparty
    Party<TAB>I-politicalparty

Training splits have 100 or 200 sentences by design. Types nest: a sentence about politics tags a
`politician`, never a `person` as well. The protocol `lattice` knows that; the unified names keep
the domain's types, for a `scientist` is no `politician`.
"""

from itertools import chain

from ._builder import CorpusBuilder, CorpusConfig, Download, read_table
from ._raw import read_columns

_ADDRESS = "https://raw.githubusercontent.com/zliucr/CrossNER/main/ner_data/"
_SPLITS = {"train": "train", "validation": "dev", "test": "test"}
_EVERYWHERE = {
    "person": "person",
    "organisation": "organization",
    "location": "location",
    "country": "country",
    "misc": "other",
}
_DOMAINS = {
    "politics": {
        "politician": "politician",
        "politicalparty": "political_party",
        "election": "election",
        "event": "event",
    },
    "ai": {
        "field": "field",
        "task": "task",
        "product": "product",
        "algorithm": "algorithm",
        "researcher": "researcher",
        "metrics": "metric",
        "programlang": "programming_language",
        "conference": "conference",
        "university": "university",
    },
    "literature": {
        "book": "book",
        "writer": "writer",
        "award": "award",
        "poem": "poem",
        "event": "event",
        "magazine": "magazine",
        "literarygenre": "literary_genre",
    },
    "music": {
        "musicgenre": "music_genre",
        "song": "song",
        "band": "band",
        "album": "album",
        "musicalartist": "musical_artist",
        "musicalinstrument": "musical_instrument",
        "award": "award",
        "event": "event",
    },
    "science": {
        "scientist": "scientist",
        "university": "university",
        "discipline": "discipline",
        "enzyme": "enzyme",
        "protein": "protein",
        "chemicalcompound": "chemical_compound",
        "chemicalelement": "chemical_element",
        "event": "event",
        "astronomicalobject": "astronomical_object",
        "academicjournal": "academic_journal",
        "award": "award",
        "theory": "theory",
    },
}
_COUNTS, _SHA256 = read_table("""
politics
train 200 8384 1304 1d8be31abb58463349496fe21b13d70114cf015294a9ff9cce77af9b83e8aa84
validation 541 24624 3482 4f1f30eb832f4c5fe474f67ca45e875d863bddf0bbe432262d272ef13639fa8f
test 651 27585 4209 05cadc5e129d394f7f92b4a052cf4b6ea4c60878d32a833e500cf046c297455f
ai
train 100 3782 532 484217a660f52927bd5157507c22fc103b36306364329f62f80fc8acb897b187
validation 350 10919 1549 b47ffda6de5901a454a873feac1bebe782e54ce7edf9deb729cab3d769212eee
test 431 12991 1809 7595ad386e0a98067100fe47f86811b38867a236011fee97cfaa90f778c37bcf
literature
train 100 3782 541 0647e403a85040742c2f4041cf002146a81aa2e13adda19d0e82a8bcd493c18b
validation 400 14503 2130 99281a51943cf7e3c2a58b3dc45c0e5ab6d329624ebf2ba6b4801c428396162f
test 416 16157 2266 77267f8b3e8afe993865c64cfc605f65671f6a0ac9cba65de970f12180fed20e
music
train 100 3909 648 3774c38e0ebbeb4b98dbfae137071e4911e8764cdb7f247599009841f68d9fb5
validation 380 15591 2679 e256f1949df52a61a3bb60095a0f41c1060843f1014b0f3d22d8371611b72e78
test 465 19605 3336 c66e345f959ac65593f76c6b1bd8c6d75f2a6f0bc197389b2e6700d101fd094c
science
train 200 7100 1075 8f6a26096cc7be6790b5790bf5f5b5c8928d8b73d4632e7d45dc8bffad0504ac
validation 450 16139 2538 87ec141c7b41b3b52ec861737c4030d65c6e53954ed3d8106baca8603bbf8f24
test 543 19487 3089 3616d59d4d2b9dbf4c1126f8d8ba47ff97886223c95f93649bfd527343e64ced
""")


class Crossner(CorpusBuilder):
    """CrossNER."""

    BUILDER_CONFIGS = [CorpusConfig(domain) for domain in _DOMAINS]
    DEFAULT_CONFIG_NAME = "politics"

    FOLDER = "crossner"
    TITLE = "CrossNER"
    DOMAIN = "Wikipedia, five domains"
    LICENSE = "MIT"
    LICENSE_ID = "mit"
    REDISTRIBUTABLE = True
    HOMEPAGE = "https://github.com/zliucr/CrossNER"
    CITATION = """\
@inproceedings{liu-etal-2021-crossner,
    title = "{CrossNER}: Evaluating Cross-Domain Named Entity Recognition",
    author = "Liu, Zihan and Xu, Yan and Yu, Tiezheng and Dai, Wenliang and Ji, Ziwei and
      Cahyawijaya, Samuel and Madotto, Andrea and Fung, Pascale",
    booktitle = "Proceedings of the AAAI Conference on Artificial Intelligence",
    volume = "35",
    number = "15",
    year = "2021",
    pages = "13452--13460",
    doi = "10.1609/aaai.v35i15.17587",
}"""
    CONFIG_TYPES = {domain: types | _EVERYWHERE for domain, types in _DOMAINS.items()}
    TYPES = dict(chain.from_iterable(types.items() for types in CONFIG_TYPES.values()))
    DOWNLOADS = {
        f"{domain}/{file}.txt": Download(
            (f"{_ADDRESS}{domain}/{file}.txt",), sha256=_SHA256[domain, split]
        )
        for domain in _DOMAINS
        for split, file in _SPLITS.items()
    }
    COUNTS = _COUNTS

    def files(self):
        return {split: (f"{self.config.name}/{file}.txt",) for split, file in _SPLITS.items()}

    def read_sentences(self, raw):
        return read_columns(raw, self.native_tags)
