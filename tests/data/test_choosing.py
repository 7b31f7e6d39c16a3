"""Rows by turn, role, time and content: the same words for every table."""

from typing import Any

import pandas as pd
import polars as pl
import pytest

from realtime_widget import ConfigError
from realtime_widget.data import About, Conversation
from realtime_widget.data.still import StillData
from tests.data.talk import Talk

USAGE = {"total_tokens": 5, "output_tokens": 5}


def conversation() -> Talk:
    """Return three questions of the user; the second is answered by way of a call."""
    talk = Talk()
    talk.spoken(0, "u1", words="Hello?", n_ms=200)
    talk.said(1000, "r1", "a1", "Hi.", usage=USAGE)
    talk.spoken(3000, "u2", words="How many?", n_ms=200)
    talk.called(4000, "r2", "c1")
    talk.answered(4500, "c1")
    talk.said(5000, "r3", "a2", "Three.", usage=USAGE)
    talk.typed(8000, "u3", "Thanks.")
    talk.wrote(9000, "r4", "a3", "Welcome.", usage=USAGE)
    return talk


def chosen(table: Any, name: str, **wanted: Any) -> list[Any]:
    return [getattr(row, name) for row in table.where(**wanted)]


def test_turns_by_place_role_time_and_content() -> None:
    table = conversation().data.transcript
    assert chosen(table, "id", turn=3) == ["a2"]
    assert chosen(table, "id", turn=-1) == ["a3"]
    assert chosen(table, "id", turn=range(1, 3)) == chosen(table, "id", turn=slice(1, 3)) == ["a1", "u2"]
    assert chosen(table, "id", turn=[0, -1, 77]) == ["u1", "a3"]
    assert chosen(table, "id", turn=slice(None, None, 4)) == ["u1", "u3"]
    assert chosen(table, "id", role="user") == ["u1", "u2", "u3"]
    assert chosen(table, "id", since_ms=table[2].start_ms, until_ms=8000) == ["u2", "a2"]
    assert chosen(table, "id", text="Thanks.") == ["u3"]
    assert chosen(table, "id", id={"u1", "a1", "nobody"}, role="assistant") == ["a1"]
    assert chosen(table, "id", audio_ms=None) == ["u3", "a3"]
    assert chosen(table, "id", tool_calls=("c1",)) == ["a2"]
    assert table[1:3] == table.where(turn=range(1, 3)).rows()


def test_other_tables_join_by_response_item_and_call() -> None:
    data = conversation().data
    assert (
        chosen(data.tool_calls, "call_id", turn=3)
        == chosen(data.tool_calls, "call_id", status="done")
        == ["c1"]
    )
    assert chosen(data.tool_calls, "call_id", role="user") == []
    assert chosen(data.tool_calls, "call_id", arguments={"city": "Rome"}) == ["c1"]
    assert chosen(data.latency, "response_id", turn=slice(3, None)) == ["r3", "r4"]
    assert chosen(data.latency, "response_id", since_ms=5000) == ["r3", "r4"]
    assert chosen(data.usage, "response_id", turn=3) == ["r3"]
    assert chosen(data.usage, "response_id", until_ms=5000) == ["r1"]
    assert chosen(data.usage, "response_id", role="assistant") == ["r1", "r3", "r4"]
    events = data.events.where(turn=3)
    assert {row.response_id or row.item_id for row in events} >= {"r2", "r3", "a2"}
    assert {"u1", "u2", "u3", "a1", "a3"}.isdisjoint(row.item_id for row in events)
    outputs = [row for row in events if row.raw.get("item", {}).get("type") == "function_call_output"]
    assert outputs and len(data.events.where(turn=2)) >= 5
    assert {row.item_id for row in data.events.where(role="user")} == {"u1", "u2", "u3"}
    assert all(3000 <= row.t_ms < 4000 for row in data.events.where(since_ms=3000, until_ms=4000))


def test_the_values_of_a_dataframe_choose_too() -> None:
    transcript = conversation().data.transcript
    frame = transcript.df
    assert [turn.turn for turn in transcript.where(turn=frame.turn.iloc[1])] == [1]
    assert (
        len(transcript.where(turn=frame.turn))
        == len(transcript.where(role=["user", "assistant"]))
        == len(frame)
    )
    assert len(transcript.where(since_ms=frame.start_ms.iloc[1])) == len(frame) - 1


def test_a_transcription_is_billed_to_its_turn() -> None:
    talk = conversation()
    talk.transcribed(9_900, "u2", "How many?", usage={"type": "duration", "seconds": 1})
    assert chosen(talk.data.usage, "response_id", turn=2) == ["u2"]


def test_a_selection_reads_as_a_table_does_and_stays() -> None:
    talk = conversation()
    table = talk.data.transcript
    some = table.where(role="assistant")
    talk.typed(20_000, "u9", "More")
    talk.wrote(21_000, "r9", "a9", "Yes.")
    assert len(some) == 3 and repr(some) == "Selection(3 turns)" and some[-1].id == "a3"
    assert [turn.id for turn in some] == some.df["id"].tolist() == [row["id"] for row in some.to_dicts()]
    assert some.df.dtypes.equals(table.df.dtypes) and list(some.df.columns) == list(table.columns)
    assert pl.DataFrame(some).equals(some.to_polars()) and len(some.to_arrow()) == 3
    assert "3 turns" in some._repr_html_() and some[1:] == some.rows()[1:]
    assert [turn.id for turn in some.where(since_ms=4000).where(turn=-1)] == ["a3"]
    empty = table.where(id="nobody")
    assert len(empty) == 0 and empty.df.dtypes.equals(table.df.dtypes)
    assert pd.concat([empty.df, some.df]).dtypes.equals(table.df.dtypes)
    events = talk.data.events.where(type="response.done")
    assert events.df["raw"].map(lambda raw: raw["type"]).unique().tolist() == ["response.done"]
    assert events.df.dtypes.equals(talk.data.events.df.dtypes)


def test_it_is_the_same_when_the_conversation_is_over() -> None:
    talk = conversation()
    still = StillData(Conversation.of(talk.data, About(id="0" * 32)))
    for name in ("transcript", "events", "usage", "latency", "tool_calls"):
        assert getattr(still, name).where(turn=3).rows() == getattr(talk.data, name).where(turn=3).rows(), (
            name
        )


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"tuurn": 3}, "no column 'tuurn'.*columns are turn, id, role"),
        ({"role": "users"}, "no role 'users'.*user, assistant, system"),
        ({"turn": "3"}, "tells no turns"),
        ({"turn": True}, "tells no turns"),
        ({"turn": 1.5}, "tells no turns"),
        ({"since_ms": "later"}, "since_ms='later' is no time"),
        ({"until_ms": True}, "until_ms=True is no time"),
    ],
)
def test_what_makes_no_sense_is_refused(wanted: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        conversation().data.transcript.where(**wanted)
