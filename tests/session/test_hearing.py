"""Interruptions: silence first, then the server is told what the page says was heard."""

import asyncio
import threading

import pytest

from realtime_widget import RealtimeSession, ServerVAD
from realtime_widget.session import hearing
from realtime_widget.testing import (
    ScriptedEngine,
    audio_response,
    expect,
    reply,
    response_done,
    send,
    speech_started,
    tone,
    user_turn,
)

from .helpers import Player, on_io, wait_until

LONG = "A rather long answer that somebody is going to interrupt."


def speaking(sound_ms: int = 4_000) -> ScriptedEngine:
    """An engine that has said the whole of a long answer."""
    return ScriptedEngine(reply(audio_response(LONG, tone(sound_ms), response_id="r1", item_id="a1")))


def begun() -> ScriptedEngine:
    """An engine in the middle of a long answer."""
    events = audio_response(LONG, tone(4_000), response_id="r1", item_id="a1")
    middle = [event for event in events if "done" not in event["type"]]
    return ScriptedEngine(reply(middle), expect("response.cancel"), send(response_done("r1", "cancelled")))


def start(session: RealtimeSession, *, whole: bool = True) -> Player:
    """Let the answer come; `whole` until the response is over, which its sound is not."""
    player = Player(session)
    session.send_text("Go on.")
    wait_until(lambda: player.received("a1") == 4 * 24_000)
    wait_until(lambda: not whole or session._core.protocol.sequencer.active is None)
    return player


def test_an_exact_report_cuts_at_exactly_that_point() -> None:
    with speaking() as engine, RealtimeSession(engine=engine) as session:
        player = start(session)
        player.on_silence = lambda clear_id: player.report("a1", 24 * 1_234 + 7, clear_id)
        session.interrupt()
        (cut,) = engine.wait_for("conversation.item.truncate")
        assert (cut["item_id"], cut["content_index"], cut["audio_end_ms"]) == ("a1", 0, 1_234)
        turn = session.transcript[1]
        assert turn.interrupted
        assert turn.heard_ms == 1_234
        assert 0 < len(turn.heard_text or "") < len(LONG)
        assert turn.text == LONG
        assert not engine.of_type("response.cancel")


def test_the_report_may_come_later_from_another_thread() -> None:
    with speaking() as engine, RealtimeSession(engine=engine) as session:
        player = start(session)

        def report_later(clear_id: int) -> None:
            threading.Timer(0.05, lambda: on_io(session, player.report, "a1", 24 * 500, clear_id)).start()

        player.on_silence = report_later
        session.interrupt()
        assert engine.wait_for("conversation.item.truncate")[0]["audio_end_ms"] == 500


def test_a_page_that_says_nothing_is_not_waited_for_and_its_last_word_counts() -> None:
    with speaking() as engine, RealtimeSession(engine=engine) as session:
        player = start(session)
        on_io(session, player.report, "a1", 24 * 800)
        session.interrupt()
        assert engine.wait_for("conversation.item.truncate")[0]["audio_end_ms"] == 800
        on_io(session, player.report, "a1", 24 * 2_000, player.silenced[-1])  # far too late
        assert session.transcript[1].heard_ms == 800
        session.send_event({"type": "fence"})
        engine.wait_for("fence")
        assert len(engine.of_type("conversation.item.truncate")) == 1


def test_what_nobody_heard_is_deleted_at_the_server_and_kept_here() -> None:
    with speaking() as engine, RealtimeSession(engine=engine) as session:
        player = start(session)
        player.on_silence = lambda clear_id: player.report("a1", 0, clear_id)
        session.interrupt()
        assert engine.wait_for("conversation.item.delete")[0]["item_id"] == "a1"
        assert not engine.of_type("conversation.item.truncate")
        wait_until(lambda: session.transcript[1].heard_ms == 0)
        assert session.transcript[1].text == LONG


def test_what_was_heard_to_the_end_is_not_cut() -> None:
    with speaking() as engine, RealtimeSession(engine=engine) as session:
        player = start(session)
        on_io(session, lambda: player.report("a1", 4 * 24_000, None, finished=True))
        wait_until(lambda: not session.speaking)
        session.interrupt()
        assert player.silenced == []
        assert not engine.of_type("conversation.item.truncate")
        assert not session.transcript[1].interrupted


