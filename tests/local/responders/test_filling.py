from typing import Any

import pytest

from realtime_widget.local.responders.filling import fill, fill_answer, missing_slot
from realtime_widget.local.responders.matching import ToolView, view_tools

from ..support import tool

S, INT, N, B = ({"type": kind} for kind in ("string", "integer", "number", "boolean"))


def view(name: str, description: str = "", required: list[str] | None = None, **properties: Any) -> ToolView:
    return view_tools([tool(name, description, required, **properties)])[0]


PLOT = view(
    "show_plot", "Draw a chart.", [], kind={"enum": ["line", "bar"]}, color={"enum": ["red", "dark green"]}
)
MEET = view("schedule_meeting", "Schedule a meeting.", day=S, time=S, attendees={"type": "array", "items": S})
PIZZA = view(
    "order_pizza",
    "Order a pizza.",
    size={"enum": ["small", "large"]},
    toppings={"type": "array", "items": {"enum": ["cheese", "ham"]}},
)


@pytest.mark.parametrize(
    ("text", "tool_view", "arguments"),
    [
        ("draw a bar chart in DARK green", PLOT, {"kind": "bar", "color": "dark green"}),
        ("draw a chart", PLOT, {}),
        (
            "schedule a meeting on Monday at 10:30 with Alice and Bob",
            MEET,
            {"day": "Monday", "time": "10:30", "attendees": ["Alice", "Bob"]},
        ),
        ("meeting on 2026-03-05 at 5 pm", MEET, {"day": "2026-03-05", "time": "5 pm"}),
        ("a large pizza with cheese and ham", PIZZA, {"size": "large", "toppings": ["cheese", "ham"]}),
        ("look up order A-123", view("lookup_order", "Look up an order.", order_id=S), {"order_id": "A-123"}),
        (
            "look up the order 4711",
            view("lookup_order", "Look up an order.", order_id=S),
            {"order_id": "4711"},
        ),
        (
            "play Yesterday by The Beatles",
            view("play_song", "Play a song.", ["title"], title=S, artist=S),
            {"title": "Yesterday", "artist": "Beatles"},
        ),
        ("price of IBM stock", view("get_stock_price", "Get the stock price.", symbol=S), {"symbol": "IBM"}),
        (
            "translate \u201cgood morning\u201d into French",
            view("translate", "Translate a text.", text=S, language={"enum": ["French", "German"]}),
            {"text": "good morning", "language": "French"},
        ),
        ("filter between 20 and 30.5", view("filter", "Filter.", low=N, high=N), {"low": 20, "high": 30.5}),
        ("a width of 5 and a height of 7", view("box", height=N, width=N), {"height": 7, "width": 5}),
        ("wait 2 minutes", view("wait", "Wait.", seconds=INT), {"seconds": 120}),
        ("mute the sound", view("mute", "Mute.", enabled=B), {"enabled": True}),
        ("unmute the sound", view("mute", "Mute.", enabled=B), {"enabled": False}),
        ("save it without the header", view("save", "Save.", header=B), {"header": False}),
        ("give me that one", view("get_item", "Get an item.", [], number=INT), {}),
        ("level 2", view("set_level", "Set the level.", level={"enum": [1, 2, 3]}), {"level": 2}),
        ("do it", view("do_it", "Do it.", options={"type": "object"}), {}),
    ],
)
def test_fill(text: str, tool_view: ToolView, arguments: dict[str, Any]) -> None:
    assert fill(text, tool_view) == arguments


@pytest.mark.parametrize(
    ("text", "asked", "value"),
    [
        ("Tuesday", "day", "Tuesday"),
        ("in the late afternoon", "time", "late afternoon"),
        ("Bob and Alice please", "attendees", ["Bob", "Alice"]),
        ("", "day", None),
    ],
)
def test_an_answer_is_taken_as_it_is(text: str, asked: str, value: Any) -> None:
    filled = fill_answer(text, MEET, {}, asked)
    assert (filled or {}).get(asked) == value


def test_an_answer_that_does_not_fit_is_none() -> None:
    assert fill_answer("purple", PIZZA, {}, "size") is None
    assert fill_answer("dunno", view("wait", "Wait.", seconds=INT), {}, "seconds") is None
    assert fill_answer("x", PIZZA, {}, "nothing") is None


def test_missing_slot_is_the_first_required_one() -> None:
    assert missing_slot(PIZZA, {"size": "large"}).name == "toppings"  # type: ignore[union-attr]
    assert missing_slot(PLOT, {}) is None


def test_known_arguments_stay() -> None:
    assert fill("small pizza with ham", PIZZA, {"size": "large"}) == {"size": "large", "toppings": ["ham"]}
