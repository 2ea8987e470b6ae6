"""Universal NER: names in treebanks of Universal Dependencies, one configuration a treebank.

Raw lines are `index<TAB>token<TAB>tag<TAB>earlier tag<TAB>annotator`, IOB2 with a few stray `I-`,
under comments that name sentences and, in some treebanks, documents::

    # newdoc id = P408
    # sent_id = P408-0001
    1<TAB>Ada<TAB>B-PER<TAB>-<TAB>grace

In others `newdoc` lines name batches of annotation (`batch-0000`), which are no documents.
A token may hold a space (`100 000`). `OTH` is left in Croatian and Serbian only. An `id` is the
treebank's own; the parallel treebanks (PUD) and the small ones have a test split only.
"""

import re
from dataclasses import replace

from ._builder import CorpusBuilder, CorpusConfig, Download, read_table
from ._raw import Layout, read_columns

_ADDRESS = "https://raw.githubusercontent.com/UniversalNER/UNER_"
_NAMES = re.compile(r"^# (newdoc id|sent_id) = ?(.*)$", re.MULTILINE)
_SPLITS = {"train": "train", "validation": "dev", "test": "test"}
#: Configuration to repository and branch.
_TREEBANKS = {
    "da_ddt": "Danish-DDT/main",
    "en_ewt": "English-EWT/master",
    "hr_set": "Croatian-SET/main",
    "pt_bosque": "Portuguese-Bosque/master",
    "sk_snk": "Slovak-SNK/master",
    "sr_set": "Serbian-SET/main",
    "sv_talbanken": "Swedish-Talbanken/master",
    "zh_gsd": "Chinese-GSD/master",
    "zh_gsdsimp": "Chinese-GSDSIMP/master",
}
_TEST_ONLY = {
    "ceb_gja": "Cebuano-GJA/master",
    "de_pud": "German-PUD/master",
    "en_pud": "English-PUD/master",
    "pt_pud": "Portuguese-PUD/master",
    "ru_pud": "Russian-PUD/master",
    "sv_pud": "Swedish-PUD/master",
    "tl_trg": "Tagalog-TRG/master",
    "tl_ugnayan": "Tagalog-Ugnayan/master",
    "zh_pud": "Chinese-PUD/master",
}
_ALL = _TREEBANKS | _TEST_ONLY
#: Those whose `newdoc` lines are known to name documents.
_WITH_DOCUMENTS = {"en_ewt", "hr_set", "sr_set", "sv_talbanken", "de_pud"}
_COUNTS, _SHA256 = read_table("""
da_ddt
train 4383 80378 3028 a24064c7d27d22b0a7d7baf9035918aac6f120774ef0cd7ef5b00e77e7f8c330
validation 564 10332 379 3049c10b8523323de5eea5552213f09ef906656775dd8ecaafd95debc5697a0a
test 565 10023 447 de86e081dccbc58dbab96c22e53b0d42bdfdd074031bf0d5e7569754efd53269
en_ewt
validation 2001 25149 966 0cafd881cf31d39897b6d588420fab8fbbe4423d271725c59921ac9dd49c0713
test 2077 25097 1088 821ad826d5f503ac03b4edc3fbc2174f21fbb005ec25863caf2051c434616d6e
hr_set
train 6914 152857 9264 623ffe75ff9fe19254e13eb0901cd4b5aa48094b2340ba3858753a7c8f1034b3
validation 960 22292 1373 4a5b48b5b419dc3eea33ae0724c4958d6005c18523c0397cb76779e7c9eab215
test 1136 24260 1536 91e7c45723d5f1a40a79f0299d165aa14dd90f67519ba18a45aaf940d749899f
pt_bosque
train 7018 171776 8101 1d8762040667fc15f4ec83801e20d14d10ebea2b90c16c312f3ba03da2d1f860
validation 1172 28447 1401 0e6cb1db280e6677e2fd4380d695039791b5cb70bb5100376166aae5690da01a
test 1167 27604 1215 45cf232ff7677cb6f4020dad96dbf8412d1f2cca38d81164ac96ee8c03b6b09f
sk_snk
train 8483 80628 2707 2c1aaf803cb940212b56591b450edef4518038d336f52496ecbc0924f7d7d77f
validation 1060 12733 636 2391d6efb9bcaddc712470c7edc9d4665deffd4b8cc2669da34b91d15da01678
test 1061 12736 915 b2f48b43e60bf5a18f8075805592273cb91a1cd3f37dd11d6f11e81d10de3c04
sr_set
train 3328 74259 5377 dd86c17c28db995225a3ac71e52aa914174353bc37e1a44c8af690929e0be998
validation 536 11993 844 4eb042b26a0ae5e913748874fd33e64adbcd11dd6ab9df7121cce9b6d052aa9f
test 520 11421 901 e49fc05786c35ce0b0b8f165e66a86df802d102d1142c656dfcce89b8fc00f04
sv_talbanken
train 4303 66646 967 c00a899b47b31ed32f4ac443c70471627f421a2bea654a2261107924b57b97e4
validation 504 9797 23 aaa5802d5d6e53b0ed78cc40c5d7aa47fdd2675a88318162fc282dd6895533b1
test 1219 20377 196 9c6f1013d9d8aaf321454f4c4470fd03c9ddcb0a1e660920b6340d0838fb2653
zh_gsd
train 3997 98616 6136 b9ed49a5abd6b9a74001ed0f08cbd54908129b88a42ecd50ae9cf6cef7c177c1
validation 500 12663 810 0f8d7159545f257548aa4290302fb474c026ee0e1e61b3536ceb858893e3a1f1
test 500 12012 767 6f6ee9bf4e984bb5bcdaa5b88e88cabe245d750128cc424dcb1a1394e47443a2
""")


