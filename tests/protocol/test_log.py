import json

import pytest

from realtime_widget import testing as t
from realtime_widget.protocol.codec import decode_event, encode
from realtime_widget.protocol.commands import AppendInput, CreateResponse, DeleteItem, UpdateSession
from realtime_widget.protocol.log import LogEntry, log_command, log_event

SECRET = "Bearer-very-secret"
MCP = {"type": "mcp", "server_label": "d", "authorization": SECRET, "headers": {"X-Key": SECRET}}


def received(raw: dict[str, object], **dump: object) -> LogEntry:
    text = json.dumps(raw, **dump)  # type: ignore[arg-type]
    return log_event(7.0, text, decode_event(text))


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
def test_sound_is_replaced_by_its_length(separators: tuple[str, str]) -> None:
    events = t.audio_response("Hi", b"\0\0" * 2_400, response_id="r", item_id="a")
    raw = next(e for e in events if e["type"] == "response.output_audio.delta")
    entry = received(raw, separators=separators)
    assert entry.raw["delta"] == "<4800 bytes>"
    assert (entry.item_id, entry.response_id, entry.direction, entry.t_ms) == ("a", "r", "in", 7.0)
    assert entry.n_bytes > 6_000
    assert {**entry.raw, "delta": raw["delta"]} == raw


def test_other_events_are_kept_whole() -> None:
    raw = t.user_turn("Hello")[-1]
    entry = received(raw)
    assert entry.raw == raw
    assert (entry.type, entry.event_id, entry.item_id) == (raw["type"], raw["event_id"], raw["item_id"])


def test_ids_are_found_wherever_they_stand() -> None:
    assert received(t.item_added(t.message("user", "x", item_id="i"))).item_id == "i"
    assert received(t.response_created("r")).response_id == "r"
    assert received({"type": "made.up"}).item_id is None


def test_long_words_are_no_sound() -> None:
    words = "word " * 1_000
    assert received(t.transcription_delta("u", words)).raw["delta"] == words


def test_sound_and_images_in_long_events_are_cut() -> None:
    item = t.message("user", item_id="u", spoken=True)
    item["content"][0]["audio"] = "A" * 4_000
    assert received(t.event("conversation.item.retrieved", item=item)).raw["item"]["content"][0]["audio"] == (
        "<3000 bytes>"
    )
    unknown = received({"type": "session.output_audio.delta", "delta": "A" * 4_000})
    assert unknown.raw["delta"] == "<3000 bytes>"


def test_what_was_sent_is_recorded_without_its_sound() -> None:
    command = AppendInput(audio=bytes(4_800))
    entry = log_command(1.0, encode(command), command)
    assert entry.raw == {"type": "input_audio_buffer.append", "audio": "<4800 bytes>"}
    raw = {"type": "input_audio_buffer.append", "audio": "A" * 400}
    assert log_command(1.0, encode(raw), raw).raw["audio"] == "<300 bytes>"
    delete = DeleteItem(event_id="e", item_id="i")
    entry = log_command(1.0, encode(delete), delete)
    assert (entry.direction, entry.event_id, entry.item_id) == ("out", "e", "i")


@pytest.mark.parametrize(
    "command",
    [
        UpdateSession(session={"type": "realtime", "tools": [MCP]}),
        CreateResponse(response={"tools": [MCP]}),
        {"type": "session.update", "session": {"tools": [MCP]}},
    ],
    ids=["update", "response", "raw"],
)
def test_keys_of_tools_are_masked(command: UpdateSession) -> None:
    entry = log_command(1.0, encode(command), command)
    assert SECRET not in entry.text
    assert "<hidden>" in entry.text


def test_keys_that_the_server_echoes_are_masked() -> None:
    assert SECRET not in received(t.session_updated(tools=[MCP])).text
    assert SECRET not in received({"type": "session.created", "client_secret": {"value": SECRET}}).text


def test_a_record_can_always_be_read() -> None:
    broken = LogEntry(0, "in", "invalid", None, None, None, 3, "{x")
    assert broken.raw == {"type": "invalid", "text": "{x"}
    assert LogEntry(0, "in", "invalid", None, None, None, 3, "[]").raw == {"type": "invalid", "text": "[]"}


def test_of_an_enormous_event_the_beginning_is_kept() -> None:
    entry = received({"type": "made.up", "note": "x" * 15_000_000})
    assert entry.n_bytes > 15_000_000
    assert len(entry.text) <= 1_000_000
    assert entry.raw["type"] == "made.up"
    assert entry.raw["text"].startswith('{"type":"made.up","note":"xxx')


def test_keys_of_a_telephone_are_kept() -> None:
    raw = {"type": "input_audio_buffer.dtmf_event_received", "event": "#", "received_at": 1_763_000_000}
    event = decode_event(json.dumps(raw))
    assert (event.event, event.received_at, event.event_id) == ("#", 1_763_000_000, None)  # type: ignore[union-attr]
    assert received(raw).raw == raw
