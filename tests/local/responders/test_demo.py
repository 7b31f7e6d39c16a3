import json
from datetime import datetime
from typing import Any

import pytest

from realtime_widget.local.phrases import sayable
from realtime_widget.local.responders.base import Request, ToolCall
from realtime_widget.local.responders.demo import DemoResponder
from realtime_widget.protocol.objects import ContentPart, Item

from ..support import tool

S, INT, N, B = ({"type": kind} for kind in ("string", "integer", "number", "boolean"))
MONEY = {"enum": ["euro", "dollar", "yen"]}
TOOLS = [
    tool("get_weather", "Get the current weather for a city.", city=S),
    tool("rows", "Number of rows for a city.", city=S),
    tool("roll_dice", "Roll some dice.", ["sides"], count={**INT, "default": 1}, sides=INT),
    tool("set_timer", "Set a timer for a number of minutes.", minutes=N),
    tool(
        "set_light",
        "Turn the light in a room on or off.",
        room={"enum": ["kitchen", "living_room", "bedroom"]},
        on=B,
    ),
    tool("convert", "Convert an amount of money.", amount=N, source=MONEY, target=MONEY),
    tool("add", "Add two numbers.", a=N, b=N),
    tool("subtract", "Subtract b from a.", a=N, b=N),
    tool("average", "Average of a list of numbers.", values={"type": "array", "items": N}),
    tool(
        "plot",
        "Plot a column.",
        ["column"],
        column={"enum": ["sales", "profit", "margin rate"]},
        kind={"enum": ["line", "bar"], "default": "line"},
    ),
    tool("send_message", "Send a message to a person.", to=S, message=S),
    tool("search_web", "Search the web.", query=S),
    tool("create_reminder", "Create a reminder.", text=S),
    tool("flip_coin", "Flip a coin."),
    tool("set_volume", "Set the volume.", level={"enum": [1, 2, 3]}),
    tool(
        "book_table",
        "Book a table at a restaurant.",
        ["restaurant", "people"],
        restaurant=S,
        people=INT,
        day=S,
    ),
]
NOON = datetime(2026, 3, 1, 12, 5)


def user(text: str) -> Item:
    return Item(type="message", role="user", content=[ContentPart(type="input_text", text=text)])


def assistant(text: str) -> Item:
    return Item(type="message", role="assistant", content=[ContentPart(type="output_text", text=text)])


def answer(*items: Item, tools: Any = TOOLS, **options: Any) -> list[str | ToolCall]:
    request = Request(items=items, tools=tuple(tools), sayable=sayable(tools), **options)
    return list(DemoResponder(clock=lambda: NOON).answer(request))


def say(*turns: str, tools: Any = TOOLS, **options: Any) -> list[str | ToolCall]:
    """Talk turn by turn; return the last answer."""
    items: list[Item] = []
    pieces: list[str | ToolCall] = []
    for turn in turns:
        items.append(user(turn))
        pieces = answer(*items, tools=tools, **options)
        items += [assistant(piece) for piece in pieces if isinstance(piece, str)]
    return pieces


def called(pieces: list[str | ToolCall]) -> list[tuple[str, Any]]:
    assert all(isinstance(piece, ToolCall) for piece in pieces), pieces
    return [(piece.name, json.loads(piece.arguments)) for piece in pieces if isinstance(piece, ToolCall)]


