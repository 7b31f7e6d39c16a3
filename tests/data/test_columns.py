from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pandas as pd

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
