from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import datasets
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from invented_corpora import (
    CONLL_IOB1,
    CONLL_IOB2,
    FIN,
    WIKIANN_EN,
    tar,
    write,
    write_invented_corpora,
    zipped,
)

from tner_hf.data.corpora import CORPORA, corpus, load_builder, own_errors
from tner_hf.errors import DataError, SourceError, UnknownNameError
from tner_hf.labels import UNIFIED, LabelSpace
from tner_hf.labels.schemes import entities

REPOSITORY = Path(__file__).resolve().parents[2]

#: Sentences, tokens and entities of the real distributions.
EXPECTED = {
    "wnut2017": {
        "train": (3394, 62730, 1975),
        "validation": (1009, 15733, 836),
        "test": (1287, 23394, 1079),
    },
    "fin": {"train": (1164, 41010, 1168), "test": (303, 13246, 318)},
    "bionlp2004": {"train": (18546, 492551, 51301), "test": (3856, 101039, 8662)},
    "mit_restaurant": {"train": (7660, 70525, 15363), "test": (1521, 14256, 3151)},
    "mit_movie_trivia": {"train": (7816, 158823, 23030), "test": (1953, 39035, 5686)},
    "mit_movie": {"train": (9775, 99491, 21295), "test": (2443, 24686, 5339)},
    "conll2003": {
        "train": (14041, 203621, 23499),
        "validation": (3250, 51362, 5942),
        "test": (3453, 46435, 5648),
    },
}
#: Sentences and entities; the corpus's authors give no token counts.
EXPECTED_WIKIANN = {
    "en": {"train": (20000, 27931), "validation": (10000, 14146), "test": (10000, 13958)},
    "es": {"train": (20000, 24750), "validation": (10000, 12270), "test": (10000, 12260)},
    "ru": {"train": (20000, 24629), "validation": (10000, 12334), "test": (10000, 12177)},
}
#: Configuration to split to sentences, tokens and entities; of those whose files are at hand.
EXPECTED_CONFIGS = {
    "uner": {
        "da_ddt": [(4383, 80378, 3028), (564, 10332, 379), (565, 10023, 447)],
        "hr_set": [(6914, 152857, 9264), (960, 22292, 1373), (1136, 24260, 1536)],
        "pt_bosque": [(7018, 171776, 8101), (1172, 28447, 1401), (1167, 27604, 1215)],
        "sk_snk": [(8483, 80628, 2707), (1060, 12733, 636), (1061, 12736, 915)],
        "sr_set": [(3328, 74259, 5377), (536, 11993, 844), (520, 11421, 901)],
        "sv_talbanken": [(4303, 66646, 967), (504, 9797, 23), (1219, 20377, 196)],
        "zh_gsd": [(3997, 98616, 6136), (500, 12663, 810), (500, 12012, 767)],
    },
    "masakhaner": {
        "swa": [(6593, 175160, 14583), (942, 25251, 2018), (1883, 51179, 4330)],
        "yor": [(6876, 175835, 11591), (983, 22787, 995), (1964, 45653, 2009)],
        "zul": [(5848, 89355, 5444), (836, 13245, 1109), (1670, 26086, 1919)],
    },
    "crossner": {
        "ai": [(100, 3782, 532), (350, 10919, 1549), (431, 12991, 1809)],
        "literature": [(100, 3782, 541), (400, 14503, 2130), (416, 16157, 2266)],
        "music": [(100, 3909, 648), (380, 15591, 2679), (465, 19605, 3336)],
        "politics": [(200, 8384, 1304), (541, 24624, 3482), (651, 27585, 4209)],
        "science": [(200, 7100, 1075), (450, 16139, 2538), (543, 19487, 3089)],
    },
    "btc": {
        "default": [(6338, 99933, 8779), (1001, 15027, 1730), (2001, 35428, 4376)],
        "a": [(1000, 16612, 521)],
        "b": [(2000, 30825, 1610)],
        "e": [(200, 3981, 325)],
        "f": [(2001, 35428, 4376)],
        "g": [(2138, 34062, 4685)],
        "h": [(2001, 29480, 3368)],
    },
    # the split into sentences is ours; the distribution counts abstracts and mentions
    "ncbi_disease": {"default": [(5204, 136088, 5145), (889, 23969, 787), (893, 24495, 960)]},
}
#: Corpora with invented raw files in `mirror`.
INVENTED = (
    *EXPECTED, "wikiann", *EXPECTED_CONFIGS,
    "conll2002", "kind", "harveyner", "hipe2020", "lener_br", "bc2gm",
)  # fmt: skip


