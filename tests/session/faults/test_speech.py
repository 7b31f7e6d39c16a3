"""A connection that ends while someone speaks, or between the speech and its answer."""

import pytest

from realtime_widget.testing import tone

from ..helpers import on_io
from .mischief import dropped, reset, silent
from .scene import hummed, scene
from .talk import TRANSCRIPTION, Fault

PHASES = {
    "when speech starts": "after input_audio_buffer.speech_started",
    "when speech stops": "after input_audio_buffer.speech_stopped",
    "when it is committed": "after input_audio_buffer.committed",
    "when its item is there": "after conversation.item.done",
    "in the transcript": f"after {TRANSCRIPTION}.delta#2",
    "after the transcript": f"after {TRANSCRIPTION}.completed",
    "when the response is created": "after response.created",
}


@pytest.mark.parametrize("phase", PHASES.values(), ids=PHASES)
@pytest.mark.parametrize("end", [dropped(), reset()], ids=["dropped", "reset"])
def test_a_spoken_turn_is_cut_and_answered_all_the_same(end: Fault, phase: str) -> None:
    with scene() as s:
        s.ask("first")
        s.arm(phase, end)
        s.speak(500)
        s.recovered(2)
        assert s.answered(500)


@pytest.mark.parametrize("phase", list(PHASES.values())[2:5], ids=list(PHASES)[2:5])
def test_nobody_writes_down_what_is_said(phase: str) -> None:
    with scene(transcription=None) as s:
        s.arm(phase if "transcription" not in phase else "after response.created", dropped())
        s.session.send_audio(tone(300, hz=500), rate=24_000)
        s.session.settle(30)
        s.recovered(2)


def test_the_answer_to_speech_is_cut() -> None:
    with scene() as s:
        s.arm("after response.output_audio.delta#3", dropped())
        s.speak(500)
        s.recovered(2)
        cut = next(turn for turn in s.session.transcript if turn.role == "assistant")
        assert cut.status == "incomplete"
        assert cut.text


def test_push_to_talk_is_cut_before_the_commit() -> None:
    with scene(turn_detection=None) as s:
        s.ask("first")
        s.arm("on input_audio_buffer.commit", dropped())
        s.session.send_audio(tone(300, hz=500), rate=24_000)
        s.session.commit()
        s.session.respond()
        s.questions.append(hummed(500))
        s.recovered(2)
        assert s.answered(500)


def test_the_microphone_goes_on_while_the_connection_is_away() -> None:
    with scene({}, {"tcp": silent(0.5)}) as s:
        s.ask("first")
        s.arm("on conversation.item.create", dropped())
        s.session.send_text("second", respond=False)
        s.questions.append("second")
        s.wait(lambda: s.session.status == "reconnecting")
        sound = tone(300, hz=500) + bytes(48 * 600)
        for start in range(0, len(sound), 1920):
            on_io(s.session, s.session._core.microphone, sound[start : start + 1920])
        s.questions.append(hummed(500))
        s.wait(lambda: s.answered(500))
        s.recovered(2)


def test_what_is_said_to_nobody_is_kept_up_to_a_bound_and_its_loss_is_told() -> None:
    with scene({}, {"http": silent(0.5)}) as s:
        s.ask("first")
        s.arm("on input_audio_buffer.append", dropped())
        on_io(s.session, s.session._core.microphone, bytes(1920))
        s.wait(lambda: s.session.status == "reconnecting")
        for _ in range(90):
            on_io(s.session, s.session._core.microphone, bytes(48_000))  # one second
        s.recovered(2)
        assert 5 * 48_000 <= s.server.visits[1].audio_bytes <= 61 * 48_000
        kept_ms = s.server.visits[1].audio_bytes / 48
        assert s.session.health.uplink.dropped_audio_ms >= 90_000 - kept_ms
