"""Listen to utterances: gather the audio, guess while it comes in, and decide at the end."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from realtime_widget.audio import Resampler
from realtime_widget.local.grammar import Grammar
from realtime_widget.local.recogniser.decoders import (
    FRAME_MS,
    LIKELIEST,
    SAMPLE_RATE,
    GrammarDecoder,
    OpenDecoder,
    PhoneDecoder,
)
from realtime_widget.local.recogniser.hypothesis import Hypothesis
from realtime_widget.local.recogniser.judge import Evidence, distance, judge
from realtime_widget.local.recogniser.wire import Heard

INPUT_RATE = 24_000
MAX_GRAMMAR_S = 15
"""No sentence of a grammar is longer than that."""
PREFERENCE = 0.01
"""How much better (log score per second) a sentence must fit to be preferred to one of the likeliest."""
_DITHER = 10
_DITHER_SHARE = 500  # of the peak: a noise floor 54 dB below it
_PAD_MS = 200
_SILENT_PEAK = 60
_FRAME = SAMPLE_RATE * FRAME_MS // 1000

Int16Array = npt.NDArray[np.int16]


class Ear:
    """Gather the audio of one utterance at the decoders' rate."""

    def __init__(self, decoder: GrammarDecoder) -> None:
        """Listen for the sentences of ``decoder``."""
        self.decoder = decoder
        self.text = ""
        self._resampler = Resampler(INPUT_RATE, SAMPLE_RATE)
        self._noise = np.random.default_rng(0)
        self._pieces: list[Int16Array] = []
        self._odd = b""

    def take(self, pcm: bytes) -> bytes:
        """Take the next audio at 24000 Hz and return it for decoding as it comes."""
        pcm = self._odd + pcm
        whole = len(pcm) & ~1
        self._odd = pcm[whole:]
        samples = self._resampler.process(np.frombuffer(pcm[:whole], "<i2"))
        self._pieces.append(samples)
        return add_noise(samples, self._noise, _DITHER)

    def samples(self) -> Int16Array:
        """Return the whole utterance; call it once, at the end."""
        return np.concatenate([*self._pieces, self._resampler.flush()])


def prepare(samples: Int16Array) -> tuple[bytes, int]:
    """Cut an utterance to its speech, 200 ms more and a noise floor; also return where that starts, in ms.

    Much silence, and digital silence most of all, spoils the cepstral means of a short sentence. The noise is
    always the same, so that the same audio is always heard the same. Empty when there is nothing but silence.
    """
    peak = int(np.abs(samples.astype(np.int32)).max(initial=0))
    if peak < _SILENT_PEAK or len(samples) < _FRAME:
        return b"", 0
    frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME).astype(np.float64)
    level = np.sqrt(np.mean(frames**2, axis=1))
    loud = np.flatnonzero(level > max(3 * float(np.percentile(level, 10)), 0.01 * float(level.max())))
    if not len(loud):  # all about equally loud
        loud = np.array([0, len(level) - 1])
    pad = _PAD_MS // FRAME_MS
    first, last = int(loud[0]) - pad, int(loud[-1]) + 1 + pad
    cut = samples[max(first, 0) * _FRAME : last * _FRAME]
    missing = (max(-first, 0) * _FRAME, max(last * _FRAME - len(samples), 0))
    pcm = add_noise(np.pad(cut, missing), np.random.default_rng(0), max(peak // _DITHER_SHARE, _DITHER))
    return pcm, first * FRAME_MS


def add_noise(samples: Int16Array, noise: np.random.Generator, amplitude: int) -> bytes:
    """Return samples with noise, as bytes."""
    steps = noise.integers(-amplitude, amplitude + 1, len(samples))
    return bytes(np.clip(samples + steps, -32768, 32767).astype("<i2").tobytes())


class Listener:
    """Own the decoders that all grammars share, and hear utterances."""

    def __init__(self) -> None:
        """Load the models."""
        self._open = OpenDecoder()
        self._phones = PhoneDecoder()

    def hear(self, utterance: int, ear: Ear) -> Heard:
        """Return what was said: the grammar's sentence if that is credible, else the open model's text."""
        pcm, start_ms = prepare(ear.samples())
        if not pcm:
            return Heard(utterance, "")
        evidence = self.evidence(pcm, ear.decoder)
        credible, confidence = judge(evidence)
        grammar = ear.decoder.grammar
        if evidence.sentence is not None and credible:
            tokens = evidence.sentence.tokens
            words = _words(evidence.sentence, [grammar.written(token) for token in tokens], start_ms)
            return Heard(utterance, grammar.write(tokens), confidence=confidence, words=words)
        tokens = evidence.opened.tokens if evidence.phones.segments else ()
        words = _words(evidence.opened, tokens, start_ms) if tokens else []
        text = Grammar({}).write(tokens)
        heard_phones = distance(evidence.opened.phones, evidence.phones.phones)
        return Heard(
            utterance, text, uncertain=bool(text), confidence=round(1 - heard_phones, 2), words=words
        )

    def evidence(self, pcm: bytes, decoder: GrammarDecoder) -> Evidence:
        """Decode in all ways."""
        sentence = None
        if len(pcm) <= 2 * SAMPLE_RATE * MAX_GRAMMAR_S:
            any_sentence = decoder.decode_rule(pcm, decoder.grammar.start)
            likely = decoder.decode_rule(pcm, LIKELIEST)
            sentence = _preferred(any_sentence, likely)
        is_likely = sentence is not None and decoder.accepts(sentence.tokens, LIKELIEST)
        return Evidence(sentence, self._open.decode(pcm), self._phones.decode(pcm), is_likely)


def _preferred(sentence: Hypothesis | None, likely: Hypothesis | None) -> Hypothesis | None:
    if sentence is None or likely is None:
        return sentence or likely
    better = (sentence.log_score - likely.log_score) / sentence.n_frames * 100
    return sentence if better > PREFERENCE else likely


def _words(hypothesis: Hypothesis, written: Sequence[str], start_ms: int) -> list[tuple[str, int, int]]:
    """Return the written words with their times; a value of several words is one."""
    words: list[tuple[str, int, int]] = []
    for segment, text in zip(hypothesis.segments, written, strict=True):
        start, end = (max(frame * FRAME_MS + start_ms, 0) for frame in (segment.start, segment.end + 1))
        if text:
            words.append((text, start, end))
        elif words:
            words[-1] = (words[-1][0], words[-1][1], end)
    return words
