import asyncio
import collections
import dataclasses
import datetime
import decimal
import enum
import itertools
import json
import uuid

import numpy as np
import pandas as pd
import pytest
from pydantic import BaseModel

from realtime_widget.errors import ToolArgumentsError, ToolError
from realtime_widget.tools import (
    NO_RESULT,
    OUTPUT_MAX_BYTES,
    error_output,
    error_text,
    to_output,
    tool,
    traceback_text,
)


class Color(enum.Enum):
    RED = "red"


class Name(enum.StrEnum):
    A = "a"


@dataclasses.dataclass
class Point:
    x: int
    extra: object = None


class Order(BaseModel):
    item: str = "tea"


class Broken:
    def __repr__(self):
        raise RuntimeError("no")


Pair = collections.namedtuple("Pair", "x y")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("as it is: ä", "as it is: ä"),
        ("", ""),
        (5, "5"),
        (True, "true"),
        (1.5, "1.5"),
        ([1, "ä", None], '[1, "ä", null]'),
        ({"a": {1, 2}}, '{"a": [1, 2]}'),
        ({1: 2}, '{"1": 2}'),
        (Color.RED, "red"),
        (Name.A, "a"),
        (Point(1), '{"x": 1, "extra": null}'),
        (Order(), '{"item": "tea"}'),
        ([Order()], '[{"item": "tea"}]'),
        (Pair(1, 2), "[1, 2]"),
        (datetime.date(2020, 1, 2), "2020-01-02"),
        ({"at": datetime.datetime(2020, 1, 2, 3)}, '{"at": "2020-01-02T03:00:00"}'),
        (decimal.Decimal("1.50"), "1.50"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (b"text", "text"),
        (b"\xff\x00", "<2 bytes of binary data>"),
        (np.int64(4), "4"),
        (np.float32(0.5), "0.5"),
        ({"n": np.int64(4)}, '{"n": 4}'),
        (np.array([[1, 2], [3, 4]]), "[[1, 2], [3, 4]]"),
        (pd.Timestamp("2020-01-02"), "2020-01-02T00:00:00"),
        (pd.NA, "<NA>"),
        (pd.Index([1, 2]), "[1, 2]"),
        (iter([1, 2]), "[1, 2]"),
        (map(str, [1, 2]), '["1", "2"]'),
        (int, "<class 'int'>"),
        (Broken(), "<Broken>"),
        ({"x": Broken()}, '{"x": "<Broken>"}'),
        ("lone \ud800", "lone ?"),
    ],
)
def test_values(value, text):
    assert to_output(value) == text


def test_nothing_reads_as_success():
    assert to_output(None) == NO_RESULT
    assert "Done" in NO_RESULT


def test_dataframes_show_shape_and_first_rows():
    frame = pd.DataFrame({"city": ["Rome"] * 30, "n": range(30)})
    text = to_output(frame)
    assert text.startswith("30 rows, 2 columns, the first 20:\n")
    assert len(text.splitlines()) == 22
    assert to_output(frame.head(1)) == "1 row, 2 columns:\n   city  n\n0  Rome  0"
    assert to_output(frame["n"].head(2)) == "2 values:\n0    0\n1    1"
    assert json.loads(to_output({"t": frame.head(1)}))["t"].startswith("1 row")


def test_large_arrays_are_described():
    described = json.loads(to_output(np.zeros((100, 200), np.int16)))["array"]
    assert (described["shape"], described["dtype"]) == ([100, 200], "int16")


def test_endless_iterators_end():
    assert json.loads(to_output(itertools.count()))[-1] == 999


def test_circles_do_not_fail():
    circle = []
    circle.append(circle)
    assert to_output(circle) == "[[...]]"


@pytest.mark.parametrize("value", ["x" * 100_000, "ä" * 50_000, list(range(50_000))])
def test_long_results_are_cut_with_a_mark(value):
    text = to_output(value)
    assert len(text.encode()) <= OUTPUT_MAX_BYTES
    assert text.endswith("bytes, only the beginning is shown]")


def test_what_just_fits_is_not_cut():
    assert to_output("x" * OUTPUT_MAX_BYTES) == "x" * OUTPUT_MAX_BYTES


def test_errors():
    assert json.loads(error_output(ValueError("no such city: Röme"))) == {
        "error": "ValueError: no such city: Röme"
    }
    assert error_text(KeyError("x")) == "KeyError: 'x'"
    assert error_text(TimeoutError()) == "TimeoutError"
    assert (
        error_text(ToolArgumentsError("city: Field required.", remedy="Ask.")) == "city: Field required. Ask."
    )
    assert len(error_text(ValueError("x" * 10_000))) <= 2000


def test_an_error_that_cannot_be_written():
    class Odd(Exception):
        def __str__(self):
            raise RuntimeError

    assert error_text(Odd()) == "Odd"


def caught(function, *args):
    try:
        function(*args)
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def test_tracebacks_point_into_the_users_code():
    @tool
    def outer(x: int):
        """Do."""
        return 1 / x

    text = traceback_text(caught(outer, 0))
    assert "return 1 / x" in text
    assert text.endswith("ZeroDivisionError: division by zero")
    assert "tools/tool.py" not in text


def test_tracebacks_do_not_begin_in_the_event_loop():
    async def fail():
        raise ValueError("no")

    error = caught(lambda: asyncio.run(asyncio.wait_for(fail(), 5)))
    while "asyncio" not in error.__traceback__.tb_frame.f_code.co_filename:
        error.__traceback__ = error.__traceback__.tb_next
    text = traceback_text(error)
    assert 'raise ValueError("no")' in text
    assert "run_until_complete" not in text


def test_tracebacks_of_our_own_errors_are_the_message():
    @tool
    def f(x: int):
        """Do."""

    error = caught(f.validate, "{}")
    error.__traceback__ = error.__traceback__.tb_next  # as from our runner: no frame of the user's
    assert "Traceback" not in traceback_text(error)
    assert "x: Field required" in traceback_text(error)


def test_causes_are_kept():
    def f():
        try:
            {}["a"]
        except KeyError as error:
            raise ToolError("lost") from error

    text = traceback_text(caught(f))
    assert "KeyError: 'a'" in text
    assert "direct cause" in text
    assert "lost" in text


def test_groups():
    def f():
        raise ExceptionGroup("two", [ValueError("a"), TypeError("b")])

    text = traceback_text(caught(f))
    assert "ValueError: a" in text
    assert "TypeError: b" in text


def test_endless_recursion_stays_short():
    def f():
        return f()

    assert len(traceback_text(caught(f))) < 3000
