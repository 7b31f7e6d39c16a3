"""Pages and a session with a real socket between them and a scripted engine."""

import threading
from typing import Any

import pytest

from realtime_widget import RealtimeSession, TranslationSession
from realtime_widget.session import living
from realtime_widget.testing import (
    ScriptedEngine,
    audio_response,
    call_response,
    error,
    expect,
    pause,
    reply,
    send,
    session_updated,
    speech_started,
    text_response,
    tone,
    transcription_completed,
    user_turn,
)  # fmt: skip
from realtime_widget.widget.link import PageLink
from tests.session.helpers import wait_until
from tests.session.interpreter import InterpreterServer
from tests.widget.pages import Pages, answering, caught_up, talking

CHUNK = bytes(2 * 960)


def start(pages: Pages, *, page: str = "one", mic: str = "open") -> None:
    pages.say("page.ready", page=page)
    pages.say("start", page=page, mic=mic)
    pages.state(lambda state: state["status"] == "connected")


def speak(pages: Pages, n: int, *, page: str = "one", begin: int = 0) -> None:
    for seq in range(begin, begin + n):
        pages.say("audio", page=page, pcm=CHUNK, seq=seq, first_sample=seq * 960, captured_ms=0.0)


@pytest.mark.parametrize(
    ("content", "buffers"),
    [(None, []), ({}, []), ({"type": "audio", "page": "one", "seq": 0, "first_sample": 0}, []),
     ({"type": "audio", "page": "one", "seq": 0, "first_sample": 0}, [b"odd"]),
     ({"type": "audio", "page": "one", "seq": 0, "first_sample": 0}, ["text"]),
     ({"type": "played", "page": "one", "items": [{"item_id": "none", "played_samples": -5}]}, []),
     ({"type": "text", "page": "one", "text": "   "}, []),
     ({"type": "ptt", "page": "one", "ptt_id": 1, "phase": "release"}, [])],
    ids=repr,
)  # fmt: skip
def test_no_message_of_a_page_can_do_harm(content: Any, buffers: list[Any]) -> None:
    with talking() as (session, pages):
        start(pages)
        pages.link.receive(content, buffers)
        caught_up(session)
        assert session.ask("still there?").text == "Hi there."


def test_a_page_that_loads_gets_the_state_and_all_turns() -> None:
    with talking() as (session, pages):
        session.start()
        session.ask("hello")
        pages.clear()
        pages.say("page.ready", page="late")
        snapshot = pages.wait("turns", lambda message: message["reset"])
        assert [turn["role"] for turn in snapshot["turns"]] == ["user", "assistant"]
        assert pages.state()["title"] == "Test"


def test_start_connects_and_end_disconnects_and_closes_the_microphone() -> None:
    with talking() as (session, pages):
        start(pages)
        assert session.status == "connected"
        assert pages.state(lambda state: state["running"])["owner"] == "one"
        pages.say("stop")
        pages.wait("mic", lambda message: message["page"] == "one")
        pages.state(lambda state: state["status"] == "disconnected")


def test_typed_text_is_answered_with_words_and_sound_to_the_owner_alone() -> None:
    sound = bytes(range(256)) * 150  # 800 ms
    with talking(answering("Hi there.", sound)) as (_, pages):
        start(pages, mic="none")
        pages.say("page.ready", page="two")
        pages.say("text", text="hello")
        pages.wait_turns(lambda turns: [turn["text"] for turn in turns] == ["hello", "Hi there."])
        pages.wait("audio.end")
        audio = [(content, buffers[0]) for content, buffers in pages.sent if content["type"] == "audio"]
        assert {content["page"] for content, _ in audio} == {"one"}
        assert [content["seq"] for content, _ in audio] == list(range(len(audio)))
        assert b"".join(pcm for _, pcm in audio) == sound
        assert all(len(pcm) >= 4_800 for _, pcm in audio[1:-1])


def test_the_last_page_that_starts_has_microphone_and_voice() -> None:
    with talking() as (session, pages):
        start(pages)
        pages.say("page.ready", page="two")
        speak(pages, 3)
        speak(pages, 5, page="two")
        caught_up(session)
        assert pages.link.owner == "one"
        assert pages.link.microphone["chunks"] == 3
        pages.say("mic", page="two", state="open")
        assert pages.wait("mic")["page"] == "one", "the first page must close its microphone"
        speak(pages, 2, page="two")
        caught_up(session)
        assert pages.link.owner == "two"
        assert pages.link.microphone["chunks"] == 5


