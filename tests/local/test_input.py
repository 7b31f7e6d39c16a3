import asyncio
from typing import Any

import numpy as np
import pytest

from realtime_widget.local.input import KEPT_SILENCE_MS, MAX_BUFFER_MS, InputBuffer, Segment
from realtime_widget.local.modem import ModemTranscriber
from realtime_widget.local.parts import Lazy
from realtime_widget.local.phrases import sayable
from realtime_widget.local.recognition import Recognition
from realtime_widget.local.refusal import Refusal
from realtime_widget.local.vad import VadFrame

PCM = {"type": "audio/pcm", "rate": 24000}
VAD = {
    "type": "server_vad",
    "threshold": 0.5,
    "prefix_padding_ms": 100,
    "silence_duration_ms": 200,
}
LOUD, QUIET = (np.full(240, level, "<i2").tobytes() for level in (9000, 0))
"""10 ms each."""


class LevelVad:
    """Any sample that isn't 0 is speech; frames of 10 ms."""

    def __init__(self) -> None:
        self.n_samples = 0

    def feed(self, pcm: bytes) -> list[VadFrame]:
        frames = []
        for block in np.frombuffer(pcm, "<i2").reshape(-1, 240):
            frames.append(VadFrame(self.n_samples, 240, float(np.any(block))))
            self.n_samples += 240
        return frames

    def reset(self) -> None:
        self.n_samples = 0


class Log:
    """Notes what the buffer tells."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def speech_started(self, item_id: str, audio_start_ms: int) -> None:
        self.told.append(("started", audio_start_ms))

    def speech_stopped(self, item_id: str, audio_end_ms: int) -> None:
        self.told.append(("stopped", audio_end_ms))

    def heard_more(self, segment: Segment) -> None:
        pass

    def committed(self, segment: Segment, pcm: bytes, *, by_vad: bool) -> None:
        self.told.append(("committed", len(pcm) // 48, by_vad))


def buffer(mode: dict[str, Any] | None) -> tuple[InputBuffer, Log]:
    log = Log()
    transcriber = Lazy(ModemTranscriber())
    made = InputBuffer(log, new_recognition=lambda: Recognition(transcriber, sayable(())), new_vad=LevelVad)
    made.configure(PCM, mode)
    return made, log


def run(scenario: Any) -> None:
    asyncio.run(scenario())


@pytest.mark.parametrize("size", [480, 4800, 999_840])
def test_turns_do_not_depend_on_how_the_audio_is_cut(size: int) -> None:
    async def scenario() -> None:
        made, log = buffer(VAD)
        pcm = QUIET * 50 + LOUD * 40 + QUIET * 60 + LOUD * 30 + QUIET * 40
        for start in range(0, len(pcm), size):
            await made.append(pcm[start : start + size])
        assert log.told == [
            ("started", 400),
            ("stopped", 1100),
            ("committed", 700, True),
            ("started", 1400),
            ("stopped", 2000),
            ("committed", 600, True),
        ]
        assert made.position_ms == 2200
        made.close()

    run(scenario)


def test_padding_never_reaches_into_the_turn_before() -> None:
    async def scenario() -> None:
        made, log = buffer({**VAD, "prefix_padding_ms": 500})
        await made.append(QUIET * 10 + LOUD * 10 + QUIET * 25 + LOUD * 10 + QUIET * 25)
        starts = [entry[1] for entry in log.told if entry[0] == "started"]
        stops = [entry[1] for entry in log.told if entry[0] == "stopped"]
        assert starts == [0, stops[0]]
        made.close()

    run(scenario)


def test_a_commit_takes_the_speech_and_ends_the_turn() -> None:
    async def scenario() -> None:
        made, log = buffer(VAD)
        await made.append(QUIET * 50 + LOUD * 20)
        made.commit()
        await made.append(QUIET * 100)
        assert log.told == [("started", 400), ("committed", 300, False)]
        assert not made.is_speech
        made.close()

    run(scenario)


def test_a_commit_without_speech_takes_all() -> None:
    async def scenario() -> None:
        made, log = buffer(VAD)
        await made.append(QUIET * 50)
        made.commit()
        assert log.told == [("committed", 500, False)]
        with pytest.raises(Refusal, match=r"buffer only has 0\.00ms"):
            made.commit()
        made.close()

    run(scenario)


def test_clear_drops_what_is_there_and_the_clock_goes_on() -> None:
    async def scenario() -> None:
        made, log = buffer(VAD)
        await made.append(LOUD * 20)
        made.clear()
        await made.append(QUIET * 30 + LOUD * 20 + QUIET * 30)
        assert [entry for entry in log.told if entry[0] != "committed"] == [
            ("started", 0),
            ("started", 400),
            ("stopped", 900),
        ]
        made.close()

    run(scenario)


def test_switching_the_turn_detection_keeps_the_clock() -> None:
    async def scenario() -> None:
        made, log = buffer(None)
        await made.append(LOUD * 30)
        assert log.told == []
        made.commit()
        made.configure(PCM, VAD)
        await made.append(QUIET * 20 + LOUD * 20 + QUIET * 30)
        assert log.told[1:3] == [("started", 400), ("stopped", 900)]
        made.configure(PCM, None)
        await made.append(LOUD * 20)
        made.commit()
        assert log.told[-1] == ("committed", 300, False)
        made.close()

    run(scenario)


def test_silence_does_not_pile_up() -> None:
    async def scenario() -> None:
        made, log = buffer(VAD)
        await made.append(QUIET * (KEPT_SILENCE_MS // 10 + 500))
        made.commit()
        assert log.told == [("committed", KEPT_SILENCE_MS, False)]
        made.close()

    run(scenario)


def test_a_full_buffer_refuses_more() -> None:
    async def scenario() -> None:
        made, _ = buffer(None)
        await made.append(bytes(48))
        with pytest.raises(Refusal, match="full"):
            await made.append(bytes(MAX_BUFFER_MS * 48))
        made.close()

    run(scenario)


def test_telephone_audio_counts_its_own_bytes() -> None:
    async def scenario() -> None:
        made, log = buffer(None)
        made.configure({"type": "audio/pcmu"}, None)
        await made.append(b"\xff" * 800)
        made.commit()
        assert log.told == [("committed", 100, False)]
        made.close()

    run(scenario)