@pytest.fixture(autouse=True)
def no_mirror(monkeypatch, tmp_path):
    """Each test names its sources itself."""
    monkeypatch.delenv("TNER_HF_SOURCES", raising=False)
    datasets.disable_progress_bars()


@pytest.fixture
def mirror(tmp_path):
    return write_invented_corpora(tmp_path / "mirror")


@pytest.fixture
def build(tmp_path):
    def build(name, config=None, **options):
        with own_errors():
            builder = load_builder(name, config, cache_dir=tmp_path / "cache", **options)
            builder.download_and_prepare()
        return builder.as_dataset()

    return build


def tagged(split):
    names = split.features["ner_tags"].feature.names
    return [[names[label] for label in row] for row in split["ner_tags"]]


def count(split):
    tokens = split.data.column("tokens").combine_chunks().flatten()
    labels = split.data.column("ner_tags").combine_chunks().flatten().to_numpy()
    return split.num_rows, len(tokens), int((labels % 2 == 1).sum())


# The real distributions, where they are


@pytest.mark.parametrize("name", EXPECTED)
def test_counts_of_the_real_files(name, raw_corpora, build):
    if not (raw_corpora / corpus(name).folder).is_dir():
        pytest.skip(f"the raw files of {name} are not in {raw_corpora}")
    built = build(name, data_dir=raw_corpora / corpus(name).folder)
    assert {split: count(built[split]) for split in built} == EXPECTED[name]


@pytest.mark.parametrize("language", EXPECTED_WIKIANN)
def test_counts_of_the_real_wikiann(language, raw_corpora, build):
    built = build("wikiann", language, data_dir=raw_corpora / "wikiann")
    counts = {split: count(built[split])[::2] for split in built}
    assert counts == EXPECTED_WIKIANN[language]


@pytest.mark.parametrize(
    ("name", "config"), [(n, c) for n, configs in EXPECTED_CONFIGS.items() for c in configs]
)
def test_counts_of_the_real_configurations(name, config, raw_corpora, build):
    folder = raw_corpora / corpus(name).folder
    if not folder.is_dir():
        pytest.skip(f"the raw files of {name} are not in {raw_corpora}")
    built = build(name, config, data_dir=folder)
    expected = EXPECTED_CONFIGS[name][config]
    assert [count(rows) for rows in built.values()] == expected
    assert list(built) == ["train", "validation", "test"][: len(expected)]
    assert all(len(set(rows["id"])) == rows.num_rows for rows in built.values())
    declared = corpus(name).counts[config]
    assert [(c.sentences, c.tokens, c.entities) for c in declared.values()] == expected


def test_counts_of_the_real_files_of_english_uner_without_the_training_file(raw_corpora, tmp_path):
    if not (raw_corpora / "uner").is_dir():
        pytest.skip(f"the raw files of uner are not in {raw_corpora}")
    builder = load_builder(
        "uner", "en_ewt", data_dir=raw_corpora / "uner", cache_dir=tmp_path / "cache"
    )
    for split, declared in corpus("uner").counts["en_ewt"].items():
        rows = builder.read_sentences(builder.find(builder.files()[split]))
        entities = int((builder.native_labels(rows) % 2 == 1).sum())
        assert (len(rows), len(rows.tokens), entities) == tuple(vars(declared).values())


def test_official_split_of_btc_is_made_of_its_sections(raw_corpora, build):
    if not (raw_corpora / "btc").is_dir():
        pytest.skip(f"the raw files of btc are not in {raw_corpora}")
    tokens = {
        config: build("btc", config, data_dir=raw_corpora / "btc")["train"]["tokens"][:]
        for config in "abefgh"
    }
    official = build("btc", data_dir=raw_corpora / "btc")
    train = [s for config in "abeg" for s in tokens[config]] + tokens["h"][:1000]
    assert official["train"]["tokens"][:] == train
    assert official["validation"]["tokens"][:] == tokens["h"][1000:]
    assert official["test"]["tokens"][:] == tokens["f"]


def test_paper_configuration_of_the_real_wnut2017(raw_corpora, build):
    built = build("wnut2017", "paper", data_dir=raw_corpora / "wnut2017")
    assert count(built["train"]) == (1000, 62730, 1975)


