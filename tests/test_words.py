import pytest
from hypothesis import given
from hypothesis import strategies as st

from tner_hf.errors import UnknownNameError
from tner_hf.words import word_joiner, word_spans


def words(text: str, splitter: str = "unicode") -> list[str]:
    return [text[start:end] for start, end in word_spans(text, splitter)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("She moved to London.", "She|moved|to|London|."),
        ("(London), “Rome” – Oslo?!", "(|London|)|,|“|Rome|”|–|Oslo|?|!"),
        ("Ada's boss; James' dog; they'll", "Ada|'s|boss|;|James|'|dog|;|they|'ll"),
        ("Ada’s don't O'Neill Côte-d'Or", "Ada|’s|don't|O'Neill|Côte-d'Or"),
        ("0.5 1,000 10:30 3/4 2012–13 $5.99 7%", "0.5|1,000|10:30|3/4|2012–13|$|5.99|7|%"),
        ("the U.S. and U.S.A, e.g. F.C", "the|U.S.|and|U.S.A|,|e.g.|F.C"),
        ("Mr. Roe of Acme Inc. met J. R. Doe.", "Mr.|Roe|of|Acme|Inc.|met|J.|R.|Doe|."),
        ("so do I. Then", "so|do|I|.|Then"),
        ("ex-boss AT&T R&B &amp; x", "ex-boss|AT&T|R&B|&amp;|x"),
        ("@acme #ner C# x@y", "@acme|#ner|C|#|x|@y"),
        ("see https://a.b/c?d=1, or www.x.org.", "see|https://a.b/c?d=1|,|or|www.x.org|."),
        ("write a.b+c@d-e.co.uk!", "write|a.b+c@d-e.co.uk|!"),
        ("example.com end.The", "example.com|end|.|The"),
        ("well... no!!! --", "well|...|no|!!!|--"),
    ],
)
def test_english(text: str, expected: str) -> None:
    assert words(text) == expected.split("|")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("東京でiPhoneを買う。", "東|京|で|iPhone|を|買|う|。"),
        ("タワー", "タ|ワ|ー"),
        ("ที่นี่", "ที่|นี่"),
        ("नमस्ते दुनिया।", "नमस्ते|दुनिया|।"),
        ("שָׁלוֹם, עולם", "שָׁלוֹם|,|עולם"),
        ("مرحبا بالعالم، محمد", "مرحبا|بالعالم|،|محمد"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("서울에서 왔다.", "서울에서|왔다|."),
        ("cafe\u0301 Герой.", "cafe\u0301|Герой|."),
    ],
)
def test_scripts(text: str, expected: str) -> None:
    assert words(text) == expected.split("|")


def test_emoji_stay_whole() -> None:
    family, thumb, flags, keycap = "👩\u200d👩\u200d👧", "👍🏽", ["🇬🇧", "🇫🇷"], "1\ufe0f\u20e3"
    assert words(f"{family} {thumb}{''.join(flags)} {keycap}") == [family, thumb, *flags, keycap]


def test_zero_width_separators_are_no_words() -> None:
    assert words("New\u200bYork \ufeffzero \u200b \u200f\x00x") == ["New", "York", "zero", "x"]


@pytest.mark.parametrize("splitter", ["unicode", "whitespace", "characters"])
@pytest.mark.parametrize("text", ["", " ", "\n\t \u3000"])
def test_nothing_visible_gives_no_words(text: str, splitter: str) -> None:
    assert word_spans(text, splitter) == []


def test_other_splitters() -> None:
    assert words("London. is", "whitespace") == ["London.", "is"]
    assert words("東 京x", "characters") == ["東", "京", "x"]
    assert [word_joiner(s) for s in ("unicode", "whitespace", "characters")] == [" ", " ", ""]


def test_an_unknown_splitter_is_named() -> None:
    with pytest.raises(UnknownNameError, match=r"'unicod'\. Did you mean 'unicode'"):
        word_spans("x", "unicod")


TEXTS = st.text() | st.text(alphabet="aZ1.,'’-@#:/& \u200b\u200d👩東e\u0301!?%Mrs", max_size=60)


@given(TEXTS)
def test_spans_are_disjoint_and_miss_nothing_visible(text: str) -> None:
    spans = word_spans(text)
    ends = [0, *(end for _, end in spans)]
    starts = [*(start for start, _ in spans), len(text)]
    assert all(start < end for start, end in spans)
    assert all(end <= start for end, start in zip(ends, starts, strict=True))
    between = "".join(text[a:b] for a, b in zip(ends, starts, strict=True))
    assert not any(c.isalnum() or c in ".,!?" for c in between)


@pytest.mark.parametrize("unit", ["a", "a-", "a.", "@a", "http://.", "A.", "!?", "\u200d", "a'd"])
def test_long_runs_take_linear_time(unit: str) -> None:
    assert word_spans(unit * 20_000)[-1][1] == len(unit) * 20_000 or unit == "\u200d"
