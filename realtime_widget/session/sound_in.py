"""The user's sound on its last steps to the server: from the microphone, or from a file in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..protocol.input_audio import Captured
    from .core import SessionCore

__all__ = ["SoundIn"]

CLOSING_SILENCE_MS = 1_000


class SoundIn:
    """Lets through what the server is to hear; lives on the I/O thread."""

    def __init__(self, core: SessionCore) -> None:
        self._core = core
        self._unanswered = False

    @property
    def by_hand(self) -> bool:
        """Whether nobody but the user ends his turns."""
        return self._core.protocol.config.turn_detection is None

    def append(self, pcm: bytes, *, live: bool = True, captured: Captured | None = None) -> None:
        """Send a piece of the user's sound, if there is a connection."""
        if self._core.live:
            self._unanswered = True
            self._core.act(lambda protocol: protocol.append_audio(pcm, live=live, captured=captured))

    def hear(self, pcm: bytes, captured: Captured | None = None) -> None:
        """Take a chunk of a page; dropped while muted, or while a file is spoken in its place."""
        core = self._core
        held_back = self.by_hand and not core.talking
        ready = core.live and core.status != "connecting" and not core.source.in_kernel
        if ready and not (core.traits.get("muted") or core.feed.busy or held_back):
            self.append(pcm, captured=captured)

    def closed(self) -> None:
        """Let the user's turn end, though no more sound of a microphone comes."""
        if self._core.user_speaks and self._core.connection is not None:
            # Turn detection waits for silence, and a closed microphone sends none.
            self._core.feed.add_silence(CLOSING_SILENCE_MS)

    async def room(self) -> None:
        """Wait until there is a connection, and its server has read what was sent: so nothing is dropped."""
        core = self._core
        await core.waits.until(lambda: not core.resuming)
        if core.connection is not None:
            await core.connection.room()

    def dropped(self, n_bytes: int, behind_bytes: int) -> None:
        """Note that the server will never get some of the user's sound: it didn't read."""
        with self._core.lock:
            self._core.protocol.input_audio.dropped(n_bytes, behind_bytes)

    def take_unanswered(self) -> bool:
        """Tell whether sound was sent since the last call."""
        unanswered, self._unanswered = self._unanswered, False
        return unanswered
