"""The page in a real browser: what people type, point at, choose, upload and download."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from demo.conftest import GOLD, TEXT, Served
from demo.test_endpoints import ask

from tner_hf.demo import build, line
from tner_hf.report.kit.colours import HUES

if TYPE_CHECKING:
    from playwright.sync_api import Page

    Visit = Callable[..., Page]

#: Ends every element and attribute it could stand in.
HOSTILE = "<img src=x onerror=alert(1)></textarea><script>alert(2)</script>\"'`${alert(3)}"

#: `TEXT` in columns.
TAGGED = ["Ada\tB-PER", "Lovelace\tI-PER", "lived\tO", "in\tO", "London\tB-LOC", ".\tO"]


def marks(page: Page, view: str = "#views") -> list[tuple[str, str]]:
    """Words and type of every entity that is shown."""
    found = page.eval_on_selector_all(
        f"{view} mark",
        "all => all.map(m => [[...m.childNodes].filter(n => n.nodeType === 3)"
        ".map(n => n.data).join(''), m.querySelector('.type').textContent])",
    )
    return [(words, entity_type) for words, entity_type in found]


def read(page: Page, text: str) -> None:
    page.fill("#text", text)
    before = int(page.get_attribute("#text-result", "data-answers") or 0)
    page.click("#submit")
    page.wait_for_selector(f"#text-result[data-answers='{before + 1}']")


def expect(page: Page, selector: str, words: str) -> None:
    """Wait until an element holds these words; the page's policy lets no test evaluate there."""
    from playwright.sync_api import expect as expected

    expected(page.locator(selector)).to_contain_text(words, timeout=20_000)


def text_of(page: Page, view: str) -> str:
    """The text of a view without the names of types and the signs in it."""
    text: str = page.eval_on_selector(
        view,
        "view => { const copy = view.cloneNode(true);"
        "copy.querySelectorAll('.type, .sign').forEach(each => each.remove());"
        "return copy.textContent; }",
    )
    return text


def only_the_first_model(page: Page) -> None:
    page.locator("#model-choices input").nth(1).uncheck()


def test_a_text_is_marked_in_place(visit: Visit) -> None:
    page = visit()
    only_the_first_model(page)
    read(page, TEXT)
    assert marks(page) == [("Ada Lovelace", "PER"), ("London", "LOC")]
    rows = page.eval_on_selector_all(
        "#table tbody tr", "all => all.map(r => [...r.cells].map(c => c.innerText.trim()))"
    )
    assert [[row[0], row[1], *row[3:]] for row in rows] == [
        ["Ada Lovelace", "PER", "0", "12"],
        ["London", "LOC", "22", "28"],
    ]


def test_ctrl_enter_submits_and_examples_are_a_click(visit: Visit) -> None:
    page = visit()
    page.fill("#text", TEXT)
    page.press("#text", "Control+Enter")
    page.wait_for_selector("#views mark")
    page.click("#examples button:has-text('Chat')")
    expect(page, "#views > div:first-child .view", "lanterns")


def test_pointing_and_walking_show_how_sure_the_model_is(visit: Visit) -> None:
    page = visit()
    only_the_first_model(page)
    read(page, TEXT)
    page.hover("#views mark >> nth=1")
    assert page.inner_text("#tip").startswith("LOC London")
    assert "score " in page.inner_text("#tip")
    assert "characters 22–28" in page.inner_text("#tip")
    page.mouse.move(0, 0)
    assert page.is_hidden("#tip")
    page.focus("#save-html")
    page.keyboard.press("Tab")  # from the last button before the text into it
    assert page.inner_text("#tip").startswith("PER Ada Lovelace")
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#tip").startswith("LOC London")
    described = page.evaluate("document.activeElement.getAttribute('aria-describedby')")
    assert described == "tip"
    page.keyboard.press("Escape")
    assert page.is_hidden("#tip")


