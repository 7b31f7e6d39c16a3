import threading
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from realtime_widget import ConfigError
from realtime_widget.data.columns import Column
from realtime_widget.data.rows import SHOWN_ROWS
from realtime_widget.data.table import Table


@dataclass(frozen=True)
class Row:
    n: int
    word: str = "<x>"


class Numbers(Table[Row]):
    noun: ClassVar[str] = "number"
    spec: ClassVar[tuple[Column, ...]] = (Column("n", "int"), Column("word", "string"))

    def __init__(self, n: int) -> None:
        super().__init__(threading.RLock())
        self.n = n

    def _snapshot(self) -> tuple[Row, ...]:
        return tuple(map(Row, range(self.n)))

    def grow(self) -> None:
        with self._lock:
            self.n += 1
            self._changed()


def test_it_reads_like_a_sequence() -> None:
    table = Numbers(5)
    assert len(table) == 5 and list(table) == [Row(i) for i in range(5)]
    assert table[0] == Row(0) and table[-1] == Row(4)
    assert table[1:3] == (Row(1), Row(2)) and table[::-2] == (Row(4), Row(2), Row(0))
    with pytest.raises(IndexError, match="no number 5: Numbers"):
        table[5]


def test_dictionaries_and_dataframes_have_its_columns() -> None:
    table = Numbers(2)
    assert table.columns == ("n", "word")
    assert table.to_dicts() == [{"n": 0, "word": "<x>"}, {"n": 1, "word": "<x>"}]
    assert list(table.df.columns) == ["n", "word"] and len(table.df) == 2
    assert Numbers(0).to_dicts() == [] and list(Numbers(0).df.columns) == ["n", "word"]


def test_representations_are_short_and_stable() -> None:
    assert repr(Numbers(1)) == "Numbers(1 number)" and repr(Numbers(0)) == "Numbers(0 numbers)"
    html = Numbers(1000)._repr_html_()
    assert f"1000 numbers, the last {SHOWN_ROWS} of them" in html
    assert html.count("<tr>") == SHOWN_ROWS + 1 and "<x>" not in html


def test_subscribers_hear_of_changes_until_they_leave() -> None:
    table, heard = Numbers(0), list[Any]()
    leave = table.subscribe(lambda: heard.append(table.n))
    other = table.subscribe(lambda: heard.append("other"))
    table.grow()
    leave()
    table.grow()
    other()
    leave()
    table.grow()
    assert heard == [1, "other", "other"]


def test_live_outside_a_notebook_prints_as_the_table() -> None:
    assert repr(Numbers(3).live()) == "Numbers(3 numbers)"


def test_rows_without_turns_are_chosen_by_what_is_in_them() -> None:
    table = Numbers(5)
    assert table.where(n=[1, 3]).rows() == (Row(1), Row(3)) and len(table.where()) == 5
    assert table.where(n=2).df["word"].tolist() == ["<x>"]
    for wanted in ({"turn": 1}, {"role": "user"}, {"since_ms": 5}):
        with pytest.raises(ConfigError, match="belong to no turns"):
            table.where(**wanted)  # type: ignore[arg-type]
