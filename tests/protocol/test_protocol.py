"""The sequences of the API reference, from start to end, through the whole core."""

import json

import pytest

from realtime_widget import testing as t
from realtime_widget.config import SemanticVAD, ServerVAD, SessionConfig
from realtime_widget.protocol import changes as ch
from realtime_widget.protocol.objects import ContentPart, Item
from realtime_widget.protocol.protocol import MAX_APPEND_BYTES, RealtimeProtocol

from .drive import Talk, types


def said(text: str) -> Item:
    return Item(type="message", role="user", content=[ContentPart(type="input_text", text=text)])


def test_connect_and_configure() -> None:
    talk = Talk(connected=False, instructions="Be brief.", turn_detection=None)
    event_id = talk.protocol.connection_opened()
    [update] = talk.sent()
    assert update["type"] == "session.update"
    assert update["event_id"] == event_id
    assert update["session"]["type"] == "realtime"
    assert update["session"]["instructions"] == "Be brief."
    # "off" is an explicit null: an absent key would leave the server's default on
    assert update["session"]["audio"]["input"]["turn_detection"] is None
    talk.feed(t.session_created())
    assert [type(change) for change in talk.changes()] == [ch.SessionConfigured]
    talk.feed(t.session_updated())
    settled, configured = talk.changes()
    assert settled.event_id == event_id
    assert settled.error is None
    assert (configured.created, configured.session.id) == (False, "sess_scripted")


def test_a_configuration_that_is_refused() -> None:
    talk = Talk(connected=False)
    event_id = talk.protocol.connection_opened()
    talk.feed(t.error("Unknown parameter.", code="unknown_parameter", event_id=event_id))
    [settled] = talk.changes()
    assert isinstance(settled, ch.CommandSettled)
    assert settled.error is not None
    assert settled.error.code == "unknown_parameter"


def test_a_voice_turn_with_detection_and_transcription() -> None:
    talk = Talk()
    talk.protocol.append_audio(bytes(48 * 2_600))
    assert types(talk.sent()) == ["input_audio_buffer.append"]
    talk.feed(t.speech_started("u1", 820), t.transcription_delta("u1", "Hel"))
    assert talk.turns == [("user", "Hel")]
    assert [c.speaking for c in talk.changes(ch.SpeechChanged)] == [True]
    talk.feed(t.speech_stopped("u1", 2_480), t.committed("u1"))
    item = t.message("user", item_id="u1", spoken=True)
    talk.feed(t.item_added(item), t.item_done(item))
    assert [c.speaking for c in talk.changes(ch.SpeechChanged)] == [False]
    talk.feed(t.audio_response("Hi!", t.tone(500), response_id="r1", item_id="a1", previous="u1"))
    talk.feed(t.transcription_completed("u1", "Hello there."))
    assert talk.turns == [("user", "Hello there."), ("assistant", "Hi!")]
    user, answer = talk.items
    assert (user.audio_start_ms, user.audio_end_ms) == (820, 2_480)
    assert user.status == answer.status == "completed"
    assert answer.parts[0].pcm == t.tone(500)
    changes = talk.changes()
    sound = [c for c in changes if isinstance(c, ch.AudioReceived)]
    assert b"".join(c.pcm for c in sound) == t.tone(500)
    assert [c for c in changes if isinstance(c, ch.AudioCompleted)] == [ch.AudioCompleted("a1", 0)]
    [finished] = [c for c in changes if isinstance(c, ch.ResponseFinished)]
    assert finished.usage is not None
    assert finished.usage.total_tokens == 150
    assert [c for c in changes if isinstance(c, ch.AnswerFinished)] == [
        ch.AnswerFinished(None, "r1", "completed", ("a1",), None)
    ]
    assert talk.sent() == []


