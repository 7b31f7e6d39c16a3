from realtime_widget.local.sentences import read_tool, tool_words

from .support import tool

ROLL = tool("roll", "Roll a die with a number of sides.", sides={"type": "integer"})
WEATHER = tool("get_weather", "Weather for a city.", city={"type": "string", "enum": ["Rome", "Paris"]})


def test_a_name_is_words() -> None:
    assert tool_words(WEATHER) == ("get", "weather")


def test_an_act_is_said_as_its_description_says() -> None:
    first, second = read_tool(ROLL).heads[:2]
    assert (first.words, [slot.name for slot in first.slots]) == (
        ("roll", "a", "die", "with", "sides"),
        ["sides"],
    )
    assert (second.words, second.slots, second.asks) == (("roll",), (), False)


def test_a_thing_is_asked_for() -> None:
    head = read_tool(WEATHER).heads[0]
    assert head.asks
    assert (head.words, [slot.name for slot in head.slots]) == (("weather", "for"), ["city"])


def test_a_tool_without_a_description_speaks_by_its_name() -> None:
    assert read_tool(tool("flip_coin", "")).heads[0].words == ("flip", "coin")
