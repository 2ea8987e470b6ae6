"""BC5CDR: chemicals and diseases in the titles and abstracts of 1500 PubMed articles.

Raw documents are PubTator stand-off, which `_pubtator.py` reads. No two mentions overlap in the
release, and every one is a contiguous span (a composite mention lists its parts in a seventh
column, which does not matter here), so each becomes one entity. `default` keeps all text. `paper`
makes the sentences that T-NER 0.0.8 makes, as many as Table 1 of its paper has: one ends at every
`.` that is a token by itself, and what follows the last mention of an abstract is dropped. An `id`
is the document's PubMed id and the number of the sentence in it.
"""

import re
from collections.abc import Iterator

from ._builder import CorpusBuilder, CorpusConfig, Download
from ._pubtator import Document, cut_tokens, group_spans, inner_offsets, read_sentences
from ._raw import RawFile, Sentence

#: T-NER's tokens: what stands between two regex `\b`.
_PAPER_TOKEN = re.compile(r"\w+|[^\w\s](?:\W*[^\w\s])?")

_ZIP = "CDR_Data.zip"
_FOLDER = "CDR_Data/CDR.Corpus.v010516"
_MEMBERS = {
    "train": f"{_FOLDER}/CDR_TrainingSet.PubTator.txt",
    "validation": f"{_FOLDER}/CDR_DevelopmentSet.PubTator.txt",
    "test": f"{_FOLDER}/CDR_TestSet.PubTator.txt",
}


class Bc5cdr(CorpusBuilder):
    """BioCreative V chemical-disease relation corpus."""

    BUILDER_CONFIGS = [CorpusConfig("default"), CorpusConfig("paper")]

    FOLDER = "bc5cdr"
    TITLE = "BC5CDR"
    DOMAIN = "biomedical abstracts"
    LICENSE = "public domain"
    LICENSE_ID = "other"
    REDISTRIBUTABLE = True
    HOMEPAGE = (
        "https://biocreative.bioinformatics.udel.edu/resources/corpora/biocreative-v-cdr-corpus/"
    )
    CITATION = """\
@article{li-etal-2016-biocreative,
    title = "{BioCreative} {V} {CDR} task corpus: a resource for chemical disease relation
      extraction",
    author = "Li, Jiao and Sun, Yueping and Johnson, Robin J. and Sciaky, Daniela and
      Wei, Chih-Hsuan and Leaman, Robert and Davis, Allan Peter and Mattingly, Carolyn J. and
      Wiegers, Thomas C. and Lu, Zhiyong",
    journal = "Database",
    year = "2016",
    doi = "10.1093/database/baw068",
}"""
    TYPES = {"Chemical": "chemical", "Disease": "disease"}
    HAS_DOCUMENTS = True
    FILES = {split: (f"{_ZIP}::{member}",) for split, member in _MEMBERS.items()}
    DOWNLOADS = {
        _ZIP: Download(
            (
                "https://biocreative.bioinformatics.udel.edu/media/store/files/2016/CDR_Data.zip",
                "https://github.com/JHnlp/BioCreative-V-CDR-Corpus/raw/master/CDR_Data.zip",
            ),
            members={
                _MEMBERS[
                    "train"
                ]: "7afcec134e3d4871e74b0398d92850d3c9ac94c0bdc780003f2d60184c012bd8",
                _MEMBERS[
                    "validation"
                ]: "9e18d8e700168887a7919e62f67ac2ce2357e3f409a48ee992906abdd80fe3e5",
                _MEMBERS[
                    "test"
                ]: "a3c48d5f35bdfce20c2371778abedc9fd24d1da092207072e5181ad53c8d0e2f",
            },
        )
    }
    COUNTS = {
        "default": {
            "train": (4542, 118170, 9385),
            "validation": (4549, 117461, 9591),
            "test": (4781, 124753, 9809),
        },
        "paper": {
            "train": (5228, 110941, 9385),
            "validation": (5330, 110442, 9591),
            "test": (5865, 117820, 9809),
        },
    }
    PAPER = {"train": 5228, "validation": 5330, "test": 5865}
    PAPER_NOTE = (
        "T-NER 0.0.8 ends a sentence at every `.` between two words, also in `0.5 mg`, and drops "
        "what follows the last mention of an abstract; `default` does neither, config `paper` does "
        "both and has the sentences of Table 1, all mentions included. Table 1 gives 5 entity "
        "types; the corpus has 2."
    )

    def read_sentences(self, raw: RawFile) -> Iterator[Sentence]:
        split = split_as_paper if self.config.name == "paper" else None
        return read_sentences(raw, self.TYPES, split=split)


def split_as_paper(document: Document) -> Iterator[list[tuple[int, int]]]:
    """Character spans of T-NER's tokens, by its sentences, up to the last mention."""
    text = document.text
    limit = max((mention.end for mention in document.mentions), default=0)
    spans = cut_tokens(document, _PAPER_TOKEN, limit)
    ends = {end for start, end in spans if text[start:end] == "."}
    return group_spans(spans, ends - inner_offsets(document))
