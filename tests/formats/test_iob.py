"""Reading IOB files: nothing changed, nothing dropped, every fault with its line."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tner_hf.errors import DataError, SettingError, UnknownNameError
from tner_hf.formats.iob import read_iob, scan_iob
from tner_hf.formats.iob_lines import MOST_PROBLEMS
from tner_hf.formats.options import ReadOptions
from tner_hf.labels.schemes import Scheme, entities, from_iob2

ADA = (["Ada", "Lovelace", "wrote"], ["B-PER", "I-PER", "O"])
ROME = (["Rome"], ["B-LOC"])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.txt"


def read(path: Path, content: str | bytes, **options: Any) -> list[tuple[list[str], list[str]]]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_iob(path, **options).sentences


def errors(path: Path, content: str | bytes, **options: Any) -> list[str]:
    """The errors of a file as `LINE: what`."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(DataError) as caught:
        read_iob(path, **options)
    assert {problem.path for problem in caught.value.problems} == {str(path)}
    return [f"{problem.line}: {problem.message}" for problem in caught.value.problems]


@pytest.mark.parametrize(
    "content",
    [
        "Ada\tB-PER\nLovelace\tI-PER\nwrote\tO\n\nRome\tB-LOC\n",
        "Ada B-PER\nLovelace I-PER\nwrote O\n\nRome B-LOC\n",
        "Ada  B-PER\nLovelace \t I-PER \nwrote O\n\nRome B-LOC\n",
        "Ada\tB-PER\r\nLovelace\tI-PER\r\nwrote\tO\r\n\r\nRome\tB-LOC\r\n",
        "Ada\tB-PER\rLovelace\tI-PER\rwrote\tO\r\rRome\tB-LOC\r",
        "\ufeffAda\tB-PER\nLovelace\tI-PER\nwrote\tO\n\nRome\tB-LOC\n",
        "Ada\tB-PER\nLovelace\tI-PER\nwrote\tO\n\nRome\tB-LOC",
        "\n\n \t \nAda\tB-PER\nLovelace\tI-PER\nwrote\tO\n\t\n\t\nRome\tB-LOC\n \n\t\n",
        "-DOCSTART-\tO\n\nAda\tB-PER\nLovelace\tI-PER\nwrote\tO\n-DOCSTART- 2\nRome\tB-LOC\n",
        "-DOCSTART- -X- O O\n\nAda N O B-PER\nLovelace N O I-PER\nwrote V O O\n\nRome N O B-LOC\n",
        "Ada\tN\tB-PER\nLovelace\tN\tI-PER\nwrote\tV\tO \n\nRome\tN\tB-LOC\n",
    ],
    ids=["tabs", "spaces", "ragged", "crlf", "cr", "bom", "no-last-newline", "blanks",
         "docstart", "four-columns", "three-tabs"],
)  # fmt: skip
def test_one_corpus_in_many_shapes(path: Path, content: str) -> None:
    assert read(path, content) == [ADA, ROME]


@pytest.mark.parametrize("content", ["", "\n", "\r\n", " \n\t\n\n", "-DOCSTART- -X- O O\n\n"])
def test_an_empty_file_has_no_sentence(path: Path, content: str) -> None:
    assert read(path, content) == []


@pytest.mark.parametrize(
    "token",
    [
        "10\u00a0000", "\u00a0", "\u3000", "a\u2028b", "a\x0bb", "a\x0cb", "a\x85b", "\ufe0f",
        "\u200b", "\ufeff", "ﬁne", "ｶﾞ", "e\u0301", "é", "#", "# comment", '"', "''", "None", "O",
        "B-PER", "👩\u200d👩", "\u202eabc",
    ],
)  # fmt: skip
def test_tokens_stay_the_characters_that_they_are(path: Path, token: str) -> None:
    assert read(path, f"x\tO\n{token}\tB-LOC\n") == [(["x", token], ["O", "B-LOC"])]
    if " " not in token:
        assert read(path, f"x O\n{token} B-LOC\n") == [(["x", token], ["O", "B-LOC"])]


token_text = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\t\n\r "), min_size=1, max_size=6
).filter(lambda token: not token.startswith(("-DOCSTART-", "\ufeff")))
token_lists = st.lists(st.lists(token_text, min_size=1, max_size=5), max_size=5)


