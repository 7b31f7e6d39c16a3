"""Speak and hear text as tones: exact, deterministic, in numpy alone. For tests of everything around speech.

A burst is a preamble, then frames, then an empty frame. A frame is the number of bytes of text (one byte),
the UTF-8 text, and a CRC-16 over all text of the burst so far. Each symbol is one of 16 tones for 25 ms and
carries 4 bits: 20 bytes a second. The tones lie between 500 and 3000 Hz, so a burst
survives telephone speech coding.
"""

from __future__ import annotations

import asyncio
import binascii
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from realtime_widget.local.phrases import Sayable
from realtime_widget.local.stages import SAMPLE_RATE, SpeechChunk, Transcription

Int16Array = npt.NDArray[np.int16]

SYMBOL_SAMPLES = 600
_SPACING_HZ = 160
_LOWEST_HZ = 560
_AMPLITUDE = 9000
_RAMP_SAMPLES = 60
_PREAMBLE = (0, 15, 4, 11, 2, 13, 7, 8)
_CRC_BYTES = 2
_MAX_FRAME_BYTES = 255
_CHUNK_SAMPLES = 4800
_SEARCH_STEP = 60
_BLOCK_SYMBOLS = 512
_LEAST_MATCH = 0.55
_WORDS = re.compile(r"\s*\S+\s*|\s+")

_time = np.arange(SYMBOL_SAMPLES) / SAMPLE_RATE
_angles = 2 * np.pi * np.outer(_LOWEST_HZ + _SPACING_HZ * np.arange(16), _time)
_ramp = np.minimum(1, np.minimum(np.arange(SYMBOL_SAMPLES), np.arange(SYMBOL_SAMPLES)[::-1]) / _RAMP_SAMPLES)
_SHAPES = np.rint(_AMPLITUDE * _ramp * np.sin(_angles)).astype(np.int16)
_DETECTORS = np.exp(-1j * _angles).T * np.hanning(SYMBOL_SAMPLES)[:, None]


def encode(text: str) -> Int16Array:
    """Return the burst that says ``text``, at 24000 Hz."""
    return np.concatenate([samples for samples, _ in encode_pieces(text)])


def encode_pieces(text: str) -> Iterator[tuple[Int16Array, str]]:
    """Yield the burst in pieces: the preamble, each word's frame with its text, the end."""
    yield _tones(_PREAMBLE), ""
    checksum = 0
    for piece in _split(text):
        data = piece.encode()
        checksum = binascii.crc_hqx(data, checksum)
        yield _bytes_to_tones(bytes([len(data)]) + data + checksum.to_bytes(_CRC_BYTES, "big")), piece
    yield _bytes_to_tones(b"\0" + checksum.to_bytes(_CRC_BYTES, "big")), ""


def _split(text: str) -> Iterator[str]:
    """Yield words with their spaces, long ones in parts that fit a frame."""
    for word in _WORDS.findall(text.encode("utf-8", "replace").decode()):
        size = _MAX_FRAME_BYTES // 4  # no character takes more than 4 bytes
        yield from (word[start : start + size] for start in range(0, len(word), size))


def _tones(symbols: tuple[int, ...]) -> Int16Array:
    return np.asarray(_SHAPES[list(symbols)].reshape(-1))


def _bytes_to_tones(data: bytes) -> Int16Array:
    return _tones(tuple(nibble for byte in data for nibble in (byte >> 4, byte & 15)))


@dataclass(frozen=True, slots=True)
class Decoded:
    """Hold what was heard: the text of all whole frames, and whether every burst came to its end."""

    text: str
    complete: bool


def decode(samples: Int16Array) -> str | None:
    """Return the text in samples at 24000 Hz; None when there is none, or a burst is damaged or cut."""
    heard = decode_heard(samples)
    return heard.text if heard is not None and heard.complete else None


def decode_heard(samples: Int16Array) -> Decoded | None:
    """Return what can be decoded, also of a burst that was cut; None when there is no burst at all."""
    bursts = []
    start = 0
    signal = np.asarray(samples, np.float64)
    while (found := _find_burst(signal, start)) is not None:
        burst, start = _read_burst(signal, found)
        bursts.append(burst)
    if not bursts:
        return None
    return Decoded("".join(burst.text for burst in bursts), all(burst.complete for burst in bursts))