def test_a_text_turn() -> None:
    talk = Talk()
    [item_id] = talk.protocol.respond("k", items=[said("2+2?")])
    create, respond = talk.sent()
    assert create["item"]["id"] == item_id
    assert len(item_id) <= 32
    assert respond["type"] == "response.create"
    assert talk.turns == [("user", "2+2?")]
    item = t.message("user", "2+2?", item_id=item_id)
    talk.feed(t.item_added(item), t.item_done(item))
    metadata = respond["response"]["metadata"]
    talk.feed(t.text_response("4", item_id="a", previous=item_id, metadata=metadata))
    assert talk.turns == [("user", "2+2?"), ("assistant", "4")]
    [finished] = talk.changes(ch.AnswerFinished)
    assert (finished.key, finished.item_ids, finished.status) == ("k", ("a",), "completed")


def test_a_function_call() -> None:
    talk = Talk()
    talk.protocol.respond("k", items=[said("Weather?")])
    talk.sent()
    call = t.function_call("get_weather", {"city": "Rome"}, call_id="call_9", item_id="f1")
    events = t.call_response(call, response_id="r3", metadata={"rtw_key": "k"})
    talk.feed(events[:-1])
    assert talk.changes(ch.CallReady) == [ch.CallReady("call_9", "get_weather", '{"city": "Rome"}', "r3")]
    talk.protocol.tool_output("call_9", '{"c": 21}')
    assert talk.sent() == [], "the response that called isn't done yet"
    talk.feed(events[-1])
    output, go_on = talk.sent()
    assert output["item"]["type"] == "function_call_output"
    assert (output["item"]["call_id"], output["item"]["output"]) == ("call_9", '{"c": 21}')
    assert go_on["type"] == "response.create"
    assert talk.changes(ch.AnswerFinished) == []
    talk.feed(t.audio_response("21 degrees.", item_id="a", metadata=go_on["response"]["metadata"]))
    [finished] = talk.changes(ch.AnswerFinished)
    assert (finished.key, finished.item_ids) == ("k", ("a",))
    assert not talk.protocol.sequencer.busy


def speaking(talk: Talk, sound_ms: int = 4_800) -> None:
    """Have the assistant speak `sound_ms`, all of it received, in a response that still runs."""
    talk.protocol.playback.has_player = True
    events = t.audio_response("A long tale indeed.", t.tone(sound_ms), response_id="r5", item_id="a5")
    done = next(i for i, e in enumerate(events) if e["type"] == "response.output_audio.done")
    talk.feed(events[:done])
    talk.sent()
    talk.changes()


def test_barge_in_over_websocket() -> None:
    talk = Talk()
    speaking(talk)
    talk.feed(t.speech_started("u6", 30_120))
    [speech] = talk.changes(ch.SpeechChanged)
    assert speech.interrupts
    assert talk.protocol.begin_interrupt(cancel=False)
    talk.protocol.playback.report("a5", 0, 1_234 * 24, talk.now_ms)
    [cut] = talk.protocol.finish_interrupt()
    assert (cut.heard_ms, cut.received_ms, cut.estimated) == (1_234, 4_800, False)
    [truncate] = talk.sent()
    del truncate["event_id"]
    assert truncate == {
        "type": "conversation.item.truncate", "item_id": "a5", "content_index": 0, "audio_end_ms": 1_234,
    }  # fmt: skip
    item = t.message("assistant", "A long tale indeed.", item_id="a5", spoken=True, status="incomplete")
    talk.feed(t.response_done("r5", "cancelled", output=[item]), t.item_truncated("a5", 1_234))
    assert (talk.item("a5").status, talk.item("a5").interrupted) == ("cancelled", True)
    [finished] = talk.changes(ch.AnswerFinished)
    assert finished.status == "cancelled"
    assert talk.sent() == []


def test_barge_in_when_generation_is_over_but_playback_is_not() -> None:
    talk = Talk()
    talk.protocol.playback.has_player = True
    talk.feed(t.audio_response("A long tale.", t.tone(4_800), response_id="r", item_id="a"))
    talk.protocol.playback.report("a", 0, 1_000 * 24, 1_000)
    assert talk.protocol.begin_interrupt(cancel=True)
    talk.protocol.finish_interrupt()
    [truncate] = talk.sent()
    assert (truncate["type"], truncate["audio_end_ms"]) == ("conversation.item.truncate", 1_000)
    assert talk.item("a").status == "completed"
    assert talk.item("a").interrupted