@settings(deadline=None)
@given(token_lists, st.sampled_from(["\t", " ", " _ _ ", ","]), st.sampled_from(["\n", "\r\n"]))
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, corpus: list[list[str]], delimiter: str, end: str
) -> None:
    corpus = [[token.replace(",", ";") for token in tokens] for tokens in corpus]
    lines = [line for s in corpus for line in [*(f"{token}{delimiter}O" for token in s), ""]]
    path = tmp_path_factory.mktemp("iob") / "file.txt"

    given = {"delimiter": ","} if delimiter == "," else {}
    content = end.join(lines).encode()
    assert [tokens for tokens, _ in read(path, content, **given)] == corpus


@pytest.mark.parametrize("scheme", list(Scheme))
def test_every_scheme_becomes_iob2(path: Path, scheme: Scheme) -> None:
    tags = ["B-PER", "I-PER", "O", "B-LOC", "B-LOC", "I-LOC", "I-LOC"]
    path.write_text("".join(f"w{i} {tag}\n" for i, tag in enumerate(from_iob2(tags, scheme))))

    found = read_iob(path)

    assert found.scheme is scheme
    merged = [("PER", 0, 2), ("LOC", 3, 7)]
    parted = [("PER", 0, 2), ("LOC", 3, 4), ("LOC", 4, 7)]
    assert entities(found.sentences[0][1]) == (merged if scheme is Scheme.IO else parted)
    assert found.problems == ()


def test_other_column_orders(path: Path) -> None:
    tag_first = "B-PER\tAda\nO\twrote\n"
    assert read(path, tag_first, token_column=1, tag_column=0) == [
        (["Ada", "wrote"], ["B-PER", "O"])
    ]
    four = "1 Ada B-PER x\n2 wrote O y\n"
    assert read(path, four, token_column=1, tag_column=2) == [(["Ada", "wrote"], ["B-PER", "O"])]
    assert read(path, four, token_column=-3, tag_column=-2) == [(["Ada", "wrote"], ["B-PER", "O"])]


def test_other_delimiters(path: Path) -> None:
    assert read(path, "Ada|B-PER\nNew York|B-LOC\n", delimiter="|")[0][0] == ["Ada", "New York"]
    assert read(path, "Ada\tB-PER\nNew York\tB-LOC\n", delimiter="\\t")[0][0] == ["Ada", "New York"]


def test_a_document_start_in_a_tag_first_file_is_no_token(path: Path) -> None:
    assert read(path, "O -DOCSTART-\nO x\n", token_column=1, tag_column=0) == [(["x"], ["O"])]


def test_tags_keep_all_hyphens_of_their_type(path: Path) -> None:
    assert read(path, "Faust\tB-creative-work\n") == [(["Faust"], ["B-creative-work"])]


def test_other_encodings(path: Path) -> None:
    assert read(path, "Zoë\tB-PER\n".encode("latin-1"), encoding="latin-1")[0][0] == ["Zoë"]
    assert read(path, "Zoë\tB-PER\n".encode("utf-16"), encoding="utf-16")[0][0] == ["Zoë"]


def test_lines_of_sentences_are_known(path: Path) -> None:
    read(path, "\nAda\tB-PER\nwrote\tO\n\n\nRome\tB-LOC\n")
    assert read_iob(path).first_lines == [2, 6]


def test_stray_starts_are_warned_about_and_read(path: Path) -> None:
    content = "Ada\tB-PER\nRome\tI-LOC\n\nGrace\tI-PER\nmet\tO\nAda\tB-PER\n\nOslo\tB-LOC\n"
    path.write_text(content)

    found = read_iob(path)

    assert [tags for _, tags in found.sentences] == [
        ["B-PER", "B-LOC"], ["B-PER", "O", "B-PER"], ["B-LOC"],
    ]  # fmt: skip
    assert [(p.line, p.severity) for p in found.problems] == [(2, "warning"), (4, "warning")]
    assert found.problems[0].message == (
        "stray I- start: tag 'I-LOC' starts an entity; under IOB2 that is B-LOC; "
        "read as B- by the conlleval rule"
    )
    assert errors(path, content, strict=True)[1] == (
        "4: stray I- start: tag 'I-PER' starts an entity; under IOB2 that is B-PER; "
        "an error under strict"
    )


