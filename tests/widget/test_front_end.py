"""How the front end reaches a page, and what of it a notebook file may hold."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from realtime_widget.errors import RealtimeError
from realtime_widget.widget import front_end
from realtime_widget.widget.front_end import FrontEndWidget, read_bundle

JS, CSS = b"export default () => ({});" * 200, b".rtw { color: red }" * 100


@pytest.fixture(autouse=True)
def static(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A built front end, small and known."""
    for name, content in (("widget.js", JS), ("widget.css", CSS), ("loader.js", b"// asks for the rest")):
        (tmp_path / name).write_bytes(content)
    monkeypatch.setattr(front_end, "STATIC", tmp_path)
    monkeypatch.setattr(front_end, "_LOADER", tmp_path / "loader.js")
    monkeypatch.setattr(FrontEndWidget, "_esm", "// asks for the rest")
    return tmp_path


class Shown(FrontEndWidget):
    """Notes what it sends."""

    def __init__(self) -> None:
        self.sent: list[tuple[Any, list[bytes]]] = []
        super().__init__()

    def send(self, content: Any, buffers: Any = None) -> None:
        self.sent.append((content, buffers))


def ask(widget: Shown, content: Any) -> None:
    widget._handle_msg({"content": {"data": {"method": "custom", "content": content}}, "buffers": []})


def test_a_widget_sends_its_front_end_unasked_and_packed() -> None:
    [(message, (js, css))] = Shown().sent
    assert message == {"type": "bundle", "version": read_bundle().version, "gzip": True}
    assert (gzip.decompress(js), gzip.decompress(css)) == (JS, CSS)
    assert len(js) < len(JS) / 10


def test_a_page_that_asks_gets_it_in_the_form_that_it_can_read() -> None:
    widget = Shown()
    ask(widget, {"type": "bundle.get", "gzip": True})
    ask(widget, {"type": "bundle.get", "gzip": False})
    assert widget.sent[1] == widget.sent[0]
    assert widget.sent[2] == ({"type": "bundle", "version": read_bundle().version, "gzip": False}, [JS, CSS])


def test_other_messages_are_not_answered() -> None:
    widget = Shown()
    for content in (None, 3, {"type": "page.ready"}, {}):
        ask(widget, content)
    assert len(widget.sent) == 1


def test_the_saved_state_names_the_front_end_and_does_not_hold_it() -> None:
    state = Shown().get_state()
    assert state["_bundle"] == read_bundle().version
    assert len(json.dumps(state, default=str)) < 1_500
    assert "color: red" not in json.dumps(state, default=str)


def test_another_build_has_another_version(static: Path) -> None:
    before = read_bundle().version
    (static / "widget.css").write_bytes(CSS + b" ")
    assert read_bundle().version != before


@pytest.mark.parametrize("name", ["widget.js", "widget.css", "loader.js"])
def test_what_is_not_built_is_said(static: Path, name: str) -> None:
    (static / name).unlink()
    with pytest.raises(RealtimeError, match="make build") as caught:
        read_bundle()
    assert caught.value.code == "front_end_missing"