def test_server_side_cut_of_webrtc() -> None:
    talk = Talk()
    speaking(talk)
    talk.feed(
        t.event("output_audio_buffer.started", response_id="r5"),
        t.speech_started("u", 0),
        t.event("output_audio_buffer.cleared", response_id="r5"),
        t.item_truncated("a5", 700),
        t.response_done("r5", "cancelled"),
    )
    assert talk.item("a5").interrupted
    part = talk.protocol.playback.get("a5")
    assert part is not None
    assert part.cut_samples == 700 * 24


def test_push_to_talk() -> None:
    talk = Talk(turn_detection=None)
    talk.protocol.clear()
    talk.protocol.append_audio(bytes(48 * 300))
    talk.feed(t.cleared())
    talk.protocol.append_audio(bytes(48 * 300))
    assert talk.protocol.commit() is not None
    talk.protocol.respond("k")
    assert [frame["type"].split("_buffer.")[-1] for frame in talk.sent()] == [
        "clear", "append", "append", "commit", "response.create",
    ]  # fmt: skip
    talk.feed(t.user_turn("Hello", item_id="u", by_hand=True))
    assert talk.turns == [("user", "Hello")]
    assert (talk.item("u").audio_start_ms, talk.item("u").audio_end_ms) == (0, 600)


def test_a_hold_that_is_too_short_is_dropped() -> None:
    talk = Talk(turn_detection=None)
    talk.protocol.append_audio(bytes(48 * 99))
    talk.sent()
    assert talk.protocol.commit() is None
    assert types(talk.sent()) == ["input_audio_buffer.clear"]
    assert talk.protocol.commit() is None
    assert talk.sent() == []


def test_what_is_appended_after_a_commit_belongs_to_the_next_item() -> None:
    talk = Talk(turn_detection=None)
    talk.protocol.append_audio(bytes(48 * 500))
    talk.protocol.commit()
    talk.protocol.append_audio(bytes(48 * 150))  # the next hold begins before the answer to the commit comes
    talk.feed(t.committed("u1"))
    assert talk.item("u1").audio_end_ms == 500
    assert talk.protocol.commit() is not None
    assert talk.protocol.commit() is None, "twice the same would be refused"
    talk.feed(t.committed("u2", previous="u1"))
    assert (talk.item("u2").audio_start_ms, talk.item("u2").audio_end_ms) == (500, 650)


def test_mcp_items_pass_without_becoming_turns() -> None:
    talk = Talk()
    listing = {"id": "mcpl", "type": "mcp_list_tools", "server_label": "docs", "tools": []}
    asked = {
        "id": "mcpr",
        "type": "mcp_approval_request",
        "server_label": "docs",
        "name": "f",
        "arguments": "{}",
    }
    call = {
        "id": "mc",
        "type": "mcp_call",
        "server_label": "docs",
        "name": "f",
        "arguments": "{}",
        "output": "1",
    }
    talk.feed(
        t.event("mcp_list_tools.in_progress", item_id="mcpl"),
        t.item_added(listing),
        t.event("mcp_list_tools.completed", item_id="mcpl"),
        t.item_done(listing, previous="mcpl"),
        t.item_added(asked, previous="mcpl"),
        t.response_created("r"),
        t.event("response.output_item.added", response_id="r", output_index=0, item=call),
        t.event("response.mcp_call.in_progress", item_id="mc", output_index=0),
        t.event("response.mcp_call.completed", item_id="mc", output_index=0),
        t.event("response.output_item.done", response_id="r", output_index=0, item=call),
        t.response_done("r", output=[call]),
    )
    assert talk.turns == []
    assert talk.changes(ch.CallReady) == []
    assert talk.sent() == []


