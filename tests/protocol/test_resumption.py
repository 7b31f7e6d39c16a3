"""A conversation that goes from one connection to the next."""

import base64
from typing import Any

import pytest

from realtime_widget import testing as t
from realtime_widget.protocol import changes as ch

from .drive import Talk, types

SECOND = bytes(48_000)


def reconnect(talk: Talk, *, said: bool = True) -> list[dict[str, Any]]:
    """Lose the connection and make another; return what the new one is told after its configuration."""
    if said:
        talk.protocol.connection_lost("test", resumes=True)
    assert talk.sent() == []
    event_id = talk.protocol.connection_opened()
    [update] = talk.sent()
    assert (update["type"], update["event_id"]) == ("session.update", event_id)
    talk.feed(t.session_created(), t.session_updated())
    talk.protocol.resume()
    return talk.sent()


def told(commands: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """The messages among commands: role and words."""
    items = [command["item"] for command in commands if command["type"] == "conversation.item.create"]
    return [
        (item["role"], " ".join(part.get("text", "<sound>") for part in item["content"]))
        for item in items
        if item["type"] == "message"
    ]


def finished(talk: Talk) -> list[tuple[str | None, str, str | None]]:
    changes = talk.changes(ch.AnswerFinished)
    return [(each.key, each.status, each.error.code if each.error else None) for each in changes]


def test_a_new_connection_hears_what_was_said() -> None:
    talk = Talk()
    talk.protocol.respond("ask", items=[t_text("two and two?")])
    talk.feed(t.audio_response("Four.", item_id="a", response_id="r"))
    talk.sent()
    assert told(reconnect(talk)) == [("user", "two and two?"), ("assistant", "Four.")]
    assert talk.turns == [("user", "two and two?"), ("assistant", "Four.")]


def test_the_servers_confirmations_of_what_is_told_again_change_nothing() -> None:
    talk = Talk()
    talk.feed(t.user_turn("Hello", item_id="u"), t.audio_response("Hi there", item_id="a"))
    before = talk.state
    for command in reconnect(talk):
        item = {**command["item"], "status": "completed"}
        for kind in ("conversation.item.added", "conversation.item.done"):
            talk.feed({"type": kind, "event_id": f"{kind} {item['id']}", "item": item})
    assert talk.state == before


def test_new_turns_follow_what_was_told_again() -> None:
    talk = Talk()
    talk.feed(t.user_turn("Hello", item_id="u"), t.audio_response("Hi", item_id="a"))
    last = reconnect(talk)[-1]["item"]["id"]
    talk.feed(t.user_turn("And now?", item_id="u", previous=last))
    assert [text for _, text in talk.turns] == ["Hello", "Hi", "And now?"]


def test_new_turns_stand_behind_what_nobody_heard() -> None:
    talk = Talk()
    talk.protocol.playback.attach(True, 0)
    talk.feed(t.user_turn("Hello", item_id="u"), t.audio_response("Words.", SECOND, item_id="a"))
    talk.protocol.playback.report("a", 0, 24, 1)
    talk.protocol.begin_interrupt(cancel=True)
    talk.protocol.finish_interrupt()
    talk.sent()
    [hello] = reconnect(talk)
    talk.feed(t.user_turn("And now?", item_id="v", previous=hello["item"]["id"]))
    assert [text for _, text in talk.turns] == ["Hello", "Words.", "And now?"]


def test_half_a_sentence_of_arguments_is_told_as_none() -> None:
    talk = Talk()
    call = t.function_call("f", {}, call_id="c1")
    call["arguments"] = '{"x": '
    talk.feed(t.call_response(call, response_id="r"))
    talk.protocol.tool_output("c1", "bad arguments")
    talk.sent()
    assert reconnect(talk)[0]["item"]["arguments"] == "{}"


def test_an_interrupted_answer_is_told_as_far_as_it_was_heard() -> None:
    talk = Talk()
    talk.protocol.playback.attach(True, 0)
    talk.feed(t.audio_response("One two three four.", SECOND, item_id="a"))
    talk.protocol.playback.report("a", 0, 12_000, 500)
    talk.protocol.begin_interrupt(cancel=True)
    talk.protocol.finish_interrupt()
    talk.sent()
    assert told(reconnect(talk)) == [("assistant", "One two")]


def test_calls_are_told_with_their_outputs() -> None:
    talk = Talk()
    talk.feed(t.call_response(t.function_call("f", {"x": 1}, call_id="c1"), response_id="r"))
    talk.protocol.tool_output("c1", "42")
    talk.feed(t.text_response("It is 42."))
    talk.sent()
    items = [command["item"] for command in reconnect(talk)]
    assert [item["type"] for item in items] == ["function_call", "function_call_output", "message"]
    assert items[0]["call_id"] == items[1]["call_id"]
    assert (items[0]["name"], items[1]["output"]) == ("f", "42")


def test_a_call_that_still_runs_is_told_when_its_output_is_there() -> None:
    talk = Talk()
    talk.feed(t.call_response(t.function_call("f", {}, call_id="c1"), response_id="r"))
    assert reconnect(talk) == []
    talk.protocol.tool_output("c1", "42")
    sent = talk.sent()
    assert [s.get("item", {}).get("type", s["type"]) for s in sent] == [
        "function_call", "function_call_output", "response.create",
    ]  # fmt: skip


def test_an_output_that_comes_between_the_connections_goes_on_over_the_next() -> None:
    talk = Talk()
    talk.feed(t.call_response(t.function_call("f", {}, call_id="c1"), response_id="r"))
    talk.protocol.connection_lost("test", resumes=True)
    talk.protocol.tool_output("c1", "42")
    sent = reconnect(talk, said=False)
    assert [s.get("item", {}).get("type", s["type"]) for s in sent] == [
        "function_call", "function_call_output", "response.create",
    ]  # fmt: skip


@pytest.mark.parametrize("n_events", [0, 1, 2], ids=["sent", "created", "item begun"])
def test_what_was_never_answered_is_asked_again(n_events: int) -> None:
    talk = Talk()
    talk.protocol.respond("ask", options={"instructions": "Be brief."}, items=[t_text("hello")])
    metadata = talk.sent("response.create")[0]["response"]["metadata"]
    talk.feed(t.audio_response("Hi", item_id="a", response_id="r", metadata=metadata)[:n_events])
    item, create = reconnect(talk)
    assert told([item]) == [("user", "hello")]
    assert create["response"]["instructions"] == "Be brief."
    assert finished(talk) == []
    metadata = create["response"]["metadata"]
    talk.feed(t.audio_response("Hi", item_id="a", response_id="r", metadata=metadata))
    assert finished(talk) == [("ask", "completed", None)]
    assert talk.turns == [("user", "hello"), ("assistant", "Hi")]


def test_a_request_of_the_meantime_is_sent_after_the_history() -> None:
    talk = Talk()
    talk.feed(t.user_turn("Hello", item_id="u"), t.audio_response("Hi", item_id="a"))
    talk.protocol.connection_lost("test", resumes=True)
    talk.protocol.respond("ask", items=[t_text("more")])
    talk.protocol.create_item(t_text("a note"))
    sent = reconnect(talk, said=False)
    assert told(sent) == [("user", "Hello"), ("assistant", "Hi"), ("user", "a note"), ("user", "more")]
    assert types(sent)[-1] == "response.create"


def test_half_an_answer_is_kept_and_not_asked_for_again() -> None:
    talk = Talk()
    talk.protocol.respond("ask", items=[t_text("hello")])
    metadata = talk.sent("response.create")[0]["response"]["metadata"]
    talk.feed(t.audio_response("Half an answer", SECOND, item_id="a", response_id="r", metadata=metadata)[:6])
    assert talk.item("a").text
    assert "response.create" not in types(reconnect(talk))
    assert finished(talk) == [("ask", "incomplete", "connection_lost")]
    assert talk.item("a").status == "incomplete"


def test_an_answer_of_which_only_the_formal_end_is_missing_is_whole() -> None:
    talk = Talk()
    talk.protocol.respond("ask", items=[t_text("hello")])
    metadata = talk.sent("response.create")[0]["response"]["metadata"]
    talk.feed(t.audio_response("All of it.", item_id="a", response_id="r", metadata=metadata)[:-1])
    assert "response.create" not in types(reconnect(talk))
    assert finished(talk) == [("ask", "completed", None)]
    assert talk.item("a").status == "completed"


def test_words_that_never_came_of_an_answered_turn_are_waited_for_no_longer() -> None:
    talk = Talk()
    spoken(talk, t.transcription_delta("u", "what I"), t.text_response("Yes."))
    reconnect(talk)
    part = talk.item("u").part(0)
    assert (part.final, part.uncertain, part.text) == (True, True, "what I")


def test_a_call_that_was_complete_before_the_answer_broke_off_goes_on() -> None:
    talk = Talk()
    talk.feed(t.call_response(t.function_call("f", {}, call_id="c1"), response_id="r")[:-1])
    talk.protocol.connection_lost("test", resumes=True)
    talk.protocol.tool_output("c1", "42")
    sent = reconnect(talk, said=False)
    assert [s.get("item", {}).get("type", s["type"]) for s in sent] == [
        "function_call", "function_call_output", "response.create",
    ]  # fmt: skip


def test_a_spoken_turn_that_the_server_hadnt_answered_is_answered_by_the_next() -> None:
    talk = Talk()
    talk.feed(t.user_turn("What is it?", item_id="u"))
    sent = reconnect(talk)
    assert told(sent) == [("user", "What is it?")]
    assert types(sent)[-1] == "response.create"
    assert "response.create" not in types(reconnect(Talk().feed(
        t.user_turn("What is it?", item_id="u"), t.audio_response("That.", item_id="a")
    )))  # fmt: skip


def spoken(talk: Talk, *events: Any) -> bytes:
    """Speak for a second, two hundred ms after the begin of two seconds of sound; return that sound."""
    pcm = bytes(range(256)) * 375
    talk.protocol.append_audio(pcm)
    talk.feed(t.speech_started("u", 500), t.speech_stopped("u", 1_500), t.committed("u"), *events)
    talk.sent()
    return pcm


@pytest.mark.parametrize("events", [
    [], [t.transcription_delta("u", "what I")], [t.response_created("r")],
], ids=["committed", "half its words", "a response begun"])  # fmt: skip
def test_a_spoken_turn_whose_words_never_came_is_heard_again(events: list[Any]) -> None:
    talk = Talk()
    pcm = spoken(talk, *events)
    sent = reconnect(talk)
    assert set(types(sent)) == {"input_audio_buffer.append"}, "the server answers it by itself"
    assert b"".join(base64.b64decode(command["audio"]) for command in sent) == pcm[200 * 48 :]
    assert talk.items == []
    talk.feed(t.user_turn("what I said", item_id="v"), t.text_response("Yes."))
    assert talk.turns == [("user", "what I said"), ("assistant", "Yes.")]


def test_a_turn_committed_by_hand_whose_words_never_came_is_heard_again() -> None:
    talk = Talk(turn_detection=None)
    pcm = bytes(range(256)) * 375
    talk.protocol.append_audio(pcm)
    talk.protocol.commit()
    talk.protocol.respond("ask")
    talk.feed(t.committed("u"), t.response_created("r"))
    talk.sent()
    assert types(reconnect(talk)) == [
        "input_audio_buffer.append", "input_audio_buffer.append",
        "input_audio_buffer.commit", "response.create",
    ]  # fmt: skip


def test_a_spoken_turn_that_nobody_writes_down_is_told_as_sound() -> None:
    talk = Talk(transcription=None)
    pcm = bytes(range(256)) * 375  # 2 s
    talk.protocol.append_audio(pcm)
    talk.feed(t.speech_started("u", 500), t.speech_stopped("u", 1_500), t.committed("u"))
    talk.sent()
    item, *_ = reconnect(talk)
    [part] = item["item"]["content"]
    assert base64.b64decode(part["audio"]) == pcm[24_000:72_000]


@pytest.mark.parametrize("record", [True, False])
def test_speech_that_was_going_on_is_heard_again_with_the_sound_of_the_gap(record: bool) -> None:
    talk = Talk(keep_user_audio=record)
    for i in range(10):
        talk.at(1_000 * (i + 1)).protocol.append_audio(bytes([i, 0]) * 24_000)
    talk.feed(t.speech_started("u", 7_300))
    talk.sent()
    talk.protocol.connection_lost("test", resumes=True)
    talk.at(11_000).protocol.append_audio(b"\x55\0" * 24_000)
    sent = reconnect(talk, said=False)
    assert set(types(sent)) == {"input_audio_buffer.append"}
    sound = b"".join(base64.b64decode(command["audio"]) for command in sent)
    assert len(sound) == 4_000 * 48
    assert (sound[0], sound[-2]) == (7, 0x55)
    talk.feed(t.speech_started("u2", 0), t.speech_stopped("u2", 4_000))
    assert (talk.items[-1].audio_start_ms, talk.items[-1].audio_end_ms) == (7_000, 11_000)
    assert len(talk.items) == 1


def test_the_sound_of_a_long_gap_loses_its_beginning_and_says_so() -> None:
    talk = Talk()
    talk.protocol.connection_lost("test", resumes=True)
    for i in range(80):
        talk.at(1_000 * (i + 1)).protocol.append_audio(bytes([i, 0]) * 24_000)
    sent = reconnect(talk, said=False)
    sound = b"".join(base64.b64decode(command["audio"]) for command in sent)
    assert (len(sound), sound[0]) == (60 * 48_000, 20)
    assert talk.protocol.input_audio.lost_ms == 20_000
    assert talk.protocol.input_audio.end_ms == 80_000


def test_what_was_sent_faster_than_it_sounds_is_heard_again_from_where_the_server_was() -> None:
    talk = Talk()
    talk.at(1_000).protocol.append_audio(bytes(10 * 48_000))
    talk.feed(t.speech_started("u", 1_000), t.speech_stopped("u", 3_000), t.committed("u"))
    talk.feed(t.transcription_completed("u", "One."), t.text_response("Yes."))
    talk.sent()
    sent = reconnect(talk)
    sound = b"".join(base64.b64decode(command["audio"]) for command in sent if "audio" in command)
    assert len(sound) == 7 * 48_000


def test_a_commit_by_hand_that_wasnt_confirmed_is_made_again() -> None:
    talk = Talk(turn_detection=None)
    talk.protocol.append_audio(SECOND)
    talk.protocol.commit()
    talk.protocol.respond("ask")
    talk.sent()
    assert types(reconnect(talk)) == [
        "input_audio_buffer.append", "input_audio_buffer.commit", "response.create",
    ]  # fmt: skip


def test_updates_of_the_meantime_are_settled_by_the_configuration() -> None:
    talk = Talk()
    talk.protocol.connection_lost("test", resumes=True)
    event_id = talk.protocol.update(talk.protocol.config.merge(instructions="New"))
    talk.protocol.connection_opened()
    assert talk.sent()[0]["session"]["instructions"] == "New"
    talk.feed(t.session_created(), t.session_updated())
    assert event_id in [change.event_id for change in talk.changes(ch.CommandSettled)]


def test_an_update_while_the_next_connection_is_configured_goes_out_after_the_configuration() -> None:
    talk = Talk()
    talk.protocol.connection_lost("test", resumes=True)
    talk.protocol.connection_opened()
    event_id = talk.protocol.update(talk.protocol.config.merge(instructions="New"))
    configuration, update = talk.sent()
    assert configuration["session"]["instructions"] == ""
    assert update["event_id"] == event_id
    assert update["session"] == {"type": "realtime", "instructions": "New"}
    talk.changes()
    talk.feed(t.session_created(), t.session_updated())
    assert event_id not in [change.event_id for change in talk.changes(ch.CommandSettled)]
    talk.feed(t.session_updated())
    assert [change.event_id for change in talk.changes(ch.CommandSettled)] == [event_id]


def test_mappings_that_are_sent_in_the_meantime_reach_the_next_connection() -> None:
    talk = Talk()
    talk.feed(t.text_response("Hi"))
    talk.protocol.connection_lost("test", resumes=True)
    talk.protocol.send({"type": "response.cancel"})
    talk.protocol.send({"type": "input_audio_buffer.append", "audio": base64.b64encode(SECOND).decode()})
    talk.protocol.send({"type": "response.create", "response": {"instructions": "Go on."}})
    sent = reconnect(talk, said=False)
    assert told(sent) == [("assistant", "Hi")]
    assert types(sent)[-2:] == ["input_audio_buffer.append", "response.create"]
    assert types(reconnect(talk)).count("response.create") == 0


def test_what_is_told_again_is_cut_and_folded_when_it_is_long() -> None:
    talk = Talk()
    for i in range(60):
        talk.feed(t.user_turn(f"Question {i} {'x' * 300}", item_id=f"u{i}"), t.audio_response(f"Answer {i}"))
    commands = reconnect(talk)
    summary, *recent = told(commands)
    assert summary[0] == "system"
    assert len(recent) == 20
    assert recent[-1] == ("assistant", "Answer 59")
    assert len(summary[1]) < 9_000
    assert "Answer 49" in summary[1]
    assert "[…]" in summary[1]


def test_a_summary_is_no_turn_when_the_server_confirms_it() -> None:
    talk = Talk()
    for n in range(15):
        talk.feed(
            t.user_turn(f"Question {n}", item_id=f"u{n}"), t.audio_response(f"Answer {n}", item_id=f"a{n}")
        )
    before = talk.turns
    for command in reconnect(talk):
        item = {**command["item"], "status": "completed"}
        talk.feed({"type": "conversation.item.added", "event_id": f"added {item['id']}", "item": item})
        talk.feed({"type": "conversation.item.done", "event_id": f"done {item['id']}", "item": item})
    assert talk.turns == before
    assert len(talk.protocol.conversation.items) == 30


def test_giving_up_ends_what_waited() -> None:
    talk = Talk()
    talk.protocol.respond("ask", items=[t_text("hello")])
    talk.protocol.connection_lost("test", resumes=True)
    talk.protocol.connection_lost("for good")
    talk.protocol.connection_opened()
    talk.feed(t.session_created(), t.session_updated())
    talk.sent()
    talk.protocol.resume()
    assert told(talk.sent()) == [("user", "hello")]


def t_text(text: str) -> Any:
    from realtime_widget.protocol.objects import ContentPart, Item

    return Item(type="message", role="user", content=[ContentPart(type="input_text", text=text)])
