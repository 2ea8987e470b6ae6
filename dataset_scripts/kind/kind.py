"""KIND: Italian news, fiction and two politicians' writings, one configuration a domain.

Raw lines are `token<TAB>type`, the type bare, so two touching entities of one type cannot be told
apart::

    Ada<TAB>PER
    Lovelace<TAB>PER
    dorme<TAB>O

The annotation of `moro` is silver: made by a model, not by people.
"""

import re

from ._builder import CorpusBuilder, CorpusConfig, Download
from ._raw import read_columns

_ADDRESS = "https://raw.githubusercontent.com/dhfbk/KIND/main/dataset/"
_DOMAINS = ("wikinews", "fiction", "moro", "degasperi")
_BARE = re.compile(r"\t(?=(?:PER|ORG|LOC)$)", re.MULTILINE)


class Kind(CorpusBuilder):
    """Kessler Italian Named-entities Dataset."""

    BUILDER_CONFIGS = [CorpusConfig(domain) for domain in _DOMAINS]
    DEFAULT_CONFIG_NAME = "wikinews"

    FOLDER = "kind"
    TITLE = "KIND"
    DOMAIN = "news, fiction and political speeches"
    LANGUAGES = ("it",)
    LICENSE = "CC BY-NC 4.0 (annotation); degasperi: CC BY-NC-SA 4.0"
    LICENSE_ID = "cc-by-nc-4.0"
    REDISTRIBUTABLE = False
    HOMEPAGE = "https://github.com/dhfbk/KIND"
    CITATION = """\
@inproceedings{paccosi-palmero-aprosio-2022-kind,
    title = "{KIND}: an {I}talian Multi-Domain Dataset for Named Entity Recognition",
    author = "Paccosi, Teresa and Palmero Aprosio, Alessio",
    booktitle = "Proceedings of the Thirteenth Language Resources and Evaluation Conference",
    year = "2022",
    pages = "501--507",
    url = "https://aclanthology.org/2022.lrec-1.52",
}"""
    TYPES = {"PER": "person", "ORG": "organization", "LOC": "location"}
    DOWNLOADS = {
        f"{domain}_{split}.tsv": Download((f"{_ADDRESS}{domain}_{split}.tsv",))
        for domain in _DOMAINS
        for split in ("train", "test")
    }

    def files(self):
        return {split: (f"{self.config.name}_{split}.tsv",) for split in ("train", "test")}

    def read_sentences(self, raw):
        # as IO tags, which the builder turns into IOB2
        text = _BARE.sub("\tI-", raw.read_text())
        return read_columns(raw, self.native_tags, text=text)