@pytest.mark.parametrize(
    ("name", "file", "column"),
    [
        ("wnut2017", "wnut17train.conll", 0),
        ("mit_restaurant", "restauranttrain.bio", 1),
        ("mit_movie", "engtrain.bio", 1),
        ("btc", "btc.train", 0),
        ("crossner", "politics/train.txt", 0),
        ("uner", "da_ddt-ud-train.iob2", 1),
    ],
)
def test_no_real_token_is_changed(name, file, column, raw_corpora, build):
    built = build(name, data_dir=raw_corpora / name)
    text = (raw_corpora / name / file).read_text(encoding="utf-8")
    lines = [line.split("\t") for line in text.split("\n") if line.strip()]
    raw = [cells[column] for cells in lines if len(cells) > 1]  # no comments
    assert [token for tokens in built["train"]["tokens"] for token in tokens] == raw


def test_declared_counts_are_those_of_the_distributions():
    declared = {
        name: {
            split: (counts.sentences, counts.tokens, counts.entities)
            for split, counts in corpus(name).counts["default"].items()
        }
        for name in EXPECTED
    }
    assert declared == EXPECTED


# Invented raw files, one reader after the other


def test_wnut2017_breaks_at_tab_lines_and_keeps_odd_tokens(mirror, build):
    train = build("wnut2017", data_dir=mirror)["train"]
    assert train["tokens"][:] == [
        ["Ada", "Lovelace", "left"],
        ["\ufe0f", "zero\u200bwidth", "\ufeff", "no\u00a0break"],
        ["The", "Raven", "Zembla", "Arcadia"],
    ]
    assert tagged(train)[2] == ["B-work_of_art", "I-work_of_art", "B-location", "B-location"]
    assert train["id"][:] == ["0", "1", "2"]


def test_wnut2017_paper_breaks_at_empty_lines_only(mirror, build):
    train = build("wnut2017", "paper", data_dir=mirror)["train"]
    assert [len(tokens) for tokens in train["tokens"]] == [7, 4]


def test_conll2003_reads_iob1_with_touching_entities(mirror, build):
    train = build("conll2003", data_dir=mirror)["train"]
    assert tagged(train) == [
        ["B-person", "B-person", "I-person", "B-organization", "O"],
        ["B-location"],
    ]


def test_conll2003_numbers_its_documents(build, tmp_path):
    two = CONLL_IOB1 + "\n\n-DOCSTART- -X- O O\n\n" + CONLL_IOB1.partition("\n")[2]
    for name in ["eng.train", "eng.testa", "eng.testb"]:
        write(tmp_path / "licensed" / name, two.encode())
    train = build("conll2003", data_dir=tmp_path / "licensed")["train"]
    assert train["doc_id"][:] == ["1", "1", "2", "2"]


def test_conll2003_zip_gives_the_same_as_the_shared_task_files(mirror, build, tmp_path):
    names = ["train.txt", "valid.txt", "test.txt"]
    archive = zipped({name: CONLL_IOB2.encode() for name in names})
    write(tmp_path / "licensed" / "conll2003.zip", archive)
    iob1, iob2 = (
        build("conll2003", data_dir=mirror),
        build("conll2003", data_dir=tmp_path / "licensed"),
    )
    assert {s: iob2[s].to_list() for s in iob2} == {s: iob1[s].to_list() for s in iob1}


def test_conll2003_accepts_the_unpacked_zip(build, tmp_path):
    for name in ["train.txt", "valid.txt", "test.txt"]:
        write(tmp_path / "licensed" / name, CONLL_IOB2.encode())
    assert build("conll2003", data_dir=tmp_path / "licensed").num_rows == {
        "train": 2,
        "validation": 2,
        "test": 2,
    }


def test_fin_turns_io_into_iob2(mirror, build):
    train = build("fin", data_dir=mirror)["train"]
    assert train["tokens"][:] == [["Acme", "Bank", "Ada", "("], ["Zembla"]]
    assert tagged(train)[0] == ["B-organization", "I-organization", "B-person", "O"]


def test_bionlp2004_reads_the_plain_file_and_keeps_touching_entities(mirror, build):
    train = build("bionlp2004", data_dir=mirror)["train"]
    assert tagged(train) == [["B-dna", "I-dna", "B-dna", "O"], ["B-cell_type", "I-cell_type"]]


def test_mit_files_have_the_tag_first(mirror, build):
    train = build("mit_restaurant", data_dir=mirror)["train"]
    assert train["tokens"][0] == ["five", "star", "cheap", "late"]
    assert tagged(train)[0] == ["B-rating", "I-rating", "B-price", "B-opening_hours"]


def test_mit_movie_trivia_accepts_spaces_for_the_tab(mirror, build):
    train = build("mit_movie_trivia", data_dir=mirror)["train"]
    assert train["tokens"][0] == ["grace", "hopper", "in", "1952"]