def test_the_slider_and_the_types_choose_without_a_new_request(visit: Visit) -> None:
    page = visit()
    only_the_first_model(page)
    read(page, TEXT)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "api" in request.url else None)
    page.locator("#types label", has_text="LOC").locator("input").uncheck()
    assert marks(page) == [("Ada Lovelace", "PER")]
    assert "1 of 2 entities" in page.inner_text("#summary")
    page.locator("#types label", has_text="LOC").locator("input").check()
    page.fill("#confidence", "100")
    assert marks(page) == []
    page.fill("#confidence", "0")
    page.check("#ignore-types")
    assert marks(page) == [("Ada Lovelace", "entity"), ("London", "entity")]
    assert asked == []


def test_lower_case_is_a_new_reading(visit: Visit) -> None:
    page = visit()
    only_the_first_model(page)
    read(page, TEXT.upper())
    page.check("#lowercase")
    expect(page, "#summary", "lower case")
    assert marks(page) == [("ADA LOVELACE", "PER"), ("LONDON", "LOC")]


def test_two_models_are_compared(visit: Visit) -> None:
    page = visit()
    read(page, GOLD_TEXT)
    assert page.locator("#views .view").count() == 2
    counts = page.inner_text("#compare-legend")
    assert "the same" in counts
    assert "only in A" in counts
    # What the legend counts is what the two texts show.
    for relation, words in (("agree", "the same"), ("type", "another type")):
        shown = page.locator(f"#views > div:first-child mark.is-{relation}").count()
        assert f"{words} {shown}" in " ".join(counts.split())
    page.check("#only-differences")
    page.wait_for_selector("#views.dim")
    assert page.locator("#table tbody tr").count() < page.locator("#views mark").count()


GOLD_TEXT = " ".join(line.split(" ")[0] for line in GOLD.splitlines() if line)


def test_more_models_are_compared_with_the_first(
    visit: Visit, serve: Callable[..., Served], taught: Path, hasty: Path
) -> None:
    served = serve(build([str(taught), str(hasty), f"{taught}/../taught"]))
    page = visit(url=served.url)
    page.locator("#model-choices input").nth(2).check()
    read(page, TEXT)
    assert page.locator("#views .view").count() == 3
    lines = page.locator(".legend-line").all_inner_texts()
    assert "A and C: = the same 2 ◆ only in A 0" in " ".join(lines[1].split())


def test_other_models_can_be_named_where_that_is_allowed(
    visit: Visit, serve: Callable[..., Served], taught: Path
) -> None:
    page = visit(url=serve(build(str(taught), allow_any_model=True)).url)
    page.fill("#model-id", "org/absent")
    page.press("#model-id", "Enter")
    page.fill("#text", TEXT)
    page.click("#submit")
    expect(page, "#text-status [role=alert]", "org/absent")
    page.locator("#model-choices input").nth(1).uncheck()
    read(page, TEXT)
    assert marks(page) == [("Ada Lovelace", "PER"), ("London", "LOC")]


def test_relations_of_two_models(visit: Visit) -> None:
    page = visit()
    found = page.evaluate(
        """async () => {
          const { relate, tally } = await import(new URL('page/compare.js', document.baseURI));
          const e = (start, end, type) => ({ start, end, type });
          const a = [e(0, 3, 'x'), e(5, 9, 'x'), e(10, 15, 'x'), e(20, 22, 'x')];
          const b = [e(0, 3, 'x'), e(5, 9, 'y'), e(12, 17, 'x'), e(30, 31, 'z')];
          const [mine, yours] = relate(a, b);
          return [mine.map(r => r.relation), yours.map(r => r.relation), tally(mine, yours)];
        }"""
    )
    assert found == [
        ["agree", "type", "bounds", "only"],
        ["agree", "type", "bounds", "only"],
        {"agree": 1, "type": 1, "bounds": 1, "onlyA": 1, "onlyB": 1},
    ]


def test_gold_shows_classes_and_both_scores(visit: Visit) -> None:
    page = visit()
    only_the_first_model(page)
    page.click("#tab-gold")
    gold = GOLD.replace("Paris B-LOC", "Paris B-ORG").replace("York I-LOC", "York O")
    page.fill("#iob", gold.replace("Hopper I-PER", "Hopper I-PER\nMax B-PER"))
    page.click("#gold-form .primary")
    page.wait_for_selector("#gold-sentences mark")
    assert page.inner_text("[data-score=type_aware]").endswith("%")
    aware, ignored = (
        float(page.inner_text(f"[data-score={name}]").split()[0])
        for name in ("type_aware", "type_ignored")
    )
    assert aware < ignored < 100
    classes = page.inner_text(".classes")
    assert "≠ type error 1" in classes
    page.click(".classes [data-class=type_error]")
    assert page.locator(".sentence").count() == 1
    page.hover(".sentence .view >> nth=1 >> mark >> nth=0")
    assert "type error: same tokens, another type (ORG)" in page.inner_text("#tip")


