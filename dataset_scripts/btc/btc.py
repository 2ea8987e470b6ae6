"""Broad Twitter Corpus: tweets of several regions, years and uses.

Raw lines are `token<TAB>tag`, IOB2. Seven lines of sections f and h have an empty token or a space,
and a tag; such a token counts, and stays as it is::

    @<TAB>O
    <TAB>O

`default` is the authors' split: section f is the test set, the second half of h the validation set.
The configurations `a`, `b`, `e`, `f`, `g` and `h` are the sections, each with one split, `train`.
"""

from ._builder import CorpusBuilder, CorpusConfig, Download, read_table
from ._raw import Layout, read_columns

_ADDRESS = "https://raw.githubusercontent.com/GateNLP/broad_twitter_corpus/master/"
_OFFICIAL = {"train": "btc.train", "validation": "btc.dev", "test": "btc.test"}
_COUNTS, _SHA256 = read_table("""
default
train 6338 99933 8779 2117732e744d8f1692786c7ebb919c52dadd406f082b43fe1e625a51f2cadd0f
validation 1001 15027 1730 9f7d33bcd195cecf9767357a5f1fe0ba879af6c55ebb68b8e846bff23c4e7fa5
test 2001 35428 4376 3bd2387dfc98ebc9d8b77d8b9c59826262e9beadce71ce8edde272821b9c87c8
a
train 1000 16612 521 ac824cc13c88283fe3cca05343e46c79ec4cd5b174429f27bf8fe0ebdc1bbf33
b
train 2000 30825 1610 504a094a0398e03fd7b394510e313b8fc844407102252182d90aea23f53cc322
e
train 200 3981 325 77aca745cdc28ae0fafbcf36a93ccfd15357a8db97c21d91083592dd85e348c5
f
train 2001 35428 4376 3bd2387dfc98ebc9d8b77d8b9c59826262e9beadce71ce8edde272821b9c87c8
g
train 2138 34062 4685 d53a27645cabc4e63313d573498b48b0cc5ed780d280edfbdc4fedefe23479da
h
train 2001 29480 3368 7f31215a79f3131526236203907c8d003b8e0f8ee6eef2a216ebb685340ebe39
""")


def _files(config):
    return _OFFICIAL if config == "default" else {"train": f"{config}.conll"}


class Btc(CorpusBuilder):
    """Broad Twitter Corpus."""

    BUILDER_CONFIGS = [CorpusConfig(config) for config in _COUNTS]

    FOLDER = "btc"
    TITLE = "Broad Twitter Corpus"
    DOMAIN = "tweets"
    LICENSE = "CC BY 4.0"
    LICENSE_ID = "cc-by-4.0"
    REDISTRIBUTABLE = True
    HOMEPAGE = "https://github.com/GateNLP/broad_twitter_corpus"
    CITATION = """\
@inproceedings{derczynski-etal-2016-broad,
    title = "Broad {T}witter Corpus: A Diverse Named Entity Recognition Resource",
    author = "Derczynski, Leon and Bontcheva, Kalina and Roberts, Ian",
    booktitle = "Proceedings of {COLING} 2016, the 26th International Conference on Computational
      Linguistics: Technical Papers",
    year = "2016",
    pages = "1169--1179",
    url = "https://aclanthology.org/C16-1111",
}"""
    TYPES = {"PER": "person", "ORG": "organization", "LOC": "location"}
    DOWNLOADS = {
        file: Download((_ADDRESS + file,), sha256=_SHA256[config, split])
        for config in _COUNTS
        for split, file in _files(config).items()
    }
    COUNTS = _COUNTS

    def files(self):
        return {split: (file,) for split, file in _files(self.config.name).items()}

    def read_sentences(self, raw):
        return read_columns(raw, self.native_tags, layout=Layout(or_empty=True))
