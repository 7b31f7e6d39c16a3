"""The input audio buffer: what was appended, where speech begins and ends in it, and what becomes an item."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from realtime_widget.local.items import new_id
from realtime_widget.local.recognition import Recognition
from realtime_widget.local.refusal import Refusal
from realtime_widget.local.vad import SpeechStarted, SpeechStopped, TurnDetector, TurnRules, Vad
from realtime_widget.local.wire_audio import BYTES_PER_MS, Decoder

__all__ = ["InputBuffer", "InputListener", "Segment"]

MIN_COMMIT_MS = 100
SLICE_MS = 100
"""Audio that is worked on at once, before other connections get their turn."""
KEPT_SILENCE_MS = 60_000
"""Of what was appended without speech; a manual commit can still take it."""
MAX_BUFFER_MS = 30 * 60_000


@dataclass(slots=True)
class Segment:
    """An utterance in the making; positions are bytes of PCM since the session began."""

    item_id: str
    start: int
    recognition: Recognition
    fed: int

    def feed(self, buffer: bytearray, base: int, until: int) -> None:
        """Give the recogniser what it hasn't heard yet."""
        if until > self.fed:
            self.recognition.feed(bytes(buffer[self.fed - base : until - base]))
            self.fed = until


class InputListener(Protocol):
    """What the buffer tells its connection."""

    def speech_started(self, item_id: str, audio_start_ms: int) -> None:
        """Speech began."""

    def speech_stopped(self, item_id: str, audio_end_ms: int) -> None:
        """Speech ended; `committed` follows."""

    def heard_more(self, segment: Segment) -> None:
        """The recogniser may have more words."""

    def committed(self, segment: Segment, pcm: bytes, *, by_vad: bool) -> None:
        """A segment became an item."""