def test_more_samples_than_were_sent_are_cut_down() -> None:
    with speaking() as engine, RealtimeSession(engine=engine) as session:
        player = start(session)
        player.on_silence = lambda clear_id: player.report("a1", 10**9, clear_id)
        session.interrupt()
        session.send_event({"type": "fence"})
        engine.wait_for("fence")
        for cut in engine.of_type("conversation.item.truncate"):
            assert cut["audio_end_ms"] <= 4_000


def test_the_users_speech_silences_before_any_further_sound() -> None:
    with begun() as engine, RealtimeSession(engine=engine) as session:
        player = start(session, whole=False)
        player.on_silence = lambda clear_id: player.report("a1", 24 * 700, clear_id)
        more = [
            event
            for event in audio_response("x", tone(200), response_id="r1", item_id="a1")
            if "audio.delta" in event["type"]
        ]
        engine.push(speech_started("u2"), more)
        (cut,) = engine.wait_for("conversation.item.truncate")
        assert cut["audio_end_ms"] == 700
        assert player.received("a1") == 4 * 24_000  # nothing that came behind the speech
        assert not engine.of_type("response.cancel")  # the server cancels by itself
        wait_until(lambda: session.listening)


def test_interrupting_a_running_answer_cancels_it_too() -> None:
    with begun() as engine, RealtimeSession(engine=engine) as session:
        player = start(session, whole=False)
        player.on_silence = lambda clear_id: player.report("a1", 24 * 300, clear_id)
        session.interrupt()
        assert engine.wait_for("response.cancel")[0]["response_id"] == "r1"
        assert engine.wait_for("conversation.item.truncate")[0]["audio_end_ms"] == 300
        engine.assert_complete()
        session.settle(5)
        assert session.transcript[1].status == "interrupted"


