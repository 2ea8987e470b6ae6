"""BC2GM, the IOB edition: genes and proteins in sentences of MEDLINE abstracts.

Raw lines are `token<TAB>tag`, IOB2::

    fatty<TAB>B-GENE
    synthase<TAB>I-GENE
    (<TAB>O

BioCreative II itself counts characters and accepts alternative spans; this edition, the one that
models are compared on, has one span for each mention.
"""

from ._builder import CorpusBuilder, Download
from ._raw import read_columns

_ADDRESS = (
    "https://raw.githubusercontent.com/cambridgeltl/MTL-Bioinformatics-2016/master/data/BC2GM-IOB/"
)
_FILES = {"train": "train.tsv", "validation": "devel.tsv", "test": "test.tsv"}


class Bc2gm(CorpusBuilder):
    """BioCreative II gene mention corpus."""

    FOLDER = "bc2gm"
    TITLE = "BC2GM"
    DOMAIN = "biomedical abstracts"
    LICENSE = "none stated"
    LICENSE_ID = "unknown"
    REDISTRIBUTABLE = False
    HOMEPAGE = "https://github.com/cambridgeltl/MTL-Bioinformatics-2016"
    CITATION = """\
@article{smith-etal-2008-overview,
    title = "Overview of {BioCreative} {II} gene mention recognition",
    author = "Smith, Larry and Tanabe, Lorraine K. and Ando, Rie Johnson nee and others",
    journal = "Genome Biology",
    volume = "9",
    number = "Suppl 2",
    year = "2008",
    pages = "S2",
    doi = "10.1186/gb-2008-9-s2-s2",
}
@article{crichton-etal-2017-neural,
    title = "A neural network multi-task learning approach to biomedical named entity recognition",
    author = "Crichton, Gamal and Pyysalo, Sampo and Chiu, Billy and Korhonen, Anna",
    journal = "BMC Bioinformatics",
    volume = "18",
    year = "2017",
    pages = "368",
    doi = "10.1186/s12859-017-1776-8",
}"""
    TYPES = {"GENE": "gene"}
    FILES = {split: (file, f"BC2GM-IOB/{file}") for split, file in _FILES.items()}
    DOWNLOADS = {file: Download((_ADDRESS + file,)) for file in _FILES.values()}

    def read_sentences(self, raw):
        return read_columns(raw, self.native_tags)
