from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest

from realtime_widget.data import columns
from realtime_widget.data.columns import Column, Frames


@dataclass(frozen=True)
class Row:
    s: str | None = None
    i: int | None = None
    f: float | None = None
    b: bool | None = None
    o: Any = None
    t: datetime | None = None


SPEC = (
    Column("s", "string"),
    Column("i", "int"),
    Column("f", "float"),
    Column("b", "bool"),
    Column("o", "json"),
    Column("t", "time"),
)
MOMENT = datetime(2026, 11, 21, 12, 30, 15, 123457, tzinfo=UTC)
FULL = Row("a", 1, 0.5, True, ["x", "y"], MOMENT)
DTYPES = ["string", "Int64", "Float64", "boolean", "object", "datetime64[ns, UTC]"]


def dtypes(frame: pd.DataFrame) -> list[str]:
    return [str(dtype) for dtype in frame.dtypes]


def test_dtypes_are_the_same_with_and_without_content() -> None:
    frames = Frames(SPEC)
    assert dtypes(frames.frame(())) == DTYPES
    assert dtypes(frames.frame((FULL,))) == DTYPES
    assert dtypes(frames.frame((Row(),))) == DTYPES
    assert dtypes(Frames(SPEC).frame((Row(o="only words"),))) == DTYPES


def test_values_survive_and_what_is_missing_is_missing() -> None:
    frame = Frames(SPEC).frame((FULL, Row()))
    assert frame.iloc[0].to_dict() == {"s": "a", "i": 1, "f": 0.5, "b": True, "o": ["x", "y"], "t": MOMENT}
    assert frame.drop(columns="o").iloc[1].isna().all()
    assert frame["o"].iloc[1] is None


def test_only_rows_that_are_other_objects_are_read_again() -> None:
    read: list[int] = []

    def counting(name: str) -> Callable[[Row], Any]:
        return lambda row: read.append(row.i or 0) or getattr(row, name)  # type: ignore[func-returns-value]

    frames = Frames((Column("i", "int", counting("i")),))
    rows = tuple(Row(i=i) for i in range(200))
    frames.frame(rows)
    read.clear()
    changed = (*rows[:5], Row(i=77), *rows[6:], Row(i=200))
    assert frames.frame(changed)["i"].tolist() == [*range(5), 77, *range(6, 201)]
    assert read == [77, 200]
    assert len(frames.frame(rows[:3])) == 3
    assert frames.frame(rows)["i"].tolist() == list(range(200))


def test_a_frame_is_the_users_to_change() -> None:
    frames = Frames(SPEC)
    frame = frames.frame((FULL,))
    for name, value in {"s": "b", "i": 9, "f": 9.0, "b": False, "t": pd.Timestamp(0, tz="UTC")}.items():
        frame.loc[0, name] = value
    assert frames.frame((FULL,)).iloc[0].drop("o").to_dict() == {
        "s": "a",
        "i": 1,
        "f": 0.5,
        "b": True,
        "t": MOMENT,
    }


def test_rows_that_come_and_go_are_read_once_and_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "MOST_AT_ONCE", 10)
    read: list[int] = []
    pieces: list[int] = []

    class Rows(tuple[int, ...]):
        def __getitem__(self, index: Any) -> Any:
            found = super().__getitem__(index)
            pieces.append(len(found))
            return found

    frames = Frames((Column("i", "int", lambda row: read.append(row) or row),))  # type: ignore[func-returns-value]
    first = end = 0
    for n_new, n_gone in [(25, 0), (1, 0), (0, 3), (200, 60), (5, 150), (0, 0), (7, 20), (50, 40)]:
        first, end = first + n_gone, end + n_new
        assert frames.grown(Rows(range(first, end)), first)["i"].tolist() == list(range(first, end))
        assert frames.grown(Rows(range(first, end)), first).index.equals(pd.RangeIndex(end - first))
    assert read == sorted(set(read)) and max(pieces) <= 10
    assert frames.grown(Rows(range(1_000, 1_003)), 1_000)["i"].tolist() == [1_000, 1_001, 1_002]
    assert frames.grown(Rows(range(3)), 0)["i"].tolist() == [0, 1, 2]


def test_frames_of_growing_rows_are_their_owners_too() -> None:
    frames = Frames(SPEC)
    rows = [FULL] * 3
    first = frames.grown(rows, 0)
    rows += [Row("later", 2, 0.25, False, [], MOMENT)] * 3
    second = frames.grown(rows, 0)
    before = second.copy(deep=True)
    for frame in (first, second):
        for name, value in {"s": "b", "i": 9, "f": 9.0, "b": False, "t": pd.Timestamp(0, tz="UTC")}.items():
            frame.loc[0, name] = value
            frame.iloc[1, list(frame.columns).index(name)] = value
        frame["i"] += 1
    assert frames.grown(rows, 0).equals(before)
    third = frames.grown(rows, 0)
    rows += [Row("even later")] * 100
    frames.grown(rows, 0)
    assert third.equals(before) and first["i"].tolist() == [10, 10, 2]


def test_not_even_what_writes_below_pandas_reaches_the_next_frame() -> None:
    frames, rows = Frames(SPEC), [FULL] * 3
    before = frames.grown(rows, 0).copy(deep=True)
    frame = frames.grown(rows, 0)
    for name in frame.columns:
        for values in (frame[name].array, frame[name].to_numpy()):
            with suppress(ValueError, TypeError):  # read-only, or no place for nothing
                values[0] = values[1] if name == "o" else None
    frame["i"].cumsum()
    assert frames.grown(rows, 0).equals(before)
