"""The HTML kit: everything escaped, nothing fetched, tables and figures as they should be."""

from __future__ import annotations

import math
from html.parser import HTMLParser

from tner_hf import report

HOSTILE = "<script>alert(1)</script> & \"quoted\" 'single'"
VOID = {"meta", "input", "br", "img"}


class Reader(HTMLParser):
    """Elements in order, with a stack that must come out even."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def named(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag == name]


def page_of(body: report.Content) -> Reader:
    reader = Reader(report.Page("T", [report.Section("S", body)]).render())
    assert reader.open == []
    return reader


def test_hostile_text_is_shown_not_run() -> None:
    table = report.render_table(
        [report.Column(HOSTILE)], [[HOSTILE], [report.Cell(HOSTILE, title=HOSTILE)]],
        caption=HOSTILE, filterable=True,
    )  # fmt: skip
    text = report.Page(
        HOSTILE, [report.Section(HOSTILE, table, lead=HOSTILE)], HOSTILE, {HOSTILE: HOSTILE}
    ).render()
    reader = Reader(text)
    assert len(reader.named("script")) == 1
    assert "".join(reader.text).count(HOSTILE) >= 7
    assert any(a.get("title") == HOSTILE for a in reader.named("td"))


def test_markup_in_an_attribute_is_text() -> None:
    shown = report.tag("p", title=report.Html('"><script>'))
    assert shown == '<p title="&quot;&gt;&lt;script&gt;"></p>'


def test_script_content_cannot_end_the_script() -> None:
    assert report.tag("script", 'a = "</script>"') == '<script>a = "<\\/script>"</script>'


def test_the_page_names_no_other_place() -> None:
    reader = page_of("text")
    policy = next(a for a in reader.named("meta") if a.get("http-equiv"))
    assert str(policy["content"]).startswith("default-src 'none'")
    for _, attributes in reader.elements:
        assert not {"src", "srcset"} & attributes.keys()
        assert str(attributes.get("href", "#")).startswith(("#", "data:"))


def test_every_link_within_the_page_leads_somewhere() -> None:
    sections = [report.Section("One & two", "a"), report.Section("Three", "b")]
    reader = Reader(report.Page("T", sections).render())
    ids = {a["id"] for _, a in reader.elements if "id" in a}
    assert {str(a["href"])[1:] for a in reader.named("a")} <= ids


def test_cells_carry_what_they_are_sorted_by() -> None:
    table = report.render_table(
        [report.Column("name"), report.Column("n", numeric=True)],
        [["a", 12345], ["b", 0.5], ["c", math.nan], ["d", report.Cell("50 %", sort=0.5)]],
        caption="c",
    )
    reader = Reader(table)
    numbers = [a for a in reader.named("td") if a.get("class") == "number"]
    assert [a["data-sort"] for a in numbers] == ["12345", "0.5", "", "0.5"]
    assert [t for t in reader.text if t not in "cnameabd"] == ["12,345", "0.500", "–", "50 %"]
    assert all(a["aria-sort"] == "none" for a in reader.named("th"))


def test_a_download_holds_the_file() -> None:
    link = report.render_download("a,b\n", name="x.csv", media_type="text/csv")
    assert link == (
        '<a href="data:text/csv;base64,YSxiCg==" download="x.csv" class="download">x.csv</a>'
    )
