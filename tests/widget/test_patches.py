from typing import Any

from realtime_widget.widget.patches import TurnPatches
from tests.data.talk import Talk


class Shown:
    """A conversation, and patches that are told of what changes as the session's changes tell it."""

    def __init__(self) -> None:
        self.talk = Talk()
        self.patches = TurnPatches(self.talk.data)

    def typed(self, item_id: str, text: str) -> None:
        self.talk.typed(self.talk.ms + 10, item_id, text)
        self.patches.item_changed(item_id)

    def call(self, call_id: str = "c") -> None:
        self.talk.data.tool_calls.started(
            call_id=call_id, name="rows", arguments="{}", response_id=None, version=1, t_ms=self.talk.ms
        )
        self.patches.call_began(call_id)

    def call_ends(self, call_id: str = "c") -> None:
        self.talk.data.tool_calls.finished(call_id, output="3", error=None, status="done", duration_ms=2.0)


def ids(message: dict[str, Any] | None) -> list[str]:
    assert message is not None
    return [turn["id"] for turn in message["turns"]]


def test_nothing_new_is_no_message() -> None:
    shown = Shown()
    assert shown.patches.take() is None
    shown.typed("a", "one")
    assert ids(shown.patches.take()) == ["a"]
    assert shown.patches.take() is None


def test_only_what_changed_is_sent_and_the_order_only_when_it_changed() -> None:
    shown = Shown()
    shown.typed("a", "one")
    shown.typed("b", "two")
    first = shown.patches.take()
    assert ids(first) == ["a", "b"]
    assert first is not None
    assert first["order"] == ["a", "b"]
    shown.patches.item_changed("a")
    second = shown.patches.take()
    assert ids(second) == ["a"]
    assert second is not None
    assert (second["order"], second["reset"], second["removed"]) == (None, False, [])


def test_a_turn_that_is_gone_is_named() -> None:
    shown = Shown()
    shown.typed("a", "one")
    shown.patches.take()
    shown.talk.feed(50, "conversation.item.deleted", item_id="a")
    shown.patches.item_removed("a")
    message = shown.patches.take()
    assert message is not None
    assert (message["removed"], message["order"], message["turns"]) == (["a"], [], [])


def test_a_call_stands_in_for_its_turn_and_is_sent_again_only_when_it_changed() -> None:
    shown = Shown()
    shown.typed("a", "how many")
    shown.call()
    first = shown.patches.take()
    assert ids(first) == ["a", "call:c"]
    assert first is not None
    assert first["order"] == ["a", "call:c"]
    assert first["turns"][1]["calls"][0]["status"] == "running"
    assert shown.patches.take() is None
    shown.call_ends()
    second = shown.patches.take()
    assert second is not None
    assert second["turns"][0]["calls"][0]["output"] == "3"
    assert shown.patches.take() is None


def test_a_page_that_comes_late_gets_everything_stand_ins_included() -> None:
    shown = Shown()
    shown.typed("a", "one")
    shown.call()
    shown.patches.take()
    snapshot = shown.patches.everything()
    assert snapshot["reset"] is True
    assert ids(snapshot) == ["a", "call:c"]
    assert shown.patches.take() is None


def test_the_stand_in_goes_when_the_answer_comes() -> None:
    shown = Shown()
    talk = shown.talk
    shown.typed("a", "how many rows")
    call = {
        "id": "fc",
        "type": "function_call",
        "status": "completed",
        "name": "rows",
        "call_id": "c",
        "arguments": "{}",
    }
    talk.place(20, call)
    shown.call()
    assert ids(shown.patches.take()) == ["a", "call:c"]
    shown.call_ends()
    output = {
        "id": "fo",
        "type": "function_call_output",
        "status": "completed",
        "call_id": "c",
        "output": "3",
    }
    talk.place(30, output)
    content = [{"type": "output_text", "text": "Three."}]
    talk.place(
        40, {"id": "b", "type": "message", "role": "assistant", "status": "completed", "content": content}
    )
    shown.patches.item_changed("b")
    message = shown.patches.take()
    assert message is not None
    assert message["removed"] == ["call:c"]
    assert message["order"] == ["a", "b"]
    assert [call["call_id"] for turn in message["turns"] if turn["id"] == "b" for call in turn["calls"]] == [
        "c"
    ]
    assert shown.patches.take() is None
