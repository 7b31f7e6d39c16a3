"""An earlier conversation to begin with, in all the forms that people have it in."""

from typing import Any

import pandas as pd
import pytest

from realtime_widget import RealtimeSession
from realtime_widget.errors import ConfigError
from realtime_widget.session.seeding import history_items
from realtime_widget.testing import ScriptedEngine, call_response, function_call, reply, text_response

from .helpers import echo_engine

TURNS = [{"role": "user", "text": "Hello"}, {"role": "assistant", "text": "Hi there"}]


def shape(history: Any) -> list[tuple[str, str | None]]:
    return [
        (item.role or item.type, item.content[0].words if item.content else item.output or item.arguments)
        for item in history_items(history)
    ]


@pytest.mark.parametrize(
    "history",
    [TURNS, tuple(TURNS), iter(TURNS), pd.DataFrame(TURNS),
     [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi there"}],
     [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello"}]},
      {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hi there"}]}]],
    ids=["list", "tuple", "iterator", "dataframe", "chat messages", "items"],
)  # fmt: skip
def test_a_conversation_in_many_forms(history: Any) -> None:
    assert shape(history) == [("user", "Hello"), ("assistant", "Hi there")]


def test_calls_have_an_output() -> None:
    call = {"name": "f", "arguments": {"x": 1}, "output": [1, 2]}
    assert shape([call]) == [("function_call", '{"x":1}'), ("function_call_output", "[1,2]")]


def test_long_ids_of_calls_become_short_ones() -> None:
    call_id = "call_" + "x" * 60
    items = history_items([
        {"type": "function_call", "call_id": call_id, "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": call_id, "output": "1"},
        {"name": "g", "arguments": {}, "output": 2, "call_id": call_id},
    ])  # fmt: skip
    assert {len(item.call_id or "") <= 32 for item in items} == {True}
    assert len({item.call_id for item in items}) == 1


def test_nothing_is_a_history_too() -> None:
    assert history_items(()) == []


@pytest.mark.parametrize(
    ("history", "match"),
    [("Hello", "str"), (5, "int"), ([5], r"history\[0\] is int"), ([{"role": "bot", "text": "x"}], "'bot'"),
     ([{"role": "user"}], "no text"), ([{"name": "f", "arguments": {}}], "without a name or an output"),
     ([{"type": "message", "content": 7}], "isn't an item")],
)  # fmt: skip
def test_what_is_no_history_is_refused(history: Any, match: str) -> None:
    with pytest.raises(ConfigError, match=match) as refused:
        RealtimeSession(engine=ScriptedEngine(), history=history)
    assert "dictionaries such as" in (refused.value.remedy or "")


def test_a_session_goes_on_from_another() -> None:
    script = [reply(call_response(function_call("f", {"x": 2}))), reply(text_response("It is 4."))]
    with ScriptedEngine(*script) as engine, RealtimeSession(engine=engine) as first:
        first.tool(lambda x: x * x, name="f", description="Square.")
        assert first.ask("Square of two?").text == "It is 4."
    with echo_engine() as engine, RealtimeSession(engine=engine, history=first) as second:
        assert [turn.text for turn in second.transcript] == ["Square of two?", "It is 4."]
        assert second.ask("And now?").text == "You said: And now?"
        items = [command["item"] for command in engine.of_type("conversation.item.create")]
        assert [item["type"] for item in items] == [
            "message", "function_call", "function_call_output", "message", "message",
        ]  # fmt: skip
        assert items[1]["call_id"] == items[2]["call_id"]
        assert len(second.transcript) == 4
    assert [turn.text for turn in RealtimeSession(engine=engine, history=second.transcript).transcript] == [
        "Square of two?", "It is 4.", "And now?", "You said: And now?",
    ]  # fmt: skip