ACCEPTED = "accepted: O, or B-, I-, E-, S-, L- or U- and a type, as in IOB2, IO, IOB1, BIOES, BILOU"


def test_all_faults_of_a_file_are_found_at_once(path: Path) -> None:
    content = (
        "Ada\tB-PER\n"
        "wrote\n"
        "\tO\n"
        "to\tX-PER\n"
        "Rome\tB-\n"
        "and\tLOC\n"
        "back\tO\textra\n"
        "again\t\n"
        "to Oslo\n"
        "soon O\n"
        "\n"
        "Ada\tB-PER\n"
    )
    usual = "2 columns parted by TAB are accepted"
    assert errors(path, content) == [
        f"2: missing column: 1 in 'wrote'; {usual}",
        "3: empty token in '\\tO'; one or more characters other than spaces are accepted",
        f"4: tag 'X-PER' has the unknown prefix 'X'; {ACCEPTED}",
        f"5: tag 'B-' has the prefix 'B' but no type; {ACCEPTED}",
        f"6: tag 'LOC' has no prefix; {ACCEPTED}",
        f"7: too many columns: 3 in 'back\\tO\\textra'; {usual}",
        f"8: the tag is empty; {ACCEPTED}",
        (
            f"9: missing column: 1 in 'to Oslo'; {usual}; "
            "this line has spaces where the others have TABs"
        ),
        (
            f"10: missing column: 1 in 'soon O'; {usual}; "
            "this line has spaces where the others have TABs"
        ),
    ]


def test_an_unreadable_tag_is_not_blamed_on_its_neighbours(path: Path) -> None:
    content = "a\tB-PER\nb\n c\tO\nd\tB-PER\ne\tPER\nf\tI-PER\n"
    assert [line.partition(":")[0] for line in errors(path, content)] == ["2", "5"]


def test_one_column_is_too_few(path: Path) -> None:
    assert errors(path, "Ada\nwrote\n") == [
        f"{line}: missing column: 1 in {token!r}; 2 columns parted by spaces are accepted"
        for line, token in [(1, "Ada"), (2, "wrote")]
    ]


def test_a_column_that_no_line_has(path: Path) -> None:
    assert errors(path, "Ada B-PER\n", tag_column=3) == [
        "1: missing column: 2 in 'Ada B-PER'; 4 columns parted by spaces are accepted"
    ]


def test_contradicting_schemes(path: Path) -> None:
    assert errors(path, "a S-PER\nb B-LOC\nc E-LOC\n\nd U-PER\n") == [
        (
            "5: contradicting schemes: tag 'U-PER' is not BIOES, whose prefixes are B, I, E, S and "
            "plain O; most of the file is BIOES"
        )
    ]


def test_a_lone_b_in_iob1_is_read_and_said(path: Path) -> None:
    content = "a I-PER\n\nb I-LOC\nc O\nd I-PER\n\ne B-LOC\n"
    expected = [["B-PER"], ["B-LOC", "O", "B-PER"], ["B-LOC"]]
    assert [tags for _, tags in read(path, content)] == expected
    found = read_iob(path)
    assert found.scheme is Scheme.IOB1
    assert [(p.line, p.severity, p.message) for p in found.problems] == [
        (
            7,
            "warning",
            (
                "stray B- start: tag 'B-LOC' starts an entity; under IOB1 that is I-LOC; "
                "read as the start of an entity by the conlleval rule"
            ),
        )
    ]
    assert [tags for _, tags in read(path, content, scheme="IOB2")] == expected
    assert errors(path, content, strict=True)[0].startswith("7: stray B- start")


def test_a_scheme_that_was_asked_for_is_held_to(path: Path) -> None:
    assert errors(path, "a B-PER\nb I-PER\n", scheme="BIOES") == [
        "2: not BIOES as asked for: tag 'I-PER' ends an entity; under BIOES that is E-PER or S-PER"
    ]


