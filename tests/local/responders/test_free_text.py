import pytest

from realtime_widget.local.responders.free_text import FreeText, clean, listed
from realtime_widget.local.responders.matching import view_tools

from ..support import tool

S = {"type": "string"}
SEND = view_tools([tool("send_message", "Send a message.", to=S, message=S)])[0]


@pytest.mark.parametrize(
    ("text", "name", "found"),
    [
        ("send a message to Bob saying I am late", "to", "Bob"),
        ("send a message to Bob saying I am late", "message", "I am late"),
        ("send a message", "message", None),
        ("message: hello", "message", "hello"),
    ],
)
def test_find(text: str, name: str, found: str | None) -> None:
    slot = next(slot for slot in SEND.slots if slot.name == name)
    span = FreeText(text, SEND, []).find(slot, SEND.slots)
    assert (clean(text[slice(*span)]) if span else None) == found


def test_used_spans_are_left_alone() -> None:
    text = "send a message to Bob saying hello"
    assert FreeText(text, SEND, [(0, len(text))]).find(SEND.slots[0], SEND.slots) is None


def test_clean_and_listed() -> None:
    assert clean(" hello there, please! ") == "hello there"
    assert listed("Ann, Bob and Carl please") == ["Ann", "Bob", "Carl"]
