"""NCBI disease corpus: diseases in the titles and abstracts of 793 PubMed articles.

Raw documents are PubTator stand-off, as those of BC5CDR are, and become sentences by the same rule.
No two mentions of the release overlap, and each is one entity. So is a composite mention (`breast
or ovarian cancer`), which names several diseases in one span of text: it is not taken apart, and
keeps its own native type. One that lay inside another would be an error, for tags cannot hold both.

One abstract (8528200) stands twice in the training file, and is kept twice, as everybody counts. An
`id` is the document's PubMed id and the number of the sentence under it. The four native types say
how a disease is named, not what it is, so they unify to one.
"""

from ._builder import CorpusBuilder, Download
from ._pubtator import read_sentences
from ._raw import RawFile

_ADDRESS = "https://www.ncbi.nlm.nih.gov/CBBresearch/Dogan/DISEASE/"
_SHA256 = {
    "NCBItrainset": "f311381b28a6d0f641f57f4a963bb83619c2bdec5cd9caabb1381f894d5db817",
    "NCBIdevelopset": "02db559974624ae9cbe6cd95d64d953e6926bb63afb6b25b63e53bd8b41a4b55",
    "NCBItestset": "61c8050bf6979ef7b943ec1158dfc03b651ea3367d4c37356f9de4841e85c9a3",
}


class NcbiDisease(CorpusBuilder):
    """NCBI disease corpus."""

    FOLDER = "ncbi_disease"
    TITLE = "NCBI disease"
    DOMAIN = "biomedical abstracts"
    LICENSE = "public domain (National Library of Medicine)"
    LICENSE_ID = "other"
    REDISTRIBUTABLE = True
    HOMEPAGE = _ADDRESS
    CITATION = """\
@article{dogan-etal-2014-ncbi,
    title = "{NCBI} disease corpus: A resource for disease name recognition and concept
      normalization",
    author = "Do{\\u{g}}an, Rezarta Islamaj and Leaman, Robert and Lu, Zhiyong",
    journal = "Journal of Biomedical Informatics",
    volume = "47",
    year = "2014",
    pages = "1--10",
    doi = "10.1016/j.jbi.2013.12.006",
}"""
    TYPES = {
        "SpecificDisease": "disease",
        "Modifier": "disease",
        "DiseaseClass": "disease",
        "CompositeMention": "disease",
    }
    HAS_DOCUMENTS = True
    FILES = {
        "train": ("NCBItrainset_corpus.zip::NCBItrainset_corpus.txt",),
        "validation": ("NCBIdevelopset_corpus.zip::NCBIdevelopset_corpus.txt",),
        "test": ("NCBItestset_corpus.zip::NCBItestset_corpus.txt",),
    }
    DOWNLOADS = {
        f"{name}_corpus.zip": Download(
            (f"{_ADDRESS}{name}_corpus.zip",), members={f"{name}_corpus.txt": sha256}
        )
        for name, sha256 in _SHA256.items()
    }
    COUNTS = {
        "default": {
            "train": (5204, 136088, 5145),
            "validation": (889, 23969, 787),
            "test": (893, 24495, 960),
        }
    }

    def read_sentences(self, raw: RawFile):
        return read_sentences(raw, self.TYPES)
