import math
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import pytest

from realtime_widget.data.archive.fields import BadValueError, Field, fields_of
from realtime_widget.data.archive.writing import TABLES
from realtime_widget.data.turns import Turn
from realtime_widget.protocol.wording import Segment

OF_TURN = {field.name: field for field in fields_of(Turn)}


@pytest.mark.parametrize("kind", TABLES.values())
def test_every_field_of_every_row_has_a_kind(kind: type[Any]) -> None:
    found = fields_of(kind)
    assert [field.name for field in found] == [spec.name for spec in fields(kind)]
    assert all(field.kind is not None or field.parts for field in found)


def test_a_field_is_what_its_annotation_says() -> None:
    assert OF_TURN["text"] == Field("text", "string")
    assert OF_TURN["end_ms"] == Field("end_ms", "int", optional=True)
    assert OF_TURN["tool_calls"] == Field("tool_calls", "string", listed=True)
    assert OF_TURN["created_at"].kind == "time" and not OF_TURN["uncertain"].required
    assert [part.name for part in OF_TURN["segments"].parts] == ["speaker", "start", "end", "text"]


def test_values_become_what_rows_hold() -> None:
    assert OF_TURN["created_at"].check(1_500_000) == datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC)
    assert OF_TURN["tool_calls"].check(["a", "b"]) == ("a", "b")
    segment = {"speaker": None, "start": 1, "end": 2.5, "text": "x"}
    assert OF_TURN["segments"].check([segment]) == (Segment(None, 1.0, 2.5, "x"),)
    assert OF_TURN["end_ms"].check(None) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text", None),
        ("text", b"x"),
        ("turn", True),
        ("turn", -(2**60)),
        ("start_ms", 2**50),
        ("start_ms", 1.5),
        ("uncertain", 1),
        ("tool_calls", "c1"),
        ("tool_calls", [1]),
        ("tool_calls", [None]),
        ("created_at", 2**63),
        ("created_at", "now"),
        ("segments", [["A"]]),
        ("segments", [{"speaker": "A", "start": math.nan, "end": 1.0, "text": "x"}]),
        ("logprobs", [{"token": "a", "logprob": math.inf}]),
        ("logprobs", [{"token": "a"}]),
    ],
)
def test_what_cant_be_is_refused(name: str, value: Any) -> None:
    with pytest.raises(BadValueError):
        OF_TURN[name].check(value)