def test_an_image() -> None:
    talk = Talk()
    url = "data:image/png;base64," + "A" * 3_000
    parts = [
        ContentPart(type="input_text", text="What is this?"),
        ContentPart(type="input_image", image_url=url),
    ]
    [item_id] = talk.protocol.respond("k", items=[Item(type="message", role="user", content=parts)])
    create = talk.sent()[0]
    assert create["item"]["content"][1] == {"type": "input_image", "image_url": url}
    assert talk.item(item_id).parts[1].image_url == url
    assert "AAAA" not in talk.protocol.events_received()[-2].text


def test_an_out_of_band_response_runs_beside_the_conversation() -> None:
    talk = Talk()
    speaking(talk)
    talk.protocol.respond("o", options={"conversation": "none", "output_modalities": ["text"]})
    [create] = talk.sent()
    metadata = create["response"]["metadata"]
    talk.feed(t.text_response("A title", item_id="t", response_id="ro", metadata=metadata, out_of_band=True))
    assert talk.protocol.sequencer.active == "r5"
    assert ("assistant", "A title") not in talk.turns
    [finished] = talk.changes(ch.AnswerFinished)
    assert (finished.key, finished.item_ids) == ("o", ("t",))
    assert talk.item("t").text == "A title"


def test_sound_of_a_raw_command_counts_like_any_other() -> None:
    talk = Talk()
    talk.protocol.send({"type": "input_audio_buffer.append", "audio": "AAAA" * 1_600})
    assert talk.protocol.input_audio.appended_ms == 100
    talk.protocol.send({"type": "input_audio_buffer.commit", "event_id": "mine"})
    talk.feed(t.committed("u"))
    assert [settled.event_id for settled in talk.changes(ch.CommandSettled)] == ["mine"]
    assert talk.item("u").audio_end_ms == 100


def test_sound_goes_out_in_frames_that_any_server_takes() -> None:
    talk = Talk()
    talk.protocol.append_audio(bytes(MAX_APPEND_BYTES * 2 + 48))
    frames = talk.protocol.messages_to_send()
    assert len(frames) == 3
    assert max(map(len, frames)) < 2**20
    talk.protocol.append_audio(b"")
    assert talk.sent() == []


def test_updates_send_only_what_changes() -> None:
    talk = Talk()
    config = talk.protocol.config
    event_id = talk.protocol.update(config.merge(instructions="Rhyme."))
    [update] = talk.sent()
    assert update["session"] == {"type": "realtime", "instructions": "Rhyme."}
    talk.feed(t.session_updated())
    assert [c.event_id for c in talk.changes(ch.CommandSettled)] == [event_id]
    assert talk.protocol.update(talk.protocol.config) is None
    talk.protocol.update(talk.protocol.config.merge(turn_detection=None))
    [update] = talk.sent()
    assert update["session"] == {"type": "realtime", "audio": {"input": {"turn_detection": None}}}


def test_a_refused_update_can_be_taken_back() -> None:
    talk = Talk()
    before = talk.protocol.config
    talk.protocol.update(before.merge(voice="cedar"))
    talk.sent()
    talk.protocol.revert(before)
    talk.protocol.update(before.merge(voice="cedar"))
    [again] = talk.sent()
    assert again["session"]["audio"]["output"] == {"voice": "cedar"}


def test_the_voice_is_locked_by_the_first_sound_of_a_connection() -> None:
    talk = Talk()
    assert not talk.protocol.voice_locked
    talk.feed(t.audio_response("Hi"))
    assert talk.protocol.voice_locked
    talk.protocol.connection_lost()
    talk.protocol.connection_opened()
    assert not talk.protocol.voice_locked


def test_a_frame_that_is_no_event_is_told_once_and_logged() -> None:
    talk = Talk()
    talk.feed("{", b"\xff")
    assert [c.error.type for c in talk.changes(ch.Problem)] == ["invalid_frame"] * 2
    assert [entry.type for entry in talk.protocol.events_received()][-2:] == ["invalid"] * 2


