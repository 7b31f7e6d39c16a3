import pytest

from realtime_widget.data import StillData
from realtime_widget.data.report.content import Content
from tests.data.conversations import Maker, conversation


def of(maker: Maker, **about: object) -> Content:
    told = maker.conversation(**about)
    return Content(StillData(told), told.about)


def test_figures_say_what_matters() -> None:
    maker = Maker(3)
    maker.go_on(100)
    content = of(maker)
    told = {figure.name: (figure.value, figure.note) for figure in content.figures}
    assert (
        told["turns"] == ("100", "50 user, 50 assistant")
        and told["median wait"][1] == "for 50 spoken answers"
    )
    assert told["cost"][0].startswith("$") and "prices of" in told["cost"][1]
    assert told["errors"] == ("0", "1 reconnects") and content.facts[0] == "2026-11-21 09:30 UTC"


def test_a_local_engine_costs_nothing_and_says_so() -> None:
    maker = Maker()
    maker.go_on(4)
    told = {figure.name: figure for figure in of(maker, engine_kind="local", engine="offline engine").figures}
    assert (told["cost"].value, told["cost"].note) == ("$0", "a local engine costs nothing")


def test_few_calls_are_all_told_and_of_many_those_that_failed() -> None:
    maker = Maker()
    maker.go_on(14)
    few = of(maker)
    assert few.functions is None and few.tool_calls is not None
    assert len(few.tool_calls.rows) == len(maker.calls) and not few.tool_calls.note
    maker.go_on(1000)
    many = of(maker)
    assert many.functions is not None and [row[0] for row in many.functions.rows] == [
        "draw_lines", "mean_temperature", "rows",
    ]  # fmt: skip
    assert many.tool_calls is not None and len(many.tool_calls.rows) <= 100
    assert (
        all(row[3].startswith("✕") for row in many.tool_calls.rows)
        and "without a result" in many.tool_calls.note
    )


def test_tables_are_there_when_there_is_something_to_tell() -> None:
    content = of(Maker())
    assert (
        content.tool_calls
        is content.latency
        is content.bills
        is content.problems
        is content.functions
        is None
    )
    assert content.settings is not None and content.turns == ()
    told = Content(StillData(conversation(100, seed=3)), conversation(0).about)
    assert told.latency is not None and told.latency.rows[0][0].startswith("the whole wait")
    assert told.bills is not None and told.bills.rows[0][0] == "gpt-realtime-2.1"
    assert told.problems is not None and [row[1] for row in told.problems.rows] == [
        "The connection was lost",
        "Connected again",
    ]


@pytest.mark.parametrize(("status", "words"), [("running", "still running"), ("timed_out", "✕ timed_out")])
def test_calls_say_how_they_ended(status: str, words: str) -> None:
    maker = Maker()
    maker.call("rows", "r", status)
    grid = of(maker).tool_calls
    assert grid is not None and grid.rows[0][2:4] == ('rows({"city":"Rome"})', words)