def test_a_microphone_that_is_turned_on_again_takes_no_voice_away() -> None:
    with talking(answering("Hi there.", bytes(48_000))) as (session, pages):
        start(pages)
        pages.say("text", text="hello")
        pages.wait("audio.end")
        pages.say("mic", state="lost")
        speak(pages, 1, begin=50)
        pages.say("mic", state="open")
        speak(pages, 2)
        caught_up(session)
        assert session.health.page.unplayed_audio_ms == 1_000
        assert pages.link.microphone == {"chunks": 3, "lost_samples": 0}


def test_a_page_that_goes_leaves_voice_and_microphone_to_others() -> None:
    with talking() as (session, pages):
        start(pages)
        assert pages.link.has_player
        pages.say("page.hide")
        caught_up(session)
        assert not pages.link.has_player
        assert not session._core.protocol.playback.has_player
        pages.say("page.hide", page="stranger")
        pages.say("page.ready", page="two")
        caught_up(session)
        assert pages.link.owner == "two"


def test_a_report_of_a_page_that_is_gone_makes_it_no_owner() -> None:
    with talking() as (session, pages):
        start(pages)
        pages.say("page.hide")
        pages.say("played", items=[], clear_id=None)
        pages.say("stop")
        caught_up(session)
        assert pages.link.owner is None


def test_the_microphone_reaches_the_engine_and_gaps_are_counted() -> None:
    engine = answering()
    with talking(engine) as (_, pages):
        start(pages)
        speak(pages, 4)
        engine.wait_for("input_audio_buffer.append", 4)
        assert len(engine.received_audio) == 4 * len(CHUNK)
        pages.say("audio", pcm=CHUNK, seq=9, first_sample=9 * 960)
        pages.state(lambda state: state["notice"] and "0.2 s" in state["notice"])
        assert pages.link.microphone == {"chunks": 5, "lost_samples": 5 * 960}


def test_what_is_held_back_by_mute_or_between_presses_is_not_lost() -> None:
    with talking(turn_detection=None) as (session, pages):
        start(pages)
        pages.say("mute", muted=True)
        pages.say("mute", muted=False)
        for seq, first in enumerate((9_000, 90_000)):
            pages.say("ptt", ptt_id=seq, phase="press")
            pages.say("audio", pcm=CHUNK, seq=seq, first_sample=first)
            pages.say("ptt", ptt_id=seq, phase="cancel")
        caught_up(session)
        assert pages.link.microphone == {"chunks": 2, "lost_samples": 0}


def test_what_the_page_says_it_held_back_is_not_lost() -> None:
    with talking() as (session, pages):
        start(pages)
        for seq, (first, resumed) in enumerate([(0, False), (96_000, True), (97_920, False)]):
            pages.say("audio", pcm=CHUNK, seq=seq, first_sample=first, resumed=resumed)
        caught_up(session)
        assert pages.link.microphone == {"chunks": 3, "lost_samples": 960}


def test_muted_means_that_nothing_is_sent() -> None:
    engine = answering()
    with talking(engine) as (session, pages):
        start(pages)
        pages.say("mute", muted=True)
        pages.state(lambda state: state["muted"])
        speak(pages, 5)
        caught_up(session)
        assert engine.received_audio == b""


def test_the_users_turn_ends_when_the_microphone_is_lost() -> None:
    engine = answering()
    with talking(engine) as (_, pages):
        start(pages)
        speak(pages, 2)
        engine.push(speech_started("u", 0))
        pages.state(lambda state: state["listening"])
        pages.say("mic", state="lost")
        engine.wait_for("input_audio_buffer.append", 3)


def test_a_hold_is_one_commit_and_one_answer() -> None:
    engine = answering()
    with talking(engine, turn_detection=None) as (session, pages):
        start(pages)
        speak(pages, 3)
        pages.say("ptt", ptt_id=1, phase="press")
        speak(pages, 5, begin=3)
        pages.say("ptt", ptt_id=1, phase="release")
        pages.say("ptt", ptt_id=1, phase="release")
        engine.wait_for("response.create")
        session.settle()
        assert len(engine.of_type("input_audio_buffer.commit")) == 1
        assert len(engine.of_type("response.create")) == 1
        assert len(engine.received_audio) == 5 * len(CHUNK)