@pytest.mark.parametrize(
    ("sentence", "name", "arguments"),
    [
        ("what is the weather in Paris", "get_weather", {"city": "Paris"}),
        ("What's the temperature in Berlin?", "get_weather", {"city": "Berlin"}),
        ("Is it going to rain in Springfield tomorrow", "get_weather", {"city": "Springfield"}),
        ("tell me the current weather for new york please", "get_weather", {"city": "New York"}),
        ("How many rows are there for New York", "rows", {"city": "New York"}),
        ("number of rows for Oslo", "rows", {"city": "Oslo"}),
        ("roll three dice with twelve sides", "roll_dice", {"count": 3, "sides": 12}),
        ("Roll two dice with 6 sides please", "roll_dice", {"count": 2, "sides": 6}),
        ("roll a die with twenty sides", "roll_dice", {"sides": 20}),
        ("set a timer for five minutes", "set_timer", {"minutes": 5}),
        ("set a timer for two and a half minutes", "set_timer", {"minutes": 2.5}),
        ("set a timer for two hours", "set_timer", {"minutes": 120}),
        ("turn on the kitchen light", "set_light", {"room": "kitchen", "on": True}),
        ("Turn the light in the living room off.", "set_light", {"room": "living_room", "on": False}),
        ("switch the bedroom lamp on", "set_light", {"room": "bedroom", "on": True}),
        ("convert twenty euro to yen", "convert", {"amount": 20, "source": "euro", "target": "yen"}),
        ("convert 3.5 from dollar to euro", "convert", {"amount": 3.5, "source": "dollar", "target": "euro"}),
        ("convert 1,200 to euro from yen", "convert", {"amount": 1200, "source": "yen", "target": "euro"}),
        ("what is two plus two", "add", {"a": 2, "b": 2}),
        ("add minus four and 2.5", "add", {"a": -4, "b": 2.5}),
        ("add -3 and 4", "add", {"a": -3, "b": 4}),
        ("ten minus four", "subtract", {"a": 10, "b": 4}),
        ("average of 1, 2 and 3", "average", {"values": [1, 2, 3]}),
        ("what is the mean of two three and four", "average", {"values": [2, 3, 4]}),
        ("plot sales", "plot", {"column": "sales"}),
        ("draw the MARGIN RATE as a bar chart", "plot", {"column": "margin rate", "kind": "bar"}),
        ("plot the profit as a line", "plot", {"column": "profit", "kind": "line"}),
        ("send a message to Bob saying I am late", "send_message", {"to": "Bob", "message": "I am late"}),
        ("send Bob a message saying hello there", "send_message", {"to": "Bob", "message": "hello there"}),
        ('send a message to "Ann" saying "See you"', "send_message", {"to": "Ann", "message": "See you"}),
        ("search for cheap flights to Rome", "search_web", {"query": "cheap flights to Rome"}),
        ("search the web for python decorators", "search_web", {"query": "python decorators"}),
        ('search for "red shoes"', "search_web", {"query": "red shoes"}),
        ("remind me to buy milk", "create_reminder", {"text": "buy milk"}),
        ("flip a coin", "flip_coin", {}),
        ("could you please flip the coin for me", "flip_coin", {}),
        ("set the volume to 2", "set_volume", {"level": 2}),
        ("set the volume to three please", "set_volume", {"level": 3}),
        ("book a table at Luigi's for four people", "book_table", {"restaurant": "Luigi's", "people": 4}),
        (
            'book a table at "The Old Mill" for 2 on Friday',
            "book_table",
            {"restaurant": "The Old Mill", "people": 2, "day": "Friday"},
        ),
    ],
)
def test_a_sentence_becomes_a_call(sentence: str, name: str, arguments: dict[str, Any]) -> None:
    assert called(say(sentence)) == [(name, arguments)]


@pytest.mark.parametrize(
    ("sentence", "calls"),
    [
        ("flip a coin and roll a die with six sides", [("flip_coin", {}), ("roll_dice", {"sides": 6})]),
        (
            "what's the weather in Paris and how many rows for London",
            [("get_weather", {"city": "Paris"}), ("rows", {"city": "London"})],
        ),
        (
            "weather in Paris and Rome",
            [("get_weather", {"city": "Paris"}), ("get_weather", {"city": "Rome"})],
        ),
        ("add two and three and then flip a coin", [("add", {"a": 2, "b": 3}), ("flip_coin", {})]),
    ],
)
def test_several_calls_in_one_sentence(sentence: str, calls: list[tuple[str, Any]]) -> None:
    assert called(say(sentence)) == calls


@pytest.mark.parametrize(
    ("turns", "question", "name", "arguments"),
    [
        (["what's the weather like", "Paris"], "Which city?", "get_weather", {"city": "Paris"}),
        (["what's the weather like", "in the town of Foo"], "Which city?", "get_weather", None),
        (["roll the dice", "twenty"], "How many sides?", "roll_dice", {"sides": 20}),
        (["roll the dice", "hmm well", "six"], "How many sides?", "roll_dice", {"sides": 6}),
        (["set a timer", "for ten minutes please"], "How many minutes?", "set_timer", {"minutes": 10}),
        (
            ["turn on the light", "the kitchen"],
            "kitchen, living room or bedroom?",
            "set_light",
            {"room": "kitchen", "on": True},
        ),
        (["kitchen light", "yes"], "yes or no?", "set_light", {"room": "kitchen", "on": True}),
        (["kitchen light", "no"], "yes or no?", "set_light", {"room": "kitchen", "on": False}),
        (
            ["convert 20 euro", "dollar"],
            "Which one: euro, dollar or yen?",
            "convert",
            {"amount": 20, "source": "euro", "target": "dollar"},
        ),
        (
            ["send a message to Al", "I will be late"],
            "message",
            "send_message",
            {"to": "Al", "message": "I will be late"},
        ),
        (["add two numbers", "three", "four"], "Which number", "add", {"a": 3, "b": 4}),
        (["create a reminder", "buy milk"], "Which text?", "create_reminder", {"text": "buy milk"}),
    ],
)
def test_what_is_missing_is_asked_for(turns: list[str], question: str, name: str, arguments: Any) -> None:
    asked = say(turns[0])
    assert isinstance(asked[0], str)
    assert question in asked[0]
    (call,) = called(say(*turns))
    assert call[0] == name
    assert arguments is None or call[1] == arguments


def test_a_question_can_be_dropped_or_overtaken() -> None:
    assert say("what's the weather like", "never mind") == ["All right, I won't."]
    assert isinstance(say("what's the weather like", "never mind", "Paris")[0], str)
    assert called(say("what's the weather like", "flip a coin")) == [("flip_coin", {})]
    assert called(say("flip a coin and roll a die", "six")) == [
        ("flip_coin", {}),
        ("roll_dice", {"sides": 6}),
    ]


