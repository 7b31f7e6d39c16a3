"""The display of a check, and what a page says to it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from realtime_widget.testing import ScriptedEngine
from realtime_widget.widget.checks import Check, check
from realtime_widget.widget.checks.widget import CheckWidget
from tests.session.helpers import wait_until

LINE = {
    "id": "secure",
    "group": "page",
    "title": "Secure page",
    "status": "problem",
    "found": "No.",
    "remedy": "Do.",
}


class Shown:
    """A check and what its display sends."""

    def __init__(self, found: Check, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sent: list[tuple[dict[str, Any], list[bytes]]] = []
        self.check = found
        self.widget = found.widget
        monkeypatch.setattr(
            self.widget, "send", lambda content, buffers: self.sent.append((content, buffers))
        )

    def say(self, kind: str, *buffers: bytes, **fields: Any) -> None:
        content = {"type": kind, "page": "one", **fields}
        self.widget._handle_custom_msg(content, list(map(memoryview, buffers)))

    def wait(self, kind: str) -> tuple[dict[str, Any], list[bytes]]:
        wait_until(lambda: any(content["type"] == kind for content, _ in self.sent))
        return next(entry for entry in self.sent if entry[0]["type"] == kind)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shown]:
    with ScriptedEngine() as engine:
        found = check(engine.url, "sk-test-1a2b3c4d5e6f")
        assert found.ok
        yield Shown(found, monkeypatch)


def test_a_page_gets_the_lines_it_asks_for(shown: Shown) -> None:
    shown.say("check.run")
    told, _ = shown.wait("check.lines")
    assert told["ended"]
    assert {line["id"] for line in told["lines"]} >= {"engine", "key", "answer", "version:python"}
    assert "sk-test" not in json.dumps(told)


def test_it_looks_again_when_asked(shown: Shown) -> None:
    shown.say("check.run", again=True)
    wait_until(lambda: sum(content.get("ended", False) for content, _ in shown.sent) > 0)
    assert shown.check.ok


def test_sound_comes_back_as_it_was_sent(shown: Shown) -> None:
    shown.say("check.echo", b"\1\2\3\4", echo_id=7)
    content, buffers = shown.wait("check.echo")
    assert content == {"type": "check.echo", "page": "one", "echo_id": 7}
    assert buffers == [b"\1\2\3\4"]


def test_a_page_finds_its_way(shown: Shown) -> None:
    shown.say("route.probe", probe_id=3, via="comm")
    content, _ = shown.wait("route")
    assert (content["probe_id"], content["handled"]) == (3, "main")


def test_what_a_page_found_is_data_in_python(shown: Shown) -> None:
    assert shown.check["page"].status == "skipped"
    shown.say("check.page", lines=[LINE])
    wait_until(lambda: not shown.check.ok)
    assert shown.check["secure"].to_dict() == LINE
    assert "page" not in {line.id for line in shown.check}
    assert shown.check.lines[0].id == "secure"


@pytest.mark.parametrize("fields", [{"lines": [{**LINE, "status": "?"}]}, {"lines": "x"}])
def test_what_isnt_a_message_is_refused(shown: Shown, fields: dict[str, Any]) -> None:
    shown.say("check.page", **fields)
    shown.say("check.echo", b"", echo_id=1)
    shown.wait("check.echo")
    assert shown.check.ok


def test_nothing_found_is_synced(shown: Shown) -> None:
    shown.say("check.page", lines=[LINE])
    wait_until(lambda: not shown.check.ok)
    assert isinstance(shown.widget, CheckWidget)
    state = json.dumps(shown.widget.get_state(), default=repr)
    assert '"check"' in state
    assert "Secure page" not in state
    assert "127.0.0.1" not in state
    shown.widget.close()