def test_a_cancelled_hold_is_no_turn() -> None:
    engine = answering()
    with talking(engine, turn_detection=None) as (session, pages):
        start(pages)
        pages.say("ptt", ptt_id=1, phase="press")
        speak(pages, 5)
        pages.say("ptt", ptt_id=1, phase="cancel")
        engine.wait_for("input_audio_buffer.clear")
        session.settle()
        assert engine.of_type("input_audio_buffer.commit") == []
        assert engine.of_type("response.create") == []


def test_words_that_stream_are_put_together_in_patches() -> None:
    words = [f"word{n} " for n in range(200)]
    engine = ScriptedEngine(
        on={"response.create": lambda command: text_response("".join(words), chunks=words)}
    )
    with talking(engine, output="text") as (_, pages):
        start(pages, mic="none")
        pages.say("text", text="go")
        pages.wait_turns(lambda turns: bool(turns) and turns[-1]["text"].split() == "".join(words).split())
        assert len(pages.of("turns")) < 20


def test_a_running_call_is_shown_in_a_turn_of_its_own_until_its_answer_comes() -> None:
    release = threading.Event()
    engine = ScriptedEngine(
        reply(call_response(("rows", {"city": "Rome"}))),
        expect("conversation.item.create", item={"type": "function_call_output"}),
        reply(text_response("Three rows.")),
    )
    with talking(engine, output="text") as (session, pages):

        @session.tool
        def rows(city: str) -> int:
            """Number of rows."""
            release.wait(5)
            return 3

        start(pages, mic="none")
        pages.say("text", text="how many?")
        turns = pages.wait_turns(lambda turns: bool(turns) and bool(turns[-1]["calls"]))
        assert turns[-1]["id"].startswith("call:")
        [call] = turns[-1]["calls"]
        assert (call["name"], call["arguments"], call["status"]) == ("rows", '{"city": "Rome"}', "running")
        pages.say("page.ready", page="late")
        caught_up(session)
        assert pages.turns[-1]["calls"], "a page that comes meanwhile sees it too"
        release.set()
        turns = pages.wait_turns(
            lambda turns: turns[-1]["text"] == "Three rows." and bool(turns[-1]["calls"])
        )
        assert [turn["role"] for turn in turns] == ["user", "assistant"]
        assert (turns[-1]["calls"][0]["status"], turns[-1]["calls"][0]["output"]) == ("done", "3")


def test_a_setting_is_told_to_the_engine_and_shown_when_acknowledged() -> None:
    engine = answering()
    with talking(engine) as (session, pages):
        start(pages)
        pages.say("settings", instructions="Be brief.", turn_detection="none")
        pages.state(lambda state: state["settings"]["instructions"] == "Be brief.")
        assert session.config.turn_detection is None
        assert engine.of_type("session.update")[-1]["session"]["instructions"] == "Be brief."


def test_a_refused_setting_goes_back_and_the_error_says_why() -> None:
    refuse = [
        expect("session.update", session={"instructions": "Be rude."}, answered=False),
        send(lambda command: error("Not allowed.", code="no", event_id=command["event_id"])),
    ]
    with talking(ScriptedEngine(refuse)) as (session, pages):
        start(pages)
        pages.say("settings", instructions="Be rude.")
        state = pages.state(lambda state: state["error"] is not None)
        assert "Not allowed." in state["error"]["message"]
        assert not state["error"]["fatal"]
        assert state["settings"]["instructions"] == ""
        assert session.config.instructions == ""
        assert session.status == "connected"


def test_a_locked_voice_is_not_changed() -> None:
    with talking() as (_, pages):
        start(pages)
        pages.say("text", text="hello")
        pages.state(lambda state: state["locks"]["voice"] is not None)
        pages.say("settings", voice="cedar")
        state = pages.state(lambda state: state["error"] is not None)
        assert "voice" in state["error"]["message"]
        assert state["settings"]["voice"] == "marin"


def test_settings_change_before_the_start_too() -> None:
    engine = answering()
    with talking(engine) as (_, pages):
        pages.say("settings", voice="cedar")
        pages.state(lambda state: state["settings"]["voice"] == "cedar")
        start(pages)
        assert engine.of_type("session.update")[0]["session"]["audio"]["output"]["voice"] == "cedar"


