"""The verbs of a transcription session, as coroutines on the I/O thread."""

from __future__ import annotations

from typing import Any

from ..errors import RefusedError, SessionError
from .base_verbs import BaseVerbs
from .transcription_core import TranscriptionCore

__all__ = ["TranscriptionVerbs"]


class TranscriptionVerbs(BaseVerbs):
    """What a user, a panel or a script can do in a transcription session."""

    _core: TranscriptionCore

    async def commit(self) -> None:
        """End the turn here, after all that is still being sent."""
        self._core.need_connection()
        await self._core.waits.until(lambda: not (self._core.feed.busy or self._core.source.ends))
        self._core.need_connection()
        self._core.sound_in.cut_by_hand()

    def _check_update(self, before: Any, after: Any) -> None:
        if before.languages and not after.languages and self._core.live:
            raise RefusedError(
                "Languages can be exchanged but not taken back while connected.",
                remedy="Stop the session first.",
                code="languages_are_fixed",
                recoverable=True,
            )

    async def send_text(self, text: str, respond: bool) -> None:
        """Refuse: only sound is written down."""
        raise SessionError(
            "A transcription session writes down what it hears, and answers nothing.",
            remedy="Use RealtimeSession to talk with a model.",
            recoverable=True,
        )

    def press(self) -> None:
        """Begin a turn by hand; what lay in the buffer is dropped."""
        core = self._core
        if not core.live or core.status == "connecting" or core.talking:
            return
        core.talking = True
        core.act(lambda protocol: protocol.clear())
        core.set_trait("listening", True)

    def release(self, *, keep: bool = True) -> None:
        """End the turn: one commit; nothing if it was too short, or not to be kept."""
        core = self._core
        if not core.talking:
            return
        core.talking = False
        core.set_trait("listening", False)
        if keep:
            core.sound_in.cut_by_hand()
        else:
            core.act(lambda protocol: protocol.clear())