def _energies(signal: npt.NDArray[np.float64], starts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return the energy of each tone in the symbol at each start, as shares of the symbol's sum."""
    windows = np.lib.stride_tricks.sliding_window_view(signal, SYMBOL_SAMPLES)
    blocks = np.array_split(starts, -(-len(starts) // _BLOCK_SYMBOLS))  # to bound the memory
    energies = np.concatenate([np.abs(windows[block] @ _DETECTORS) ** 2 for block in blocks])
    total = energies.sum(axis=1, keepdims=True)
    return np.asarray(energies / np.where(total > 0, total, 1))


def _find_burst(signal: npt.NDArray[np.float64], start: int) -> int | None:
    """Return the sample where the first burst's frames begin: coarsely first, then finely."""
    length = len(_PREAMBLE) * SYMBOL_SAMPLES
    last = len(signal) - length
    if last < start:
        return None
    places = np.arange(start, len(signal) - SYMBOL_SAMPLES + 1, _SEARCH_STEP)
    shares = _energies(signal, places)
    stride = SYMBOL_SAMPLES // _SEARCH_STEP
    count = len(places) - stride * (len(_PREAMBLE) - 1)
    match = np.mean(
        [shares[k * stride : k * stride + count, tone] for k, tone in enumerate(_PREAMBLE)], axis=0
    )
    hits = np.flatnonzero(match > _LEAST_MATCH)
    if not len(hits):
        return None
    near = match[hits[0] : hits[0] + 2 * stride]
    coarse = int(places[hits[0] + int(np.argmax(near))])
    return _align(signal, coarse) + length


def _align(signal: npt.NDArray[np.float64], coarse: int) -> int:
    """Return the sample near ``coarse`` where the preamble fits best."""
    offsets = np.arange(len(_PREAMBLE)) * SYMBOL_SAMPLES
    candidates = np.arange(max(coarse - _SEARCH_STEP, 0), coarse + _SEARCH_STEP + 1, 4)
    candidates = candidates[candidates + offsets[-1] + SYMBOL_SAMPLES <= len(signal)]
    shares = _energies(signal, (candidates[:, None] + offsets).reshape(-1))
    by_symbol = shares.reshape(len(candidates), len(_PREAMBLE), 16)
    match = by_symbol[:, np.arange(len(_PREAMBLE)), _PREAMBLE].sum(axis=1)
    # The match is flat where the ramps are: its middle is the best place.
    best = np.flatnonzero(match > match.max() - 0.01)
    return int(candidates[best[len(best) // 2]])


def _read_burst(signal: npt.NDArray[np.float64], start: int) -> tuple[Decoded, int]:
    """Read frames until the empty one, the end of the samples or damage; return where the search goes on."""
    text, checksum, at = b"", 0, start
    while (head := _read_bytes(signal, at, 1)) is not None:
        size = head[0]
        frame = _read_bytes(signal, at, 1 + size + _CRC_BYTES)
        if frame is None:
            break
        data = frame[1 : 1 + size]
        checksum = binascii.crc_hqx(data, checksum)
        if frame[1 + size :] != checksum.to_bytes(_CRC_BYTES, "big"):
            break
        at += len(frame) * 2 * SYMBOL_SAMPLES
        if not size:
            return Decoded(text.decode(), True), at
        text += data
    return Decoded(text.decode(), False), at


def _read_bytes(signal: npt.NDArray[np.float64], start: int, count: int) -> bytes | None:
    starts = start + np.arange(2 * count) * SYMBOL_SAMPLES
    if starts[-1] + SYMBOL_SAMPLES > len(signal) + _SEARCH_STEP:
        return None
    if starts[-1] + SYMBOL_SAMPLES > len(signal):  # the tail of the last tone may be lost to a filter
        signal = np.concatenate([signal[start:], np.zeros(_SEARCH_STEP)])
        starts -= start
    nibbles = np.argmax(_energies(signal, starts), axis=1)
    return bytes((nibbles[0::2] << 4 | nibbles[1::2]).tolist())


class ModemSpeaker:
    """Speak text as tones. Voice and speed change nothing."""

    async def open(self) -> None:
        """Do nothing: nothing needs to be loaded."""

    async def close(self) -> None:
        """Do nothing."""

    async def speak(self, text: str, *, voice: str = "", speed: float = 1.0) -> AsyncIterator[SpeechChunk]:
        """Stream the burst of ``text`` in chunks of at most 200 ms; a word comes with its first chunk."""
        if not text:
            return
        for samples, piece in encode_pieces(text):
            for start in range(0, len(samples), _CHUNK_SAMPLES):
                pcm = samples[start : start + _CHUNK_SAMPLES].astype("<i2").tobytes()
                yield SpeechChunk(pcm, "" if start else piece)
                await asyncio.sleep(0)  # let others run, as a real speaker does


class ModemTranscriber:
    """Hear what `ModemSpeaker` says. A burst that is damaged or cut is uncertain."""

    async def open(self) -> None:
        """Do nothing: nothing needs to be loaded."""

    async def close(self) -> None:
        """Do nothing."""

    def stream(self, *, sayable: Sayable | None = None) -> ModemStream:
        """Begin one utterance; what is sayable doesn't matter."""
        return ModemStream()


class ModemStream:
    """Gather one utterance and decode it."""

    def __init__(self) -> None:
        """Begin with no audio."""
        self._pcm = bytearray()
        self._decoded: tuple[int, Decoded | None] = (0, None)

    def feed(self, pcm: bytes) -> None:
        """Take the next audio, s16le mono at 24000 Hz."""
        self._pcm += pcm

    def partial(self) -> str | None:
        """Return the text of the whole frames so far, None before the first."""
        heard = self._decode()
        return (heard.text or None) if heard is not None else None

    async def finish(self) -> Transcription:
        """Return the text; "" when there was no burst."""
        heard = self._decode()
        if heard is None:
            return Transcription("")
        return Transcription(heard.text, uncertain=not heard.complete, confidence=float(heard.complete))

    def cancel(self) -> None:
        """Forget the audio."""
        self._pcm.clear()

    def _decode(self) -> Decoded | None:
        if self._decoded[0] != len(self._pcm):
            samples = np.frombuffer(bytes(self._pcm[: len(self._pcm) & ~1]), "<i2").astype(np.int16)
            self._decoded = len(self._pcm), decode_heard(samples)
        return self._decoded[1]
