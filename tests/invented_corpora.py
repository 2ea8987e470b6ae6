"""Raw files of every column corpus, invented, in the formats and with the traps of the real ones.

They make a mirror root (`TNER_HF_SOURCES`) that needs none of the distributions.
"""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

WNUT_TRAIN = """\
Ada\tB-person
Lovelace\tI-person
left\tO
\t
\ufe0f\tO
zero\u200bwidth\tO
\ufeff\tO
no\u00a0break\tO

The\tB-creative-work
Raven\tI-creative-work
Zembla\tB-location
Arcadia\tB-location"""

CONLL_IOB1 = """\
-DOCSTART- -X- O O

Ada NNP I-NP I-PER
Grace NNP I-NP B-PER
Hopper NNP I-NP I-PER
Acme NNP I-NP I-ORG
sleeps VBZ I-VP O

Zembla NNP I-NP I-LOC"""

CONLL_IOB2 = """\
-DOCSTART- -X- -X- O

Ada NNP B-NP B-PER
Grace NNP I-NP B-PER
Hopper NNP I-NP I-PER
Acme NNP I-NP B-ORG
sleeps VBZ B-VP O

Zembla NNP B-NP B-LOC"""

FIN = """\
-DOCSTART- -X- O O

Acme NNP - I-ORG
Bank NNP - I-ORG
Ada NNP - I-PER
( ( - O

-DOCSTART- -X- O O

Zembla NNP - I-LOC

"""

BIONLP = """\
ABC-1\tB-DNA
promoter\tI-DNA
XYZ\tB-DNA
binds\tO

T\tB-cell_type
cells\tI-cell_type

"""

BIONLP_TASK2 = f"###MEDLINE:1\n\n{BIONLP}"

RESTAURANT = """\
B-Rating\tfive
I-Rating\tstar
B-Price\tcheap
B-Hours\tlate

O\thello

"""

TRIVIA = """\
B-Actor\tgrace
I-Actor\thopper
O   in
B-Year\t1952

B-Quote\toh

"""

MOVIE = """\
B-GENRE\tromantic
B-GENRE\tmusicals
B-RATINGS_AVERAGE\tgood

"""

WIKIANN_EN = """\
en:Star\tB-ORG
en::\tI-ORG
en:a:b\tO

en:Zembla\tB-LOC
en:Arcadia\tB-LOC

"""

WIKIANN_JA = "ja:山\tB-PER\nja:田\tI-PER\nja:。\tO\n\n"

UNER = """\
# newdoc id = d1
# sent_id = d1-0001
# text = Ada sleeps 100 000 times
# url = https://example.org/#1
1\tAda\tI-PER\tI-PER#O\tgrace
2\tsleeps\tO\t-\t-
3\t100 000\tO\t-\t-
4\ttimes\tO\t-\t-

# sent_id = d1-0002
# text = # Acme
1\t#\tO\t-\t-
2\tAcme\tB-ORG\t-\tgrace

# newdoc id = d2
# sent_id = d2-0001
# text = Zembla
1\tZembla\tB-OTH\t-\tgrace
"""

MASAKHANER = """\
Yemen B-LOC
wamesema O
Alhamisi B-DATE

Ada I-PER
. O
"""

CROSSNER = """\
Ada\tB-politician
Lovelace\tI-politician
and\tO
Grace\tB-person

Zembla\tB-country
Liberals\tB-politicalparty

"""

BTC = """\
@\tO
ada\tB-PER
 \tO
\tO
Acme\tB-ORG
 \t

\tB-LOC
"""

PUBTATOR = """\

7|t|Breast or ovarian cancer.
7|a|We saw 2 cases. None had (red-eye) fever "plus" .
7\t0\t24\tBreast or ovarian cancer\tCompositeMention\tD1|D2
7\t51\t73\t(red-eye) fever "plus"  \tSpecificDisease\tD3

7|t|Breast or ovarian cancer.
7|a|
7\t0\t24\tBreast or ovarian cancer\tModifier\tD1
"""

CONLL_ES = """\
Melbourne B-LOC
( O
Australia B-LOC
mañana O

Ada B-PER
"""

CONLL_NL = """\
-DOCSTART- -DOCSTART- O
De Art O
Zembla N B-LOC

Acme N B-ORG
-DOCSTART- -DOCSTART- O
Ada N B-PER
"""

KIND = """\
Ada\tPER
Lovelace\tPER
a\tO
Zembla\tLOC

Acme\tORG
"""

HARVEY = """\
-DOCSTART- O
# O
Barker B-AREA
Reservoir I-AREA

-DOCSTART- O
I-10 B-ROAD
"""

