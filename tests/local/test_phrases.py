from typing import Any

import pytest

from realtime_widget.local.automaton import compile_grammar
from realtime_widget.local.phrases import (
    DEMO_PHRASES,
    MAX_SUGGESTIONS,
    Sayable,
    demo_intent,
    sayable,
    tool_words,
)


def tool(
    name: str, description: str = "", required: list[str] | None = None, **properties: Any
) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties, "required": required or list(properties)}
    return {"type": "function", "name": name, "description": description, "parameters": parameters}


CITY = {"type": "string", "enum": ["Berlin", "Paris"]}
INTEGER = {"type": "integer"}
ROWS = tool("rows", "Number of rows for a city.", city=CITY)
ROLL = tool("roll", "Roll a die with a number of sides.", sides=INTEGER)
WEATHER = tool("get_weather", "Get the current weather for a location.", location={"type": "string"})
TIMER = tool(
    "set_timer", "Sets a timer for some minutes.", minutes={"type": "integer", "minimum": 1, "maximum": 60}
)
ADD = tool("add", "Add two numbers.", a={"type": "number"}, b={"type": "number"})
KEEP = tool(
    "filter_rows",
    "Keep only rows where a column is larger than a value.",
    column={"enum": ["age", "income"]},
    value={"type": "number"},
)
CORRELATION = tool(
    "correlation",
    "Correlation between two columns.",
    first={"enum": ["price", "rating"]},
    second={"enum": ["price", "rating"]},
)
HEATING = tool("set_heat", "Sets the heat of the room.", degrees={"type": "integer", "maximum": 30})
SEARCH = tool("search_web", "Search the web for a query.", query={"type": "string"})
LIGHTS = tool("lights", room={"enum": ["kitchen", "living room"]}, on={"type": "boolean"})


def tokens(said: Sayable, text: str) -> list[str]:
    """Return a sentence's tokens; those of a value that is written otherwise are named after it."""
    values: dict[str, list[str]] = {}
    for token in said.grammar.words:
        values.setdefault(token.split("~")[1], []).append(token)
    padded = f" {text.lower()} "
    for value in values.values():
        spoken = " ".join(token.split("~")[0] for token in value)
        padded = padded.replace(f" {spoken} ", f" {' '.join(value)} ")
    return padded.split()


@pytest.mark.parametrize(
    ("wire_tool", "sentences"),
    [
        (
            ROWS,
            [
                "number of rows for berlin",
                "how many rows for paris",
                "rows berlin",
                "please tell me the number of rows for berlin",
                "what is the number of rows",
                "berlin",
            ],
        ),
        (
            ROLL,
            [
                "roll a die with twelve sides",
                "roll twelve",
                "can you roll a die",
                "roll the die with six sides",
            ],
        ),
        (WEATHER, ["what's the weather in new york", "weather paris", "how is the current weather in rome"]),
        (TIMER, ["set a timer for five minutes", "please set the timer for twenty five minutes", "five"]),
        (ADD, ["add two and three", "add three point five and minus four"]),
        (KEEP, ["keep only rows where age is larger than thirty", "filter rows"]),
        (SEARCH, ["search the web", "please search web"]),
        (LIGHTS, ["lights in the kitchen", "lights in the living room on"]),
    ],
)
def test_natural_sentences_can_be_said(wire_tool: dict[str, Any], sentences: list[str]) -> None:
    said = sayable([wire_tool])
    for sentence in sentences:
        assert said.grammar.accepts(tokens(said, sentence)), sentence


@pytest.mark.parametrize(
    ("wire_tool", "suggestion"),
    [
        (ROWS, "How many rows are there for Berlin"),
        (ROLL, "Roll a die with twelve sides"),
        (WEATHER, "What is the current weather for Paris"),
        (TIMER, "Set a timer for twelve minutes"),
        (ADD, "Add twelve and twenty"),
        (KEEP, "Keep only rows where age is larger than twelve"),
        (LIGHTS, "Lights in the kitchen on"),
        (CORRELATION, "What is the correlation between price and rating"),
        (HEATING, "Set the heat of the room to seven degrees"),
    ],
)
def test_a_tool_is_suggested_first(wire_tool: dict[str, Any], suggestion: str) -> None:
    assert sayable([wire_tool]).suggestions[0] == suggestion


@pytest.mark.parametrize("tools", [[], [ROWS], [ROWS, ROLL, WEATHER, TIMER, ADD, KEEP, SEARCH, LIGHTS]])
def test_every_suggestion_is_among_the_likeliest_sentences(tools: list[dict[str, Any]]) -> None:
    said = sayable(tools)
    likeliest = compile_grammar(said.grammar, "likeliest")
    whole = compile_grammar(said.grammar)
    assert 6 <= len(said.suggestions) <= MAX_SUGGESTIONS
    for suggestion in said.suggestions:
        assert likeliest.accepts(tokens(said, suggestion)), suggestion
        assert whole.accepts(tokens(said, suggestion)), suggestion


def test_suggested_values_keep_their_case_and_stay_in_range() -> None:
    chosen = tool("plot", "Plot a column.", column={"enum": ["GDP", "temperature_2m"]})
    assert sayable([chosen]).suggestions[0] == "Plot GDP"
    small = tool("zoom", "Set the zoom to a level.", level={"type": "number", "minimum": 0, "maximum": 1})
    assert "zero point five" in sayable([small]).suggestions[0]


def test_an_example_or_default_is_suggested() -> None:
    size = tool("resize", "Resize to a width.", width={"type": "integer", "default": 64})
    assert "sixty four" in sayable([size]).suggestions[0]


def test_suggestions_share_the_room_between_tools() -> None:
    suggestions = sayable([ROWS, ROLL, WEATHER]).suggestions
    assert [text.split()[0] for text in suggestions[:3]] == ["How", "Roll", "What"]
    assert "What can you do" in suggestions


def test_odd_tools_do_no_harm() -> None:
    odd = [
        {"type": "function", "name": "北京"},
        tool("x"),
        tool("f", "!!!", n={}),
        tool("g", "The (value) of <b>x</b> | y;", x={"enum": ["<a>", "[b]", "|", ""]}),
        {"name": None, "description": None, "parameters": []},
    ]
    said = sayable(odd)
    compile_grammar(said.grammar)
    assert said.suggestions


def test_equal_tools_give_equal_grammars() -> None:
    assert sayable([ROWS]) == sayable([ROWS])


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Hello!", "hello"),
        ("What can you do?", "capabilities"),
        ("count to 20", "count"),
        ("Count to twenty", "count"),
        ("what's the time", "time"),
        ("plot the data", None),
        ("", None),
    ],
)
def test_small_talk_is_known(text: str, intent: str | None) -> None:
    assert demo_intent(text) == intent
    assert intent is None or intent in DEMO_PHRASES


def test_a_tool_has_words() -> None:
    assert tool_words(WEATHER) == ("get", "weather")
