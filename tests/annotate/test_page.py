"""The page in a real browser: by keyboard alone, by pointer, on a phone, and what is saved."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from annotate.conftest import TEXTS
from demo.conftest import Served

from tner_hf.annotate.session import Session
from tner_hf.data.loading import load_dataset

if TYPE_CHECKING:
    from playwright.sync_api import Page

Begin = Callable[..., Session]
Serve = Callable[[Session], Served]
Visit = Callable[..., "Page"]


def press(page: Page, keys: str) -> None:
    for key in keys.split():
        page.keyboard.press(key)


def expect(page: Page, selector: str, words: str) -> None:
    from playwright.sync_api import expect as expected

    expected(page.locator(selector)).to_contain_text(words, timeout=20_000)


def marks(page: Page) -> list[tuple[str, str]]:
    """Words and type of every entity that is shown."""
    found = page.eval_on_selector_all(
        "#view mark",
        "all => all.map(m => [[...m.querySelectorAll('.word')].map(w => w.textContent).join(' '),"
        " m.querySelector('.type').textContent])",
    )
    return [(words, kind) for words, kind in found]


def focused(page: Page) -> str:
    text: str = page.evaluate("document.activeElement.textContent")
    return text


def test_a_file_is_annotated_by_keyboard_alone_and_trains_as_it_is(
    begin: Begin, serve: Serve, visit: Visit, texts: Path, tmp_path: Path
) -> None:
    served = serve(begin(texts))
    page = visit(served.url)
    assert "token" not in page.url
    expect(page, "#said", "Sentence 1, 0 entities.")
    press(page, "Shift+ArrowRight 1")
    expect(page, "#said", "Ada Lovelace: PER.")
    press(page, "ArrowRight ArrowRight 1 Shift+ArrowRight")
    expect(page, "#said", "Charles Babbage: PER.")
    press(page, "ArrowRight ArrowRight 3 2 a")
    expect(page, "#said", "London: LOC, 2 times in this sentence. And in 0 other open sentences.")
    press(page, "ArrowUp")
    assert focused(page) == "Babbage"
    press(page, "Alt+Shift+ArrowRight")  # the start of the entity, one word later
    expect(page, "#said", "Babbage: PER.")
    press(page, "Control+z Enter")
    expect(page, "#said", "Saved. Sentence 2")
    assert page.inner_text("#view") == TEXTS.splitlines()[1]
    press(page, "n")
    expect(page, "#said", "Skipped. Sentence 3")
    press(page, "Shift+ArrowRight 2 Delete Control+z Enter")
    expect(page, "#said", "Saved. Sentence 4")
    press(page, "End ArrowLeft ArrowLeft ArrowRight 2 Home ArrowRight 1 a Enter")
    expect(page, "#said", "Saved. Sentence 5")
    press(page, "p")
    expect(page, "#said", "Sentence 4, 3 entities: Zoë: PER, Zoë: PER, Orléans: LOC.")
    press(page, "Enter")
    expect(page, "#said", "Saved. Sentence 5")
    press(page, "ArrowLeft 1 Enter")  # to the left is onwards in Arabic
    expect(page, "#said", "Saved. Sentence 2")
    press(page, "Enter")
    expect(page, "#view", "All sentences are accepted. They are in out.jsonl.")
    served.stop()
    rows = load_dataset({"train": tmp_path / "out.jsonl"}, split="train")
    names = rows.features["ner_tags"].feature.names
    found = [
        [
            (word, names[tag])
            for word, tag in zip(row["tokens"], row["ner_tags"], strict=True)
            if tag
        ]
        for row in rows
    ]
    assert found == [
        [
            ("Ada", "B-PER"), ("Lovelace", "I-PER"), ("Charles", "B-PER"), ("Babbage", "I-PER"),
            ("London", "B-LOC"), ("London", "B-LOC"),
        ],
        [],
        [("東", "B-LOC"), ("京", "I-LOC")],
        [("Zoë", "B-PER"), ("Zoë", "B-PER"), ("Orléans", "B-LOC")],
        [("أحمد", "B-PER")],
    ]  # fmt: skip
    assert [row["text"] for row in rows] == TEXTS.splitlines()


def test_the_pointer_chooses_draws_bounds_and_deletes(
    begin: Begin, serve: Serve, visit: Visit, toy_iob: Path, tmp_path: Path
) -> None:
    session = begin(toy_iob, "out.iob2", types=())
    page = visit(serve(session).url)
    assert marks(page) == [("Ada Lovelace", "PER"), ("London", "LOC")]

    def draw(first: int, last: int) -> None:
        for at, act in ((first, page.mouse.down), (last, page.mouse.up)):
            box = page.locator(f"[data-at='{at}']").bounding_box()
            assert box is not None
            page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
            act()

    draw(1, 2)
    assert marks(page)[0] == ("Ada Lovelace lived", "PER")
    draw(0, 1)
    assert marks(page)[0] == ("Lovelace lived", "PER")
    page.click("#undo")
    page.click("#undo")
    assert marks(page)[0] == ("Ada Lovelace", "PER")
    page.click("mark >> nth=1")
    page.click("#types button:has-text('ORG')")
    assert marks(page)[1] == ("London", "ORG")
    page.click("#delete")
    draw(3, 4)
    page.click("#types button:has-text('PER')")
    assert marks(page) == [("Ada Lovelace", "PER"), ("in London", "PER")]
    page.click("#start-more")
    page.click("#accept")
    expect(page, "#said", "Saved.")
    assert session.accepted == {0: ((0, 2, "PER"), (4, 5, "PER"))}


def test_what_is_not_yet_accepted_outlives_the_tab(
    begin: Begin, serve: Serve, visit: Visit, texts: Path
) -> None:
    page = visit(serve(begin(texts)).url)
    press(page, "1")
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert marks(page) == [("Ada", "PER")]
    kept = page.evaluate("JSON.stringify(localStorage)")
    assert "Ada" not in kept
    press(page, "Enter")
    expect(page, "#said", "Saved.")
    assert "draft" not in page.evaluate("JSON.stringify(localStorage)")


def test_a_closed_tab_loses_nothing_and_of_two_tabs_neither_overrules_the_other_unseen(
    begin: Begin, serve: Serve, visit: Visit, texts: Path
) -> None:
    session = begin(texts)
    page = visit(serve(session).url)
    other = page.context.new_page()
    other.goto(page.url)
    other.wait_for_selector("body[data-ready]")
    press(page, "1 Enter")
    expect(page, "#said", "Saved. Sentence 2")
    press(page, "2")
    press(other, "3 Enter")
    expect(other, "[role=alert]", "sentence 1 was accepted with other entities in another tab")
    assert session.accepted == {0: ((0, 1, "PER"),)}
    press(other, "Enter")
    expect(other, "#said", "Saved. Sentence 2")
    assert session.accepted == {0: ((0, 1, "ORG"),)}
    page.close()
    again = other.context.new_page()
    again.goto(other.url)
    again.wait_for_selector("body[data-ready]")
    assert marks(again) == [("<", "LOC")]  # what the closed tab had not accepted


def test_keys_of_one_character_can_be_switched_off(
    begin: Begin, serve: Serve, visit: Visit, texts: Path
) -> None:
    page = visit(serve(begin(texts)).url)
    page.uncheck("#single")
    page.focus("#view .word")
    press(page, "1 a n")
    assert marks(page) == []
    expect(page, "#said", "Sentence 1, 0 entities.")
    press(page, "Tab Enter")  # the first type
    assert marks(page) == [("Ada", "PER")]
    assert focused(page) == "Ada"
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert not page.is_checked("#single")


def test_a_server_that_is_gone_or_refuses_is_said_and_the_sentence_stays(
    begin: Begin, serve: Serve, visit: Visit, texts: Path
) -> None:
    session = begin(texts)
    served = serve(session)
    page = visit(served.url)
    press(page, "1")
    kept = texts.read_bytes()
    texts.write_bytes(kept + b"more\n")
    press(page, "Enter")
    expect(page, "[role=alert]", "texts.txt has changed since it was read")
    served.stop()
    press(page, "Enter")
    expect(page, "[role=alert]", "The server cannot be reached; nothing is lost")
    assert marks(page) == [("Ada", "PER")]


def test_many_types_are_found_by_name_and_new_ones_added(
    begin: Begin, serve: Serve, visit: Visit, texts: Path
) -> None:
    page = visit(serve(begin(texts, types=[f"type{n}" for n in range(40)])).url)
    press(page, "0")
    assert marks(page) == [("Ada", "type9")]
    press(page, "t")
    page.keyboard.type("pe37")
    press(page, "Enter")
    assert marks(page) == [("Ada", "type37")]
    assert focused(page) == "Ada"
    page.fill("#type-name", "no\u200bgood")
    page.press("#type-name", "Enter")
    expect(page, "[role=alert]", "is no type; accepted are")
    page.fill("#type-name", "<b>")
    page.press("#type-name", "Enter")
    page.click("#types button:has-text('<b>')")
    assert marks(page) == [("Ada", "<b>")]


def test_a_very_long_sentence_can_be_worked_on(
    begin: Begin, serve: Serve, visit: Visit, tmp_path: Path
) -> None:
    path = tmp_path / "a.txt"
    path.write_text(" ".join(f"w{n}" for n in range(10_000)) + "\n", encoding="utf-8")
    session = begin(path)
    page = visit(serve(session).url)
    press(page, "End ArrowLeft Shift+ArrowRight 2 Enter")
    expect(page, "#view", "All sentences are accepted")
    assert session.accepted == {0: ((9_998, 10_000, "LOC"),)}


def test_marks_joined_directed_and_invisible_characters_are_words_like_others(
    begin: Begin, serve: Serve, visit: Visit, tmp_path: Path
) -> None:
    words = [
        "e\u0301\u0323" * 3, "Z\u0334\u0321a\u0338l", "\u202eevil", "\u200bzero",
        "\U0001f469\u200d\u2764\ufe0f\u200d\U0001f468", "🇫🇷🇩🇪",
        "مُحَمَّد", "עִבְרִית", "ﷺ", "\u2066x", "नमस्ते", "\ufeffmark",
    ]  # fmt: skip
    path = tmp_path / "a.jsonl"
    row = {"tokens": words, "ner_tags": ["B-PER", *["O"] * (len(words) - 1)]}
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")
    session = begin(path, "out.jsonl", types=["PER", "\u05d0"])
    page = visit(serve(session).url)
    assert page.inner_text("#view .words").count("PER") == 1
    places = [page.locator(f"[data-at='{at}']").bounding_box() for at in (2, 3)]
    assert places[0]
    assert places[1]
    assert places[0]["x"] < places[1]["x"]  # what turns a word around ends with it
    press(page, "2 End 2 ArrowLeft ArrowLeft Shift+ArrowRight 1 Enter")
    expect(page, "#view", "All sentences are accepted")
    assert session.accepted == {0: ((0, 1, "\u05d0"), (9, 11, "PER"), (11, 12, "\u05d0"))}
    session.output.write(dict(session.accepted))
    told = json.loads((tmp_path / "out.jsonl").read_text(encoding="utf-8"))
    assert told["tokens"] == words
    assert told["ner_tags"][9:] == ["B-PER", "I-PER", "B-\u05d0"]


@pytest.mark.parametrize(
    "context",
    [
        {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True},
        {"color_scheme": "dark", "forced_colors": "active"},
    ],
    ids=["phone", "forced colours"],
)
def test_a_phone_suffices_and_every_control_has_a_name(
    context: dict[str, Any], begin: Begin, serve: Serve, visit: Visit, texts: Path
) -> None:
    session = begin(texts)
    page = visit(serve(session).url, **context)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    act = "tap" if context.get("has_touch") else "click"
    getattr(page, act)("[data-at='0']")
    getattr(page, act)("#end-more")
    getattr(page, act)("#types button >> nth=0")
    assert marks(page) == [("Ada Lovelace", "PER")]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if "forced_colors" in context:
        look = "e => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]"
        text, ground = page.eval_on_selector(".word:focus", look)
        system = "c => { const e = document.createElement('i'); e.style.color = c;"
        system += "e.style.forcedColorAdjust = 'none'; document.body.append(e);"
        system += "const found = getComputedStyle(e).color; e.remove(); return found; }"
        assert text == page.evaluate(system, "HighlightText")
        assert ground == page.evaluate(system, "Highlight")
    unnamed = page.eval_on_selector_all(
        "button, input, select, [role]",
        "all => all.filter(e => !(e.getAttribute('aria-label') || e.textContent.trim()"
        " || e.labels?.length || e.getAttribute('aria-labelledby')"
        " || ['tip', 'said'].includes(e.id))).map(e => e.outerHTML)",
    )
    assert unnamed == []
    getattr(page, act)("#accept")
    expect(page, "#said", "Saved.")
    assert session.accepted == {0: ((0, 2, "PER"),)}


def test_pages_carry_no_markup_of_texts(
    begin: Begin, serve: Serve, visit: Visit, texts: Path, tmp_path: Path
) -> None:
    path = tmp_path / "a.jsonl"
    hostile = "<img/src=x/onerror=alert(1)>"
    row = {
        "id": hostile,
        "doc_id": hostile,
        "tokens": [hostile, hostile],
        "ner_tags": ["B-<i>", "O"],
    }
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")
    page = visit(serve(begin(path, "out.jsonl", types=())).url)
    assert marks(page) == [(hostile, "<i>")]
    assert page.locator("img, i").count() == 0
    expect(page, "#about", hostile)
