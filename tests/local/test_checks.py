from typing import Any

import pytest

from realtime_widget.local.checks import (
    Check,
    anything,
    array,
    boolean,
    choice,
    integer,
    nullable,
    number,
    record,
    text,
)
from realtime_widget.local.refusal import Refusal

NAMED = record({"a": number(0, 1), "b": nullable(boolean)}, required=("a",), defaults={"b": True})


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (anything, None),
        (text(), ""),
        (choice("a", "b"), "b"),
        (boolean, False),
        (number(0, 1), 0.5),
        (integer(1, 3), 3),
        (nullable(boolean), None),
        (array(boolean), [True]),
    ],
)
def test_what_fits_passes(check: Check, value: Any) -> None:
    assert check(value, "x") == value


@pytest.mark.parametrize(
    ("check", "value", "code", "param"),
    [
        (text(), 1, "invalid_type", "x"),
        (text(longest=2), "abc", "string_above_max_length", "x"),
        (text(empty=False), "", "invalid_value", "x"),
        (choice("a"), "b", "invalid_value", "x"),
        (choice("a"), None, "invalid_type", "x"),
        (boolean, 1, "invalid_type", "x"),
        (number(0, 1), True, "invalid_type", "x"),
        (number(0, 1), 2, "invalid_value", "x"),
        (integer(0, 1), 0.5, "invalid_type", "x"),
        (array(boolean), {}, "invalid_type", "x"),
        (array(boolean), [True, 1], "invalid_type", "x[1]"),
        (array(boolean, longest=1), [True, True], "invalid_value", "x"),
        (NAMED, [], "invalid_type", "x"),
        (NAMED, {"a": 1, "c": 1}, "unknown_parameter", "x.c"),
        (NAMED, {"b": True}, "missing_required_parameter", "x.a"),
        (NAMED, {"a": 5}, "invalid_value", "x.a"),
    ],
)
def test_what_does_not_fit_is_refused(check: Check, value: Any, code: str, param: str) -> None:
    with pytest.raises(Refusal) as caught:
        check(value, "x")
    assert (caught.value.code, caught.value.param) == (code, param)


def test_records_have_defaults_and_take_null_for_absent() -> None:
    assert NAMED({"a": 1}, "x") == {"a": 1, "b": True}
    assert NAMED({"a": 1, "b": None}, "x") == {"a": 1, "b": None}
    assert record({"a": boolean})({"a": None}, "x") == {}
