"""Where turns are cut: pure, with a voice detector that hears a voice in every sample that isn't zero."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from realtime_widget.audio import pcm_to_samples, silence
from realtime_widget.config import TranscriptionConfig
from realtime_widget.local.vad import TurnDetector, TurnRules, VadFrame
from realtime_widget.session import cutter as module
from realtime_widget.session.cutter import Cutter
from realtime_widget.testing import tone

PIECE_MS = 60


class PlainVad:
    """Frames of 20 ms, with probability 1 where anything sounds."""

    def __init__(self) -> None:
        self._pending = b""
        self._start = 0

    def feed(self, pcm: bytes) -> list[VadFrame]:
        self._pending += pcm
        frames = []
        while len(self._pending) >= 960:
            block, self._pending = self._pending[:960], self._pending[960:]
            frames.append(VadFrame(self._start, 480, float(np.any(pcm_to_samples(block) != 0))))
            self._start += 480
        return frames

    def reset(self) -> None:
        """Not needed."""


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = TurnRules(silence_duration_ms=module.SILENCE_MS)
    monkeypatch.setattr(module, "_make_detector", lambda: (PlainVad(), TurnDetector(rules)))


def cuts(cutter: Cutter, *pieces: bytes) -> list[tuple[float, float]]:
    pcm, size = b"".join(pieces), PIECE_MS * 48
    spans = (cutter.push(pcm[at : at + size]) for at in range(0, len(pcm), size))
    return [span for span in spans if span is not None]


def make(**options: Any) -> Cutter:
    return Cutter(TranscriptionConfig(**options))


def test_speech_is_cut_after_its_silence_and_lies_where_it_was() -> None:
    cutter = make()
    spans = cuts(cutter, silence(1_020), tone(1_200), silence(1_200), tone(600), silence(1_200))
    (first, second) = spans
    assert first == (pytest.approx(720, abs=45), pytest.approx(2_820, abs=45))
    assert second[0] == pytest.approx(3_120, abs=45)
    assert cutter.found and not cutter.speaking


def test_positions_count_from_where_the_sound_began() -> None:
    cutter = Cutter(TranscriptionConfig(), at_ms=5_000.0)
    ((start_ms, end_ms),) = cuts(cutter, silence(480), tone(600), silence(900))
    assert (start_ms, end_ms) == (pytest.approx(5_180, abs=45), pytest.approx(6_680, abs=45))


def test_long_speech_is_cut_and_goes_on_without_a_gap() -> None:
    cutter = make(max_turn_s=2)
    spans = cuts(cutter, tone(5_000), silence(900))
    assert len(spans) == 3
    assert all(end - start <= 2_000 + PIECE_MS for start, end in spans)
    assert all(after[0] - before[1] <= 2 * PIECE_MS for before, after in pairwise(spans))


def test_speech_that_grows_long_is_cut_in_a_short_pause() -> None:
    cutter = make(max_turn_s=3.4)
    spans = cuts(cutter, tone(1_000), silence(400), tone(1_500), silence(300), tone(600))
    assert [round(end, -2) for _, end in spans] == [3_100]


def test_a_timer_cuts_by_the_sound_alone() -> None:
    assert cuts(make(commit=0.6), tone(700), silence(600)) == [(0.0, 600.0), (600.0, 1_200.0)]


def test_by_hand_or_by_the_server_nothing_is_cut_here() -> None:
    for options in ({"commit": None}, {"model": "whisper-1"}):
        cutter = make(**options)
        assert cuts(cutter, tone(1_000), silence(2_000)) == []
        assert cutter.rest() == (0.0, 3_000.0)
        assert not cutter.audible


def test_silence_is_known_from_what_sounds_without_a_voice() -> None:
    cutter = make()
    cuts(cutter, silence(900))
    assert (cutter.audible, cutter.found, cutter.quiet_ms) == (False, False, 900.0)
    cuts(cutter, tone(300))
    assert cutter.audible and cutter.speaking and cutter.speech_ms is not None
    assert cutter.quiet_ms == 0.0


def test_a_real_detector_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    cutter = make()
    assert cuts(cutter, silence(1_000)) == []
    assert not cutter.found