def test_interrupting_twice_cuts_once() -> None:
    with speaking() as engine, RealtimeSession(engine=engine) as session:
        player = start(session)
        player.on_silence = lambda clear_id: player.report("a1", 24 * 100, clear_id)
        threads = [threading.Thread(target=session.interrupt) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(5)
        session.send_event({"type": "fence"})
        engine.wait_for("fence")
        assert len(engine.of_type("conversation.item.truncate")) == 1


def test_nothing_to_interrupt_is_no_error() -> None:
    with ScriptedEngine() as engine, RealtimeSession(engine=engine) as session:
        session.interrupt()
        assert [command["type"] for command in engine.received] == ["session.update"]


def test_a_script_hears_at_the_pace_of_speech() -> None:
    with begun() as engine, RealtimeSession(engine=engine) as session:
        session.send_text("Go on.")
        wait_until(lambda: len(session.transcript) == 2 and session.transcript[1].audio_ms)
        session.interrupt()
        session.settle(5)
        turn = session.transcript[1]
        assert turn.interrupted
        assert turn.heard_ms is not None
        assert turn.heard_ms < 3_000


def test_reports_about_things_unknown_are_harmless() -> None:
    with speaking() as engine, RealtimeSession(engine=engine) as session:
        player = start(session)
        for item_id, clear_id in (("nobody", None), ("nobody", 99), ("a1", 99)):
            on_io(session, player.report, item_id, 24, clear_id)
        engine.push(user_turn("Still here."))
        wait_until(lambda: session.transcript[-1].text == "Still here.")


def test_the_limit_is_short() -> None:
    assert hearing.REPORT_LIMIT_S <= 0.5


@pytest.mark.parametrize("reports", [True, False])
def test_stopping_in_the_middle_silences_the_page(reports: bool) -> None:
    with begun() as engine:
        session = RealtimeSession(engine=engine).start()
        player = start(session, whole=False)
        if reports:
            player.on_silence = lambda clear_id: player.report("a1", 24 * 300, clear_id)
        session.stop()
        assert player.silenced == [0]
        assert session.speaking is False
        assert session.transcript[1].text


# -- who interrupts, and how ---------------------------------------------------------------------------------


def fence(session: RealtimeSession) -> None:
    """Return when the server has got everything that was sent so far."""
    session._io.call(session._core.fence())


def test_speech_alone_leaves_the_answer_alone_where_it_is_not_to_interrupt() -> None:
    detection = ServerVAD(interrupt_response=False)
    with begun() as engine, RealtimeSession(engine=engine, turn_detection=detection) as session:
        player = start(session, whole=False)
        player.on_silence = lambda clear_id: player.report("a1", 24 * 600, clear_id)
        engine.push(speech_started("u2"))
        wait_until(lambda: session.listening)
        fence(session)
        assert player.silenced == []
        assert not [c for c in engine.received if c["type"].startswith(("response.", "conversation."))][2:]
        session.interrupt()
        assert engine.wait_for("response.cancel")[0]["response_id"] == "r1"
        assert engine.wait_for("conversation.item.truncate")[0]["audio_end_ms"] == 600


@pytest.mark.parametrize("running", [True, False])
def test_a_press_interrupts_and_drops_what_lay_in_the_buffer(running: bool) -> None:
    with begun() if running else speaking() as engine:
        session = RealtimeSession(engine=engine, turn_detection=None)
        with session:
            player = start(session, whole=not running)
            player.on_silence = lambda clear_id: player.report("a1", 24 * 600, clear_id)
            n_before = len(engine.received)
            on_io(session, session._verbs.press)
            engine.wait_for("conversation.item.truncate")
            sent = [command["type"] for command in engine.received[n_before:]]
            cancel = ["response.cancel"] if running else []
            assert sent == ["input_audio_buffer.clear", *cancel, "conversation.item.truncate"]
            on_io(session, session._core.microphone, tone(300))
            on_io(session, session._verbs.release)
            engine.wait_for("input_audio_buffer.commit")


def test_an_answer_is_asked_for_when_the_server_knows_what_was_heard() -> None:
    with speaking() as engine, RealtimeSession(engine=engine, turn_detection=None) as session:
        player = start(session)
        silenced = threading.Event()
        player.on_silence = lambda clear_id: silenced.set()
        on_io(session, session._verbs.press)
        assert silenced.wait(5)
        on_io(session, session._core.microphone, tone(300))
        on_io(session, session._verbs.release)  # before the page has told
        on_io(session, player.report, "a1", 24 * 600, player.silenced[-1])
        engine.wait_for("response.create", 2)
        sent = [command["type"] for command in engine.received]
        assert sent.index("conversation.item.truncate") < len(sent) - 1 - sent[::-1].index("response.create")


def test_a_page_that_never_said_anything_is_estimated_by_the_clock() -> None:
    with speaking(sound_ms=30_000) as engine, RealtimeSession(engine=engine) as session:
        player = Player(session)
        session.send_text("Go on.")
        wait_until(lambda: player.received("a1") == 30 * 24_000)
        session.interrupt()
        (cut,) = engine.wait_for("conversation.item.truncate")
        turn = session.transcript[1]
        assert turn.heard_ms == cut["audio_end_ms"] <= min(30_000, session._core.now_ms)
        assert turn.heard_ms_estimated and turn.interrupted


def test_without_a_page_speech_cuts_a_whole_answer_by_the_clock() -> None:
    with speaking(sound_ms=30_000) as engine, RealtimeSession(engine=engine) as session:
        session.send_text("Go on.")
        wait_until(lambda: len(session.transcript) == 2 and session.transcript[1].status == "completed")
        assert session.transcript[1].heard_ms == 30_000, "nobody has interrupted it so far"
        engine.push(speech_started("u2"))
        (cut,) = engine.wait_for("conversation.item.truncate")
        wait_until(lambda: session.transcript[1].interrupted)
        turn = session.transcript[1]
        assert turn.heard_ms == cut["audio_end_ms"] <= min(30_000, session._core.now_ms)
        assert turn.heard_ms_estimated
        assert not engine.of_type("response.cancel")


def test_whoever_stops_waiting_does_not_stop_the_interruption() -> None:
    with speaking() as engine, RealtimeSession(engine=engine) as session:
        player = start(session)

        async def give_up() -> None:
            task = asyncio.ensure_future(session._core.interrupt(cancel=True))
            await asyncio.sleep(0)
            task.cancel()
            player.report("a1", 24 * 900, 1)

        session._io.call(give_up())
        assert engine.wait_for("conversation.item.truncate")[0]["audio_end_ms"] == 900


def test_a_later_answer_of_the_page_counts_for_what_was_asked_before() -> None:
    with speaking() as engine, RealtimeSession(engine=engine) as session:
        player = start(session)
        on_io(session, lambda: session._core.hearing.begin(cancel=False))
        on_io(session, player.report, "a1", 24 * 200, 7)
        assert engine.wait_for("conversation.item.truncate")[0]["audio_end_ms"] == 200
        assert not session.transcript[1].heard_ms_estimated
