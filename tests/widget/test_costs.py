"""What panels are told of money."""

import json

import pytest

from realtime_widget import PriceTable, RealtimeSession
from realtime_widget.testing import user_turn
from realtime_widget.widget.costs import cost_view
from tests.session.helpers import echo_engine, totals_engine, wait_until


def test_it_is_what_the_table_of_usage_says() -> None:
    with echo_engine() as engine, RealtimeSession(engine=engine, budget_usd=2) as session:
        before = cost_view(session._core)
        assert before["unknown"] is None
        assert (before["usd"], before["next_usd"], before["models"], before["budget_usd"]) == (0, None, [], 2)
        session.ask("hello")
        engine.push(user_turn("Spoken."))
        wait_until(lambda: len(session.usage) == 2)
        view = cost_view(session._core)
        assert cost_view(session._core) is view, "made anew for a bill, not for every message"
        assert view["usd"] == session.usage.cost_usd and view["next_usd"] == session.projected_cost_usd
        assert view["prices"] == session.prices.date and not view["own_prices"] and not view["free"]
        assert [(m["model"], m["kind"], m["bills"]) for m in view["models"]] == [
            ("gpt-realtime-2.1", "response", 1),
            ("gpt-live-transcribe", "transcription", 1),
        ]
        assert sum(m["usd"] for m in view["models"]) == pytest.approx(session.usage.cost_usd)
        total = session.usage.total
        for count in view["tokens"]:
            assert count["given"] == total[f"input_{count['modality']}_tokens"]
            assert count["made"] == total[f"output_{count['modality']}_tokens"]
        assert json.loads(json.dumps(view)) == view


def test_unknown_prices_and_own_ones_are_told() -> None:
    with echo_engine() as engine, RealtimeSession(engine=engine, prices=PriceTable({})) as session:
        session.ask("hello")
        view = cost_view(session._core)
        why = "What gpt-realtime-2.1 costs isn't known and not counted: tell it with prices=."
        assert view["unknown"] == why
        assert view["unpriced"] == ["gpt-realtime-2.1"] and view["models"][0]["usd"] is None
        assert view["next_usd"] is None
    with totals_engine() as engine, RealtimeSession(engine=engine) as session:
        session.ask("hello")
        view = cost_view(session._core)
        why = "The server doesn't tell which tokens were audio, so the cost isn't known."
        assert (view["unknown"], view["unpriced"], view["next_usd"]) == (why, ["gpt-realtime-2.1"], None)
    prices = {"gpt-realtime-2.1": {"text_in": 1}}
    with echo_engine() as engine, RealtimeSession(engine=engine, prices=prices) as session:
        session.ask("hello")
        assert cost_view(session._core)["own_prices"]