def test_gold_can_be_a_file_and_its_faults_have_lines(visit: Visit, tmp_path: Path) -> None:
    page = visit()
    page.click("#tab-gold")
    page.set_input_files("#gold-file", _file("gold.conll", "Ada B-PER\nLovelace\n"))
    page.wait_for_selector("#gold-status .alert")
    assert page.inner_text("#gold-status").startswith("gold.conll cannot be read as IOB:\nline 2:")
    page.set_input_files("#gold-file", _file("gold.conll", GOLD))
    page.wait_for_selector("#gold-sentences mark")
    assert page.is_hidden("#gold-status")
    assert page.locator(".score").count() == 2


def test_a_file_is_tagged_and_saved(visit: Visit, tmp_path: Path) -> None:
    page = visit()
    page.click("#tab-file")
    page.set_input_files("#file", _file("mine.csv", f'id,text\n1,"{TEXT}"\n2,nothing here\n'))
    page.click("#tag-file")
    page.wait_for_selector("#file-result mark")
    assert "2 entities in 2 texts" in page.inner_text("#file-result")
    rows = [json.loads(line) for line in _save(page, "Save JSON lines", "mine.entities.jsonl")]
    assert [row["text"] for row in rows] == [TEXT, "nothing here"]
    assert [e["entity_group"] for e in rows[0]["entities"]] == ["PER", "LOC"]
    table = list(csv.reader(_save(page, "Save CSV", "mine.entities.csv")))
    assert table[0] == ["id", "line", "word", "entity_group", "score", "start", "end"]
    assert table[1][1:4] == ["2", "Ada Lovelace", "PER"]
    assert _save(page, "Save CoNLL", "mine.entities.conll") == [
        *TAGGED,
        "",
        "nothing\tO",
        "here\tO",
    ]


def test_conll_comes_back_as_conll(visit: Visit) -> None:
    page = visit()
    page.click("#tab-file")
    page.set_input_files("#file", _file("mine.conll", GOLD))
    page.click("#tag-file")
    page.wait_for_selector("#file-result mark")
    lines = _save(page, "Save CoNLL", "mine.entities.conll")
    assert lines[:3] == ["Ada\tB-PER", "Lovelace\tI-PER", "lived\tO"]
    assert [line.split("\t")[0] for line in lines] == [
        line.split(" ")[0] for line in GOLD.split("\n")
    ]


def test_what_is_shown_can_be_saved(visit: Visit) -> None:
    page = visit()
    only_the_first_model(page)
    read(page, "😀 " + TEXT)
    stored = json.loads("\n".join(_save(page, "Save JSON", "entities.json")))
    entities = stored["answers"][0]["entities"]
    assert {("Ada Lovelace", 2), ("London", 24)} <= {(e["word"], e["start"]) for e in entities}
    # The emoji is one character of Python and two of JavaScript.
    assert ("Ada Lovelace", "PER") in marks(page)
    assert _save(page, "Save CoNLL", "entities.conll")[-6:] == TAGGED


def test_the_three_likeliest_types_of_each_word_are_a_strip(visit: Visit) -> None:
    page = visit()
    only_the_first_model(page)
    read(page, TEXT)
    assert page.is_hidden("#best-types")
    page.check("#best")
    page.wait_for_selector(".strip li")
    words = page.eval_on_selector_all(".strip li .word", "all => all.map(e => e.textContent)")
    assert words == TEXT.split()
    told = page.eval_on_selector_all(
        ".strip li:first-child .likely", "all => all.map(e => e.innerText.split(/\\s+/))"
    )
    assert [name for name, *_ in told] == ["PER", *(name for name, *_ in told[1:])]
    assert {name for name, *_ in told} <= {"PER", "LOC", "ORG", "none"}
    shares = [int(share) for _, share, _ in told]
    assert len(shares) == 3
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) <= 101
    assert "best=1" in page.evaluate("location.hash")
    page.uncheck("#best")
    assert page.is_hidden("#best-types")


