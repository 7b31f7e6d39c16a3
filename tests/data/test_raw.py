"""The column `raw` of events: plain dictionaries for whoever looks, at no cost for whoever doesn't."""

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from realtime_widget.data import raw
from realtime_widget.data.event_log import EventLog
from realtime_widget.data.raw import RawArray
from realtime_widget.protocol.log import LogEntry


def entry(n: int) -> LogEntry:
    text = json.dumps({"type": f"t{n % 3}", "n": n})
    return LogEntry(n * 1.0, "in", f"t{n % 3}", f"e{n}", None, None, len(text), text)


def log(n: int, begin: int = 0) -> EventLog:
    made = EventLog()
    made.extend([entry(begin + i) for i in range(n)])
    return made


def series(n: int = 10, begin: int = 0) -> "pd.Series[Any]":
    return pd.Series(RawArray([log(n, begin).snapshot()]))


def numbers(column: Any) -> list[Any]:
    return [None if value is None else value["n"] for value in column]


def test_elements_are_plain_dictionaries_however_they_are_read() -> None:
    column = series()
    assert type(column[0]) is dict and column[0] == {"type": "t0", "n": 0}
    assert column.iloc[-1]["n"] == 9
    assert column.tolist() == [entry(i).raw for i in range(10)] == list(column) == list(column.to_numpy())
    assert column.map(lambda value: value["n"]).tolist() == list(range(10))
    assert column.map(lambda value: value["type"]).eq("t1").sum() == 3
    assert column.apply(len).tolist() == [2] * 10
    assert column.to_frame("raw").to_dict("records")[3] == {"raw": {"type": "t0", "n": 3}}
    assert pd.json_normalize(column.tolist())["n"].tolist() == list(range(10))
    assert json.loads(column.to_json(orient="records"))[9]["n"] == 9
    assert "'n': 9" in repr(column) and repr(column).endswith("dtype: object")


def test_it_is_taken_apart_and_put_together() -> None:
    column = series(600)
    assert numbers(column[column.map(lambda value: value["n"] % 200 == 7)]) == [7, 207, 407]
    assert numbers(column.iloc[[599, 0, 300]]) == [599, 0, 300]
    assert numbers(column[::-250]) == [599, 349, 99]
    assert numbers(column.sample(5, random_state=1).sort_index()) == sorted(
        numbers(column.sample(5, random_state=1))
    )
    both = pd.concat([series(2), series(2, 50)], ignore_index=True)
    assert numbers(both) == [0, 1, 50, 51] and isinstance(both.array, RawArray)
    assert numbers(pd.concat([series(1), pd.Series([{"n": 5}])])) == [0, 5]
    assert numbers(pd.concat([series(0), series(2)])) == [0, 1]
    assert numbers(column.reindex([3, 700])) == [3, None]
    merged = pd.DataFrame({"key": [1, 2], "raw": series(2)}).merge(pd.DataFrame({"key": [2, 3]}), how="outer")
    assert numbers(merged["raw"]) == [0, 1, None] and merged["raw"].isna().tolist() == [False, False, True]
    assert numbers(column.dropna().head(2)) == [0, 1]


def test_a_frame_with_it_prints_groups_and_compares() -> None:
    frame = pd.DataFrame({"type": [f"t{i % 3}" for i in range(10)], "raw": series()})
    assert "t1" in repr(frame) and "raw" in frame._repr_html_()  # type: ignore[operator]
    first = frame.groupby("type")["raw"].first()
    assert numbers(first) == [0, 1, 2]
    assert frame.equals(frame.copy()) and (frame["raw"] == frame["raw"].copy()).all()
    assert (frame["raw"] == {"type": "t1", "n": 1}).sum() == 1
    assert frame.memory_usage(deep=True)["raw"] > 0
    assert numbers(frame.explode("raw")["raw"].iloc[:0]) == []


def test_a_copy_is_the_users_to_change() -> None:
    column = series()
    other = column.copy()
    other[1] = {"n": "mine"}
    other.iloc[2:4] = [{"n": 22}, None]
    other[column.map(lambda value: value["n"] > 8)] = {"n": "last"}
    assert numbers(other) == [0, "mine", 22, None, 4, 5, 6, 7, 8, "last"]
    assert numbers(column) == list(range(10))
    column[0]["n"] = "not kept"
    assert column[0]["n"] == 0
    assert numbers(pd.concat([other, series(1)])) == [0, "mine", 22, None, 4, 5, 6, 7, 8, "last", 0]
    with pytest.raises(ValueError, match="Only None"):
        column.array.take([0, -1], allow_fill=True, fill_value={"n": 1})


def test_it_travels() -> None:
    column = series(600)
    packed = pickle.dumps(column)
    assert numbers(pickle.loads(packed)) == list(range(600)) and len(packed) < 40_000


def test_files_get_json(tmp_path: Path) -> None:
    frame = pd.DataFrame({"n": [1, 2, 3], "raw": series(3)})
    frame.loc[1, "raw"] = None
    frame.to_parquet(tmp_path / "x.parquet")
    read = pd.read_parquet(tmp_path / "x.parquet")
    assert [None if pd.isna(text) else json.loads(text)["n"] for text in read["raw"]] == [0, None, 2]
    frame.to_csv(tmp_path / "x.csv")
    assert "{'type': 't0', 'n': 0}" in (tmp_path / "x.csv").read_text()


def test_making_it_and_cutting_it_decodes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(self: Any, place: int) -> Any:
        raise AssertionError("decoded")

    monkeypatch.setattr(raw.RawArray, "_found", forbidden)
    column = series(5_000)
    frame = pd.DataFrame({"n": np.arange(5_000), "raw": column})
    assert len(frame[frame["n"] > 10].copy().iloc[::2]) == 2_495
    assert len(pd.concat([frame, frame])) == 10_000