def test_undecodable_bytes_are_named_and_the_rest_is_still_judged(path: Path) -> None:
    hint = "save the file as utf-8 or name its encoding (e.g. latin-1 or cp1252 in older files)"
    content = b"Zo\xeb\tB-PER\nok\tO\n\nbad\tPER\nna\xefve\xff\tO\n"
    assert errors(path, content) == [
        f"1: byte 0xeb at position 3 is not utf-8; {hint}",
        f"4: tag 'PER' has no prefix; {ACCEPTED}",
        f"5: byte 0xef at position 3 is not utf-8; {hint}",
    ]


def test_utf_16_read_as_utf_8_is_recognised(path: Path) -> None:
    assert "(the file begins like utf-16)" in errors(path, "Ada\tO\n".encode("utf-16"))[0]


def test_half_a_utf_16_character_has_its_line(path: Path) -> None:
    content = "Ada\tO\nwrote\tO\n".encode("utf-16-le") + b"x"
    assert errors(path, content, encoding="utf-16-le")[0].startswith("3: byte 0x78 at position")


def test_a_file_that_is_not_there(path: Path) -> None:
    with pytest.raises(DataError, match="cannot be opened: No such file"):
        read_iob(path)


def test_the_wrong_column_is_answered_with_the_right_one(path: Path) -> None:
    assert errors(path, "O the\nB-PER Ada\nO wrote\n")[0] == (
        "0: most tags cannot be read; tags stand in column 0, counted from 0: "
        "set tag_column=0 and token_column to fit"
    )


def test_a_file_of_errors_lists_as_many_as_a_reader_can_use(path: Path) -> None:
    path.write_text("x PER\n" * (MOST_PROBLEMS + 5))
    problems = scan_iob(path, ReadOptions()).problems

    assert len(problems) == MOST_PROBLEMS + 2
    assert problems[0].message == "if these are types without prefix, scheme='IO' reads them"
    assert str(problems[-1]) == f"{path}: 5 more errors"


def test_the_error_message_begins_with_the_places(path: Path) -> None:
    path.write_text("Ada B-PER\nwrote\n")
    with pytest.raises(DataError) as caught:
        read_iob(path)
    assert str(caught.value) == (
        f"{path} cannot be read:\n"
        f"  {path}:2: missing column: 1 in 'wrote'; 2 columns parted by spaces are accepted"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"token_column": -1}, "token_column and tag_column are both -1"),
        ({"delimiter": ""}, "delimiter '' cannot part columns"),
        ({"encoding": "utf-9"}, "unknown encoding 'utf-9'"),
    ],
)
def test_options_that_cannot_be_used(path: Path, options: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        read_iob(path, **options)


def test_an_unknown_scheme(path: Path) -> None:
    with pytest.raises(UnknownNameError, match="unknown tag scheme 'BMEWO'"):
        read_iob(path, scheme="BMEWO")


def test_a_million_lines(path: Path) -> None:
    sentence = "".join(f"word{i % 7}\t{'B-PER' if i % 5 == 0 else 'O'}\n" for i in range(19)) + "\n"
    path.write_text(sentence * 50_000)

    start = time.process_time()
    found = read_iob(path)
    seconds = time.process_time() - start

    assert sum(len(tokens) for tokens, _ in found.sentences) == 950_000
    assert seconds < 20  # about 1.5 on one core; the limit only catches what is quadratic


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("wnut2017/wnut17train.conll", (3394, 62730, 1975)),
        ("wnut2017/emerging.dev.conll", (1009, 15733, 836)),
        ("wnut2017/emerging.test.annotated", (1287, 23394, 1079)),
        ("mit_restaurant/restauranttest.bio", (1521, 14256, 3151)),
        ("mit_movie/trivia10k13test.bio", (1953, 39035, 5686)),
    ],
)
def test_published_files_have_their_published_counts(
    raw_corpora: Path, name: str, counts: tuple[int, int, int]
) -> None:
    tag_first = {"token_column": 1, "tag_column": 0} if name.startswith("mit") else {}
    sentences = read_iob(raw_corpora / name, **tag_first).sentences

    tokens = sum(len(tokens) for tokens, _ in sentences)
    assert (len(sentences), tokens, sum(len(entities(tags)) for _, tags in sentences)) == counts