def _files(treebank):
    splits = ("test",) if treebank in _TEST_ONLY else _SPLITS
    return {split: f"{treebank}-ud-{_SPLITS[split]}.iob2" for split in splits}


class Uner(CorpusBuilder):
    """Universal NER."""

    BUILDER_CONFIGS = [CorpusConfig(treebank) for treebank in _ALL]
    DEFAULT_CONFIG_NAME = "da_ddt"

    FOLDER = "uner"
    TITLE = "Universal NER"
    DOMAIN = "treebanks: news, web, textbooks, legal and literary prose"
    LANGUAGES = tuple(dict.fromkeys(treebank.split("_")[0] for treebank in _ALL))
    LICENSE = "CC BY-SA 4.0"
    LICENSE_ID = "cc-by-sa-4.0"
    REDISTRIBUTABLE = True
    HOMEPAGE = "https://www.universalner.org/"
    CITATION = """\
@inproceedings{mayhew-etal-2024-universal,
    title = "Universal {NER}: A Gold-Standard Multilingual Named Entity Recognition Benchmark",
    author = "Mayhew, Stephen and Blevins, Terra and Liu, Shuheng and Suppa, Marek and
      Gonen, Hila and Imperial, Joseph Marvin and Karlsson, B{\\"o}rje F. and Lin, Peiqin and
      Ljube{\\v{s}}i{\\'c}, Nikola and Miranda, Lester James and Plank, Barbara and Riabi, Arij and
      Pinter, Yuval",
    booktitle = "Proceedings of the 2024 Conference of the North American Chapter of the Association
      for Computational Linguistics: Human Language Technologies (Volume 1: Long Papers)",
    year = "2024",
    pages = "4322--4337",
    url = "https://aclanthology.org/2024.naacl-long.243",
}"""
    TYPES = {"PER": "person", "ORG": "organization", "LOC": "location", "OTH": "other"}
    DOWNLOADS = {
        file: Download((f"{_ADDRESS}{place}/{file}",), sha256=_SHA256.get((treebank, split), ""))
        for treebank, place in _ALL.items()
        for split, file in _files(treebank).items()
    }
    COUNTS = _COUNTS

    @property
    def has_documents(self):
        return self.config.name in _WITH_DOCUMENTS

    def files(self):
        return {split: (file,) for split, file in _files(self.config.name).items()}

    def read_sentences(self, raw):
        text = raw.read_text()
        layout = Layout(token=1, tag=2, width=5, skip="#")
        sentences = read_columns(raw, self.native_tags, layout=layout, text=text)
        ids, documents, document = [], [], None
        for kind, name in _NAMES.findall(text):
            if kind == "newdoc id":
                document = name
            else:
                ids.append(name)
                documents.append(document)
        if len(ids) != len(sentences):
            raise ValueError(f"{raw.where}: {len(ids)} sent_id lines, {len(sentences)} sentences")
        return replace(sentences, ids=ids, documents=documents)
