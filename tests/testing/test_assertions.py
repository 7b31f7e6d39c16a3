from types import SimpleNamespace as Thing

import pytest

from realtime_widget.testing import assert_answered, assert_not_called, assert_tool_called, assert_turns

TURNS = [Thing(role="user", text="Hi"), Thing(role="assistant", text="Hello there")]
CALLS = [
    Thing(name="rows", arguments={"city": "Rome", "n": 3}),
    {"name": "rows", "arguments": '{"city": "Oslo"}'},
    {"name": "broken", "arguments": '{"city'},
]
SESSION = Thing(transcript=TURNS, tool_calls=CALLS)


def test_turns() -> None:
    assert_turns(SESSION, [("user", "Hi"), ("assistant", "Hello there")])
    with pytest.raises(AssertionError, match="Hello there"):
        assert_turns(SESSION, [("user", "Hi")])


def test_answers() -> None:
    assert_answered(SESSION, "hello")
    with pytest.raises(AssertionError, match="'Hello there'"):
        assert_answered(SESSION, "bye")
    with pytest.raises(AssertionError, match="hasn't said"):
        assert_answered(Thing(transcript=TURNS[:1]), "x")


def test_calls() -> None:
    assert assert_tool_called(SESSION, "rows") is CALLS[0]
    assert assert_tool_called(SESSION, "rows", city="Oslo") is CALLS[1]
    assert_tool_called(SESSION, "broken")
    with pytest.raises(AssertionError, match="Rome"):
        assert_tool_called(SESSION, "rows", city="Paris")
    with pytest.raises(AssertionError, match="no call at all"):
        assert_tool_called(Thing(tool_calls=[]), "rows")


def test_no_calls() -> None:
    assert_not_called(SESSION, "delete")
    with pytest.raises(AssertionError, match="Rome"):
        assert_not_called(SESSION, "rows")