class InputBuffer:
    """Take audio in; `listener` hears of what is found in it."""

    def __init__(
        self,
        listener: InputListener,
        *,
        new_recognition: Callable[[], Recognition],
        new_vad: Callable[[], Vad],
    ) -> None:
        self._listener = listener
        self._new_recognition = new_recognition
        self._new_vad = new_vad
        self._pcm = bytearray()
        self._base = 0  # position of the buffer's first byte
        self._decoder = Decoder({"type": "audio/pcm"})
        self._format: Mapping[str, Any] = {"type": "audio/pcm"}
        self._vad: Vad | None = None
        self._vad_base_ms = 0
        self._detector = TurnDetector()
        self._mode: Mapping[str, Any] | None = None
        self._segment: Segment | None = None

    @property
    def position_ms(self) -> int:
        """Length of all audio appended so far."""
        return self._end // BYTES_PER_MS

    @property
    def is_speech(self) -> bool:
        """Whether the user is speaking now, as far as the turn detection knows."""
        return self._vad is not None and self._detector.speaking

    @property
    def _end(self) -> int:
        return self._base + len(self._pcm)

    def configure(self, audio_format: Mapping[str, Any], turn_detection: Mapping[str, Any] | None) -> None:
        """Take over the session's configuration."""
        if audio_format != self._format:
            self._format, self._decoder = audio_format, Decoder(audio_format)
        if turn_detection == self._mode:
            return
        self._mode = turn_detection
        if turn_detection is None:
            self._vad = None  # speech in progress is left to the client's commit
            return
        self._detector.rules = _rules(turn_detection)
        if self._vad is None:
            self._vad = self._new_vad()
            self._vad_base_ms = self.position_ms
            self._detector.reset()
            self._drop_segment()

    async def append(self, data: bytes) -> None:
        """Take the next audio, in the session's input format.

        Raises:
            Refusal: The buffer is full: nothing was committed or cleared for half an hour.
        """
        pcm = self._decoder.decode(data)
        if len(self._pcm) + len(pcm) > MAX_BUFFER_MS * BYTES_PER_MS:
            raise Refusal(
                "The input audio buffer is full. Commit or clear it.", code="input_audio_buffer_full"
            )
        size = SLICE_MS * BYTES_PER_MS
        for start in range(0, len(pcm), size):
            if start:
                await asyncio.sleep(0)
            self._take(pcm[start : start + size])

    def _take(self, pcm: bytes) -> None:
        self._pcm += pcm
        if self._vad is None:
            if self._segment is None:
                self._segment = self._open(self._base)
        else:
            self._detect(self._vad, pcm)
        if self._segment is not None:
            self._segment.feed(self._pcm, self._base, self._end)
            self._listener.heard_more(self._segment)
        else:
            self._trim(self._end - KEPT_SILENCE_MS * BYTES_PER_MS)

    # -- turns -------------------------------------------------------------------------------------------

    def _detect(self, vad: Vad, pcm: bytes) -> None:
        for frame in vad.feed(pcm):
            partial = self._segment.recognition.partial() if self._segment else None
            for event in self._detector.push(frame, partial):
                if isinstance(event, SpeechStarted):
                    self._start_speech(event)
                else:
                    self._stop_speech(event)

    def _start_speech(self, event: SpeechStarted) -> None:
        start_ms = max(event.audio_start_ms + self._vad_base_ms, self._base // BYTES_PER_MS)
        self._drop_segment()
        self._segment = self._open(start_ms * BYTES_PER_MS)
        self._listener.speech_started(self._segment.item_id, start_ms)

    def _stop_speech(self, event: SpeechStopped) -> None:
        segment, self._segment = self._segment, None
        if segment is None:
            return
        end_ms = min(event.audio_end_ms + self._vad_base_ms, self.position_ms)
        self._listener.speech_stopped(segment.item_id, end_ms)
        self._commit(segment, end_ms * BYTES_PER_MS, by_vad=True)

    def _open(self, start: int) -> Segment:
        return Segment(new_id("item"), start, self._new_recognition(), start)

    def _drop_segment(self) -> None:
        segment, self._segment = self._segment, None
        if segment is not None:
            segment.recognition.cancel()

    def _trim(self, until: int) -> None:
        if until > self._base:
            del self._pcm[: until - self._base]
            self._base = until

    # -- commits -----------------------------------------------------------------------------------------

    def commit(self) -> None:
        """Make what is in the buffer an item.

        Raises:
            Refusal: Less than 100 ms are there.
        """
        self._pcm += self._decoder.flush()
        start = self._segment.start if self._segment is not None else self._base
        length_ms = (self._end - start) / BYTES_PER_MS
        if length_ms < MIN_COMMIT_MS:
            raise Refusal(
                f"Error committing input audio buffer: buffer too small. Expected at least {MIN_COMMIT_MS}ms "
                f"of audio, but buffer only has {length_ms:.2f}ms of audio.",
                code="input_audio_buffer_commit_empty",
            )
        segment, self._segment = self._segment or self._open(start), None
        self._commit(segment, self._end, by_vad=False)
        self._end_turn()

    def _commit(self, segment: Segment, end: int, *, by_vad: bool) -> None:
        segment.feed(self._pcm, self._base, end)
        pcm = bytes(self._pcm[segment.start - self._base : end - self._base])
        self._trim(end)
        self._listener.committed(segment, pcm, by_vad=by_vad)

    def take_silence(self) -> tuple[str, bytes]:
        """Return a new item's id and all that was appended since the last commit."""
        self._drop_segment()
        pcm = bytes(self._pcm)
        self._trim(self._end)
        return new_id("item"), pcm

    def clear(self) -> None:
        """Drop what isn't committed."""
        self._drop_segment()
        self._pcm += self._decoder.flush()  # the clock goes on counting what was appended
        self._trim(self._end)
        self._end_turn()

    def _end_turn(self) -> None:
        if self._vad is not None:
            self._detector.end_turn(self.position_ms - self._vad_base_ms)

    def close(self) -> None:
        """Let go of everything."""
        self._drop_segment()
        self._pcm.clear()


def _rules(turn_detection: Mapping[str, Any]) -> TurnRules:
    if turn_detection["type"] == "semantic_vad":
        return TurnRules(eagerness=turn_detection["eagerness"])
    return TurnRules(
        threshold=turn_detection["threshold"],
        prefix_padding_ms=turn_detection["prefix_padding_ms"],
        silence_duration_ms=turn_detection["silence_duration_ms"],
    )
