"""One session's voice as another one's sound."""

from typing import Any

from realtime_widget import RealtimeSession
from realtime_widget.protocol.changes import AudioReceived
from realtime_widget.session.tap import PIECE_MS, VoiceTap
from realtime_widget.testing import ScriptedEngine, tone

from .helpers import on_io, run, voice_engine, wait_until

PIECE_BYTES = PIECE_MS * 48


class Core:
    """As much of a session as a tap needs."""

    def __init__(self) -> None:
        self.views: list[Any] = []


def open_tap() -> tuple[VoiceTap, Core]:
    core = Core()
    tap = VoiceTap(core)  # type: ignore[arg-type]
    run(tap.open())
    run(tap.open())
    assert core.views == [tap]
    return tap, core


def say(tap: VoiceTap, item_id: str, pcm: bytes) -> None:
    tap.publish([AudioReceived(item_id, 0, pcm)])


def test_the_voice_comes_in_small_pieces_and_nothing_when_it_is_silent() -> None:
    tap, core = open_tap()
    assert run(tap.take()) == b""
    say(tap, "a1", tone(100))
    pieces = [run(tap.take()) for _ in range(3)]
    assert b"".join(pieces) == tone(100)
    assert [len(piece) for piece in pieces] == [PIECE_BYTES, 100 * 48 - PIECE_BYTES, 0]
    tap.close()
    tap.close()
    assert core.views == []


def test_what_is_cut_off_is_not_heard_and_the_next_answer_is() -> None:
    tap, _ = open_tap()
    say(tap, "a1", tone(500))
    run(tap.take())
    tap.silence(1)
    say(tap, "a1", tone(200))
    assert run(tap.take()) == b""
    say(tap, "a2", tone(40))
    assert run(tap.take()) == tone(40)


def test_what_came_whole_is_cut_off_too_while_it_sounds() -> None:
    tap, _ = open_tap()
    say(tap, "a1", tone(60))
    run(tap.take())
    tap.silence(1)
    say(tap, "a1", tone(60))
    assert run(tap.take()) == b""


def test_an_interruption_of_the_speaker_reaches_whoever_hears_it() -> None:
    with voice_engine("A very long answer that goes on and on. " * 5) as engine:
        speaker = RealtimeSession(engine=engine)
        with ScriptedEngine() as other, RealtimeSession(engine=other, audio_in=speaker) as listener, speaker:
            wait_until(lambda: on_io(speaker, lambda: list(speaker._core.views)))
            tap = speaker._core.views[-1]
            speaker.send_text("Tell me everything.")
            wait_until(lambda: len(tap._waiting) > 0)
            speaker.interrupt()
            assert not tap._waiting
            assert listener.error is None
        assert tap not in speaker._core.views
