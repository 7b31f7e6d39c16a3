import json
from typing import Any

import pytest

from realtime_widget.data import event_log
from tests.data.talk import Talk, pcm

COLUMNS = ["t_ms", "direction", "type", "event_id", "item_id", "response_id", "n_bytes", "raw", "connection"]


def test_it_is_valid_when_empty() -> None:
    assert list(Talk().data.events.df.columns) == COLUMNS and len(Talk().data.events) == 0


def test_both_directions_are_kept_without_their_sound() -> None:
    talk = Talk()
    talk.do(5, "append_audio", pcm(100))
    talk.said(10, "r1", "a1", "Hi")
    frame = talk.data.events.df
    assert frame["direction"].tolist()[:2] == ["out", "in"] and len(frame) == len(talk.data.events)
    sound = frame[frame["type"] == "response.output_audio.delta"].iloc[0]
    assert (sound["t_ms"], sound["item_id"], sound["response_id"]) == (310, "a1", "r1")
    assert sound["raw"]["delta"] == "<48000 bytes>" and sound["n_bytes"] > 64_000
    assert frame["raw"][0]["audio"] == "<4800 bytes>"


def test_a_raw_event_is_a_dictionary() -> None:
    talk = Talk()
    talk.created(0, "r1", metadata={"a": "b"})
    entry = talk.data.events[-1]
    raw = talk.data.events.df["raw"].iloc[-1]
    assert isinstance(raw, dict) and raw == entry.raw
    assert raw["response"]["metadata"] == {"a": "b"}
    assert talk.data.events.to_dicts()[-1]["raw"] == entry.raw


def test_pandas_writes_it_as_json() -> None:
    talk = Talk()
    talk.created(0, "r1")
    rows = json.loads(talk.data.events.df.to_json(orient="records"))
    assert rows[-1]["raw"]["response"]["id"] == "r1"


def test_a_frame_grows_by_what_is_new() -> None:
    talk = Talk()
    for i in range(100):
        talk.typed(i, f"u{i}", "x")
        assert len(talk.data.events.df) == 2 * (i + 1)
    assert talk.data.events.df["item_id"].tolist()[::2] == [f"u{i}" for i in range(100)]


def test_a_long_table_is_whole_however_it_is_read() -> None:
    talk = Talk()
    for i in range(1_500):
        talk.typed(i, f"u{i}", "x")
        if i % 400 == 0:
            assert len(talk.data.events.rows()) == len(talk.data.events.df) == 2 * (i + 1)
    assert [row.item_id for row in talk.data.events][::2] == [f"u{i}" for i in range(1_500)]
    assert talk.data.events[-1].item_id == "u1499"
    assert repr(talk.data.events) == "Events(3000 events)"


def test_what_is_dropped_is_told_and_the_rest_stays_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_log, "MAX_ENTRIES", 1_000)
    talk = Talk()
    for i in range(1_500):
        talk.typed(i, f"u{i}", "x")
        if i % 100 == 0:
            table = talk.data.events
            frame = table.df
            assert frame["item_id"].tolist() == [row.item_id for row in table]
            assert [raw["type"] for raw in frame["raw"]] == frame["type"].tolist()
            assert len(frame) == len(table) <= 1_300
    table = talk.data.events
    assert table.n_dropped == 3_000 - len(table) > 1_000
    assert repr(table) == f"Events({len(table)} events, {table.n_dropped} older ones dropped)"
    assert table.df["item_id"].iloc[-1] == "u1499"
    assert "older ones dropped" in table._repr_html_()


def test_a_frame_reads_each_event_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    unpacked = event_log.Entries.__getitem__

    def counting(self: Any, index: Any) -> Any:
        found = unpacked(self, index)
        read.append(len(found) if isinstance(index, slice) else 1)
        return found

    talk = Talk()
    for i in range(500):
        talk.typed(i, f"u{i}", "x")
    monkeypatch.setattr(event_log.Entries, "__getitem__", counting)
    assert len(talk.data.events.df) == sum(read) == 1_000
    talk.typed(500, "u500", "x")
    assert len(talk.data.events.df) == sum(read) == 1_002
    assert len(talk.data.events.df) == sum(read)


def test_a_snapshot_stays_while_the_table_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_log, "MAX_ENTRIES", 1_000)
    talk = Talk()
    for i in range(400):
        talk.typed(i, f"u{i}", "x")
    rows, frame = talk.data.events.rows(), talk.data.events.df
    ids = [row.item_id for row in rows]
    for i in range(400, 1_500):
        talk.typed(i, f"u{i}", "x")
    assert talk.data.events.n_dropped > 0
    assert [row.item_id for row in rows] == ids == frame["item_id"].tolist()
    assert (
        rows[-1] == rows[len(rows) - 1]
        and rows[-3:] == tuple(rows)[-3:]
        and rows[::-200] == tuple(rows)[::-200]
    )
    assert frame["raw"][0]["item"]["id"] == "u0" and rows == list(rows) and rows != talk.data.events.rows()