HIPE_COLUMNS = (
    "TOKEN", "NE-COARSE-LIT", "NE-COARSE-METO", "NE-FINE-LIT", "NE-FINE-METO", "NE-FINE-COMP",
    "NE-NESTED", "NEL-LIT", "NEL-METO", "MISC",
)  # fmt: skip


def _hipe(*words: str) -> str:
    """Lines of HIPE from `token|tag`, the metonymic sense another."""
    rest = ("O", "O", "O", "O", "O", "_", "_", "NoSpaceAfter")
    return "".join("\t".join([*word.split("|"), "B-org", *rest[1:]]) + "\n" for word in words)


HIPE = (
    "\t".join(HIPE_COLUMNS) + "\n# language = de\n# document_id = NZZ-1\n"
    + _hipe("Lords|B-pers", "Darnley|I-pers", "#|O")
    + "# segment_iiif_link = _\n" + _hipe("1798|B-time")
    + "\n# language = de\n# document_id = NZZ-2\n" + _hipe("Zembla|B-loc")
)  # fmt: skip

LENER = """\
artigo B-LEGISLACAO
15 I-LEGISLACAO
em O
23/09/2003 B-TEMPO

ADI B-JURISPRUDENCIA
"""

BC2GM = """\
fatty\tB-GENE
synthase\tI-GENE
(\tO
FAS\tB-GENE

"""

SPLIT_FILES = {"train": "train", "validation": "dev", "test": "test"}


def write_invented_corpora(root: Path) -> Path:
    """Write every raw file under `root`, archives included, and return `root`."""
    for corpus, files in {
        "wnut2017": {
            "wnut17train.conll": WNUT_TRAIN,
            "emerging.dev.conll": "calm\tO\n\n",
            "emerging.test.annotated": "Ada\tB-person\n\n",
        },
        "conll2003": {
            "eng.train": CONLL_IOB1,
            "eng.testa": CONLL_IOB1,
            "eng.testb": CONLL_IOB1,
        },
        "mit_restaurant": {"restauranttrain.bio": RESTAURANT, "restauranttest.bio": RESTAURANT},
        "mit_movie": {
            "trivia10k13train.bio": TRIVIA,
            "trivia10k13test.bio": TRIVIA,
            "engtrain.bio": MOVIE,
            "engtest.bio": MOVIE,
        },
        "uner": {f"da_ddt-ud-{file}.iob2": UNER for file in SPLIT_FILES.values()},
        "masakhaner2": {f"swa/{file}.txt": MASAKHANER for file in SPLIT_FILES.values()},
        "crossner": {f"politics/{file}.txt": CROSSNER for file in SPLIT_FILES.values()},
        "btc": {f"btc.{file}": BTC for file in SPLIT_FILES.values()} | {"h.conll": BTC},
        "kind": {f"wikinews_{split}.tsv": KIND for split in ("train", "test")},
        "harveyner": {f"tweets.{file}11.bio": HARVEY for file in SPLIT_FILES.values()},
        "hipe2020": {f"HIPE-data-v1.4-{file}-de.tsv": HIPE for file in SPLIT_FILES.values()},
        "lener_br": {f"{file}/{file}.conll": LENER for file in SPLIT_FILES.values()},
        "bc2gm": {f"{file}.tsv": BC2GM for file in ("train", "devel", "test")},
        "ncbi_disease": {
            f"NCBI{name}set_corpus.txt": PUBTATOR for name in ("train", "develop", "test")
        },
    }.items():
        for name, text in files.items():
            write(root / corpus / name, text.encode())
    for part in ("train", "testa", "testb"):
        write(root / "conll2002" / f"esp.{part}", CONLL_ES.encode("latin-1"))
        write(root / "conll2002" / f"ned.{part}", CONLL_NL.encode())
    finance = {"dataset/FIN5.txt": FIN, "dataset/FIN3.txt": FIN}
    write(root / "fin" / "financial_risk_assessment.tgz", tar(finance))
    for archive, name in [("Genia4ERtraining", "Genia4ERtask"), ("Genia4ERtest", "Genia4EReval")]:
        both = {f"{name}2.iob2": BIONLP_TASK2, f"{name}1.iob2": BIONLP}
        write(root / "bionlp2004" / f"{archive}.tar.gz", tar(both))
    languages = {
        f"panx_dataset/{language}.tar.gz": tar(dict.fromkeys(["train", "dev", "test"], text))
        for language, text in {"en": WIKIANN_EN, "ja": WIKIANN_JA}.items()
    }
    languages["panx_dataset/de.tar.gz"] = b"not an archive: must not be touched"
    write(root / "wikiann" / "panx_dataset.zip", zipped(languages))
    return root


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def tar(files: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return stream.getvalue()


def zipped(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()