def test_mit_movie_keeps_touching_entities(mirror, build):
    train = build("mit_movie", data_dir=mirror)["train"]
    assert tagged(train) == [["B-genre", "B-genre", "B-ratings_average"]]


def test_wikiann_strips_the_first_language_prefix_only(mirror, build):
    train = build("wikiann", data_dir=mirror)["train"]
    assert train["tokens"][:] == [["Star", ":", "a:b"], ["Zembla", "Arcadia"]]
    assert tagged(train)[1] == ["B-location", "B-location"]


def test_wikiann_reads_the_wanted_language_out_of_the_archive(mirror, build):
    assert build("wikiann", "ja", data_dir=mirror)["test"]["tokens"][:] == [["山", "田", "。"]]


def test_wikiann_accepts_the_unpacked_zip(build, tmp_path):
    files = tar(dict.fromkeys(["./train", "./dev", "./test"], WIKIANN_EN))
    write(tmp_path / "raw" / "panx_dataset" / "en.tar.gz", files)
    assert build("wikiann", "en", data_dir=tmp_path / "raw")["validation"].num_rows == 2


def test_uner_reads_tokens_under_comments(mirror, build):
    train = build("uner", data_dir=mirror)["train"]
    assert train["tokens"][:] == [["Ada", "sleeps", "100 000", "times"], ["#", "Acme"], ["Zembla"]]
    assert tagged(train) == [["B-person", "O", "O", "O"], ["O", "B-organization"], ["B-other"]]
    assert train["id"][:] == ["d1-0001", "d1-0002", "d2-0001"]


def test_uner_names_the_documents_of_some_treebanks(mirror, build):
    for file in ["train", "dev", "test"]:
        text = (mirror / "uner" / f"da_ddt-ud-{file}.iob2").read_text(encoding="utf-8")
        text = text.replace("# newdoc id = d2", "# newdoc id =set.d2")  # as Croatian has it
        write(mirror / "uner" / f"hr_set-ud-{file}.iob2", text.encode())
    assert "doc_id" not in build("uner", data_dir=mirror)["train"].features
    assert build("uner", "hr_set", data_dir=mirror)["train"]["doc_id"][:] == ["d1", "d1", "set.d2"]