def test_speech_silences_the_page_before_anything_else_and_its_report_decides_what_was_heard() -> None:
    engine = ScriptedEngine(
        on={"response.create": lambda command: audio_response("A long answer.", item_id="item_a")}
    )
    with talking(engine) as (session, pages):
        start(pages)
        pages.say("text", text="hello")
        pages.wait("audio.end")
        pages.say("played", items=[{"item_id": "item_a", "content_index": 0, "played_samples": 2_400}])
        engine.push(speech_started("item_b", 0))
        clear = pages.wait("audio.clear")
        pages.say(
            "played", clear_id=clear["clear_id"],
            items=[{"item_id": "item_a", "content_index": 0, "played_samples": 4_800, "finished": False}],
        )  # fmt: skip
        [truncate] = engine.wait_for("conversation.item.truncate")
        assert truncate["audio_end_ms"] == 200
        cut = pages.wait_turns(lambda turns: turns[1]["status"] == "interrupted")[1]
        assert cut["heard_text"] is not None
        assert session.transcript[1].heard_ms == 200


def test_the_interrupt_button_stops_the_answer() -> None:
    engine = ScriptedEngine(
        expect("response.create"),
        send(lambda command: audio_response("A long answer.", item_id="item_a")[:-4]),
    )
    with talking(engine) as (_, pages):
        start(pages)
        pages.say("text", text="hello")
        pages.wait("audio")
        pages.say("interrupt")
        clear = pages.wait("audio.clear")
        pages.say("played", clear_id=clear["clear_id"], items=[{"item_id": "item_a", "played_samples": 240}])
        assert engine.wait_for("conversation.item.truncate")[0]["audio_end_ms"] == 10
        engine.wait_for("response.cancel")


def test_reports_of_other_pages_are_not_believed() -> None:
    sound = bytes(48 * 60_000)  # a minute, so that the clock's own estimate can't reach its end
    engine = ScriptedEngine(
        on={"response.create": lambda command: audio_response("Words.", sound, item_id="item_a")}
    )
    with talking(engine) as (session, pages):
        start(pages)
        pages.say("text", text="hello")
        pages.wait("audio.end")
        everything = [{"item_id": "item_a", "played_samples": 10**9, "finished": True}]
        pages.say("played", page="two", items=everything)
        caught_up(session)
        assert session.transcript[1].heard_ms < session.transcript[1].audio_ms
        pages.say("played", items=everything)
        caught_up(session)
        assert session.transcript[1].heard_ms == session.transcript[1].audio_ms


def test_a_page_that_takes_over_silences_the_other_whose_report_counts() -> None:
    sound = bytes(48 * 60_000)
    engine = ScriptedEngine(
        on={"response.create": lambda command: audio_response("Words.", sound, item_id="item_a")}
    )
    with talking(engine) as (session, pages):
        start(pages)
        pages.say("page.ready", page="two")
        pages.say("text", text="hello")
        pages.wait("audio.end")
        pages.say("mic", page="two", state="open")
        clear = pages.wait("audio.clear")
        kinds = [content["type"] for content, _ in pages.sent]
        assert kinds.index("audio.clear") < kinds.index("mic")
        heard = [{"item_id": "item_a", "played_samples": 12_000}]
        pages.say("played", page="one", clear_id=clear["clear_id"], items=heard)
        pages.wait_turns(lambda turns: turns[1]["status"] == "interrupted")
        assert session.transcript[1].heard_ms == 500
        assert pages.link.owner == "two"


def test_pages_are_told_when_the_kernel_ends() -> None:
    with talking() as (session, pages):
        start(pages)
        living._stop_all()
        pages.wait("gone")
        assert session._core.status == "disconnected"


def test_an_engine_that_is_slow_to_start_keeps_the_page_informed() -> None:
    slow = [expect("session.update", answered=False), pause(2.3), send(session_updated())]
    with talking(ScriptedEngine(slow)) as (_, pages):
        start(pages)
        connecting = [m for m in pages.of("state") if m["state"]["status"] == "connecting"]
        assert len(connecting) >= 2


def test_who_cannot_be_reached_is_told_once_with_a_remedy() -> None:
    session = RealtimeSession(engine="ws://127.0.0.1:9/v1")
    errors: list[object] = []
    session.on("error", errors.append)
    pages = Pages()
    pages.link = PageLink(session._core, session._verbs, session._io, title="Test")
    pages.link.wires.add(pages.take)
    session._core.views.append(pages.link)
    pages.say("start", mic="open")
    state = pages.state(lambda state: state["error"] is not None)
    assert state["status"] == "error"
    assert state["error"]["fatal"]
    assert state["error"]["remedy"]
    caught_up(session)
    session.stop()
    assert len(errors) == 1


