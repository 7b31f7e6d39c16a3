"""All tables of a conversation say the same, however it went: joins, times, sound and money."""

import itertools
from typing import Any

import pytest

from realtime_widget import RealtimeSession
from realtime_widget.data import About, Conversation
from realtime_widget.data.still import StillData
from realtime_widget.testing import ScriptedEngine, audio_response, call_response, tone
from tests.data.consistency import MODEL, Wild, check_joins, check_times, cost_by_hand

TRANSCRIBER = "gpt-live-transcribe"


def check_sound(wild: Wild) -> None:
    turns = {turn.id: turn for turn in wild.talk.data.transcript}
    for item_id, n_bytes in wild.n_bytes.items():
        turn = turns[item_id]
        assert turn.audio_ms == n_bytes // 48 and len(turn.audio) * 2 == n_bytes
    spoken = [turn for turn in turns.values() if turn.role == "user" and turn.audio_ms is not None]
    assert sum(turn.audio_ms or 0 for turn in spoken) == wild.n_appended // 48
    assert all(len(turn.audio) == (turn.audio_ms or 0) * 24 for turn in spoken)


def check_money(wild: Wild) -> None:
    table = wild.talk.data.usage
    assert {row.response_id for row in table} == set(wild.bills)
    for row in table:
        usage = wild.bills[row.response_id]
        model = TRANSCRIBER if usage.get("type") == "duration" else MODEL
        assert row.model == model
        assert row.cost_usd == pytest.approx(cost_by_hand(usage, model), abs=1e-12)
    total = sum(
        cost_by_hand(usage, TRANSCRIBER if "seconds" in usage else MODEL) for usage in wild.bills.values()
    )
    assert table.cost_usd == pytest.approx(total)


def check_calls(wild: Wild) -> None:
    calls = wild.talk.data.tool_calls
    assert {call.call_id: call.response_id for call in calls} == wild.calls
    # Each was made for an answer, which came.
    assert all(call.turn is not None and call.status == "done" for call in calls)


def check(wild: Wild) -> None:
    check_joins(wild.talk.data)
    check_times(wild.talk.data)
    check_sound(wild)
    check_money(wild)
    check_calls(wild)


@pytest.mark.parametrize("player", [False, True])
def test_two_hundred_turns_are_consistent(player: bool) -> None:
    wild = Wild(1, player=player).make(100)
    check(wild)
    assert len(wild.talk.data.transcript) == 200
    still = StillData(Conversation.of(wild.talk.data, About(id="0" * 32)))
    check_joins(still)
    check_times(still)


@pytest.mark.parametrize("seed", range(6))
def test_any_conversation_is_consistent_at_any_moment(seed: int) -> None:
    wild = Wild(100 + seed, player=seed % 2 == 0)
    for _ in range(3):
        wild.make(5)
        check(wild)


def test_a_session_with_tools_over_a_socket_is_consistent() -> None:
    answers = itertools.count()

    def answer(command: Any) -> Any:
        n = next(answers)
        if n % 4 == 1:  # two calls at once; the answer that follows has the words
            return call_response(("rows", {"city": f"Rome {n}"}), ("rows", {"city": "Paris"}))
        return audio_response(f"This is answer {n}.", tone(20 + n))

    engine = ScriptedEngine(on={"response.create": answer})
    with engine, RealtimeSession(engine=engine) as session:

        @session.tool
        def rows(city: str) -> int:
            return len(city)

        for n in range(30):
            session.ask(f"Question {n}?")
    check_joins(session)
    check_times(session)
    assert len(session.transcript) == 60 and len(session.tool_calls) == 20
    assert len(session.usage) == next(answers)
    hand = sum(
        cost_by_hand(row.raw["response"]["usage"], MODEL)
        for row in session.events.where(type="response.done")
    )
    assert session.usage.cost_usd == pytest.approx(hand) and hand > 0