def test_the_read_view_is_saved_as_a_page_of_its_own(visit: Visit, browser: Any) -> None:
    page = visit()
    only_the_first_model(page)
    read(page, f"{HOSTILE}\n{TEXT}")
    page.locator("#types label", has_text="LOC").locator("input").uncheck()
    shown = marks(page)
    written = "\n".join(_save(page, "Save HTML", "entities.html"))
    assert "default-src 'none'" in written
    window = browser.new_context(color_scheme="dark")
    saved = window.new_page()
    asked: list[str] = []
    saved.on("request", lambda request: asked.append(request.url))
    saved.set_content(written)
    assert marks(saved, "main") == shown
    assert text_of(saved, ".view") == f"{HOSTILE}\n{TEXT}"
    assert saved.get_attribute("mark >> nth=-1", "title").startswith("PER; score 9")
    assert saved.locator("script, img, link").count() == 0
    assert asked == []
    # Its colours are those of the page, by night, too.
    assert saved.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(25, 29, 35)"
    ground = "getComputedStyle(document.querySelector('mark')).backgroundColor"
    assert saved.evaluate(ground) not in ("rgba(0, 0, 0, 0)", "rgb(255, 255, 0)")
    window.close()


def test_a_step_of_the_slider_draws_nothing_anew(visit: Visit) -> None:
    page = visit()
    only_the_first_model(page)
    read(page, f"{TEXT}\n\n{TEXT}\n")
    assert text_of(page, "#views .view") == f"{TEXT}\n\n{TEXT}\n"
    keep = "each => each.forEach(e => { e.drawnBefore = true; })"
    for drawn in ("#views mark", "#table tbody tr", "#types label"):
        page.eval_on_selector_all(drawn, keep)
    page.fill("#confidence", "100")
    assert marks(page) == []
    assert text_of(page, "#views .view") == f"{TEXT}\n\n{TEXT}\n"
    assert page.get_attribute("#views .view", "tabindex") == "0"
    page.fill("#confidence", "0")
    assert [words for words, _ in marks(page)] == ["Ada Lovelace", "London"] * 2
    assert page.locator("#views [tabindex='0']").count() == 1
    for drawn in ("#views mark", "#table tbody tr", "#types label"):
        assert page.eval_on_selector_all(drawn, "all => all.every(each => each.drawnBefore)")


def test_rows_of_a_long_table_come_as_one_scrolls(visit: Visit) -> None:
    page = visit()
    only_the_first_model(page)
    read(page, f"{TEXT}\n" * 80)
    rows = page.locator("#table tbody tr")
    assert rows.count() == 60
    expect(page, "#table .hint", "… and 100 more as you scroll")
    page.evaluate("document.querySelector('#table').scrollTop = 1e6")
    page.wait_for_selector("#table tbody tr >> nth=119")
    assert rows.nth(60).locator("td >> nth=0").inner_text() == "Ada Lovelace"
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert rows.count() == 160
    page.fill("#confidence", "100")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.inner_text("#table") == "Nothing to list."


def test_a_line_as_long_as_a_chapter_keeps_its_characters(visit: Visit) -> None:
    page = visit()
    only_the_first_model(page)
    text = f"{TEXT} " * 120
    read(page, text)
    assert text_of(page, "#views .view") == text
    assert page.locator("#views .line").count() == 2
    box = page.locator("#views .view").bounding_box()
    assert box is not None
    assert box["height"] <= 704  # it scrolls by itself, and the table stands below


def test_a_spreadsheet_runs_nothing_of_a_csv(visit: Visit) -> None:
    page = visit()
    written = page.evaluate(
        """async () => {
          const { writeCsv } = await import(new URL('page/save.js', document.baseURI));
          return writeCsv([['=1+1', '@x', '-2', 'a,"b"', -2]]);
        }"""
    )
    assert written == '\'=1+1,\'@x,\'-2,"a,""b""",-2\r\n'


