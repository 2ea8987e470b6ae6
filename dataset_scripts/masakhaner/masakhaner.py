"""MasakhaNER 2.0: news in 20 African languages, one configuration a language.

Raw lines are `token tag` with one space, IOB2 with a few stray `I-`::

    Yemen B-LOC
    wamesema O

Configurations are called as the corpus's folders are, by three-letter codes.
"""

from ._builder import CorpusBuilder, CorpusConfig, Download, read_table
from ._raw import Layout, read_columns

_ADDRESS = "https://raw.githubusercontent.com/masakhane-io/masakhane-ner/main/MasakhaNER2.0/data/"
_SPLITS = {"train": "train", "validation": "dev", "test": "test"}
#: Configuration to BCP 47 code.
_LANGUAGES = {
    "bam": "bm", "bbj": "bbj", "ewe": "ee", "fon": "fon", "hau": "ha", "ibo": "ig", "kin": "rw",
    "lug": "lg", "luo": "luo", "mos": "mos", "nya": "ny", "pcm": "pcm", "sna": "sn", "swa": "sw",
    "tsn": "tn", "twi": "tw", "wol": "wo", "xho": "xh", "yor": "yo", "zul": "zu",
}  # fmt: skip
_COUNTS, _SHA256 = read_table("""
swa
train 6593 175160 14583 bdc27d69d5fb4555e988490cc8bcdd4d7516fa3d81cb838ebe978418e52d13d1
validation 942 25251 2018 9fb0d2c4e5b98e8b45bcc275bd63c08ac9b71dc8d40c187bfc0883d89dab86a0
test 1883 51179 4330 8a165881018514d8e24333e6e785f7e1774d0cdbde56cbc39b76dc87db7235d8
yor
train 6876 175835 11591 0be68a94d2433677d08c9895f29cd246dff5c199f0e80face6db69f8fccbc94d
validation 983 22787 995 7b14a2a6abede574ab0abcbb59f06ba6fbf20629fa86dc660f9fec9a6dfa9441
test 1964 45653 2009 08a4b4cffa1ac1d80217cb371f6bacd13deaeed6c0fa43af5e69f13c42bc6ccd
zul
train 5848 89355 5444 88ffbf188731aa9001a328b1c111da67e80367139e6425547304207d616ae5ab
validation 836 13245 1109 8bb6b06e6c4a347e458ce76df17e3ca646ff34b79ecd0037e69f06a0ac75a35d
test 1670 26086 1919 06e982fa6feb51c799a2fae33fd9fa5f5a40ebd0a6a798c233d9ca958c202e5b
""")


class Masakhaner(CorpusBuilder):
    """MasakhaNER 2.0."""

    BUILDER_CONFIGS = [CorpusConfig(language) for language in _LANGUAGES]
    DEFAULT_CONFIG_NAME = "swa"

    FOLDER = "masakhaner2"
    TITLE = "MasakhaNER 2.0"
    DOMAIN = "news"
    LANGUAGES = tuple(_LANGUAGES.values())
    LICENSE = "CC BY-NC 4.0 (annotation; the news keep the licences of their sites)"
    LICENSE_ID = "cc-by-nc-4.0"
    REDISTRIBUTABLE = False
    HOMEPAGE = "https://github.com/masakhane-io/masakhane-ner/tree/main/MasakhaNER2.0"
    CITATION = """\
@inproceedings{adelani-etal-2022-masakhaner,
    title = "{M}asakha{NER} 2.0: {A}frica-centric Transfer Learning for Named Entity Recognition",
    author = "Adelani, David Ifeoluwa and Neubig, Graham and Ruder, Sebastian and
      Rijhwani, Shruti and Beukman, Michael and Palen-Michel, Chester and Lignos, Constantine and
      Alabi, Jesujoba O. and Muhammad, Shamsuddeen H. and Nabende, Peter and others",
    booktitle = "Proceedings of the 2022 Conference on Empirical Methods in Natural Language
      Processing",
    year = "2022",
    pages = "4488--4508",
    url = "https://aclanthology.org/2022.emnlp-main.298",
}"""
    TYPES = {"PER": "person", "ORG": "organization", "LOC": "location", "DATE": "date"}
    DOWNLOADS = {
        f"{language}/{file}.txt": Download(
            (f"{_ADDRESS}{language}/{file}.txt",), sha256=_SHA256.get((language, split), "")
        )
        for language in _LANGUAGES
        for split, file in _SPLITS.items()
    }
    COUNTS = _COUNTS

    def files(self):
        return {split: (f"{self.config.name}/{file}.txt",) for split, file in _SPLITS.items()}

    def read_sentences(self, raw):
        layout = Layout(delimiter=" ", or_blanks=True)
        return read_columns(raw, self.native_tags, layout=layout)