def test_a_lost_connection_settles_everything_and_keeps_what_was_said() -> None:
    talk = Talk()
    talk.feed(t.user_turn("Hello", item_id="u"))
    update = talk.protocol.update(talk.protocol.config.merge(instructions="x"))
    talk.feed(
        t.speech_started("u2", 100), t.transcription_delta("u2", "And then"), t.speech_started("u3", 300)
    )
    speaking(talk)
    talk.protocol.connection_lost()
    changes = talk.changes()
    [settled] = [c for c in changes if isinstance(c, ch.CommandSettled)]
    assert settled.event_id == update
    assert settled.error is not None
    assert settled.error.code == "connection_lost"
    assert ch.ResponseFinished("r5", "incomplete", None, None) in changes
    assert talk.sent() == []
    assert {i.id: i.status for i in talk.items} == {"u": "completed", "u2": "incomplete", "a5": "incomplete"}
    assert not talk.protocol.sequencer.busy
    talk.protocol.connection_opened()
    talk.feed(t.session_created(), t.session_updated(), t.user_turn("Again", item_id="v"))
    talk.feed(t.text_response("Yes.", item_id="w", previous="v"))
    assert talk.turns[-2:] == [("user", "Again"), ("assistant", "Yes.")]


@pytest.mark.parametrize(
    "detection", [ServerVAD(interrupt_response=False), SemanticVAD(interrupt_response=False)]
)
def test_speech_interrupts_only_if_so_configured(detection: object) -> None:
    talk = Talk(turn_detection=detection)
    talk.feed(t.speech_started("u"))
    [speech] = talk.changes(ch.SpeechChanged)
    assert not speech.interrupts


def test_a_failed_transcription_is_told_once_per_kind() -> None:
    talk = Talk()
    for n in range(3):
        talk.feed(t.user_turn(None, item_id=f"u{n}"))
        talk.feed(t.transcription_failed(f"u{n}", "No such deployment.", code="DeploymentNotFound"))
    [problem] = talk.changes(ch.Problem)
    assert (problem.error.code, problem.fatal) == ("DeploymentNotFound", False)
    assert all(part.failed for item in talk.items for part in item.parts.values())


def test_the_beta_protocol_is_understood() -> None:
    talk = Talk()
    item = {"id": "a", "type": "message", "role": "assistant", "status": "in_progress", "content": []}
    user = {
        "id": "u",
        "type": "message",
        "role": "user",
        "content": [{"type": "input_audio", "transcript": None}],
    }
    ids = {"response_id": "r", "item_id": "a", "output_index": 0, "content_index": 0}
    full = {**item, "status": "completed", "content": [{"type": "audio", "transcript": "Hi."}]}
    talk.feed(
        t.committed("u"),
        {"type": "conversation.item.created", "previous_item_id": None, "item": user},
        t.response_created("r"),
        {"type": "response.output_item.added", "response_id": "r", "output_index": 0, "item": item},
        {"type": "conversation.item.created", "previous_item_id": "u", "item": item},
        {"type": "response.content_part.added", **ids, "part": {"type": "audio", "transcript": ""}},
        {"type": "response.audio_transcript.delta", **ids, "delta": "Hi."},
        {"type": "response.audio.delta", **ids, "delta": "AAAA"},
        {"type": "response.audio.done", **ids},
        {"type": "response.audio_transcript.done", **ids, "transcript": "Hi."},
        {"type": "response.output_item.done", "response_id": "r", "output_index": 0, "item": full},
        t.response_done("r", output=[full]),
        t.transcription_completed("u", "Hello"),
    )
    assert talk.turns == [("user", "Hello"), ("assistant", "Hi.")]
    assert [c.pcm for c in talk.changes(ch.AudioReceived)] == [b"\0\0"]


def test_sixty_turns_stay_complete_and_in_order() -> None:
    talk = Talk()
    wanted, previous, late = [], None, []
    for n in range(60):
        talk.at(n * 2_000)
        talk.feed(t.user_turn(None, item_id=f"u{n}", previous=previous))
        talk.feed(t.audio_response(f"Answer {n}", b"\0\0" * 240, item_id=f"a{n}", previous=f"u{n}"))
        transcript = t.transcription_completed(f"u{n}", f"Question {n}")
        [talk.feed, late.append, lambda event: None][n % 3](transcript)
        wanted += [("user", "" if n % 3 == 2 else f"Question {n}"), ("assistant", f"Answer {n}")]
        previous = f"a{n}"
    talk.feed(*reversed(late))
    assert talk.turns == wanted


