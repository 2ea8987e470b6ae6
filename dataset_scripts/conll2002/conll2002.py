"""CoNLL-2002: Spanish and Dutch newswire, one configuration a language.

Raw lines are `token tag` in Spanish and `token POS tag` in Dutch, with single spaces, IOB2; Dutch
articles begin with a `-DOCSTART-` line::

    Zembla N B-LOC
    slaapt V O

The shared task's files are ISO 8859-1; copies in UTF-8 are read as well. Within a Dutch article the
sentences stand in random order.
"""

from dataclasses import replace

from ._builder import CorpusBuilder, CorpusConfig, Download
from ._raw import Layout, number_documents, read_columns, without_document_lines

_ADDRESS = "https://www.clips.uantwerpen.be/conll2002/ner/data/"
_LANGUAGES = {"es": "esp", "nl": "ned"}
_SPLITS = {"train": "train", "validation": "testa", "test": "testb"}


class Conll2002(CorpusBuilder):
    """CoNLL-2002."""

    BUILDER_CONFIGS = [CorpusConfig(language) for language in _LANGUAGES]
    DEFAULT_CONFIG_NAME = "es"

    FOLDER = "conll2002"
    TITLE = "CoNLL-2002"
    DOMAIN = "news"
    LANGUAGES = tuple(_LANGUAGES)
    LICENSE = "research in the context of the CoNLL-2002 shared task only"
    LICENSE_ID = "other"
    REDISTRIBUTABLE = False
    HOMEPAGE = "https://www.clips.uantwerpen.be/conll2002/ner/"
    CITATION = """\
@inproceedings{tjong-kim-sang-2002-introduction,
    title = "Introduction to the {CoNLL}-2002 Shared Task: Language-Independent Named Entity
      Recognition",
    author = "Tjong Kim Sang, Erik F.",
    booktitle = "{COLING}-02: The 6th Conference on Natural Language Learning 2002
      ({CoNLL}-2002)",
    year = "2002",
    url = "https://aclanthology.org/W02-2024",
}"""
    TYPES = {"PER": "person", "ORG": "organization", "LOC": "location", "MISC": "other"}
    DOWNLOADS = {
        f"{code}.{file}": Download((f"{_ADDRESS}{code}.{file}",))
        for code in _LANGUAGES.values()
        for file in _SPLITS.values()
    }

    @property
    def has_documents(self):
        return self.config.name == "nl"

    def files(self):
        code = _LANGUAGES[self.config.name]
        return {split: (f"{code}.{file}",) for split, file in _SPLITS.items()}

    def read_sentences(self, raw):
        width = 3 if self.config.name == "nl" else 2
        layout = Layout(tag=width - 1, width=width, delimiter=" ", or_blanks=True)
        text = raw.read_text(or_latin_1=True)
        plain = without_document_lines(text)
        sentences = read_columns(raw, self.native_tags, layout=layout, text=plain)
        return replace(sentences, documents=number_documents(text) if self.has_documents else ())
