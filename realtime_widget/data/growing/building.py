"""Turns made from the protocol's state."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

from ...audio import BYTES_PER_MS, SAMPLES_PER_MS, Clip, pcm_to_samples
from ...protocol.history import cut_words
from ...protocol.items import ItemState, PartState
from ...protocol.playback import PartPlayback
from ...protocol.protocol import RealtimeProtocol
from ..turns import Sound, Turn, make_turn

__all__ = ["TurnBuilder"]

Times = tuple[float, float | None, int | None, int | None]
"""Start and end on the session's clock, length of the sound, and how much of it was heard; all ms."""

SAMPLE_MS = 1 / SAMPLES_PER_MS


class TurnBuilder:
    """Makes turns; called with the lock held."""

    def __init__(self, protocol: RealtimeProtocol, lock: threading.RLock) -> None:
        self._protocol = protocol
        self._lock = lock

    def build(self, state: ItemState, turn: int, calls: tuple[str, ...]) -> Turn:
        """Return an item as a turn."""
        playbacks = self.playbacks(state)
        start_ms, end_ms, audio_ms, heard_ms = self._times(state, playbacks)
        interrupted = _is_interrupted(state, playbacks)
        return make_turn(
            self._sound(state),
            turn=turn,
            id=state.id,
            role=state.role or ("assistant" if state.response_id else "user"),
            text=state.text,
            heard_text=self._heard_text(state) if interrupted else state.text,
            heard_text_estimated=interrupted and self._is_guess(state),
            status="interrupted" if interrupted else state.status,
            start_ms=_whole(start_ms),
            end_ms=None if end_ms is None else _whole(end_ms),
            audio_ms=audio_ms,
            heard_ms=heard_ms,
            heard_ms_estimated=any(self._heard(part)[1] for part in playbacks),
            interrupted=interrupted,
            tool_calls=calls,
            response_id=state.response_id,
            created_at=datetime.fromtimestamp(state.created_at, UTC),
            uncertain=state.uncertain,
            connection=state.connection,
            languages=tuple(dict.fromkeys(code for words in state.wordings for code in words.languages)),
            segments=tuple(segment for words in state.wordings for segment in words.segments),
            logprobs=tuple(piece for words in state.wordings for piece in words.logprobs),
        )

    def playbacks(self, state: ItemState) -> list[PartPlayback]:
        """Return the bookkeeping of an item's sounding parts, in their order."""
        tracked = (self._protocol.playback.get(state.id, index) for index in sorted(state.parts))
        return [playback for playback in tracked if playback is not None]

    def changes_from_ms(self, state: ItemState) -> float | None:
        """Return from when on the turn changes by time alone; None if it doesn't.

        That is while sound plays of which no page tells. Reports of pages, and all that comes, are events.
        """
        return min((part.start_ms for part in self.playbacks(state) if self._goes_on(part)), default=None)

    def _goes_on(self, part: PartPlayback) -> bool:
        if part.reported_ms is not None or part.stopped_ms is not None or part.finished:
            return False
        return self._heard(part)[0] < part.received_samples

    # -- times -------------------------------------------------------------------------------------------

    def _times(self, state: ItemState, playbacks: list[PartPlayback]) -> Times:
        if state.role == "user" and state.audio_start_ms is not None:
            return self._spoken(state)
        return self._played(state, playbacks) if playbacks else _written(state)

    def speech_end_ms(self, state: ItemState) -> float | None:
        """Return when the user fell silent, on the session's clock."""
        if state.audio_end_ms is None:
            return None
        # Between two runs of sound, an end belongs to the first one: it is where its last sample ends.
        return self._protocol.input_audio.to_clock(state.audio_end_ms - SAMPLE_MS) + SAMPLE_MS

    def _spoken(self, state: ItemState) -> Times:
        start_ms = self._protocol.input_audio.to_clock(state.audio_start_ms or 0.0)
        end_ms = self.speech_end_ms(state)
        if end_ms is None:
            return start_ms, None, None, None
        begin, end = self._span_bytes(state)
        audio_ms = (end - begin) // BYTES_PER_MS
        return start_ms, max(start_ms, end_ms), audio_ms, audio_ms

    def _played(self, state: ItemState, playbacks: list[PartPlayback]) -> Times:
        heard = [self._heard(part)[0] for part in playbacks]
        total = sum(part.total_samples for part in playbacks)
        start_ms = playbacks[0].start_ms
        sounded = [(part, n) for part, n in zip(playbacks, heard, strict=True) if n] or [(playbacks[0], 0)]
        last, n_last = sounded[-1]
        over = state.status != "in_progress" or _was_cut(playbacks)
        end_ms = last.start_ms + n_last / SAMPLES_PER_MS if over else None
        return start_ms, end_ms, total // SAMPLES_PER_MS, sum(heard) // SAMPLES_PER_MS

    def _heard(self, part: PartPlayback) -> tuple[int, bool]:
        """Return how many samples of a part were heard, and whether the clock says so, and no page."""
        return self._protocol.playback.heard_samples(part, self._protocol.now_ms)

    # -- words and sound ---------------------------------------------------------------------------------

    def _heard_text(self, state: ItemState) -> str:
        pieces = (self._heard_words(state, index, part) for index, part in sorted(state.parts.items()))
        return " ".join(piece for piece in pieces if piece)

    def _heard_words(self, state: ItemState, index: int, part: PartState) -> str:
        playback = self._protocol.playback.get(state.id, index)
        if playback is None:
            return "" if part.is_audio else part.text.strip()  # words whose sound never came
        return cut_words(part.text.strip(), self._heard(playback)[0] / max(1, playback.total_samples))

    def _is_guess(self, state: ItemState) -> bool:
        """Tell whether nobody knows at which word an answer was cut: sound and words come unaligned."""
        cut = [part for part in self.playbacks(state) if part.was_cut]
        return bool(state.text) and any(part.estimated or self._heard(part)[0] > 0 for part in cut)

    def _span_bytes(self, state: ItemState) -> tuple[int, int]:
        audio = self._protocol.input_audio
        end_ms = min(state.audio_end_ms or 0.0, audio.absolute_ms(audio.appended_ms))
        begin = max(0, int((state.audio_start_ms or 0.0) * BYTES_PER_MS) // 2 * 2)
        return begin, max(begin, int(end_ms * BYTES_PER_MS) // 2 * 2)

    def _sound(self, state: ItemState) -> Sound | None:
        if state.role == "user":
            if state.audio_start_ms is None or state.audio_end_ms is None:
                return _sound_of_item(state)
            begin, end = self._span_bytes(state)
            return lambda: self._user_sound(begin, end)
        lengths = {index: part.n_audio_bytes for index, part in state.parts.items() if part.n_audio_bytes}
        if not lengths:
            return None
        return lambda: self._assistant_sound(state, lengths)

    def _user_sound(self, begin: int, end: int) -> Clip:
        with self._lock:
            sound = self._protocol.input_audio.recorded(begin, end)
        return Clip(pcm_to_samples(b"" if sound is None else sound.read()))

    def _assistant_sound(self, state: ItemState, lengths: dict[int, int]) -> Clip:
        with self._lock:
            kept = [(state.parts[index].audio, n) for index, n in sorted(lengths.items())]
            # As long as it was when the turn was read: a turn is a value, even while its item grows.
            sounds = [track.take(0, n) for track, n in kept if track is not None]
        return Clip(pcm_to_samples(b"".join(sound.read() for sound in sounds)))


def _written(state: ItemState) -> Times:
    pcm = _pcm_of_item(state)
    audio_ms = len(pcm) // BYTES_PER_MS if pcm else None
    if state.role != "assistant":
        over = state.committed or state.status != "in_progress"
        return state.created_ms, state.created_ms if over else None, audio_ms, audio_ms
    # Behind sound that was sent in a burst a turn begins where that sound ends, which is ahead of the clock.
    end_ms = None if state.done_ms is None else max(state.created_ms, state.done_ms)
    return state.created_ms, end_ms, None, None


def _whole(ms: float) -> int:
    return int(ms + 0.001)  # a sum of floats may miss a whole number by a hair


def _was_cut(playbacks: list[PartPlayback]) -> bool:
    return any(part.was_cut for part in playbacks)


def _is_interrupted(state: ItemState, playbacks: list[PartPlayback]) -> bool:
    if state.role == "user":
        return False
    if _was_cut(playbacks):
        return True
    silent = not playbacks and any(part.is_audio and part.text for part in state.parts.values())
    return state.unheard or (state.interrupted and silent)


def _pcm_of_item(state: ItemState) -> bytes:
    """Return the sound of an item that was created with it, rather than from the microphone."""
    content = (state.raw.content or []) if state.raw is not None else []
    return b"".join(part.audio for part in content if part.audio)


def _sound_of_item(state: ItemState) -> Sound | None:
    pcm = _pcm_of_item(state)
    return (lambda: Clip(pcm_to_samples(pcm[: len(pcm) // 2 * 2]))) if pcm else None