def test_a_minimal_server_without_item_events_is_enough() -> None:
    talk = Talk()
    for n in range(3):
        talk.feed({"type": "input_audio_buffer.committed", "item_id": f"u{n}"})
        talk.feed(t.transcription_completed(f"u{n}", f"Q{n}"))
        talk.feed({"type": "response.created", "response": {"id": f"r{n}"}})
        delta = {"response_id": f"r{n}", "item_id": f"a{n}"}
        talk.feed({"type": "response.output_audio_transcript.delta", **delta, "delta": f"A{n}"})
        talk.feed({"type": "response.output_audio.delta", **delta, "delta": "AAAA"})
        talk.feed({"type": "response.done", "response": {"id": f"r{n}", "status": "completed"}})
    assert talk.turns == [
        (role, f"{letter}{n}") for n in range(3) for role, letter in (("user", "Q"), ("assistant", "A"))
    ]
    assert {item.status for item in talk.items} == {"completed"}
    assert len(talk.changes(ch.AudioCompleted)) == 3


def test_what_is_recorded_holds_both_directions() -> None:
    talk = Talk()
    talk.protocol.append_audio(b"\0\0" * 24)
    talk.feed(t.audio_response("Hi", b"\1\0" * 240, item_id="a"))
    entries = talk.protocol.events_received()
    assert {entry.direction for entry in entries} == {"in", "out", "local"}
    for entry in entries:
        assert entry.raw["type"] == entry.type
        assert json.loads(entry.text)["type"] == entry.type


def test_what_is_read_from_a_file_begins_after_the_answer_before_it() -> None:
    protocol = RealtimeProtocol(SessionConfig())
    protocol.at(100, 0.0)
    protocol.append_audio(bytes(48 * 2_000), live=False)  # runs ahead of the clock
    protocol.playback.received("a", 0, 24 * 5_000, 2_100)
    protocol.at(300, 0.0)
    protocol.append_audio(bytes(48 * 100), live=False)
    assert protocol.input_audio.end_ms == protocol.playback.end_ms + 100
    protocol.at(400, 0.0)
    protocol.append_audio(bytes(48 * 100))  # a microphone doesn't wait
    assert protocol.input_audio.end_ms == protocol.playback.end_ms + 200


def test_a_server_that_owes_something_is_known_by_the_time() -> None:
    talk = Talk().at(1_000)
    assert talk.protocol.owed_since_ms() is None
    talk.protocol.respond("k")
    talk.at(2_000).protocol.update(talk.protocol.config.merge(instructions="x"))
    assert talk.protocol.owed_since_ms() == 1_000
    [create] = talk.sent("response.create")
    talk.feed(t.response_created("r", metadata=create["response"]["metadata"]))
    assert talk.protocol.owed_since_ms() == 2_000
    talk.feed(t.session_updated())
    assert talk.protocol.owed_since_ms() is None
    talk.protocol.cancel()
    assert talk.protocol.owed_since_ms() == 2_000
    talk.feed(t.response_done("r", "cancelled"))
    assert talk.protocol.owed_since_ms() is None


def test_tools_of_an_mcp_server_that_can_not_be_listed_are_a_problem() -> None:
    listed = {"id": "m1", "type": "mcp_list_tools", "server_label": "docs", "tools": []}
    talk = Talk().feed(t.item_added(listed), t.event("mcp_list_tools.failed", item_id="m1"))
    [problem] = talk.changes(ch.Problem)
    assert (problem.error.code, problem.fatal) == ("mcp_list_tools_failed", False)
    assert "docs" in (problem.error.message or "")
    assert talk.item("m1").status == "failed"
