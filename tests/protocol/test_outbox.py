import json

import pytest

from realtime_widget.protocol.changes import CommandSettled
from realtime_widget.protocol.commands import AppendInput, ClearInput, CommitInput, UpdateSession
from realtime_widget.protocol.objects import Item
from realtime_widget.protocol.outbox import Outbox


def test_commands_get_an_id_unless_they_have_one() -> None:
    out = Outbox()
    ids = [out.send(CommitInput()), out.send(ClearInput()), out.send(CommitInput(event_id="mine"))]
    assert len(set(ids)) == 3
    assert ids[2] == "mine"
    assert [json.loads(frame)["event_id"] for frame in out.drain_frames()] == ids
    assert out.drain_frames() == []


def test_sound_goes_without_an_id() -> None:
    out = Outbox()
    assert out.send(AppendInput(audio=b"\0\0")) == ""
    assert "event_id" not in json.loads(out.drain_frames()[0])


def test_everything_sent_is_recorded_with_its_time() -> None:
    out = Outbox()
    out.now_ms = 12.5
    out.send(CommitInput())
    out.send_raw({"type": "made.up"})
    assert [(r.t_ms, r.direction, r.type) for r in out.drain_records()] == [
        (12.5, "out", "input_audio_buffer.commit"),
        (12.5, "out", "made.up"),
    ]
    assert out.drain_records() == []


def test_raw_mappings_go_as_they_are() -> None:
    out = Outbox()
    assert out.send_raw({"type": "made.up", "x": None}) is None
    assert json.loads(out.frames[0]) == {"type": "made.up", "x": None}
    assert out.send_raw({"type": "input_audio_buffer.commit"}) == CommitInput()
    assert out.settlement.waiting == 1


def test_items_get_short_ids_of_their_own() -> None:
    out = Outbox()
    out.wall_s = 1_800_000_000.5
    ids = [out.item_command(Item(type="message")).item.id or "" for _ in range(1_000)]
    assert len(set(ids)) == 1_000
    assert max(map(len, ids)) <= 32
    named = out.item_command(Item(type="message", id="mine", role="user"), "root")
    assert (named.item.id, named.item.role, named.previous_item_id) == ("mine", "user", "root")


def test_a_new_configuration_settles_the_updates_of_before() -> None:
    out = Outbox()
    waiting = [out.send(UpdateSession(session={"voice": voice})) for voice in ("cedar", "marin")]
    out.suspended = True
    event_id = out.configure({"type": "realtime"})
    assert json.loads(out.drain_frames()[-1])["event_id"] == event_id, "a configuration always goes out"
    out.settled(event_id, None)
    settled = [change for change in out.drain_changes() if isinstance(change, CommandSettled)]
    assert [each.event_id for each in settled] == [event_id, *waiting]


@pytest.mark.parametrize("but_updates", [False, True])
def test_whoever_waits_for_a_command_hears_that_its_answer_wont_come(but_updates: bool) -> None:
    out = Outbox()
    update, commit = out.send(UpdateSession(session={})), out.send(CommitInput())
    out.abandon(but_updates=but_updates)
    told = [change for change in out.drain_changes() if isinstance(change, CommandSettled)]
    assert [each.event_id for each in told] == ([commit] if but_updates else [update, commit])
    assert {each.error.code for each in told if each.error} == {"connection_lost"}
