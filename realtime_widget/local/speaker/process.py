"""Be the speaker's child process: requests come on stdin, speech leaves on stdout."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np

from realtime_widget.audio import Resampler
from realtime_widget.local.pipes import FAILED, READY, ChildPort
from realtime_widget.local.speaker.espeak import Espeak, Word
from realtime_widget.local.speaker.pieces import PieceCutter
from realtime_widget.local.speaker.voices import VOICES, find_voice, words_per_minute
from realtime_widget.local.speaker.wire import (
    CANCEL,
    DONE,
    PHONEMES,
    PHONEMES_DONE,
    REFUSED,
    SPEAK,
    SPEECH,
    Phonemes,
    Reply,
    Speak,
    pack_piece,
)

SAMPLE_RATE = 24_000
MAX_PIECE_SAMPLES = 4_800


class SpeakerProcess:
    """Answer the requests of one parent, in order."""

    def __init__(self, port: ChildPort, espeak: Espeak) -> None:
        """Serve ``port`` with ``espeak``."""
        self._port = port
        self._espeak = espeak
        self._cancelled: set[int] = set()

    def intercept(self, kind: int, payload: bytes) -> None:
        """Note a cancelled request at once, on the reading thread, while another thread speaks it."""
        if kind == CANCEL:
            self._cancelled.add(msgspec.json.decode(payload, type=Reply).id)

    def run(self) -> None:
        """Serve until the parent is gone."""
        while True:
            kind, payload = self._port.inbox.get()
            if kind == SPEAK:
                self._speak(msgspec.json.decode(payload, type=Speak))
            elif kind == PHONEMES:
                self._phonemes(msgspec.json.decode(payload, type=Phonemes))
            elif kind == CANCEL:  # its request came before it and is over
                self._cancelled.discard(msgspec.json.decode(payload, type=Reply).id)

    def _speak(self, request: Speak) -> None:
        cutter = PieceCutter(request.text)
        resampler = Resampler(self._espeak.sample_rate, SAMPLE_RATE)

        def on_speech(pcm: bytes, words: list[Word]) -> bool:
            self._send(request, _resampled(resampler, cutter.push(pcm, words)))
            return request.id not in self._cancelled

        voice = find_voice(request.voice)
        try:
            if request.text.strip():
                self._espeak.speak(request.text, voice, words_per_minute(voice, request.speed), on_speech)
        except LookupError:
            message = f"there is no voice {request.voice!r}; the voices are {', '.join(VOICES)}"
            self._port.send(REFUSED, msgspec.json.encode(Reply(request.id, message)))
            return
        self._send(request, _resampled(resampler, cutter.flush()))
        self._send(request, iter([(resampler.flush(), "")]))
        self._port.send(DONE, msgspec.json.encode(Reply(request.id)))

    def _send(self, request: Speak, pieces: Iterator[tuple[np.ndarray, str]]) -> None:
        for samples, text in pieces:
            for start in range(0, max(len(samples), 1), MAX_PIECE_SAMPLES):
                pcm = samples[start : start + MAX_PIECE_SAMPLES].astype("<i2").tobytes()
                piece = text if start == 0 else ""
                if pcm or piece:
                    self._port.send(SPEECH, pack_piece(request.id, piece, pcm))

    def _phonemes(self, request: Phonemes) -> None:
        words = tuple(self._espeak.phonemes(word) for word in request.words)
        self._port.send(PHONEMES_DONE, msgspec.json.encode(Phonemes(request.id, words)))


def _resampled(resampler: Resampler, pieces: Iterator[tuple[bytes, str]]) -> Iterator[tuple[np.ndarray, str]]:
    for pcm, text in pieces:
        yield resampler.process(np.frombuffer(pcm, np.int16)), text


def main() -> None:
    """Run until stdin ends."""
    port = ChildPort()
    try:
        espeak = Espeak()
    except ImportError:
        port.send(FAILED, b"missing espeakng-loader")
        return
    except OSError as error:
        port.send(FAILED, str(error).encode())
        return
    process = SpeakerProcess(port, espeak)
    port.start(process.intercept)
    port.send(READY)
    process.run()


if __name__ == "__main__":
    main()
