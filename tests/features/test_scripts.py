"""Scripts that a tokenizer cannot read: said where it is so, and only there."""

from __future__ import annotations

from pathlib import Path

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from tner_hf.features.scripts import explain_strange_scripts
from tner_hf.models import load_tokenizer
from tner_hf.words import word_spans

RUSSIAN = "Владимир родился в Ленинграде и живёт в Москве."
JAPANESE = "東京へ行く。太郎は大学で働いている。"


@pytest.fixture(scope="module")
def english(embedded_encoder: Path) -> PreTrainedTokenizerFast:
    """The vocabulary of English BERT, lower-cased."""
    return load_tokenizer(str(embedded_encoder))


def explain(text: str, tokenizer: PreTrainedTokenizerFast) -> str | None:
    words = [text[start:end] for start, end in word_spans(text, "unicode")]
    return explain_strange_scripts(words, tokenizer, name="m")


@pytest.mark.parametrize(
    ("text", "scripts"),
    [
        (JAPANESE, "Han, Hiragana"),
        ("山田太郎は東京に住んでいます。", "Han, Hiragana"),  # seven letters of each
        ("北京是中国的首都", "Han"),
        (RUSSIAN, "Cyrillic"),
        ("وُلد محمد في القاهرة وعمل في الجامعة", "Arabic"),
        ("서울은 대한민국의 수도이다", "Hangul"),
        ("भारत की राजधानी नई दिल्ली है", "Devanagari"),
        ("นายกรัฐมนตรีไทย", "Thai"),
        (f"Ada said: {RUSSIAN}", "Cyrillic"),
    ],
)
def test_other_scripts_are_named(english: PreTrainedTokenizerFast, text: str, scripts: str) -> None:
    said = explain(text, english)
    assert said is not None
    assert f"of the letters ({scripts})" in said


@pytest.mark.parametrize(
    "text",
    [
        "Ada Lovelace lived in London.",
        "Angela Merkel wurde in Hamburg geboren und studierte Physik.",
        "Rīgā, Łódź, Škofja Loka, Nguyễn Văn A",
        "the β-globin α chain of IL-2, NF-kappaB, CD28 and AP-1",
        "Ada moved from the old town of London to 東京 yesterday",
        "xkcd",
        "1843 !! 😀",
        "",
    ],
)
def test_its_own_script_is_not(english: PreTrainedTokenizerFast, text: str) -> None:
    assert explain(text, english) is None


def test_a_tiny_vocabulary_is_judged_by_unknown_words_alone(tiny_encoder: Path) -> None:
    tokenizer = load_tokenizer(str(tiny_encoder))
    assert explain("Supercalifragilistic onomatopoeia", tokenizer) is None  # letter by letter
    assert explain(JAPANESE, tokenizer) == (
        "m can hardly know this language: 100% of the letters (Han, Hiragana) stand in words that "
        "its tokenizer does not know. What it finds there is a guess."
    )


def byte_level(*learned: str) -> PreTrainedTokenizerFast:
    """A tokenizer of bytes, with many English words and the given ones besides."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    write = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    pieces = [*alphabet, *(f"word{i}" for i in range(5000))]
    pieces += [write.pre_tokenize_str(word)[0][0] for word in learned]
    vocabulary = {piece: i for i, piece in enumerate(dict.fromkeys(pieces))}
    raw = Tokenizer(models.BPE(vocabulary, [], ignore_merges=True))
    raw.pre_tokenizer = write
    raw.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=raw)


def test_bytes_are_no_reading() -> None:
    assert "(Cyrillic) are unknown to its tokenizer or fall" in str(explain(RUSSIAN, byte_level()))
    assert explain("word1 word2 word4999", byte_level()) is None


def test_a_learned_language_may_be_cut_into_letters() -> None:
    many = [f"до{chr(ord('а') + i % 32)}{chr(ord('а') + i // 32)}" for i in range(400)]
    assert explain(RUSSIAN, byte_level(*many)) is None
    # Chinese is, by every tokenizer.
    characters = [chr(0x4E00 + i) for i in range(1200)]
    assert explain(JAPANESE, byte_level(*characters)) is None