def test_the_address_reproduces_the_view(visit: Visit) -> None:
    page = visit()
    only_the_first_model(page)
    read(page, TEXT)
    page.locator("#types label", has_text="LOC").locator("input").uncheck()
    page.fill("#confidence", "10")
    page.check("#lowercase")
    expect(page, "#summary", "lower case")
    address = page.evaluate("location.hash")
    again = visit(address)
    again.wait_for_selector("#views mark")
    assert marks(again) == [("Ada Lovelace", "PER")]
    assert again.input_value("#text") == TEXT
    assert again.input_value("#confidence") == "10"
    assert again.is_checked("#lowercase")
    assert again.locator("#model-choices input:checked").count() == 1


def test_hostile_text_and_names_are_text(
    visit: Visit, serve: Callable[..., Served], taught: Path, tmp_path: Path
) -> None:
    page = visit(f"#text={HOSTILE}&model={HOSTILE}&hide={HOSTILE}")
    page.wait_for_selector("#text-result:not([hidden])")
    assert text_of(page, "#views .view") == HOSTILE
    assert page.locator("#views img, #views script").count() == 0
    page.click("#tab-file")
    page.set_input_files("#file", _file("<img src=x onerror=alert(1)>.txt", HOSTILE))
    page.click("#tag-file")
    page.wait_for_selector("#file-result .view")
    assert "<img src=x onerror=alert(1)>.txt" in page.inner_text("#file-name")
    page.click("#tab-gold")
    page.fill("#iob", f"Ada B-{HOSTILE.replace(' ', '_')}\n{HOSTILE.replace(' ', '_')} O\n")
    page.click("#gold-form .primary")
    page.wait_for_selector("#gold-sentences mark")
    assert page.locator("#gold-result img, #gold-result script").count() == 0
    assert "onerror" in page.inner_text("#gold-sentences")


