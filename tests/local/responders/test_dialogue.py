import pytest

from realtime_widget.local.responders.dialogue import follow, force, understand
from realtime_widget.local.responders.matching import view_tools

from ..support import tool

TOOLS = view_tools(
    [
        tool("get_weather", "Get the weather for a city.", city={"type": "string"}),
        tool("flip_coin", "Flip a coin."),
        tool("wait", "Wait some seconds.", seconds={"type": "integer"}),
    ]
)


def test_a_question_lives_until_it_is_answered() -> None:
    question = understand("what's the weather", TOOLS).question
    assert question is not None
    assert question.text.endswith("Which city?")
    meaning = understand("Paris", TOOLS, question)
    assert [(call.tool.name, call.arguments) for call in meaning.calls] == [
        ("get_weather", {"city": "Paris"})
    ]
    assert meaning.question is None


def test_what_is_ready_waits_for_the_answer() -> None:
    meaning = follow(["flip a coin and wait some seconds", "four"], TOOLS)
    assert [call.tool.name for call in meaning.calls] == ["flip_coin", "wait"]
    assert meaning.calls[1].arguments == {"seconds": 4}


def test_nonsense_asks_again() -> None:
    meaning = follow(["wait some seconds", "hm"], TOOLS)
    assert meaning.question is not None
    assert meaning.question.slot.name == "seconds"


@pytest.mark.parametrize("text", ["never mind", "stop", "no", "don't"])
def test_a_question_can_be_dropped(text: str) -> None:
    assert follow(["wait some seconds", text], TOOLS).dropped


def test_small_talk_in_between_is_answered() -> None:
    assert follow(["what's the weather", "what can you do"], TOOLS).intent == "capabilities"


def test_force_makes_a_call_of_anything() -> None:
    assert force("hello", TOOLS).arguments == {"city": "Paris"}
    assert force("hello", TOOLS, name="wait").arguments == {"seconds": 1}
    with pytest.raises(LookupError, match="nope"):
        force("hello", TOOLS, name="nope")
    with pytest.raises(LookupError):
        force("hello", ())


BOOKING = view_tools(
    [
        tool(
            "book",
            "Book a table.",
            guest={"type": "string"},
            people={"type": "integer"},
            day={"type": "string", "enum": ["monday", "friday"]},
        )
    ]
)


def test_a_whole_new_request_starts_afresh() -> None:
    meaning = follow(["book a table for Alice", "book a table for Bob with 3 people on monday"], BOOKING)
    assert [call.arguments for call in meaning.calls] == [{"guest": "Bob", "people": 3, "day": "monday"}]


def test_the_answer_to_another_question_is_kept() -> None:
    meaning = follow(["book a table for Alice", "friday", "4 people"], BOOKING)
    assert [call.arguments for call in meaning.calls] == [{"guest": "Alice", "people": 4, "day": "friday"}]


ROWS = view_tools(
    [
        {
            "type": "function",
            "name": "rows",
            "description": "Number of rows for a city.",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string", "enum": ["Berlin", "Rome"], "default": "Rome"}},
            },
        }
    ]
)


@pytest.mark.parametrize("text", ["rows for London", "how many rows are there for london"])
def test_a_choice_that_does_not_exist_is_asked_for(text: str) -> None:
    meaning = understand(text, ROWS)
    assert not meaning.calls
    assert meaning.question is not None and "Berlin or Rome" in meaning.question.text


@pytest.mark.parametrize("text", ["rows", "how many rows are there", "number of rows for each city"])
def test_a_choice_that_nobody_mentions_keeps_its_default(text: str) -> None:
    assert [dict(call.arguments) for call in understand(text, ROWS).calls] == [{}]