def test_uner_sentence_without_its_id_is_an_error(mirror, build):
    path = mirror / "uner" / "da_ddt-ud-test.iob2"
    path.write_text(path.read_text(encoding="utf-8") + "\n1\ta\tO\t-\t-\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"test\.iob2: 3 sent_id lines, 4 sentences"):
        build("uner", data_dir=mirror)


def test_uner_has_test_splits_alone_for_parallel_treebanks(tmp_path):
    assert list(load_builder("uner", "de_pud", cache_dir=tmp_path).files()) == ["test"]


def test_masakhaner_reads_stray_inside_tags(mirror, build):
    train = build("masakhaner", data_dir=mirror)["train"]
    assert train["tokens"][:] == [["Yemen", "wamesema", "Alhamisi"], ["Ada", "."]]
    assert tagged(train) == [["B-location", "O", "B-date"], ["B-person", "O"]]


def test_crossner_has_the_types_of_one_domain_only(mirror, build):
    train = build("crossner", data_dir=mirror)["train"]
    assert tagged(train) == [
        ["B-politician", "I-politician", "O", "B-person"],
        ["B-country", "B-political_party"],
    ]
    names = train.features["ner_tags"].feature.names
    assert "B-political_party" in names
    assert "B-song" not in names


def test_btc_counts_empty_tokens(mirror, build):
    train = build("btc", data_dir=mirror)["train"]
    assert train["tokens"][:] == [["@", "ada", " ", "", "Acme"], [""]]
    assert tagged(train) == [["O", "B-person", "O", "O", "B-organization"], ["B-location"]]
    assert build("btc", "h", data_dir=mirror).num_rows == {"train": 2}


def test_ncbi_disease_makes_one_entity_of_a_composite_mention(mirror, build):
    train = build("ncbi_disease", data_dir=mirror, native=True)["train"]
    assert train["tokens"][0] == ["Breast", "or", "ovarian", "cancer", "."]
    assert tagged(train)[0] == ["B-CompositeMention", *["I-CompositeMention"] * 3, "O"]
    assert [tags.count("B-SpecificDisease") for tags in tagged(train)] == [0, 0, 1, 0]
    # the abstract that stands there twice
    assert train["id"][:] == ["7-0", "7-1", "7-2", "7-3"]
    assert set(train["doc_id"]) == {"7"}


def test_ncbi_disease_refuses_nested_mentions(mirror, build):
    path = mirror / "ncbi_disease" / "NCBItestset_corpus.txt"
    nested = (
        path.read_text(encoding="utf-8").rstrip("\n") + "\n7\t10\t24\tovarian cancer\tModifier\tD2"
    )
    path.write_text(nested, encoding="utf-8")
    with pytest.raises(DataError, match=r"corpus\.txt:10: .* overlaps .*; entities cannot overlap"):
        build("ncbi_disease", data_dir=mirror)


def test_conll2002_reads_two_layouts_and_latin_1(mirror, build):
    spanish = build("conll2002", data_dir=mirror)["train"]
    assert spanish["tokens"][:] == [["Melbourne", "(", "Australia", "mañana"], ["Ada"]]
    assert tagged(spanish)[0] == ["B-location", "O", "B-location", "O"]
    dutch = build("conll2002", "nl", data_dir=mirror)["train"]
    assert dutch["tokens"][:] == [["De", "Zembla"], ["Acme"], ["Ada"]]
    assert tagged(dutch) == [["O", "B-location"], ["B-organization"], ["B-person"]]
    assert dutch["doc_id"][:] == ["1", "1", "2"]
    assert "doc_id" not in spanish.features


def test_conll2002_reads_utf_8_too(mirror, build):
    before = build("conll2002", data_dir=mirror)["train"].to_list()
    for part in ("train", "testa", "testb"):
        path = mirror / "conll2002" / f"esp.{part}"
        path.write_bytes(path.read_bytes().decode("latin-1").encode())
    assert build("conll2002", data_dir=mirror)["train"].to_list() == before


def test_kind_reads_bare_types(mirror, build):
    train = build("kind", data_dir=mirror)["train"]
    assert tagged(train) == [["B-person", "I-person", "O", "B-location"], ["B-organization"]]
    assert set(build("kind", data_dir=mirror)) == {"train", "test"}


def test_harveyner_does_not_count_the_lines_that_begin_a_tweet(mirror, build):
    train = build("harveyner", data_dir=mirror, native=True)["train"]
    assert train["tokens"][:] == [["#", "Barker", "Reservoir"], ["I-10"]]
    assert tagged(train) == [["O", "B-AREA", "I-AREA"], ["B-ROAD"]]


def test_hipe2020_reads_coarse_types_in_their_literal_sense(mirror, build):
    train = build("hipe2020", data_dir=mirror)["train"]
    assert train["tokens"][:] == [["Lords", "Darnley", "#", "1798"], ["Zembla"]]
    assert tagged(train) == [["B-person", "I-person", "O", "B-date"], ["B-location"]]
    assert train["doc_id"][:] == ["NZZ-1", "NZZ-2"]


def test_lener_br_and_bc2gm_unify(mirror, build):
    assert tagged(build("lener_br", data_dir=mirror)["test"]) == [
        ["B-law", "I-law", "O", "B-date"],
        ["B-legal_case"],
    ]
    assert tagged(build("bc2gm", data_dir=mirror)["test"]) == [
        ["B-gene", "I-gene", "O", "B-gene"],
    ]


def test_crlf_and_byte_order_mark_leave_no_trace(build, tmp_path):
    for name in ["restauranttrain.bio", "restauranttest.bio"]:
        write(tmp_path / "raw" / name, b"\xef\xbb\xbfB-Dish\tsoup\r\n\r\nO\tplease\r\n")
    train = build("mit_restaurant", data_dir=tmp_path / "raw")["train"]
    assert train["tokens"][:] == [["soup"], ["please"]]


# What is malformed


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b"B-Dish", "1 columns"),
        (b"B-Dish\tsoup\tsoup", "3 columns"),
        (b"B-Dish   soup", "1 columns"),
        (b"B-Soup\tsoup", "unknown tag 'B-Soup'; accepted: O, B-Rating, "),
        (b"B-Dish\t", "empty token"),
        (b"O\tcaf\xe9", "byte 0xe9 is not UTF-8"),
    ],
)
def test_malformed_lines_are_errors_with_their_place(line, fault, build, tmp_path):
    path = tmp_path / "raw" / "restauranttrain.bio"
    write(path, b"O\ta\n\nO\tb\n" + line + b"\nO\tc\n")
    write(tmp_path / "raw" / "restauranttest.bio", b"O\ta\n")
    with pytest.raises(DataError, match=re.escape(f"{path}:4: {fault}")):
        build("mit_restaurant", data_dir=tmp_path / "raw")


