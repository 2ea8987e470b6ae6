"""WikiAnn, the balanced splits of 176 languages: Wikipedia, tagged from its links.

One archive holds one `<language>.tar.gz` for each configuration, with the files `train`, `dev` and
`test`. Raw lines are `xx:token<TAB>tag`, IOB2; a token may itself hold colons::

    en:Star<TAB>B-ORG
    en::<TAB>I-ORG

Japanese, Chinese and Thai have one character a line.
"""

from dataclasses import replace

import pyarrow.compute as pc

from ._builder import CorpusBuilder, CorpusConfig, Download
from ._raw import read_columns

_LANGUAGES = """
    ace af als am an ang ar arc arz as ast ay az ba bar bat-smg be be-x-old bg bh bn bo br bs ca
    cbk-zam cdo ce ceb ckb co crh cs csb cv cy da de diq dv el eml en eo es et eu ext fa fi
    fiu-vro fo fr frr fur fy ga gan gd gl gn gu hak he hi hr hsb hu hy ia id ig ilo io is it ja
    jbo jv ka kk km kn ko ksh ku ky la lb li lij lmo ln lt lv map-bms mg mhr mi min mk ml mn mr
    ms mt mwl my mzn nap nds ne nl nn no nov oc or os pa pdc pl pms pnb ps pt qu rm ro ru rw sa
    sah scn sco sd sh si simple sk sl so sq sr su sv sw szl ta te tg th tk tl tr tt ug uk ur uz
    vec vep vi vls vo wa war wuu xmf yi yo zea zh zh-classical zh-min-nan zh-yue
"""

#: Checksums of the files of the languages whose counts are declared.
_MEMBERS = """
en train ca569a937f536cfc7e94291fbf631d394ce0c171af4523d96f366a50bd18b388
en dev e9e42f79be5eba498ac86b7b81612da5ec5ad3d194df25c2e474514434957cf4
en test 798706360692e56b9ce72fe37033c581cc9801b18f22091100b8266e0dc7fccb
es train 6213366bab0b4b6639c3b0fccc6120ee5f675b0b595ed4582d3fbf4ec5733a01
es dev 61416771a4df98853a58cf97b50931dcfefad2b3a46eb770b235183df31de4dd
es test c70ac08fd537d3ee540cc446d79d896f4046f907b957d004f6d82bfae0d558b7
ru train 64ff7b10022dd08b15d7adcfe36db078fd3e9efbbb402afbad0cfccfc7d53dbb
ru dev c82d8490a91854953d02ee5f38a00c367dc002c82c4eacb289adf61b23a22b1d
ru test 981fa928f06a6faae5695ff551aab270f7a6e457c534315f9d7ef3d75a31467a
"""


class Wikiann(CorpusBuilder):
    """WikiAnn."""

    BUILDER_CONFIGS = [CorpusConfig(language) for language in _LANGUAGES.split()]
    DEFAULT_CONFIG_NAME = "en"

    FOLDER = "wikiann"
    TITLE = "WikiAnn"
    DOMAIN = "Wikipedia"
    LANGUAGES = tuple(_LANGUAGES.split())
    LICENSE = "annotation: none stated; Wikipedia text: CC BY-SA"
    LICENSE_ID = "unknown"
    REDISTRIBUTABLE = False
    HOMEPAGE = "https://github.com/afshinrahimi/mmner"
    CITATION = """\
@inproceedings{pan-etal-2017-cross,
    title = "Cross-lingual Name Tagging and Linking for 282 Languages",
    author = "Pan, Xiaoman and Zhang, Boliang and May, Jonathan and Nothman, Joel and Knight, Kevin
      and Ji, Heng",
    booktitle = "Proceedings of the 55th Annual Meeting of the Association for Computational
      Linguistics",
    year = "2017",
    pages = "1946--1958",
    doi = "10.18653/v1/P17-1178",
}
@inproceedings{rahimi-etal-2019-massively,
    title = "Massively Multilingual Transfer for {NER}",
    author = "Rahimi, Afshin and Li, Yuan and Cohn, Trevor",
    booktitle = "Proceedings of the 57th Annual Meeting of the Association for Computational
      Linguistics",
    year = "2019",
    pages = "151--164",
    url = "https://aclanthology.org/P19-1015",
}"""
    TYPES = {"PER": "person", "ORG": "organization", "LOC": "location"}
    DOWNLOADS = {
        "panx_dataset.zip": Download(
            ("https://s3.amazonaws.com/datasets.huggingface.co/wikiann/1.1.0/panx_dataset.zip",),
            sha256="164814b64f749ad000988b5ab45050b5116913b3db466ab173008955ddf649a4",
            members={
                f"panx_dataset/{language}.tar.gz::{name}": sha256
                for language, name, sha256 in map(str.split, _MEMBERS.strip().split("\n"))
            },
        )
    }
    COUNTS = {
        "en": {
            "train": (20000, 160394, 27931),
            "validation": (10000, 80536, 14146),
            "test": (10000, 80326, 13958),
        },
        "es": {
            "train": (20000, 129283, 24750),
            "validation": (10000, 64329, 12270),
            "test": (10000, 64727, 12260),
        },
        "ru": {
            "train": (20000, 141529, 24629),
            "validation": (10000, 70279, 12334),
            "test": (10000, 71288, 12177),
        },
    }
    PAPER = {"train": 20000, "validation": 10000, "test": 10000}
    PAPER_NOTE = (
        "Table 1 gives the sizes of the largest languages; smaller ones have 100 to 15000 training "
        "sentences."
    )

    def files(self):
        archive = f"panx_dataset.zip::panx_dataset/{self.config.name}.tar.gz"
        names = {"train": "train", "validation": "dev", "test": "test"}
        return {split: (f"{archive}::{name}",) for split, name in names.items()}

    def read_sentences(self, raw):
        sentences = read_columns(raw, self.native_tags)
        if not pc.all(pc.match_substring(sentences.tokens, ":")).as_py():
            raise _without_language(raw)
        tokens = pc.replace_substring_regex(sentences.tokens, r"^[^:]*:", "")
        return replace(sentences, tokens=tokens)


def _without_language(raw):
    """The error for the first line without `xx:`."""
    number, line = next(
        (number, line)
        for number, line in enumerate(raw.read_text().split("\n"), 1)
        if line.strip() and ":" not in line.partition("\t")[0]
    )
    return ValueError(f"{raw.where}:{number}: no language before the token in {line!r}")
