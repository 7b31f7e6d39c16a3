"""Frames become events: each once, with all ids, and recorded whatever it is."""

import json
from typing import Any

import pytest

from realtime_widget import testing as t
from realtime_widget.protocol import events as ev
from realtime_widget.protocol.changes import Problem
from realtime_widget.protocol.intake import LOGGED_CHARACTERS, Intake
from realtime_widget.protocol.outbox import Outbox


def taken(intake: Intake, event: dict[str, Any]) -> Any:
    return intake.take(json.dumps(event))


def test_a_frame_becomes_an_event_once() -> None:
    out = Outbox()
    intake = Intake(out)
    event = t.event("response.output_text.delta", response_id="r", item_id="a", delta="Hi")
    assert taken(intake, event).delta == "Hi"
    assert taken(intake, event) is None
    assert len(out.drain_records()) == 2, "it came twice, and so it is recorded"
    intake.next_connection()
    assert taken(intake, event) is not None


def test_what_has_no_ids_gets_them() -> None:
    intake = Intake(Outbox())
    taken(intake, t.response_created("r"))
    delta = taken(intake, {"type": "response.output_text.delta", "delta": "Hi"})
    assert (delta.response_id, bool(delta.item_id)) == ("r", True)
    intake.next_connection()
    assert taken(intake, {"type": "response.output_text.delta", "delta": "Hi"}).response_id != "r"


def test_ids_of_an_earlier_connection_are_told_apart_and_echoes_say_nothing() -> None:
    out = Outbox()
    intake = Intake(out)
    out.generations.next(["a"])
    out.generations.next(["a"])
    out.generations.retold("u", "u_again")
    assert taken(intake, t.item_added(t.message("user", "Hello", item_id="u_again"))) is None
    item = taken(intake, t.item_added(t.message("user", "Hello", item_id="a"))).item
    assert item.id == "a~2"


@pytest.mark.parametrize("frame", ["{", b"\xff", "[]", "x" * 2_000])
def test_what_is_no_event_is_recorded_in_part_and_told(frame: str | bytes) -> None:
    out = Outbox()
    assert Intake(out).take(frame) is None
    [record] = out.drain_records()
    assert (record.type, record.direction) == ("invalid", "in")
    assert len(record.text) <= LOGGED_CHARACTERS
    [problem] = out.drain_changes()
    assert isinstance(problem, Problem)
    assert problem.error.type == "invalid_frame"
    assert not problem.fatal


def test_an_unknown_event_is_data() -> None:
    event = taken(Intake(Outbox()), {"type": "made.up", "event_id": "e", "x": 1})
    assert isinstance(event, ev.UnknownEvent)
