"""Checking data files: what is an error, what a warning, and that good files are left in peace."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tner_hf.data.check import CheckReport, FileFacts, check_files
from tner_hf.data.suspicions import LONGEST_SENTENCE, _find_candidates, compare_types
from tner_hf.errors import DataError, SettingError
from tner_hf.formats.iob import read_iob

GOOD = "Ada\tB-PER\nLovelace\tI-PER\nwrote\tO\n\nRome\tB-LOC\n"


def write(folder: Path, **contents: str) -> dict[str, Path]:
    """Split to a file with this content."""
    paths = {split: folder / f"{split}.txt" for split in contents}
    for split, content in contents.items():
        paths[split].write_text(content, encoding="utf-8")
    return paths


def warnings(report: CheckReport) -> list[str]:
    """Warnings as `FILE:LINE: what`."""
    assert report.ok
    return [f"{Path(p.path).name}:{p.line}: {p.message}" for p in report.warnings]


def test_a_good_corpus_has_facts_and_no_problem(toy_iob: Path) -> None:
    report = check_files({"train": toy_iob})

    assert report.problems == ()
    facts = {"LOC": 5, "PER": 3, "ORG": 2}
    assert report.files == (FileFacts(str(toy_iob), "train", "IOB2", 5, 26, facts),)


def test_loading_a_malformed_file_raises_what_the_check_reports(tmp_path: Path) -> None:
    path = tmp_path / "bad.txt"
    path.write_bytes(b"Ada\tB-PER\nwrote\nRome\tX-LOC\n\tO\nZo\xeb\tB-\n\nAda\tS-PER\nin\tI-LOC\n")

    report = check_files([path])
    with pytest.raises(DataError) as caught:
        read_iob(path)

    assert not report.ok
    assert report.files == ()
    assert len(report.errors) == 6
    assert caught.value.problems == report.errors


def test_every_file_is_judged_though_one_is_missing(tmp_path: Path) -> None:
    paths = write(tmp_path, train="Ada PER\n", test="Rome\n")
    report = check_files([*paths.values(), tmp_path / "none.txt"])

    assert [(Path(p.path).name, p.line) for p in report.errors] == [
        ("train.txt", 1), ("test.txt", 1), ("none.txt", 0),
    ]  # fmt: skip


def test_strays_are_warnings_unless_strict(tmp_path: Path) -> None:
    paths = write(tmp_path, train="Ada\tB-PER\nin\tO\nRome\tI-LOC\n")

    assert [(p.line, p.severity) for p in check_files(paths).problems] == [(3, "warning")]
    assert [p.line for p in check_files(paths, strict=True).errors] == [3]


def test_other_columns_are_understood(tmp_path: Path) -> None:
    paths = write(tmp_path, train="B-PER|Ada\nO|wrote\n")
    report = check_files(paths, token_column=1, tag_column=0, delimiter="|")

    assert report.ok
    assert report.files[0].entities == {"PER": 1}


def test_names_tell_the_splits_of_a_list(tmp_path: Path) -> None:
    paths = write(tmp_path, train=GOOD, dev=GOOD.replace("LOC", "ORG"), notes=GOOD)
    report = check_files(list(paths.values()))

    assert [facts.split for facts in report.files] == ["train", "validation", None]
    assert (
        "dev.txt:5: type 'ORG' (1 entity) is in validation but not in train, which has LOC, PER"
        in (warnings(report))
    )


def test_several_files_make_a_split(tmp_path: Path) -> None:
    paths = write(tmp_path, a="Ada B-PER\n", b="Rome B-LOC\n", c="Oslo B-LOC\n")
    report = check_files({"train": [paths["a"], paths["b"]], "test": paths["c"]})

    assert warnings(report) == []
    assert [facts.split for facts in report.files] == ["train", "train", "test"]


def test_one_path_is_enough(tmp_path: Path) -> None:
    assert check_files(write(tmp_path, train=GOOD)["train"]).ok


def test_types_that_train_lacks(tmp_path: Path) -> None:
    paths = write(tmp_path, train="Ada B-PER\n", test="Grace B-PER\nin O\nRome B-LOC\nRome B-LOC\n")
    assert warnings(check_files(paths)) == [
        "test.txt:3: type 'LOC' (2 entities) is in test but not in train, which has PER"
    ]


def test_near_duplicate_types(tmp_path: Path) -> None:
    paths = write(tmp_path, train="a B-Species\nb B-Species\nc B-species\nd B-Genus\n\ne B-Gemus\n")
    assert warnings(check_files(paths)) == [
        (
            "train.txt:3: types 'species' and 'Species' differ only in case, punctuation or a "
            "plural s (1 and 2 entities); are they one?"
        ),
        (
            "train.txt:6: types 'Gemus' and 'Genus' differ in one letter "
            "(1 and 1 entities); are they one?"
        ),
    ]


def test_types_near_unified_ones(tmp_path: Path) -> None:
    paths = write(tmp_path, train="Ada B-Person\nwrote O\n")
    assert warnings(check_files(paths)) == [
        "train.txt:1: type 'Person' is not among the unified types; nearest is 'person'"
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [("Person", "PERSON"), ("Person", "persons"), ("work_of_art", "work-of-art"),
     ("organisation", "organization"), ("locatoin", "location"), ("disease", "diseae"),
     ("PER", "person"), ("ORG", "organization")],
)  # fmt: skip
def test_types_that_may_be_one(one: str, other: str) -> None:
    assert compare_types(one, other)
    assert compare_types(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [("DNA", "RNA"), ("cell_type", "cell_line"), ("LOC", "ORG"), ("CARDINAL", "ORDINAL"),
     ("Character_Name", "Restaurant_Name"), ("layer1", "layer2"), ("GPE", "LOC"), ("人", "所"),
     ("LAW", "LANGUAGE"), ("DATE", "TIME")],
)  # fmt: skip
def test_types_that_are_two(one: str, other: str) -> None:
    assert compare_types(one, other) is None
    assert compare_types(other, one) is None


@given(st.text(min_size=1), st.text(min_size=1))
def test_comparing_types_has_no_sides(one: str, other: str) -> None:
    assert bool(compare_types(one, other)) == bool(compare_types(other, one))


@pytest.mark.parametrize(
    ("content", "warning"),
    [
        ("", "0: no sentence in this file"),
        ("a O\nb O\n", "0: no entity in this file: every tag is O; is tag_column right?"),
        (
            "a\x07 O\nRome B-LOC\nb\x9f O\n",
            "1: 2 tokens with a control character, e.g. 'a\\x07' (lines 1, 3)",
        ),
        (
            "New York\tB-LOC\n",
            ("1: 1 token with a space, which other readers take for the end of a column, "
            "e.g. 'New York' (line 1)"),
        ),
        (
            "Zo\ufffd B-PER\n" + "Zo\ufffd O\n" * 6,
            ("1: 7 tokens with U+FFFD, which stands for bytes that an earlier program could not "
            "read, e.g. 'Zo\ufffd' (lines 1, 2, 3, 4, 5, …)"),
        ),
        (
            "x O\n\nRome B-LOC\n" + "a O\n" * LONGEST_SENTENCE,
            (f"3: sentence of {LONGEST_SENTENCE + 1} tokens; a blank line after each sentence "
            "is accepted"),
        ),
        (
            "a B-LOC\nb B-O\n",
            "2: an entity type is named 'O'; a token outside entities is plain O",
        ),
    ],
    ids=["empty", "no-entity", "control", "space", "undecoded", "long", "named-o"],
)  # fmt: skip
def test_other_likely_mistakes(tmp_path: Path, content: str, warning: str) -> None:
    assert warnings(check_files(write(tmp_path, train=content))) == [f"train.txt:{warning}"]


def test_unusual_but_healthy_tokens_are_left_in_peace(tmp_path: Path) -> None:
    content = "\ufe0f\tO\n\u200b\tO\n10\u00a0000\tO\n#\tO\n\ufeffx\tB-LOC\n-DOCSTART-\tO\n"
    assert warnings(check_files(write(tmp_path, train=content))) == []


def test_the_report_survives_json(tmp_path: Path) -> None:
    paths = write(tmp_path, train="Ada\tI-PER\nwrote\tO\nRome\tB-LOC\n", test="x\n")
    report = check_files(paths)

    assert CheckReport.from_dict(json.loads(json.dumps(report.to_dict()))) == report


def test_no_files_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(SettingError, match="no files to check"):
        check_files([])


@pytest.mark.parametrize(
    ("files", "options"),
    [
        (("wnut2017/wnut17train.conll", "wnut2017/emerging.test.annotated"), {}),
        (
            ("mit_restaurant/restauranttrain.bio", "mit_restaurant/restauranttest.bio"),
            {"token_column": 1, "tag_column": 0},
        ),
        (
            ("mit_movie/trivia10k13train.bio", "mit_movie/trivia10k13test.bio"),
            {"token_column": 1, "tag_column": 0},
        ),
    ],
    ids=["wnut2017", "mit_restaurant", "mit_movie_trivia"],
)
def test_healthy_corpora_pass_without_a_word(
    raw_corpora: Path, files: tuple[str, str], options: dict[str, Any]
) -> None:
    train, test = files
    report = check_files({"train": raw_corpora / train, "test": raw_corpora / test}, **options)
    assert report.problems == ()


def test_problems_are_counted_by_cause_at_any_size(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("x B_X\ny O\n\n" * 12_000 + "z\n")
    report = check_files(path)

    assert [(c.what, c.count, c.places) for c in report.causes] == [
        ("a tag that cannot be read", 12_000, tuple(f"{path}:{line}" for line in (1, 4, 7))),
        ("missing column", 1, ()),
    ]
    assert report.count("error") == 12_001
    assert len(report.problems) == 10_001
    assert CheckReport.from_dict(report.to_dict()) == report


def test_candidates_are_all_pairs_that_are_near() -> None:
    from itertools import combinations

    names = [
        "person",
        "Persons",
        "perosn",
        "organisation",
        "organization",
        "loc",
        "LOC",
        "DNA",
        "RNA",
        "layer1",
        "layer2",
        "GPE",
        "location",
        "locaton",
        "LOCATION",
        "creative-work",
        "creative_work",
    ]
    ranked = sorted(names)
    expected = [pair for pair in combinations(ranked, 2) if compare_types(*pair)]
    found = [pair for pair in _find_candidates(dict.fromkeys(names, 1)) if compare_types(*pair)]
    assert found == expected
    assert len(expected) == 12