def test_late_words_of_the_user_arrive_in_their_place() -> None:
    engine = ScriptedEngine()
    with talking(engine) as (_, pages):
        start(pages)
        engine.push(user_turn(None, item_id="u"), audio_response("Answer.", previous="u"))
        pages.wait_turns(lambda turns: [turn["role"] for turn in turns] == ["user", "assistant"])
        engine.push(transcription_completed("u", "My question"))
        turns = pages.wait_turns(lambda turns: turns[0]["text"] == "My question")
        assert turns[0]["id"] == "u"


def test_a_page_that_does_not_play_is_not_flooded_and_what_waits_is_told() -> None:
    minutes = bytes(48 * 180_000)
    engine = ScriptedEngine(
        on={"response.create": lambda command: audio_response("Long.", minutes, item_id="item_a")}
    )
    with talking(engine, record=False) as (session, pages):
        assert session.health.page.report_age_s is None
        start(pages)
        pages.say("text", text="hello")
        session.settle(30)
        wait_until(lambda: session.health.page.unplayed_audio_ms >= 120_000, 30)
        page = session.health.page
        assert page.unplayed_audio_ms < 121_000
        assert page.queued_audio_ms + page.unplayed_audio_ms == 180_000
        pages.say("played", items=[{"item_id": "item_a", "played_samples": 24 * 100_000}])
        wait_until(lambda: session.health.page.queued_audio_ms == 0, 30)
        pages.wait("audio.end")
        page = session.health.page
        assert page.unplayed_audio_ms == 80_000
        assert page.dropped_audio_ms == 0
        assert page.report_age_s is not None
        assert b"".join(b[0] for content, b in pages.sent if content["type"] == "audio") == minutes


def test_what_a_limit_warns_of_is_shown() -> None:
    with talking(max_minutes=10) as (session, pages):
        start(pages)
        session._core.limits._connected_s = 9.5 * 60
        assert "ends in" in pages.state(lambda state: state["notice"])["notice"]


@pytest.mark.parametrize("how", ["start", "text"])
def test_a_page_hears_of_a_start_that_is_refused_before_it_begins(how: str) -> None:
    with talking(starts_per_minute=1) as (session, pages):
        start(pages)
        pages.say("stop")
        wait_until(lambda: session.status == "disconnected")
        pages.say(how, page="two", **({"text": "hello"} if how == "text" else {}))
        assert pages.wait("start.failed")["page"] == "two"
        error = pages.state(lambda state: state["error"] is not None)["error"]
        assert error["code"] == "too_many_starts"
        assert "Wait" in error["remedy"]


def test_lost_sound_of_the_microphone_shows_in_the_health() -> None:
    with talking() as (session, pages):
        start(pages)
        speak(pages, 3)
        speak(pages, 1, begin=13)
        caught_up(session)
        assert session.health.page.microphone_lost_ms == 400
        assert session.health.page.microphone_stale_ms == 0


def test_a_translation_is_shown_and_played_as_a_conversation_is() -> None:
    pages = Pages()
    with InterpreterServer() as server:
        session = TranslationSession(engine=server.url, language="de")
        pages.link = PageLink(session._core, session._verbs, session._io, title="Test")
        pages.link.wires.add(pages.take)
        session._core.views.append(pages.link)
        start(pages)
        pages.state(lambda state: state["status"] == "connected" and state["kind"] == "translation")
        for seq in range(20):
            pages.say("audio", pcm=tone(40), seq=seq, first_sample=seq * 960, captured_ms=0.0)
        turns = pages.wait_turns(lambda turns: len(turns) == 2)
        assert [turn["role"] for turn in turns] == ["user", "assistant"]
        pages.wait_turns(lambda turns: turns[1]["text"] == "[de] 1.")
        assert pages.wait("audio")["item_id"] == turns[1]["id"]
        pages.say("text", text="Hello?")
        pages.state(lambda state: "not what is written" in (state["error"] or {}).get("message", ""))
        pages.say("stop")
        wait_until(lambda: session.status == "disconnected", 20)
        assert server.commands[-1]["type"] == "session.close"
