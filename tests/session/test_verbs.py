"""The verbs: asking, sending, updating, push-to-talk, and what each says when it can't."""

import threading
from typing import Any

import pytest

from realtime_widget import RealtimeSession
from realtime_widget.errors import (
    ConfigError,
    NotConnectedError,
    RefusedError,
    ResponseError,
    ToolError,
    WaitTimeoutError,
)
from realtime_widget.testing import (
    ScriptedEngine,
    audio_response,
    drop,
    error,
    expect,
    message,
    reply,
    response_created,
    response_done,
    send,
    text_response,
    tone,
)

from .helpers import echo_engine, on_io, voice_engine, wait_until

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


def test_ask_returns_the_turn_with_its_sound() -> None:
    pcm = tone(700)
    with (
        ScriptedEngine(reply(audio_response("Hello there.", pcm))) as engine,
        RealtimeSession(engine=engine) as session,
    ):
        turn = session.ask("Hi!")
        assert (turn.role, turn.text, turn.status) == ("assistant", "Hello there.", "completed")
        assert turn.audio.to_pcm() == pcm
        assert [(one.role, one.text) for one in session.transcript] == [
            ("user", "Hi!"),
            ("assistant", "Hello there."),
        ]
        assert session.transcript[1] == turn


def test_parallel_asks_each_get_their_own_answer() -> None:
    with echo_engine() as engine, RealtimeSession(engine=engine) as session:
        answers: dict[int, str] = {}

        def ask(n: int) -> None:
            answers[n] = session.ask(f"question {n}").text

        threads = [threading.Thread(target=ask, args=(n,)) for n in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert answers == {n: f"You said: question {n}" for n in range(12)}
        assert len(session.transcript) == 24


@pytest.mark.parametrize("text", ["", "  \n", None, 5])
def test_nothing_to_say_is_refused_at_once(text: Any) -> None:
    with echo_engine() as engine, RealtimeSession(engine=engine) as session:
        with pytest.raises(ConfigError, match="nothing to say"):
            session.ask(text)
        with pytest.raises(ConfigError, match="nothing to say"):
            session.send_text(text)
        assert not engine.of_type("conversation.item.create")


def test_a_failed_response_raises_with_the_servers_words_and_the_session_goes_on() -> None:
    failure = {"type": "server_error", "code": "rate_limit_exceeded", "message": "Rate limit reached."}
    failed = [response_created("r1"), response_done("r1", "failed", failure=failure, usage=None)]
    with (
        ScriptedEngine(reply(*failed), reply(text_response("Better."))) as engine,
        RealtimeSession(engine=engine) as session,
    ):
        with pytest.raises(ResponseError, match="Rate limit reached") as told:
            session.ask("Hi!")
        assert told.value.code == "rate_limit_exceeded"
        assert session.status == "connected"
        assert session.ask("Again!").text == "Better."


@pytest.mark.parametrize("status", ["cancelled", "incomplete"])
def test_an_answer_that_was_cut_short_is_what_there_is_of_it(status: str) -> None:
    events = text_response("This is only the beginning", response_id="r1")
    reason = "max_output_tokens" if status == "incomplete" else "client_cancelled"
    events = [one for one in events[:-1] if "done" not in one["type"]]
    events.append(response_done("r1", status, reason=reason))
    with ScriptedEngine(reply(events)) as engine, RealtimeSession(engine=engine) as session:
        turn = session.ask("Hi!")
        assert turn.status == status
        assert turn.text == "This is only the beginning"


@pytest.mark.parametrize("status", ["cancelled", "incomplete", "completed"])
def test_an_answer_without_anything_said_is_an_error(status: str) -> None:
    script = reply(response_created("r1"), response_done("r1", status))
    with (
        ScriptedEngine(script) as engine,
        RealtimeSession(engine=engine) as session,
        pytest.raises(ResponseError, match=f"ended as {status}"),
    ):
        session.ask("Hi!")


def test_an_answer_that_takes_too_long_may_still_come() -> None:
    with ScriptedEngine() as engine, RealtimeSession(engine=engine) as session:
        with pytest.raises(WaitTimeoutError, match=r"within 0\.05 s"):
            session.ask("Hi!", timeout=0.05)
        engine.push(text_response("Late, but here."))
        session.settle(5)
        assert session.transcript.last_response == "Late, but here."
        engine.rules["response.create"] = text_response("In time.")
        assert session.ask("Again?", timeout=5).text == "In time."


def test_a_refused_request_raises_what_the_server_said() -> None:
    with ScriptedEngine() as engine:
        engine.rules["response.create"] = lambda command: error(
            "Invalid value.", code="invalid_value", event_id=command["event_id"]
        )
        with (
            RealtimeSession(engine=engine) as session,
            pytest.raises(ResponseError, match=r"Invalid value\."),
        ):
            session.ask("Hi!", timeout=5)


def test_the_server_drops_in_the_middle_and_what_was_said_is_kept() -> None:
    begun = audio_response("Once upon a time there was a king.", tone(2_000), chunk_ms=100)[:16]
    with ScriptedEngine(reply(begun), drop()) as engine, RealtimeSession(engine=engine) as session:
        with pytest.raises(ResponseError, match="broke during the answer") as lost:
            session.ask("Tell me a story.")
        assert (lost.value.code, lost.value.recoverable) == ("connection_lost", True)
        wait_until(lambda: session.transcript[-1].status != "in_progress")
        user, answer = session.transcript
        assert user.text == "Tell me a story."
        assert answer.text.startswith("Once upon")
        assert answer.audio.duration_ms >= 100
        assert session.recording.samples.shape[1] == 2


def test_every_verb_says_that_there_is_no_connection() -> None:
    session = RealtimeSession(engine=ScriptedEngine())
    for call in (
        lambda: session.ask("Hi!"),
        lambda: session.send_text("Hi!"),
        lambda: session.send_audio(bytes(4_800), rate=24_000),
        lambda: session.send_image(PNG),
        session.commit,
        session.respond,
        lambda: session.send_event({"type": "response.cancel"}),
    ):
        with pytest.raises(NotConnectedError, match=r"session\.start\(\)"):
            call()
    session.interrupt()  # nothing is said, so there is nothing to interrupt
    session.mute()
    session.settle(1)
    session.stop()


def test_text_without_an_answer_and_then_with_one() -> None:
    with echo_engine() as engine, RealtimeSession(engine=engine) as session:
        session.send_text("Remember 7.", respond=False)
        session.send_text("And 8.")
        session.settle(5)
        assert [turn.role for turn in session.transcript] == ["user", "user", "assistant"]
        assert len(engine.of_type("response.create")) == 1


def test_an_image_goes_with_its_words() -> None:
    with echo_engine() as engine, RealtimeSession(engine=engine) as session:
        session.send_image(PNG, "What is this?")
        (command,) = engine.wait_for("conversation.item.create")
        words, picture = command["item"]["content"]
        assert words == {"type": "input_text", "text": "What is this?"}
        assert picture["image_url"].startswith("data:image/png;base64,")
        assert not engine.of_type("response.create")
        assert (
            "base64" not in str(session.events.df.raw.tolist())
            or len(str(session.events.df.raw.tolist())) < 20_000
        )


def test_options_of_one_answer() -> None:
    with echo_engine() as engine, RealtimeSession(engine=engine) as session:
        session.respond(instructions="Whisper.", output="text", voice="cedar", metadata={"a": "b"})
        session.settle(5)
        (command,) = engine.of_type("response.create")
        response = command["response"]
        assert response["instructions"] == "Whisper."
        assert response["output_modalities"] == ["text"]
        assert response["audio"] == {"output": {"voice": "cedar"}}
        assert response["metadata"]["a"] == "b"
        with pytest.raises(ConfigError, match=r"'instruction'.*Did you mean 'instructions'"):
            session.respond(instruction="x")


# -- update ----------------------------------------------------------------------------------------------


def test_a_refused_update_says_why_and_changes_nothing() -> None:
    def old(x: int) -> int:
        return x

    def new(y: int) -> int:
        return y

    with (
        ScriptedEngine() as engine,
        RealtimeSession(engine=engine, instructions="Old.", tools=[old]) as session,
    ):
        engine.rules["session.update"] = lambda command: error(
            "Instructions are too long.", code="string_above_max_length", event_id=command["event_id"]
        )
        before = session.config
        with pytest.raises(RefusedError, match="too long") as told:
            session.update(instructions="New.", tools=[new])
        assert told.value.code == "string_above_max_length"
        assert session.config == before
        assert list(session.tools) == ["old"]
        assert session.error is None
        del engine.rules["session.update"]
        session.update(instructions="Newer.")
        assert engine.of_type("session.update")[-1]["session"] == {
            "type": "realtime",
            "instructions": "Newer.",
        }
        assert list(session.tools) == ["old"]


def test_wrong_options_are_refused_before_anything_is_sent() -> None:
    with ScriptedEngine() as engine, RealtimeSession(engine=engine, tools=[len_of]) as session:
        with pytest.raises(ConfigError, match=r"'voise'.*Did you mean 'voice'"):
            session.update(voise="marin")
        with pytest.raises(ConfigError, match="speed must be a number"):
            session.update(speed=9)
        with pytest.raises(ToolError):
            session.update(tools=[len_of, 5])
        with pytest.raises(RefusedError, match="model can't change"):
            session.update(model="other")
        assert list(session.tools) == ["len_of"]
        assert len(engine.of_type("session.update")) == 1


def len_of(text: str) -> int:
    return len(text)


def test_the_voice_is_fixed_once_it_was_heard_and_free_again_after_a_stop() -> None:
    with voice_engine() as engine:
        session = RealtimeSession(engine=engine).start()
        session.update(voice="cedar")
        session.ask("Hi!")
        with pytest.raises(RefusedError, match="can't change once the model has spoken") as told:
            session.update(voice="marin", instructions="New.")
        assert told.value.code == "cannot_update_voice"
        assert session.config.voice == "cedar"
        assert session.config.instructions == ""
        session.update(instructions="Only that.")
        assert "audio" not in engine.of_type("session.update")[-1]["session"]
        session.stop()
        session.update(voice="marin")
        session.start()
        assert engine.of_type("session.update")[-1]["session"]["audio"]["output"]["voice"] == "marin"
        session.stop()


# -- tools while connected -------------------------------------------------------------------------------


def test_a_tool_added_while_connected_is_announced_once() -> None:
    with ScriptedEngine() as engine, RealtimeSession(engine=engine) as session:

        @session.tool
        def rows(city: str) -> int:
            """Number of rows."""
            return 3

        engine.wait_for("session.update", 2)
        session.tool(rows)  # the same cell again: nothing to tell

        @session.tool
        def rows(city: str) -> int:
            """Number of rows."""
            return 4

        session.update(instructions="A fence.")
        updates = engine.of_type("session.update")
        assert len(updates) == 3
        assert [tool["name"] for tool in updates[1]["session"]["tools"]] == ["rows"]
        assert "tools" not in updates[2]["session"]
        assert session.tools["rows"].version == 2


def test_tools_that_the_server_refuses_are_told_in_the_error_line() -> None:
    with ScriptedEngine() as engine, RealtimeSession(engine=engine) as session:
        engine.rules["session.update"] = lambda command: error(
            "Bad tool.", code="bad", event_id=command["event_id"]
        )
        session.tool(len_of)
        wait_until(lambda: session.error is not None)
        assert isinstance(session.error, RefusedError)
        assert session.config.tools == ()


# -- push to talk ----------------------------------------------------------------------------------------


def test_sound_then_commit_then_respond() -> None:
    with (
        voice_engine("Understood.") as engine,
        RealtimeSession(engine=engine, turn_detection=None, transcription=None) as session,
    ):
        pcm = tone(500)
        session.send_audio(pcm, rate=24_000)
        session.commit()
        session.respond()
        session.settle(10)
        assert engine.received_audio == pcm
        kinds = [command["type"] for command in engine.received if command["type"] != "session.update"]
        assert kinds == ["input_audio_buffer.append"] * 5 + ["input_audio_buffer.commit", "response.create"]
        user, answer = session.transcript
        assert user.audio.to_pcm() == pcm
        assert answer.text == "Understood."


def test_a_commit_under_100_ms_is_dropped() -> None:
    with (
        ScriptedEngine() as engine,
        RealtimeSession(engine=engine, turn_detection=None, transcription=None) as session,
    ):
        session.commit()
        session.send_audio(tone(60), rate=24_000)
        session.commit()
        session.send_event({"type": "fence"})
        engine.wait_for("fence")
        assert not engine.of_type("input_audio_buffer.commit")
        assert len(engine.of_type("input_audio_buffer.clear")) == 1


def test_press_and_release_make_exactly_one_commit_and_one_request() -> None:
    with (
        voice_engine() as engine,
        RealtimeSession(engine=engine, turn_detection=None, transcription=None) as session,
    ):
        verbs, core = session._verbs, session._core
        on_io(session, core.microphone, tone(300))  # nobody presses: not heard
        for function in (
            verbs.press,
            verbs.press,
            lambda: core.microphone(tone(300)),
            verbs.release,
            verbs.release,
        ):
            on_io(session, function)
        session.settle(5)
        assert len(engine.received_audio) == 300 * 48
        assert len(engine.of_type("input_audio_buffer.commit")) == 1
        assert len(engine.of_type("response.create")) == 1
        assert session.listening is False

        on_io(session, verbs.press)
        wait_until(lambda: session.listening)
        on_io(session, core.microphone, tone(60))
        on_io(session, verbs.release)  # too short to be anything
        on_io(session, verbs.press)
        on_io(session, core.microphone, tone(300))
        on_io(session, lambda: verbs.release(keep=False))
        session.settle(5)
        assert len(engine.of_type("input_audio_buffer.commit")) == 1
        assert len(engine.of_type("response.create")) == 1


def test_a_press_stops_the_answer() -> None:
    begun = audio_response("A long answer.", tone(3_000), response_id="r1")[:12]
    with (
        ScriptedEngine(
            reply(begun), expect("response.cancel"), send(response_done("r1", "cancelled"))
        ) as engine,
        RealtimeSession(engine=engine, turn_detection=None, transcription=None) as session,
    ):
        session.send_text("Hi!")
        wait_until(
            lambda: (
                session.transcript
                and session.transcript[-1].role == "assistant"
                and session.transcript[-1].audio_ms
            )
        )
        on_io(session, session._verbs.press)
        on_io(session, session._core.microphone, tone(200))
        on_io(session, session._verbs.release)
        engine.assert_complete()
        engine.wait_for("response.create", 2)
        assert message("user")["role"] == "user"
