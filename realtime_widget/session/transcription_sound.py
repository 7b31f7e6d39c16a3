"""Sound that is to be written down: sent on, and cut into turns where the server doesn't do that itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..protocol.input_audio import Captured, InputAudio
from ..protocol.protocol import MIN_COMMIT_MS
from ..protocol.transcription import TranscriptConversation
from .cutter import Cutter
from .inputs import AudioFeed
from .sound_in import SoundIn

if TYPE_CHECKING:
    from ..config import TranscriptionConfig
    from .transcription_core import TranscriptionCore

__all__ = ["TranscriptionFeed", "TranscriptionSoundIn"]

QUIET_LIMIT_MS = 10_000
"""Silence of a microphone after which it is dropped: it costs, and some models hear words in it."""
WORDS_OVER_MS = 1_500
"""Without new words for so long, words that no voice was heard for are a turn."""
STILL_MS = 1_000
"""A microphone that sends nothing for so long has ended the turn."""


class TranscriptionSoundIn(SoundIn):
    """Lets sound through and commits it at the ends of turns; lives on the I/O thread."""

    _core: TranscriptionCore

    def __init__(self, core: TranscriptionCore) -> None:
        super().__init__(core)
        self._cutter: Cutter | None = None
        self._cutter_of: object = None  # the configuration that the cutter was made for
        self._heard_ms = 0.0  # when sound last came, on the session's clock
        self._speech_from_ms = 0.0  # how much was appended when the server heard speech begin
        self._any_turn = False

    @property
    def by_hand(self) -> bool:
        """Whether only `commit()` ends turns."""
        return self._config.turn_detection is None and self._config.commit is None

    @property
    def _config(self) -> TranscriptionConfig:
        config: TranscriptionConfig = self._core.protocol.config
        return config

    @property
    def _audio(self) -> InputAudio:
        return self._core.protocol.input_audio

    @property
    def _conversation(self) -> TranscriptConversation:
        return self._core.protocol.conversation

    def _follow(self) -> Cutter:
        config = self._config
        if self._cutter is None or self._cutter_of is not config:
            self._cutter, self._cutter_of = Cutter(config, self._audio.total_ms), config
        return self._cutter

    # -- sound -------------------------------------------------------------------------------------------

    def append(self, pcm: bytes, *, live: bool = True, captured: Captured | None = None) -> None:
        """Send a piece of the user's sound, and commit it when a turn is over with it."""
        if not self._core.live:
            return
        cutter = self._follow()
        super().append(pcm, live=live, captured=captured)
        self._heard_ms = self._core.now_ms
        span = cutter.push(pcm)
        if span is not None:
            self._commit(span)
        elif self._config.turn_detection is not None:
            self._cut_long_speech()
        elif not self.by_hand:
            self._pass_over_silence(cutter)
        self._note_speech(cutter)

    def hear(self, pcm: bytes, captured: Captured | None = None) -> None:
        """Take a chunk of a microphone, which is closed while the last words are waited for."""
        if not self._core.finishing:
            super().hear(pcm, captured)

    def closed(self) -> None:
        """Let the user's turn end, though no more sound of a microphone comes."""
        if self._config.turn_detection is not None:
            super().closed()
        elif self._core.live and not self.by_hand:
            self.end_of_source()

    def forget(self) -> None:
        """Forget what was being said: the connection is gone."""
        self._cutter = None
        self._conversation.speech_ms = None

    def _note_speech(self, cutter: Cutter) -> None:
        if self._config.turn_detection is None and not self.by_hand:
            self._conversation.speech_ms = cutter.speech_ms
            self._core.set_trait("listening", cutter.speaking)

    # -- the ends of turns -------------------------------------------------------------------------------

    def cut_by_hand(self) -> str | None:
        """Commit what there is; None if that is under 100 ms."""
        return self._commit(self._follow().rest())

    def end_of_source(self, *, whatever: bool = False) -> None:
        """Commit what is left when no more sound comes; silence after a turn isn't one.

        With `whatever` even silence is one, if nothing else was: of a file there shall be something to see.
        """
        if self._audio.uncommitted_ms < MIN_COMMIT_MS:
            return
        cutter = self._follow()
        said = cutter.speaking or self._core.user_speaks or self._conversation.has_open_words
        timed = not isinstance(self._config.commit, str)
        unheard = cutter.audible and not cutter.found  # no voice, says a detector that never heard one here
        self._commit_or_clear(cutter, said or timed or unheard or (whatever and not self._any_turn))
        self._note_speech(cutter)

    def look(self) -> None:
        """End what time alone ends; called several times a second."""
        if not self._core.live or self._config.turn_detection is not None or self.by_hand:
            return
        cutter, now_ms = self._follow(), self._core.now_ms
        if self._core.sending or self._audio.pending_commits or self._audio.uncommitted_ms < MIN_COMMIT_MS:
            return
        if cutter.speaking and now_ms - self._heard_ms > STILL_MS:
            self.end_of_source()
        elif not cutter.speaking and self._conversation.has_open_words:
            last_ms = max(self._conversation.words_ms, self._heard_ms - cutter.quiet_ms)
            if now_ms - last_ms > WORDS_OVER_MS:
                self._commit(cutter.rest())

    def _commit(self, span: tuple[float, float] | None = None) -> str | None:
        self.take_unanswered()
        event_id = self._core.act(lambda protocol: protocol.commit(span))  # type: ignore[call-arg]
        self._any_turn = self._any_turn or event_id is not None
        return event_id

    def _commit_or_clear(self, cutter: Cutter, counts: bool) -> None:
        span = cutter.rest()
        if counts:
            self._commit(span)
        else:
            self._core.act(lambda protocol: protocol.clear())

    def _cut_long_speech(self) -> None:
        if not self._core.user_speaks:
            self._speech_from_ms = self._audio.total_ms
        elif self._audio.total_ms - self._speech_from_ms >= self._config.max_turn_s * 1000:
            self._speech_from_ms = self._audio.total_ms
            self._commit()

    def _pass_over_silence(self, cutter: Cutter) -> None:
        """Let go of what nobody said; what may be words after all is committed."""
        from_file = self._core.sending
        limit_ms = self._config.max_turn_s * 1000 if from_file else QUIET_LIMIT_MS
        if cutter.quiet_ms >= limit_ms and self._audio.uncommitted_ms >= limit_ms:
            unheard = from_file and cutter.audible and not cutter.found
            self._commit_or_clear(cutter, self._conversation.has_open_words or unheard)


class TranscriptionFeed(AudioFeed):
    """Speaks queued sources; the end of one is the end of a turn, whoever ends the others."""

    _core: TranscriptionCore

    async def end_turn(self, *, realtime: bool) -> None:
        """End the turn that a source is, in the way in which turns end here."""
        if self._core.protocol.config.turn_detection is not None:
            await super().end_turn(realtime=realtime)
        elif not self._core.by_hand:
            self._core.sound_in.end_of_source()