def test_wikiann_line_without_language_is_an_error(build, tmp_path):
    files = tar(dict.fromkeys(["train", "dev", "test"], "en:a\tO\n\nb\tO\n"))
    write(tmp_path / "raw" / "en.tar.gz", files)
    with pytest.raises(DataError, match=r"en\.tar\.gz::train:3: no language before the token"):
        build("wikiann", "en", data_dir=tmp_path / "raw")


def test_archive_without_the_file_is_an_error(build, tmp_path):
    write(tmp_path / "raw" / "financial_risk_assessment.tgz", tar({"other.txt": FIN}))
    with pytest.raises(
        SourceError, match=r"tgz::dataset/FIN5\.txt: the archive holds no such file"
    ):
        build("fin", data_dir=tmp_path / "raw")


def test_empty_raw_file_is_an_error(build, tmp_path):
    for name in ["restauranttrain.bio", "restauranttest.bio"]:
        write(tmp_path / "raw" / name, b"\n")
    with pytest.raises(DataError, match=r"no sentence in .*restauranttrain"):
        build("mit_restaurant", data_dir=tmp_path / "raw")


# The two readings of a column file, and IOB2

_CELL = st.text(st.sampled_from("ab:\"' \u00a0\u2028\x1c\x85\\,#"), min_size=1, max_size=3)
_TAG = st.sampled_from(["O", "B-Dish", "I-Dish", "I-Hours"])
_GOOD_LINE = st.tuples(_CELL, _TAG).map("\t".join)
_LINE = st.one_of(
    _GOOD_LINE,
    st.sampled_from(["", "", "\t", " ", "\u00a0", "a", "a\tO\tb", "\tO", "a\tB-Soup", "a\t"]),
)


@pytest.fixture(scope="module")
def shared():
    """The modules that scripts share."""
    corpus("mit_restaurant")
    package = "tner_hf.dataset_scripts.mit_restaurant"
    return SimpleNamespace(
        raw=sys.modules[f"{package}._raw"], builder=sys.modules[f"{package}._builder"]
    )


_BLANK_LINE = st.lists(st.sampled_from(["", "a", "B-Dish", "I-Dish", "O"]), max_size=5).map(
    " ".join
)
_CASE = st.one_of(
    st.tuples(st.just({}), st.lists(_LINE, max_size=12)),
    st.tuples(
        st.just({"tag": 3, "width": 4, "delimiter": " ", "or_blanks": True}),
        st.lists(_BLANK_LINE, max_size=12),
    ),
)


@settings(deadline=None)
@example(({"tag": 3, "width": 4, "delimiter": " ", "or_blanks": True}, ["  a "]), True)
@given(_CASE, st.booleans())
def test_arrow_reads_what_the_definition_says_or_leaves_it(shared, case, ends_in_newline):
    raw, tags = shared.raw, LabelSpace(("Dish", "Hours")).names
    options, lines = case
    layout, text = raw.Layout(**options), "\n".join(lines) + "\n" * ends_in_newline
    plain = raw._read_plain(text, tags, layout)
    try:
        sentences = list(raw._read_lines("raw", text, tags, layout))
    except ValueError:
        assert plain is None
        return
    if plain is not None:
        expected = raw.Sentences.of(sentences, tags)
        assert plain.tokens.to_pylist() == expected.tokens.to_pylist()
        assert plain.labels.tolist() == expected.labels.tolist()
        assert plain.offsets.tolist() == expected.offsets.tolist()


@settings(deadline=None)
@given(st.lists(st.one_of(_GOOD_LINE, st.sampled_from(["", "\t"])), max_size=12))
def test_arrow_reads_every_plain_file(shared, lines):
    raw = shared.raw
    text = "\n".join([*lines, "last\tO"])
    assert raw._read_plain(text, LabelSpace(("Dish", "Hours")).names, raw.Layout()) is not None


_TAGS = LabelSpace(("x", "y")).names


@settings(deadline=None)
@given(st.lists(st.lists(st.sampled_from(_TAGS), min_size=1), min_size=1))
def test_iob2_has_the_entities_of_the_conlleval_rule(shared, sentences):
    labels = np.array([_TAGS.index(tag) for tags in sentences for tag in tags])
    starts = np.cumsum([0, *(len(tags) for tags in sentences)])[:-1]
    converted = [_TAGS[label] for label in shared.builder.to_iob2(labels, starts)]
    for start, tags in zip(starts, sentences, strict=True):
        mine = converted[start : start + len(tags)]
        assert entities(mine) == entities(tags)
        assert mine.count("B-x") + mine.count("B-y") == len(entities(tags))


