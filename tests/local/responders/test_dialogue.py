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
