from html.parser import HTMLParser

import pytest

from realtime_widget.data import StillData
from realtime_widget.data.report.content import Content
from realtime_widget.data.report.page import fragment, page
from tests.data.conversations import Maker, conversation

NASTY = '<script>alert(1)</script><img src=x onerror="a()">&amp; </div>" \' ${x} \u202e日本 $5$'
VOID = {"meta", "img", "source", "br"}


class Elements(HTMLParser):
    """Collects elements and attributes, and checks that all that opens is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def nasty() -> Content:
    maker = Maker()
    maker.ask(NASTY)
    maker.answer(NASTY * 3, cut_at=0.4, calls=((NASTY, "failed"), (NASTY, "done")))
    maker.turn("<b>system</b>", NASTY, maker.ms, maker.ms)
    told = maker.conversation(title=NASTY, engine=NASTY, model=NASTY, metadata={NASTY: NASTY})
    return Content(StillData(told), told.about)


@pytest.mark.parametrize("make", [page, fragment])
def test_what_people_say_stays_words(make: object) -> None:
    elements = Elements(make(nasty(), {}))  # type: ignore[operator]
    assert not [name for name, _ in elements.found if name in ("script", "img", "b-system")]
    assert not [name for _, attrs in elements.found for name in attrs if name.startswith("on")]
    assert any("<script>alert(1)</script>" in words for words in elements.words)
    said = [attrs for name, attrs in elements.found if attrs.get("class") == "said"]
    assert said and all(attrs["dir"] == "auto" for attrs in said)


def test_a_page_needs_nothing_from_elsewhere() -> None:
    html = page(nasty(), {})
    assert "default-src 'none'" in html and "http://" not in html and "https://" not in html
    assert "prefers-color-scheme" in html and "@media print" in html
    assert "pip install" in html  # no pictures were given, and it says so


def test_thousands_of_turns_leave_out_the_middle() -> None:
    told = conversation(10_000)
    content = Content(StillData(told), told.about)
    html = page(content, {})
    assert len(html) < 2_300_000 and html.count('class="cut"') == 1 and "turns are left out here" in html
    assert html.count('<div class="turn ') > 5000
    Elements(html)


def test_sections_without_contents_are_left_out() -> None:
    told = conversation(0)
    html = page(Content(StillData(told), told.about), {})
    assert (
        "Nothing was said yet" in html and "<h2" in html and ">Tools<" not in html and ">Errors<" not in html
    )