# Where files come from


def test_mirror_root_is_found_by_variable(mirror, build, monkeypatch):
    monkeypatch.setenv("TNER_HF_SOURCES", str(mirror))
    assert build("mit_movie")["train"].num_rows == 1


def test_data_dir_wins_over_the_mirror_root(mirror, build, monkeypatch, tmp_path):
    monkeypatch.setenv("TNER_HF_SOURCES", str(mirror))
    for name in ["engtrain.bio", "engtest.bio"]:
        write(tmp_path / "mine" / name, b"O\ta\n\nO\tb\n")
    assert build("mit_movie", data_dir=tmp_path / "mine")["train"].num_rows == 2


def test_licensed_corpus_says_what_to_get_and_where_to_put_it(build):
    with pytest.raises(SourceError) as caught:
        build("conll2003")
    for part in ["eng.train", "conll2003.zip", "NIST", "data_dir=", "TNER_HF_SOURCES"]:
        assert part in str(caught.value)


def test_missing_file_in_data_dir_names_the_folder(build, tmp_path):
    with pytest.raises(SourceError, match=re.escape(f"Looked in {tmp_path}")):
        build("wnut2017", data_dir=tmp_path)


def test_unreachable_address_is_named_with_the_ways_round_it(build):
    with pytest.raises(SourceError) as caught:
        build("wnut2017")  # the test session is offline
    for part in ["https://raw.githubusercontent.com/", "data_dir=", "TNER_HF_SOURCES"]:
        assert part in str(caught.value)


def test_download_with_other_bytes_is_refused(tmp_path):
    write(tmp_path / "download", b"O\ta\n")
    manager = SimpleNamespace(is_streaming=False, download=lambda url: str(tmp_path / "download"))
    builder = load_builder("mit_movie", cache_dir=tmp_path / "cache")
    with pytest.raises(ConnectionError, match=r"engtrain\.bio has sha256 \w{64}, not 68d90d7b"):
        builder._split_generators(manager)


def test_members_of_a_repacked_download_are_checked(raw_corpora, tmp_path):
    path = raw_corpora / "fin" / "financial_risk_assessment.tgz"
    manager = SimpleNamespace(is_streaming=False, download=lambda url: str(path))
    splits = load_builder("fin", cache_dir=tmp_path / "cache")._split_generators(manager)
    assert [split.name for split in splits] == ["train", "test"]


def test_changed_raw_file_is_built_anew(mirror, build):
    assert build("mit_movie", data_dir=mirror)["train"].num_rows == 1
    write(mirror / "mit_movie" / "engtrain.bio", b"O\ta\n\nO\tb\n")
    assert build("mit_movie", data_dir=mirror)["train"].num_rows == 2


def test_unchanged_raw_files_come_from_the_cache(mirror, tmp_path):
    first, second = (
        load_builder("mit_movie", data_dir=mirror, cache_dir=tmp_path / "cache") for _ in range(2)
    )
    assert first.cache_dir == second.cache_dir


# What comes out


@pytest.mark.parametrize("name", INVENTED)
def test_streaming_gives_the_built_rows(name, mirror, build, tmp_path):
    built = build(name, data_dir=mirror)["train"].to_list()
    builder = load_builder(name, data_dir=mirror, cache_dir=tmp_path / "cache")
    assert list(builder.as_streaming_dataset("train")) == built


@pytest.mark.parametrize("name", INVENTED)
def test_examples_are_the_built_rows(name, mirror, build, tmp_path):
    built = build(name, data_dir=mirror)["train"].to_list()
    builder = load_builder(name, data_dir=mirror, cache_dir=tmp_path / "cache")
    assert isinstance(builder, datasets.GeneratorBasedBuilder)
    split = builder._split_generators(None)[0]
    assert [row for _, row in builder._generate_examples(**split.gen_kwargs)] == built


def test_native_keeps_the_corpus_s_own_types(mirror, build):
    train = build("wnut2017", data_dir=mirror, native=True)["train"]
    assert tagged(train)[2][:2] == ["B-creative-work", "I-creative-work"]


@pytest.mark.parametrize("name", INVENTED)
def test_features_are_the_declared_labels(name, mirror, build):
    types = dict.fromkeys(corpus(name).types_of(None).values())
    features = build(name, data_dir=mirror)["train"].features
    documents = ["doc_id"] if name in ("conll2003", "ncbi_disease", "hipe2020") else []
    assert list(features) == ["id", "tokens", "ner_tags", *documents]
    assert tuple(features["ner_tags"].feature.names) == LabelSpace(tuple(types)).names


