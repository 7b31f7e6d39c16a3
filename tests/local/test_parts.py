import asyncio

import pytest

from realtime_widget.errors import EngineError
from realtime_widget.local.modem import ModemSpeaker, ModemTranscriber
from realtime_widget.local.parts import Lazy, Parts

from .support import Echo


class Stage:
    """Counts; fails to open as often as told."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.opened = self.closed = 0

    async def open(self) -> None:
        self.opened += 1
        await asyncio.sleep(0)
        if self.opened <= self.failures:
            raise EngineError("Not yet.")

    async def close(self) -> None:
        self.closed += 1


def test_a_stage_opens_once_for_all_who_want_it() -> None:
    async def scenario() -> None:
        stage = Stage()
        lazy = Lazy(stage)
        assert lazy.ready is None
        assert await asyncio.gather(lazy.get(), lazy.get()) == [stage, stage]
        assert (lazy.ready, stage.opened) == (stage, 1)
        await lazy.close()
        await lazy.close()
        assert (lazy.ready, stage.closed) == (None, 1)

    asyncio.run(scenario())


def test_a_failure_is_tried_again_at_the_next_use() -> None:
    async def scenario() -> None:
        lazy = Lazy(Stage(failures=1))
        with pytest.raises(EngineError):
            await lazy.get()
        assert await lazy.get() is lazy.stage
        await lazy.close()

    asyncio.run(scenario())


def test_close_while_opening_closes() -> None:
    async def scenario() -> None:
        stage = Stage()
        lazy = Lazy(stage)
        lazy.warm()
        await lazy.close()
        assert stage.closed == 1

    asyncio.run(scenario())


def test_voices_are_the_speakers() -> None:
    class Singer(ModemSpeaker):
        voices = ("alto", "bass")

    assert Parts.of(ModemTranscriber(), Echo(), Singer()).voices == ("alto", "bass")
    assert Parts.of(ModemTranscriber(), Echo(), ModemSpeaker()).voices == ()