def test_every_suggestion_can_be_answered() -> None:
    for sentence in sayable(TOOLS).suggestions:
        pieces = say(sentence)
        assert pieces
        assert not any(isinstance(piece, str) and "get that" in piece for piece in pieces), sentence


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("hello", "demo voice"),
        ("who are you", "no language model"),
        ("are you a real person", "no language model"),
        ("what can you do", "get weather (Get the current weather for a city)"),
        ("what time is it", "12:05 in the afternoon"),
        ("what day is it today", "Sunday, March 1, 2026"),
        ("count to five", "One, two, three, four, five."),
        ("thank you", "welcome"),
        ("goodbye", "Goodbye"),
        ("who won the world cup", "no language model"),
        ("what is love", "I didn't get that"),
        ("what's the meaning of life", "I didn't get that"),
        ("", "I heard nothing"),
        ("don't flip the coin", "I won't"),
        ("never roll the dice", "I won't"),
    ],
)
def test_small_talk(sentence: str, words: str) -> None:
    (said,) = say(sentence)
    assert isinstance(said, str)
    assert words in said


def test_small_talk_gives_way_to_a_tool_of_that_name() -> None:
    clock = tool("get_time", "Tell the time.")
    assert called(say("what time is it", tools=[clock])) == [("get_time", {})]
    assert isinstance(say("hello", tools=[tool("hello", "Say hello.")])[0], str)


def test_it_repeats_and_tells_another_joke() -> None:
    first, again = say("tell me a joke"), say("tell me a joke", "say that again")
    assert first == again
    assert say("tell me a joke", "another joke") != first
    assert say("repeat that") == ["I haven't said anything yet."]


def test_uncertain_words_are_told_as_such() -> None:
    (said,) = say("glorb the fnord", uncertain=True)
    assert "\u201cglorb the fnord\u201d, but I'm not sure" in str(said)


def test_without_tools_and_without_words() -> None:
    assert "none yet" in str(say("what can you do", tools=[])[0])
    assert "Hello" in str(answer()[0])


def test_tool_choice_is_honoured() -> None:
    assert "no tool" in str(say("flip a coin", tool_choice="none")[0])
    named = {"type": "function", "name": "rows"}
    assert called(say("weather in Rome", tool_choice=named)) == [("rows", {"city": "Rome"})]
    ((name, arguments),) = called(say("hello", tool_choice="required"))
    assert (name, arguments) == ("get_weather", {"city": "Paris"})
    assert "can't" in str(say("hello", tool_choice={"type": "function", "name": "nope"})[0])


def told(output: str, name: str = "get_weather", arguments: str = '{"city":"Paris"}', **options: Any) -> str:
    call = Item(type="function_call", call_id="c1", name=name, arguments=arguments)
    result = Item(type="function_call_output", call_id="c1", output=output)
    (said,) = answer(user("x"), call, result, **options)
    assert isinstance(said, str)
    return said


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ('{"temperature": 21}', "the weather for Paris: temperature: 21."),
        ('{"temp_c": 21.5, "sky": "clear"}', "temp c: 21.5, sky: clear."),
        ("[1, 2, 3]", "1, 2 and 3."),
        ('[{"a": 1}, {"a": 2}]', "2 entries: a: 1; a: 2."),
        ("[]", "an empty list."),
        ("true", "yes."),
        ("sunny", "sunny."),
        ('{"error": "no such city"}', "That didn't work. no such city."),
        ('{"error": {"message": "down", "code": 5}}', "That didn't work. down."),
        ("null", "Done: get weather for Paris."),
        ("", "Done: get weather for Paris."),
        ("Done. The function returned nothing.", "Done: get weather for Paris."),
    ],
)
def test_results_are_told_in_words(output: str, words: str) -> None:
    assert words in told(output)


def test_results_of_actions_and_of_unknown_calls() -> None:
    assert told("14", "roll_dice", '{"sides":20}') == "Done, roll dice for 20: 14."
    assert "7" in told("7", "gone", "not json", tools=[])
    assert "7" in told("7", tool_choice="required")


def test_all_results_of_a_batch_are_told() -> None:
    items = [user("x")]
    for index, city in enumerate(("Paris", "Rome")):
        arguments = json.dumps({"city": city})
        items.append(Item(type="function_call", call_id=f"c{index}", name="get_weather", arguments=arguments))
    items += [
        Item(type="function_call_output", call_id=f"c{index}", output=f"{20 + index}") for index in range(2)
    ]
    (said,) = answer(*items)
    assert said == "Here is the weather for Paris: 20. Here is the weather for Rome: 21."
    assert "Hello" in str(answer(*items, assistant(said), user("hello"))[0])


def test_it_answers_the_same_every_time() -> None:
    assert say("plot sales and flip a coin") == say("plot sales and flip a coin")
