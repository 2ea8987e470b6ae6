"""LeNER-Br: Brazilian court decisions and laws.

Raw lines are `token tag` with one space, IOB2::

    artigo B-LEGISLACAO
    15 I-LEGISLACAO
    procedente O

`TEMPO` is mostly dates; times of day are rare and have no type of their own.
"""

from ._builder import CorpusBuilder, Download
from ._raw import Layout, read_columns

_ADDRESS = "https://raw.githubusercontent.com/peluz/lener-br/master/leNER-Br/"
_FILES = {"train": "train/train.conll", "validation": "dev/dev.conll", "test": "test/test.conll"}


class LenerBr(CorpusBuilder):
    """LeNER-Br."""

    FOLDER = "lener_br"
    TITLE = "LeNER-Br"
    DOMAIN = "legal documents"
    LANGUAGES = ("pt",)
    LICENSE = "none stated"
    LICENSE_ID = "unknown"
    REDISTRIBUTABLE = False
    HOMEPAGE = "https://github.com/peluz/lener-br"
    CITATION = """\
@inproceedings{luz-de-araujo-etal-2018-lener,
    title = "{LeNER-Br}: A Dataset for Named Entity Recognition in {Brazilian} Legal Text",
    author = "Luz de Araujo, Pedro H. and de Campos, Te{\\'o}filo E. and de Oliveira, Renato R. R.
      and Stauffer, Matheus and Couto, Samuel and Bermejo, Paulo",
    booktitle = "International Conference on the Computational Processing of {Portuguese} (PROPOR)",
    year = "2018",
    pages = "313--323",
    doi = "10.1007/978-3-319-99722-3_32",
}"""
    TYPES = {
        "ORGANIZACAO": "organization",
        "PESSOA": "person",
        "TEMPO": "date",
        "LOCAL": "location",
        "LEGISLACAO": "law",
        "JURISPRUDENCIA": "legal_case",
    }
    FILES = {split: (file, file.split("/")[1]) for split, file in _FILES.items()}
    DOWNLOADS = {file: Download((_ADDRESS + file,)) for file in _FILES.values()}

    def read_sentences(self, raw):
        layout = Layout(delimiter=" ", or_blanks=True)
        return read_columns(raw, self.native_tags, layout=layout)
