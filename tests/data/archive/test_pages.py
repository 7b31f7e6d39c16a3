import io
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from realtime_widget.data.archive import pages as module
from realtime_widget.data.archive.footer import BadTableError, Chunk, Leaf, read_footer
from realtime_widget.data.archive.pages import read_column

WORDS = ["a", "b" * 100, None, "é"] * 5_000
LEAF = Leaf(physical=6, moments=False, max_definition=1, max_repetition=0, listed_definition=0)


def column(values: list[Any], kind: Any = None, max_values: int = 10**6, **options: Any) -> list[Any]:
    file = io.BytesIO()
    known: dict[str, Any] = {"use_dictionary": False, "data_page_version": "1.0", "compression": "none"}
    pq.write_table(pa.table({"a": pa.array(values, type=kind)}), file, **{**known, **options})
    (leaf,) = read_footer(file.getvalue())[0].values()
    repetition, definition, found = read_column(file.getvalue(), leaf, max_values)
    there = iter(found)
    assert len(repetition) == len(definition)
    return [next(there) if level == leaf.max_definition else None for level in definition.tolist()]


@pytest.mark.parametrize("options", [{}, {"data_page_size": 1_000}, {"row_group_size": 777}])
def test_values_come_back(options: dict[str, Any]) -> None:
    for values in (
        WORDS,
        [1, None, -(2**63)] * 3_000,
        [0.5, None, -1e300, 2.0] * 3_000,
        [True, None, False] * 3_000,
        ["x"] * 5_000,
    ):
        assert column(values, **options) == values
    assert column([], pa.string(), **options) == []
    assert column([None] * 5_000, pa.string(), **options) == [None] * 5_000


def test_lists_are_told_by_their_levels() -> None:
    assert column([["a", None, "b"], [], None, ["c"] * 500]) == ["a", None, "b", None, None, *["c"] * 500]


@pytest.mark.parametrize("encoding", ["DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"])
def test_values_that_stand_for_more_than_they_are_are_refused(encoding: str) -> None:
    with pytest.raises(BadTableError, match="plain"):
        column(WORDS, column_encoding=encoding)
    with pytest.raises(BadTableError, match="plain"):
        column(WORDS, data_page_version="2.0")


def test_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadTableError, match="too large"):
        column(WORDS, max_values=len(WORDS) - 1)
    monkeypatch.setattr(module, "MAX_PAGES", 2)
    with pytest.raises(BadTableError, match="too many pages"):
        column(WORDS, data_page_size=1_000)


def page(content: bytes, n: int) -> bytes:
    def number(value: int) -> bytes:
        value, out = value * 2, b""
        while value > 0x7F:
            value, out = value >> 7, out + bytes([value & 0x7F | 0x80])
        return out + bytes([value])

    size = number(len(content))
    return (
        b"\x15\x00\x15"
        + size
        + b"\x15"
        + size
        + b"\x2c\x15"
        + number(n)
        + b"\x15\x00\x15\x06\x15\x06\x00\x00"
        + content
    )


def test_a_page_made_by_hand_is_read() -> None:
    data = page(b"\x02\0\0\0\x06\x01" + b"\x01\0\0\0a" * 3, 3)
    assert read_column(data, replace(LEAF, chunks=[Chunk(0, len(data), 3)]), 10)[2] == ["a"] * 3


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xff\xff\xff\x06\x01",  # levels that run out of the page
        b"\x02\0\0\0\x06\x02",  # a level beyond the highest
        b"\x02\0\0\0\x00\x01",  # a run of nothing
        b"\x01\0\0\0\x06",
        b"\x01\0\0\0\xff",
        b"\x02\0\0\0\x06\x01",  # no values
        b"\x02\0\0\0\x06\x01\xff\xff\xff\xffabc",  # a text that runs out of the page
        b"\x02\0\0\0\x06\x01" + b"\x01\0\0\0a" * 2,
    ],
)
def test_what_is_no_page_is_refused(content: bytes) -> None:
    data = page(content, 3)
    with pytest.raises(BadTableError):
        read_column(data, replace(LEAF, chunks=[Chunk(0, len(data), 3)]), 10)
    with pytest.raises(BadTableError):
        read_column(data, replace(LEAF, physical=5, chunks=[Chunk(0, len(data), 3)]), 10)
    with pytest.raises(BadTableError):
        read_column(data, replace(LEAF, physical=3, chunks=[Chunk(0, len(data) + 1, 3)]), 10)
