import io
import pickle
import random
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from realtime_widget.data.archive import parquet as module
from realtime_widget.data.archive.parquet import BadTableError, read_rows, write_rows
from realtime_widget.data.turns import Turn

from .made import a_call, conversation

PLAIN: dict[str, Any] = {"use_dictionary": False, "data_page_version": "1.0", "compression": "none"}


@dataclass(frozen=True)
class Small:
    name: str
    ms: float | None
    n: int = 7


@dataclass(frozen=True)
class Later:
    name: str
    ms: float | None
    more: str | None
    n: int = 7
    tags: tuple[str, ...] = ()


def table(columns: dict[str, Any], **options: Any) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file, **{**PLAIN, **options})
    return file.getvalue()


def test_rows_come_back() -> None:
    rows = [Small("a", 1.5), Small("b", None, 9)]
    found, n_rows = read_rows(Small, write_rows(Small, rows))
    assert [Small(**values) for _, values in found] == rows and n_rows == 2
    assert read_rows(Small, write_rows(Small, [])) == ([], 0)


def test_other_tools_read_them() -> None:
    frame = pd.read_parquet(io.BytesIO(write_rows(Turn, conversation().turns)))
    assert list(frame["text"])[1:] == ["Héllo.", "<script>alert(1)</script>", "=1+1"]
    assert list(frame["tool_calls"][1]) == ["c1"] and str(frame["created_at"].dtype).endswith("UTC]")
    assert frame["logprobs"][0][0] == {"token": "Hé", "logprob": -0.25}


def test_an_older_reader_ignores_what_it_doesnt_know_and_a_later_one_fills_in() -> None:
    later = write_rows(Later, [Later("a", 1.0, "new", 3, ("x",))])
    assert read_rows(Small, later)[0] == [(0, {"name": "a", "ms": 1.0, "n": 3})]
    ((_, values),) = read_rows(Later, write_rows(Small, [Small("a", None, 3)]))[0]
    assert Later(**values) == Later("a", None, None, 3)


def test_a_row_with_a_wrong_value_is_left_out() -> None:
    data = table({"name": ["a", None, "c"], "ms": [1.0, 2.0, float("nan")], "n": [1, 2, 3]})
    assert read_rows(Small, data) == ([(0, {"name": "a", "ms": 1.0, "n": 1})], 3)


def test_a_column_of_another_type_counts_as_missing() -> None:
    ((_, values),) = read_rows(Small, table({"name": ["a"], "ms": ["<b>"], "n": [b"x"]}))[0]
    assert Small(**values) == Small("a", None)
    with pytest.raises(BadTableError, match="no column name"):
        read_rows(Small, table({"name": [1], "ms": [1.0]}))


def test_pickled_objects_stay_what_they_are() -> None:
    class Harm:
        def __reduce__(self) -> tuple[Any, ...]:
            return (pytest.fail, ("it was unpickled",))

    harm = pickle.dumps(Harm())
    extension = {"ARROW:extension:name": "arrow.py_extension_type", "ARROW:extension:metadata": harm}
    field = pa.field("name", pa.binary(), metadata=extension)
    more = pa.schema([field], metadata={b"pandas": harm})
    file = io.BytesIO()
    pq.write_table(pa.table([pa.array([harm])], schema=more), file, **PLAIN)
    assert read_rows(Small, file.getvalue()) == ([], 1)  # they are bytes, and no text


def test_tables_that_would_grow_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    big = {"name": ["x" * 1_000_000] * 20, "ms": [0.0] * 20}
    for options in ({"use_dictionary": True}, {"compression": "zstd"}):
        with pytest.raises(BadTableError, match="compressed"):
            read_rows(Small, table(big, **options))
    monkeypatch.setattr(module, "MAX_ROWS", 10)
    with pytest.raises(BadTableError, match="too large"):
        read_rows(Small, table({"name": ["a"] * 11}))
    monkeypatch.setattr(module, "MAX_VALUES", 10)
    with pytest.raises(BadTableError, match="too large"):
        read_rows(Later, table({"name": ["a"], "tags": [["b"] * 11]}))


def test_lists_are_lists_or_none() -> None:
    rows = [Later("a", None, None, 1, ()), Later("b", None, None, 1, ("x", "y"))]
    assert [values["tags"] for _, values in read_rows(Later, write_rows(Later, rows))[0]] == [(), ("x", "y")]
    data = table({"name": ["a", "b", "c"], "tags": [["x"], None, [None]]})
    assert [place for place, _ in read_rows(Later, data)[0]] == [0]


def test_any_change_gives_rows_or_an_error() -> None:
    good = write_rows(Turn, conversation().turns)
    dice = random.Random(5)
    for _ in range(600):
        data = bytearray(good)
        for _ in range(dice.choice((1, 3, 30))):
            data[dice.randrange(len(data))] = dice.randrange(256)
        try:
            read_rows(Turn, bytes(data[: dice.choice((len(data), dice.randrange(len(data))))]))
        except BadTableError:
            continue


def test_half_a_character_in_a_list_is_replaced() -> None:
    ((_, values),) = read_rows(type(a_call()), write_rows(type(a_call()), [a_call(output="\ud83d")]))[0]
    assert values["output"] == "\ufffd"
