"""One utterance on its way to text; it may begin before the transcriber is open."""

from __future__ import annotations

import asyncio

from realtime_widget.errors import EngineError
from realtime_widget.local.parts import Lazy
from realtime_widget.local.phrases import Sayable
from realtime_widget.local.stages import Transcriber, TranscriberStream, Transcription

__all__ = ["Recognition"]

FINISH_TIMEOUT_S = 60.0


class Recognition:
    """Feed an utterance to the transcriber, and keep it until that is open."""

    def __init__(self, transcriber: Lazy[Transcriber], sayable: Sayable) -> None:
        self._transcriber = transcriber
        self._sayable = sayable
        self._stream: TranscriberStream | None = None
        self._waiting: list[bytes] = []
        self._shown = ""
        self._candidate: list[str] = []
        transcriber.warm()

    def feed(self, pcm: bytes) -> None:
        """Take the next audio, 16-bit PCM at 24 kHz."""
        if not pcm:
            return
        stream = self._begin()
        if stream is None:
            self._waiting.append(pcm)
        else:
            stream.feed(pcm)

    def partial(self) -> str | None:
        """Return the latest guess at the text so far."""
        return self._stream.partial() if self._stream is not None else None

    def delta(self) -> str:
        """Return the next words that two guesses in a row agree on; "" where there are none."""
        words = (self.partial() or "").split()
        agreed = [a for a, b in zip(words, self._candidate, strict=False) if a == b]
        agreed = words[: len(agreed)] if words[: len(agreed)] == self._candidate[: len(agreed)] else []
        self._candidate = words
        return self._extend(" ".join(agreed))

    def last_delta(self, text: str) -> str:
        """Return what the final text adds to the deltas so far; "" where it says something else."""
        return self._extend(text)

    def _extend(self, text: str) -> str:
        if not text.startswith(self._shown):
            return ""
        added, self._shown = text[len(self._shown) :], text
        return added

    async def finish(self) -> Transcription:
        """Return the final text.

        Raises:
            EngineError: The transcriber can't open or failed.
        """
        await self._transcriber.get()
        stream = self._begin()
        assert stream is not None
        try:
            async with asyncio.timeout(FINISH_TIMEOUT_S):
                return await stream.finish()
        except TimeoutError:
            stream.cancel()
            raise EngineError(
                f"The recogniser gave no text within {FINISH_TIMEOUT_S:g} s.",
                remedy="The machine may be busy; say it again.",
                code="transcription_timeout",
            ) from None

    def cancel(self) -> None:
        """Forget the utterance."""
        if self._stream is not None:
            self._stream.cancel()
        self._waiting.clear()

    def _begin(self) -> TranscriberStream | None:
        transcriber = self._transcriber.ready
        if self._stream is None and transcriber is not None:
            self._stream = transcriber.stream(sayable=self._sayable)
            waiting, self._waiting = self._waiting, []
            for pcm in waiting:
                self._stream.feed(pcm)
        return self._stream