def test_hostile_labels_of_a_model_are_text(
    visit: Visit, serve: Callable[..., Served], taught: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "<b>bold"
    folder.mkdir()
    for file in taught.iterdir():
        if file.is_file():
            (folder / file.name).write_bytes(file.read_bytes())
    config = json.loads((folder / "config.json").read_text())
    names = {i: n.replace("PER", "<img src=x>") for i, n in config["id2label"].items()}
    config |= {"id2label": names, "label2id": {n: int(i) for i, n in names.items()}}
    (folder / "config.json").write_text(json.dumps(config))
    page = visit(url=serve(build(str(folder), title="<i>x</i>")).url)
    read(page, TEXT)
    assert marks(page)[0] == ("Ada Lovelace", "<img src=x>")
    assert page.inner_text("#facts h3") == "<b>bold"
    assert page.inner_text("h1") == "<i>x</i>"
    assert page.locator("img, b, i", has_text="bold").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_are_those_of_the_palette_in_both_themes(visit: Visit, scheme: Any) -> None:
    page = visit(color_scheme=scheme)
    only_the_first_model(page)
    read(page, TEXT)
    style = "getComputedStyle(document.querySelector('#views mark'))"
    hue = HUES[0]  # of PER
    expected = hue.ground if scheme == "light" else hue.night_ground
    assert page.evaluate(f"{style}.backgroundColor") == _rgb(expected)
    page.click("#theme")
    other = hue.night_ground if scheme == "light" else hue.ground
    assert page.evaluate(f"{style}.backgroundColor") == _rgb(other)
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert page.evaluate("document.documentElement.dataset.theme") != scheme


@pytest.mark.parametrize("by", ["system", "button"])
def test_paper_is_white_by_night(visit: Visit, by: str) -> None:
    page = visit(color_scheme="dark" if by == "system" else "light")
    if by == "button":
        page.click("#theme")
    read(page, TEXT)
    page.focus("#views mark")
    page.emulate_media(media="print")
    colour = "each => getComputedStyle(each).color"
    assert page.eval_on_selector("#views mark", colour) == "rgb(27, 31, 36)"
    assert page.eval_on_selector("#found-title", colour) == "rgb(27, 31, 36)"
    ground = page.eval_on_selector("#views mark", "e => getComputedStyle(e).backgroundColor")
    assert ground in {
        f"rgb{tuple(int(hue.ground[i : i + 2], 16) for i in (1, 3, 5))}" for hue in HUES
    }
    assert page.is_hidden("#tip")


def test_it_fits_a_phone(visit: Visit) -> None:
    page = visit(viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True)
    read(page, TEXT)
    page.tap("#views mark >> nth=0")
    assert page.is_visible("#tip")
    for tab in ("text", "gold", "file"):
        page.click(f"#tab-{tab}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    box = page.locator("#tab-file").bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 360


def test_arabic_runs_from_the_right_and_japanese_has_no_spaces(
    visit: Visit, serve: Callable[..., Served], taught: Path
) -> None:
    page = visit(url=serve(build(str(taught), word_splitter="characters")).url)
    read(page, "من London إلى")
    assert page.evaluate("document.querySelector('#views .view').matches(':dir(rtl)')")
    read(page, "東京へ行く")
    assert text_of(page, "#views .view") == "東京へ行く"
    assert "5 words" in page.inner_text("#summary")


def test_a_script_that_the_model_cannot_know_is_said(visit: Visit) -> None:
    page = visit()
    only_the_first_model(page)
    read(page, "東京へ行く")
    expect(page, "#text-warnings", "taught can hardly know this language: 100% of the letters (Han")
    read(page, TEXT)
    assert page.is_hidden("#text-warnings")


def test_the_wait_of_a_long_text_is_shown(
    visit: Visit, serve: Callable[..., Served], taught: Path
) -> None:
    page = visit(url=serve(build(str(taught), max_characters=1_000_000)).url)
    watch(
        page,
        "const bar = document.querySelector('#text-status progress');"
        "if (bar?.hasAttribute('value')) seen.push(bar.value)",
    )
    page.fill("#text", f"{TEXT} " * 4_000)
    page.click("#submit")
    page.wait_for_selector("#views mark", timeout=120_000)
    seen = page.evaluate("window.seen")
    assert seen == sorted(seen)
    assert 0 < seen[0] <= 1
    assert "in overlapping windows" in page.inner_text("#summary")


def test_the_place_in_line_is_shown(
    visit: Visit, serve: Callable[..., Served], taught: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(line._AT_WORK, True, 0)
    served = serve(build(str(taught), max_characters=1_000_000))
    page = visit(url=served.url)
    long = f"{TEXT} " * 1_000
    joining = {"data": [long, []], "fn_index": 1, "session_hash": "other"}
    httpx.post(f"{served.url}gradio_api/queue/join", json=joining).raise_for_status()
    page.fill("#text", long)
    page.click("#submit")
    expect(page, "#text-status", "One request is before yours")
    monkeypatch.setitem(line._AT_WORK, True, 2)
    ask(served.url, "predict", text=TEXT)  # whatever is answered lets the next ones work
    page.wait_for_selector("#views mark", timeout=120_000)


def watch(page: Page, note: str) -> None:
    """Note something in `seen` whenever the status changes."""
    page.evaluate(
        f"""() => {{ const seen = window.seen = [];
        new MutationObserver(() => {{ {note} }}).observe(
          document.querySelector('#text-status'),
          {{ subtree: true, childList: true, characterData: true, attributes: true }}); }}"""
    )


def test_what_goes_wrong_is_said(visit: Visit) -> None:
    page = visit()
    page.click("#submit")
    assert "There is no text yet" in page.inner_text("#text-status [role=alert]")
    page.fill("#text", "x" * 20_001)
    page.click("#submit")
    expect(page, "#text-status", "20,001")
    assert "this demo takes 20,000" in page.inner_text("#text-status [role=alert]")
    page.click("#tab-file")
    page.set_input_files("#file", _file("big.txt", "x" * 50_001))
    page.wait_for_selector("#file-status [role=alert]")
    assert "this demo takes 50,000" in page.inner_text("#file-status")
    page.set_input_files("#file", _file("latin.txt", "Ä".encode("latin-1")))
    expect(page, "#file-status", "UTF-8")
    assert page.is_disabled("#tag-file")


def test_a_server_that_is_gone_is_said(
    visit: Visit, serve: Callable[..., Served], taught: Path
) -> None:
    served = serve(build(str(taught)))
    page = visit(url=served.url)
    page.context.set_offline(True)
    page.fill("#text", TEXT)
    page.click("#submit")
    page.wait_for_selector("#text-status [role=alert]")
    assert "The server cannot be reached" in page.inner_text("#text-status")
    page.context.set_offline(False)
    read(page, TEXT)
    assert marks(page)


def test_the_tabs_are_used_with_the_keyboard(visit: Visit) -> None:
    page = visit()
    page.focus("#tab-text")
    page.keyboard.press("ArrowRight")
    assert page.is_visible("#panel-gold")
    assert page.evaluate("document.activeElement.id") == "tab-gold"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert page.is_visible("#panel-file")
    assert page.locator("[role=tab][tabindex='0']").count() == 1


def test_the_bar_is_as_long_as_the_model_is_sure(visit: Visit) -> None:
    page = visit()
    only_the_first_model(page)
    read(page, TEXT)
    sure = "#table tbody tr >> nth=0 >> td.number >> nth=0"
    parts = page.eval_on_selector(
        sure, "cell => [cell.querySelector('i').style.width, cell.textContent.trim()]"
    )
    assert parts[0].endswith("%")
    assert parts[0].removesuffix("%") == parts[1].removesuffix("%").strip()
    assert parts[0] != "100.0%"


def test_sorting_and_switching_a_type_keep_the_focus(visit: Visit) -> None:
    page = visit()
    only_the_first_model(page)
    read(page, TEXT)
    # Words from the first, numbers from the largest.
    for name, directions in (("entity", ["ascending", "descending"]), ("score", ["descending"])):
        for direction in directions:
            head = page.locator("#table th", has_text=name)
            head.locator("button").focus()
            page.keyboard.press("Enter")
            assert page.evaluate("document.activeElement.textContent") == name
            assert head.get_attribute("aria-sort") == direction
            assert page.locator("#table th:not([aria-sort=none])").count() == 1
    scores = page.locator("#table tbody td:nth-child(3)").all_text_contents()
    assert scores == sorted(scores, reverse=True)
    page.focus("#types input[name=LOC]")
    page.keyboard.press("Space")
    assert page.evaluate("document.activeElement.name") == "LOC"
    assert marks(page) == [("Ada Lovelace", "PER")]


def test_the_types_count_what_the_slider_leaves(visit: Visit) -> None:
    page = visit()
    read(page, TEXT)
    page.fill("#confidence", "100")
    assert page.inner_text("#types .number >> nth=0").startswith("0 of ")


def test_a_changed_text_and_a_failed_request_leave_what_was_found(visit: Visit) -> None:
    page = visit()
    read(page, TEXT)
    assert page.is_hidden("#stale")
    page.fill("#text", "x" * 20_001)
    assert page.is_visible("#stale")
    page.click("#submit")
    expect(page, "#text-status", "20,001")
    assert page.locator("#views mark").count() == 4
    page.fill("#text", TEXT)
    assert page.is_hidden("#stale")


def test_lower_case_is_one_switch_on_every_tab(visit: Visit) -> None:
    page = visit()
    page.check("#lowercase")
    page.click("#tab-gold")
    assert page.is_checked("#gold-lowercase")
    page.uncheck("#gold-lowercase")
    page.click("#tab-file")
    assert not page.is_checked("#file-lowercase")


def test_gold_is_counted_for_each_model_and_said_and_checked_anew(visit: Visit) -> None:
    page = visit()
    page.click("#tab-gold")
    page.fill("#iob", GOLD)
    page.click("#gold-form .primary")
    expect(page, "#gold-summary", "taught has an F1 of")
    assert " · " in page.inner_text("[data-class=correct]")
    page.check("#unify")
    expect(page, "#gold-result .note", "PER → person")


def test_a_link_holds_the_gold_text(visit: Visit) -> None:
    page = visit()
    page.click("#tab-gold")
    page.fill("#iob", "Ada B-PER\nleft O\n")
    page.click("#gold-form .primary")
    expect(page, "#gold-summary", "1 sentence checked")
    fragment = page.url.partition("#")[2]
    other = visit("#" + fragment)
    expect(other, "#gold-summary", "1 sentence checked")
    assert other.input_value("#iob") == "Ada B-PER\nleft O\n"


def test_the_model_of_a_file_is_chosen_and_named(visit: Visit) -> None:
    page = visit()
    page.click("#tab-file")
    page.set_input_files("#file", _file("a.csv", "id;text\n7;Ada Lovelace left.\n"))
    page.select_option("#file-model", "hasty")
    page.click("#tag-file")
    expect(page, "#file-summary", "a.csv: hasty found")
    expect(page, "#file-result h2", "by hasty")
    lines = _save(page, "Save JSON lines", "a.entities.jsonl")
    assert json.loads(lines[0])["id"] == "7"
    conll = _save(page, "Save CoNLL", "a.entities.conll")
    assert [line.split("\t")[0] for line in conll] == ["Ada", "Lovelace", "left", "."]


def test_a_pdf_is_not_told_to_change_its_encoding(visit: Visit) -> None:
    page = visit()
    page.click("#tab-file")
    page.set_input_files("#file", _file("a.txt", b"%PDF-1.7\n\xe2\xe3\xcf"))
    expect(page, "#file-status", "a.txt is no text file, but a PDF")
    assert "iconv" not in page.inner_text("#file-status")


def test_the_wait_can_be_cancelled(
    visit: Visit, serve: Callable[..., Served], taught: Path
) -> None:
    page = visit(url=serve(build(str(taught), max_characters=10_000_000)).url)
    page.fill("#text", f"{TEXT} " * 20_000)
    page.click("#submit")
    page.click("#text-status button:has-text('Cancel')")
    assert page.inner_text("#text-status") == ""
    read(page, TEXT)
    assert marks(page)


def test_home_and_end_go_to_the_first_and_the_last_tab(visit: Visit) -> None:
    page = visit()
    page.focus("#tab-text")
    page.keyboard.press("End")
    assert page.evaluate("document.activeElement.id") == "tab-file"
    page.keyboard.press("Home")
    assert page.evaluate("document.activeElement.id") == "tab-text"


def test_landmarks_have_names_of_their_own_and_hold_the_whole_page(visit: Visit) -> None:
    page = visit()
    read(page, TEXT)
    named = page.eval_on_selector_all(
        "section[aria-labelledby], section[aria-label], [role=region], nav, aside",
        "all => all.filter(e => e.offsetParent).map(e => e.getAttribute('aria-label') ?? "
        "document.getElementById(e.getAttribute('aria-labelledby'))?.textContent ?? e.localName)",
    )
    assert len(named) == len(set(named)) > 3
    outside = "body > :not(header, main, footer, script, noscript, .skip, #tip)"
    assert page.locator(outside).count() == 0


def test_the_examples_are_one_stop_of_the_tab_key(visit: Visit) -> None:
    page = visit()
    assert page.locator("#examples button[tabindex='0']").count() == 1
    page.focus("#examples button >> nth=0")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.textContent") == "Chat"


def test_facts_of_the_models_stand_beside(visit: Visit) -> None:
    page = visit()
    assert page.inner_text("#facts h3 >> nth=0") == "taught"
    assert page.locator("#facts .facts").count() == 2
    only_the_first_model(page)
    assert page.locator("#facts .facts").count() == 1
    assert "windows of 64 sub-tokens" in page.inner_text("#facts")
    page.click("#program summary")
    assert 'api_name="/predict"' in page.inner_text("#snippets")


def _file(name: str, content: str | bytes) -> Any:
    data = content.encode() if isinstance(content, str) else content
    return {"name": name, "mimeType": "text/plain", "buffer": data}


def _save(page: Page, button: str, name: str) -> list[str]:
    with page.expect_download() as waiting:
        page.click(f"button:has-text('{button}') >> visible=true")
    assert waiting.value.suggested_filename == name
    return Path(waiting.value.path()).read_text(encoding="utf-8").splitlines()


def _rgb(colour: str) -> str:
    return "rgb({}, {}, {})".format(*bytes.fromhex(colour.removeprefix("#")))
