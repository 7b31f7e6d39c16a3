"""Who has the floor: while the user speaks, and until the server has answered that, requests wait."""

from __future__ import annotations

from ..config import TurnDetection
from . import events as ev
from .answers import Answers
from .changes import SpeechChanged
from .input_audio import InputAudio
from .outbox import Outbox
from .responses import ResponseSequencer

__all__ = ["Floor"]

HOLD_LIMIT_MS = 3_000
RETRY_AFTER_MS = 500
SPEECH_LIMIT_MS = 120_000
NO_SOUND_LIMIT_MS = 10_000
PRESS = "<by hand>"


class Floor:
    """Follows the user's speech, and holds and releases the queue of requests."""

    def __init__(
        self, outbox: Outbox, sequencer: ResponseSequencer, answers: Answers, input_audio: InputAudio
    ) -> None:
        self._out = outbox
        self._sequencer = sequencer
        self._answers = answers
        self._input_audio = input_audio
        self._speaking: dict[str, None] = {}  # items whose speech began and hasn't ended
        self._sign_ms = 0.0  # the last sign that the user speaks
        self._held_since_ms: float | None = None
        self._blocked_since_ms: float | None = None

    def tick(self) -> None:
        """Look at the time: nothing is held back for ever."""
        now_ms = self._out.now_ms
        self._answers.tick()
        if self._speaking and self._has_died_away():
            self.on_release()
            if self._speaking:
                self._speech_ended(next(reversed(self._speaking)))
        if self._sequencer.user_speaks and not self._speaking and self._held_since_ms is None:
            self._held_since_ms = now_ms
        if self._held_since_ms is not None and now_ms - self._held_since_ms > HOLD_LIMIT_MS:
            self.release()  # the server didn't answer the user's turn after all
        if not self._sequencer.blocked:
            self._blocked_since_ms = None
        elif self._blocked_since_ms is None:
            self._blocked_since_ms = now_ms
        elif now_ms - self._blocked_since_ms > RETRY_AFTER_MS:
            self._blocked_since_ms = None
            self._sequencer.blocked = False
            self._answers.flush()

    def _has_died_away(self) -> bool:
        # Some speech is never said to have stopped: noise that semantic detection drops, or sound that ended
        # in the middle, since the server's clock only counts what is sent.
        audio = self._input_audio
        silent_ms = self._out.now_ms - max(audio.end_ms, self._sign_ms)
        no_sound = audio.appended_ms > 0 and silent_ms > NO_SOUND_LIMIT_MS
        return no_sound or self._out.now_ms - self._sign_ms > SPEECH_LIMIT_MS

    def release(self) -> None:
        """Let requests through again."""
        self._held_since_ms = None
        self._sequencer.held = self._sequencer.user_speaks = False
        self._answers.flush()

    def reset(self) -> None:
        """Forget everything: the connection is gone."""
        self._speaking.clear()
        self._held_since_ms = self._blocked_since_ms = None

    def on_speech_started(self, event: ev.SpeechStarted, detection: TurnDetection) -> None:
        """Take `input_audio_buffer.speech_started`."""
        self._speaking[event.item_id] = None
        self._sign_ms = self._out.now_ms
        self._hold(detection)
        interrupts = detection is None or detection.interrupt_response
        self._out.changes.append(SpeechChanged(True, event.item_id, interrupts))

    def _hold(self, detection: TurnDetection) -> None:
        if detection is None or detection.create_response:
            self._sequencer.held = True
        self._sequencer.user_speaks = True
        self._held_since_ms = None

    def on_words(self, event: ev.TranscriptionDelta) -> None:
        """Take words that are written down while the user speaks."""
        if event.item_id in self._speaking:
            self._sign_ms = self._out.now_ms

    def on_speech_over(
        self, event: ev.SpeechStopped | ev.InputAudioCommitted, detection: TurnDetection
    ) -> None:
        """Take the end of speech; with it, speech that began before it is over too."""
        if event.item_id in self._speaking:
            for item_id in list(self._speaking):
                if item_id == event.item_id:
                    break
                del self._speaking[item_id]
            del self._speaking[event.item_id]
            if not self._speaking:
                self._speech_ended(event.item_id)
        elif self._speaking and isinstance(event, ev.SpeechStopped):
            self._speech_ended(event.item_id)  # a server that names speech by other ids
        elif self._sequencer.user_speaks and not self._speaking:
            self._held_since_ms = self._out.now_ms
        if detection is None and isinstance(event, ev.InputAudioCommitted):
            self.on_cleared()  # detection was turned off meanwhile, so nobody answers by himself

    def _speech_ended(self, item_id: str) -> None:
        self._speaking.clear()
        self._out.changes.append(SpeechChanged(False, item_id))
        self._held_since_ms = self._out.now_ms

    def on_unanswered(self) -> None:
        """Take that the server couldn't answer the user's turn, since another response was running."""
        if self._sequencer.held and not self._speaking:
            self._answers.take_up()
            self.release()

    def on_press(self) -> None:
        """Take that the user begins to speak, by hand."""
        self._speaking[PRESS] = None
        self._sign_ms = self._out.now_ms
        self._sequencer.user_speaks = self._sequencer.pressed = True
        self._held_since_ms = None

    def on_release(self) -> None:
        """Take that the user has spoken, by hand."""
        self._sequencer.pressed = False
        if PRESS in self._speaking:
            del self._speaking[PRESS]
            self._held_since_ms = self._out.now_ms if not self._speaking else None

    def on_cleared(self) -> None:
        """Take `input_audio_buffer.cleared`: nobody speaks, and nothing that was said is to be answered."""
        pressed = PRESS in self._speaking
        if speech := [item_id for item_id in self._speaking if item_id != PRESS]:
            self._speech_ended(speech[-1])
        if pressed:
            self.on_press()  # what was cleared is what came before
        else:
            self.release()

    def on_response(self, detection: TurnDetection) -> None:
        """Take a new response: it answers what was said, unless the user speaks again already."""
        if self._speaking:
            self._hold(detection)
        elif not self._sequencer.held:
            self._sequencer.user_speaks = False
            self._held_since_ms = None
