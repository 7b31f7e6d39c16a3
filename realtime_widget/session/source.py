"""The sound of a source in the kernel, spoken in the microphone's place while a session runs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ..audio import level_dbfs, ms_to_bytes, pcm_to_samples, silence
from ..errors import RealtimeError, SessionError
from .audio_in import MICROPHONE, AudioIn, Sound
from .inputs import LEAD_MS, Pace
from .reader import CHUNK_MS

if TYPE_CHECKING:
    from .core import SessionCore

__all__ = ["Source"]

SILENCE = silence(CHUNK_MS)
QUIET_DBFS = -45.0


class Source:
    """Lets a session hear `audio_in` for as long as it is connected; lives on the I/O thread.

    Where nothing comes silence is sent, so that whoever listens for the ends of turns hears one stream.

    Attributes:
        audio_in: What is heard.
    """

    def __init__(self, core: SessionCore, audio_in: AudioIn = MICROPHONE) -> None:
        self._core = core
        self.audio_in = audio_in
        self._sound: Sound | None = None
        self._task: asyncio.Task[None] | None = None
        self._quiet_ms = 0.0

    @property
    def in_kernel(self) -> bool:
        """Whether no page's microphone or stream is heard."""
        return self.audio_in.kind == "kernel"

    @property
    def busy(self) -> bool:
        """Whether sound is being said that will come to an end, or to a pause."""
        running = self._task is not None and not self._task.done()
        return running and self._sound is not None and self._quiet_ms < self._sound.pause_ms

    @property
    def ends(self) -> bool:
        """Whether sound of a known length is being said."""
        return self.busy and self._sound is not None and self._sound.pause_ms == float("inf")

    def begin(self) -> None:
        """Start the flow, of a source in the kernel."""
        self.end()
        if self.audio_in.sound is not None:
            self._sound = self.audio_in.sound()
            self._quiet_ms = 0.0
            self._task = self._core.spawn(self._run(self._sound))

    def end(self) -> None:
        """Stop the flow; idempotent."""
        if self._task is not None:
            self._task.cancel()
        if self._sound is not None:
            self._sound.close()
        self._sound = self._task = None

    def use(self, audio_in: AudioIn) -> None:
        """Hear something else from now on."""
        core = self._core
        self.end()
        self.audio_in = audio_in
        if core.status in ("connected", "reconnecting"):
            if not self.in_kernel:
                core.sound_in.closed()  # what was being said ends here
            self.begin()
        core.publish([])

    async def _run(self, sound: Sound) -> None:
        try:
            await sound.open()
            await self._flow(sound)
        except Exception as error:  # the user's own iterator may raise anything
            self._core.report(self._broken(error))
        sound.close()
        await self._core.feed.end_turn(realtime=True)
        self._core.waits.notify()

    async def _flow(self, sound: Sound) -> None:
        pace = Pace()
        for _ in range(0 if self._core.by_hand else LEAD_MS // CHUNK_MS):
            self._say(b"")
            await pace.keep(len(SILENCE))
        while (pcm := await sound.take(pace.patience_s)) is not None:
            if not sound.live:
                await self._turn()
            self._say(pcm)
            await pace.keep(len(pcm or SILENCE))

    async def _turn(self) -> None:
        """Wait while another source is being spoken, and for a connection: so nothing is lost."""
        core = self._core
        await core.waits.until(lambda: not core.feed.busy)
        await core.sound_in.room()

    def _say(self, pcm: bytes) -> None:
        core = self._core
        quiet = not pcm or level_dbfs(pcm_to_samples(pcm)) < QUIET_DBFS
        self._quiet_ms = self._quiet_ms + len(pcm or SILENCE) / ms_to_bytes(1) if quiet else 0.0
        if not pcm and core.by_hand:
            return  # nobody listens for the end of a turn
        if not core.feed.busy:
            core.sound_in.append(bytes(len(pcm)) if core.traits.get("muted") else pcm or SILENCE)

    def _broken(self, error: Exception) -> SessionError:
        what = error.message if isinstance(error, RealtimeError) else f"{type(error).__name__}: {error}"
        hint = f"{error.remedy} " if isinstance(error, RealtimeError) and error.remedy else ""
        return SessionError(
            f"The sound from {self.audio_in.label} broke off: {what}",
            remedy=f"{hint}Typing goes on working; session.audio_in = … brings other sound.",
            code="audio_in_failed",
            recoverable=True,
        )
