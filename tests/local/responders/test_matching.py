import pytest

from realtime_widget.local.responders.matching import best_match, match_clauses, score, stem, view_tools

from ..support import tool

S = {"type": "string"}
TOOLS = view_tools(
    [
        tool("turn_on_radio", "Turn the radio on."),
        tool("turn_off_radio", "Turn the radio off."),
        tool("getStockPrice", "Get the latest price of a share.", symbol=S),
        tool("f", "Compute the standard deviation of a column.", column={"enum": ["age", "fare"]}),
        tool("unclear"),
    ]
)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("rolls", "rolling"),
        ("changing", "change"),
        ("plotted", "plot"),
        ("cities", "cities"),
        ("glass", "glass"),
    ],
)
def test_stems_of_one_word_are_equal(a: str, b: str) -> None:
    assert stem(a) == stem(b)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("turn on the radio", "turn_on_radio"),
        ("turn off the radio", "turn_off_radio"),
        ("what is the stock price of Apple", "getStockPrice"),
        ("how much is an Apple share, latest price please", "getStockPrice"),
        ("standard deviation of the fare", "f"),
        ("who is the president", None),
        ("age", None),
        ("", None),
    ],
)
def test_best_match(text: str, name: str | None) -> None:
    match = best_match(text, TOOLS)
    assert (match.tool.name if match else None) == name


def test_scores_are_between_0_and_1() -> None:
    for text in ("turn on the radio", "turn the radio", "radio", "x", "turn turn on on radio radio"):
        assert all(0 <= score(text, tool_view) <= 1 for tool_view in TOOLS)


def test_clauses_ask_for_a_tool_each_or_belong_together() -> None:
    text = "turn on the radio, then get the stock price of Apple and Google"
    assert [match.tool.name for match in match_clauses(text, TOOLS)] == ["turn_on_radio", "getStockPrice"]
    assert [match.text for match in match_clauses("standard deviation of age and fare", TOOLS)] == [
        "standard deviation of age and fare"
    ]
    assert match_clauses("nothing at all", TOOLS) == []


def test_a_tool_in_words() -> None:
    price = TOOLS[2]
    assert (price.title, price.subject, price.acts) == ("get stock price", "stock price", False)
    assert TOOLS[0].acts
    assert view_tools([{"type": "mcp", "server_label": "x"}]) == ()
