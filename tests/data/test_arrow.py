"""Tables as Arrow and polars tables, by their methods and by the interface that other libraries know."""

import json
import sys
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from realtime_widget import ConfigError
from realtime_widget.data.arrow import arrow_schema, arrow_table, polars_frame
from realtime_widget.data.columns import Column
from tests.data.talk import Talk

TABLES = ("transcript", "events", "usage", "latency", "tool_calls")


def conversation() -> Talk:
    talk = Talk()
    talk.spoken(0, "u1", words="How many?", n_ms=200)
    talk.called(1500, "r1", "c1", arguments='{"city": "Rome"}')
    talk.called(1700, "r2", "c2", arguments="no JSON")
    talk.answered(2000, "c1")
    talk.answered(2001, "c2")
    talk.said(2100, "r3", "a1", "Three", usage={"total_tokens": 5, "output_tokens": 5})
    kind = "conversation.item.input_audio_transcription.segment"
    segment = {"id": "s1", "start": 0.0, "end": 0.2, "speaker": "A", "text": "How many?"}
    talk.feed(3000, kind, item_id="u1", content_index=0, **segment)
    return talk


@pytest.mark.parametrize("name", TABLES)
def test_the_schema_is_the_same_without_rows(name: str) -> None:
    full, empty = getattr(conversation().data, name), getattr(Talk().data, name)
    assert len(full) and not len(empty)
    assert full.to_arrow().schema == empty.to_arrow().schema == arrow_schema(full.spec)
    assert full.to_polars().schema == empty.to_polars().schema
    assert full.to_arrow().column_names == list(full.columns)


@pytest.mark.parametrize("name", TABLES)
def test_libraries_take_the_tables_as_they_are(name: str) -> None:
    for table in (getattr(conversation().data, name), getattr(Talk().data, name)):
        assert pl.DataFrame(table).equals(table.to_polars())
        assert pl.DataFrame(table).schema == table.to_polars().schema
        assert pa.table(table) == table.to_arrow()
        assert pa.table(table).to_pylist() == table.to_polars().to_dicts()
        assert len(pa.table(table).to_pandas()) == len(table)


def test_what_has_an_inside_has_a_shape() -> None:
    data = conversation().data
    turns = data.transcript.to_arrow().to_pylist()
    assert [turn["tool_calls"] for turn in turns] == [[], ["c1", "c2"]]
    assert turns[0]["segments"] == [{"speaker": "A", "start": 0.0, "end": 0.2, "text": "How many?"}]
    assert turns[1]["segments"] is None and turns[1]["languages"] is None
    assert turns[0]["created_at"] == data.transcript[0].created_at
    calls = data.tool_calls.to_arrow().to_pylist()
    assert [json.loads(call["arguments"]) for call in calls] == [{"city": "Rome"}, "no JSON"]
    events = data.events.to_arrow().to_pylist()
    assert [json.loads(event["raw"]) for event in events] == [row["raw"] for row in data.events.to_dicts()]


def test_an_event_whose_text_was_cut_is_json_all_the_same() -> None:
    talk = Talk()
    talk.do(0, "receive_message", "{" + "x" * 5_000)
    (raw,) = pa.table(talk.data.events)["raw"].to_pylist()
    assert json.loads(raw)["text"].startswith("{xxx")


def test_numbers_and_moments_keep_their_types() -> None:
    spec = (Column("n", "int"), Column("x", "float"), Column("yes", "bool"), Column("t", "time"))
    schema = arrow_schema(spec)
    assert [str(field.type) for field in schema] == ["int64", "double", "bool", "timestamp[us, tz=UTC]"]
    moment = datetime(2026, 11, 21, 12, 30, 15, 123457, tzinfo=UTC)
    row = _Row(n=2**53 + 1, x=0.1, yes=False, t=moment)
    none = _Row(n=None, x=None, yes=None, t=None)
    assert arrow_table([row, none], spec).to_pylist() == [vars(row), vars(none)]
    assert polars_frame([row, none], spec).to_dicts() == [vars(row), vars(none)]


class _Row:
    def __init__(self, **values: Any) -> None:
        vars(self).update(values)


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    transcript = conversation().data.transcript
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ConfigError, match=r"realtime-widget\[data\]"):
        transcript.to_arrow()
    assert isinstance(transcript.to_polars(), pl.DataFrame)
    assert isinstance(transcript.df, pd.DataFrame)
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ConfigError, match="pip install polars"):
        transcript.to_polars()