@pytest.mark.parametrize("name", CORPORA)
def test_declared_types_are_the_unified_ones(name):
    declared = corpus(name).types
    assert declared == {native: UNIFIED.for_corpus(name).aliases[native] for native in declared}


@pytest.mark.parametrize("name", CORPORA)
def test_declarations_are_complete(name):
    facts = corpus(name)
    assert all([facts.title, facts.domain, facts.licence, facts.licence_id])
    # the sample is this project's own: nobody else's page or paper
    assert facts.homepage.startswith("http") == facts.citation.startswith("@") == (name != "sample")
    assert bool(facts.sources) != bool(facts.how_to_get) or name == "ontonotes5"
    json.dumps(facts.to_dict())


@pytest.mark.parametrize("name", CORPORA)
def test_every_difference_from_the_paper_is_explained(name):
    facts = corpus(name)
    declared = facts.counts.get(facts.configs[0], {})
    built = {split: counts.sentences for split, counts in declared.items()}
    assert facts.paper_note or not facts.paper or facts.paper == built


def test_sample_is_built_without_any_source(build):
    assert {split: count(rows) for split, rows in build("sample").items()} == {
        "train": (205, 2230, 343),
        "validation": (36, 351, 65),
        "test": (56, 553, 106),
    }


# Names


def test_wikiann_has_a_configuration_for_each_of_176_languages():
    facts = corpus("wikiann")
    assert len(set(facts.configs)) == 176
    assert facts.configs[0] == "en"
    assert set(facts.languages) == set(facts.configs)


def test_unknown_corpus_gets_a_suggestion():
    with pytest.raises(UnknownNameError, match="Did you mean 'wnut2017'"):
        load_builder("wnut2107")


def test_unknown_configuration_gets_a_suggestion():
    with pytest.raises(UnknownNameError, match=r"configuration of wikiann 'zh-yu'.*'zh-yue'"):
        load_builder("wikiann", "zh-yu")


# Packaging


def run_python(code, *, cwd, **variables):
    environment = {k: v for k, v in os.environ.items() if k != "TNER_HF_SOURCES"} | variables
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=cwd, env=environment, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_registry_does_not_import_datasets(tmp_path):
    code = "import sys, tner_hf.data.corpora; print('datasets' in sys.modules)"
    assert run_python(code, cwd=tmp_path) == "False\n"


def test_every_package_is_listed():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    roots = {
        "tner_hf": "tner_hf",
        "dataset_scripts": "tner_hf.dataset_scripts",
        "model_cards": "tner_hf.model_cards",
    }
    found = {
        ".".join([package, *init.parent.relative_to(REPOSITORY / folder).parts])
        for folder, package in roots.items()
        for init in (REPOSITORY / folder).rglob("__init__.py")
    }
    assert set(project["tool"]["setuptools"]["packages"]) == found


@pytest.mark.parametrize("name", CORPORA)
def test_scripts_name_the_shared_modules_that_datasets_3_copies(name):
    folder = REPOSITORY / "dataset_scripts" / name
    imported = re.findall(
        r"^from \.(\w+) import", (folder / f"{name}.py").read_text(), re.MULTILINE
    )
    assert {"_builder", "_raw"} <= set(imported)
    for module in imported:
        linked, shared = folder / f"{module}.py", folder.parent / f"{module}.py"
        assert linked.read_bytes() == shared.read_bytes()  # an sdist holds copies


BUILD_ONE = """
import datasets, tner_hf
from tner_hf.data.corpora import load_builder
datasets.disable_progress_bars()
builder = load_builder("mit_movie", data_dir={mirror!r}, cache_dir="cache")
builder.download_and_prepare()
print(tner_hf.__file__, builder.as_dataset()["train"].num_rows)
"""


def test_bare_checkout_finds_its_scripts(mirror, tmp_path):
    for folder in ["tner_hf", "dataset_scripts"]:
        (tmp_path / folder).symlink_to(REPOSITORY / folder)
    forget_installed = (
        "import sys; sys.meta_path = [f for f in sys.meta_path if 'editable' not in repr(f)]"
    )
    code = forget_installed + BUILD_ONE.format(mirror=str(mirror))
    path, rows = run_python(code, cwd=tmp_path).split()
    assert (Path(path).parent.parent, rows) == (tmp_path, "1")
