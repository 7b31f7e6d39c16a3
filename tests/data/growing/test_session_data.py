import threading
from typing import Any

import pytest

from realtime_widget.data import PriceTable, SessionData
from realtime_widget.data.money.prices import Price
from tests.data.talk import Talk, pcm

USAGE = {"input_token_details": {"text_tokens": 100}, "output_token_details": {"text_tokens": 10}}


def long_talk(n: int = 40) -> Talk:
    talk = Talk()
    for i in range(n):
        ms = i * 5000.0
        talk.spoken(ms, f"u{i}", n_ms=500, words=f"Question {i}.")
        if i % 3 == 0:
            talk.called(ms + 600, f"rc{i}", f"c{i}")
            talk.answered(ms + 700, f"c{i}")
        talk.said(ms + 800, f"r{i}", f"a{i}", f"Answer {i}.", n_ms=1500, usage=USAGE)
        if i % 4 == 0:
            talk.do(ms + 1900, "begin_interrupt", cancel=False)
            talk.do(ms + 1900, "finish_interrupt")
    return talk


def test_the_tables_join() -> None:
    data = long_talk().data
    turns, calls, usage = data.transcript.df, data.tool_calls.df, data.usage.df
    assert len(calls.merge(turns, on="turn")) == len(calls) == 14
    assert len(data.latency.df.merge(turns, on=["turn", "response_id"])) == len(data.latency) == 40
    assert len(usage.merge(turns, on="response_id")) == len(usage) == 40
    assert set(turns["tool_calls"].explode().dropna()) == set(calls["call_id"])
    events = data.events.df
    assert set(turns["id"]) <= set(events["item_id"]) and set(usage["response_id"]) <= set(
        events["response_id"]
    )


def test_times_and_lengths_are_consistent() -> None:
    data = long_talk().data
    turns = data.transcript.df
    assert turns["start_ms"].is_monotonic_increasing and (turns["end_ms"] >= turns["start_ms"]).all()
    assert (turns["heard_ms"] <= turns["audio_ms"]).all()
    assert [len(turn.audio) // 24 for turn in data.transcript] == turns["audio_ms"].tolist()
    assert data.recording.duration_ms >= turns["end_ms"].max() - 1
    assert data.usage.cost_usd == pytest.approx(40 * (100 * 4 + 10 * 24) / 1e6)


def test_every_table_has_its_own_representation() -> None:
    data = long_talk(2).data
    assert [repr(table) for table in data.tables] == [
        "Transcript(4 turns)",
        "ToolCalls(1 call)",
        f"Events({len(data.events)} events)",
        "UsageTable(2 bills, $0.0013 at prices of 2026-09)",
        "Latency(2 answers)",
    ]
    for table in data.tables:
        assert table._repr_html_().count("<tr>") == min(len(table), 50) + 1


def test_own_prices_count() -> None:
    talk = Talk()
    prices = PriceTable({"gpt-realtime-2.1": Price(text_in=1e6, text_out=0)})
    talk.data = SessionData(talk.protocol, talk.lock, price_table=prices)
    talk.wrote(0, "r1", "a1", "Hi", usage=USAGE)
    assert talk.data.usage.cost_usd == 100


def test_a_schedule_is_every_tables() -> None:
    data = Talk().data
    assert data.schedule is None

    def schedule(delay_s: float, function: Any) -> None: ...

    data.schedule = schedule
    assert all(table.schedule is schedule for table in data.tables) and data.schedule is schedule


def test_many_read_while_one_feeds() -> None:
    talk, over, failures = Talk(), threading.Event(), list[BaseException]()

    def read() -> None:
        last = 0
        try:
            while not over.is_set():
                rows = talk.data.transcript.rows()
                assert len(rows) >= last and [row.turn for row in rows] == list(range(len(rows)))
                last = len(rows)
                for table in talk.data.tables:
                    assert len(table.df.columns) == len(table.columns)
                assert talk.data.recording.channels == 2
                assert all(turn.audio.rate == 24_000 for turn in rows[-1:])
                with talk.lock:  # as the I/O thread does: reading while it holds the lock
                    assert talk.data.transcript.df is not None
        except BaseException as error:
            failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for i in range(60):
        talk.spoken(i * 3000, f"u{i}", n_ms=200, words="Hello.")
        talk.created(i * 3000 + 300, f"r{i}")
        talk.begun(i * 3000 + 300, f"r{i}", f"a{i}")
        talk.sound(i * 3000 + 400, f"r{i}", f"a{i}", pcm(50))
        talk.over(i * 3000 + 500, f"r{i}")
    over.set()
    for reader in readers:
        reader.join(30)
    assert not failures and not any(reader.is_alive() for reader in readers)
    assert len(talk.data.transcript.df) == 120
