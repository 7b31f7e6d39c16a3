"""The verbs of a translation session, as coroutines on the I/O thread."""

from __future__ import annotations

from typing import Any

from ..errors import SessionError
from .base_verbs import BaseVerbs, check_model

__all__ = ["TranslationVerbs"]


class TranslationVerbs(BaseVerbs):
    """What a user, a panel or a script can do in a translation session."""

    def _check_update(self, before: Any, after: Any) -> None:
        check_model(self._core, before, after)

    async def send_text(self, text: str, respond: bool) -> None:
        """Refuse: only sound is translated."""
        raise SessionError(
            "A translation session translates what it hears, not what is written.",
            remedy="Use session.send_audio(…), or RealtimeSession to write to a model.",
            recoverable=True,
        )

    def press(self) -> None:
        """Do nothing: the microphone is open all the time."""

    def release(self, *, keep: bool = True) -> None:
        """Do nothing."""
