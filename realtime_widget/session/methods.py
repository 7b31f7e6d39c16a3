"""The methods of a session that act: each blocks its caller, and has a coroutine twin with `a` in front."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Mapping
from typing import Any, Self

from ..data import Turn
from ..errors import WaitTimeoutError
from .base_verbs import BaseVerbs
from .callbacks import Dispatcher
from .client_secrets import ClientSecret, ClientSecrets
from .core import SessionCore
from .inputs import wire_chunks
from .io_thread import IOThread
from .verbs import Verbs

__all__ = ["BaseMethods", "SessionMethods"]

FLUSH_LIMIT_S = 0.5


class BaseMethods:
    """What can be done in every session, in a thread or in a coroutine; the work is on the I/O thread."""

    _io: IOThread
    _core: SessionCore
    _verbs: BaseVerbs
    _secrets: ClientSecrets
    _dispatcher: Dispatcher

    # Traits and callbacks have seen what the caller then sees, a raised error included, and a store has it;
    # unless one of them takes its time.

    def _wait(self, coroutine: Any) -> Any:
        try:
            return self._io.call(coroutine)
        finally:
            if (keeper := self._core.keeper) is not None and keeper.owes:
                keeper.saved()
            concurrent.futures.wait([self._dispatcher.flushed()], FLUSH_LIMIT_S)

    async def _await(self, coroutine: Any) -> Any:
        try:
            return await self._io.acall(coroutine)
        finally:
            if (keeper := self._core.keeper) is not None and keeper.owes:
                await asyncio.to_thread(keeper.saved)
            await asyncio.wait([asyncio.wrap_future(self._dispatcher.flushed())], timeout=FLUSH_LIMIT_S)

    def start(self) -> Self:
        """Connect; return when the configuration is acknowledged, at once if it is already.

        Raises:
            EngineError: Nobody answers, or the engine refuses; `MissingKeyError` without a key.
        """
        self._wait(self._core.start())
        return self

    async def astart(self) -> Self:
        """`start` as a coroutine."""
        await self._await(self._core.start())
        return self

    def stop(self) -> None:
        """End the connection and keep all data; any number of times."""
        self._wait(self._core.stop())
        self._dispatcher.close()

    async def astop(self) -> None:
        """`stop` as a coroutine."""
        await self._await(self._core.stop())
        self._dispatcher.close()

    def settle(self, timeout: float = 60) -> None:
        """Wait until no response and no tool is running and all sent audio has been answered.

        Raises:
            WaitTimeoutError: That takes longer than `timeout` seconds.
        """
        self._wait(_settle(self._core, timeout))

    async def asettle(self, timeout: float = 60) -> None:
        """`settle` as a coroutine."""
        await self._await(_settle(self._core, timeout))

    def update(self, **options: Any) -> None:
        """Change instructions, tools, voice, turn detection, … also while connected.

        Raises:
            ConfigError: An unknown option, or a wrong value.
            RefusedError: The server refused the change, and says why; everything stays as it was.
        """
        self._wait(self._verbs.update(options))

    async def aupdate(self, **options: Any) -> None:
        """`update` as a coroutine."""
        await self._await(self._verbs.update(options))

    def client_secret(self, seconds: int = 600, session: Mapping[str, Any] | None = None) -> ClientSecret:
        """Return a key for others, such as a page, that opens sessions configured like this one.

        The same one is returned for as long as it has more than 30 s left and nothing was changed.

        Args:
            seconds: How long it is good for, 10 to 7200; a session that it opened may outlive it.
            session: A session object of the API in place of this session's configuration.

        Raises:
            EngineError: The engine can't be reached, refuses the key, or makes no such secrets.
            RefusedError: The server refuses the configuration, and says why.
        """
        secret: ClientSecret = self._wait(self._secrets.get(seconds, session))
        return secret

    async def aclient_secret(
        self, seconds: int = 600, session: Mapping[str, Any] | None = None
    ) -> ClientSecret:
        """`client_secret` as a coroutine."""
        secret: ClientSecret = await self._await(self._secrets.get(seconds, session))
        return secret

    # -- verbs that don't wait for an answer --------------------------------------------------------------

    def send_audio(self, audio: Any, rate: int | None = None, realtime: bool = False) -> None:
        """Say something aloud from a file, an array or another source, in place of the microphone.

        With turn detection on, silence follows, so that the turn ends and is answered; without it call
        `commit()` and `respond()`.

        Args:
            audio: A path, a numpy array of floats (-1 to 1) or int16, PCM bytes, a `Clip`, or an iterator
                of these, plain or asynchronous; it may block, and runs on a thread of its own.
            rate: Samples a second of an array or of bytes.
            realtime: Send at the pace of speech, not as fast as possible.
        """
        self._wait(self._verbs.send_audio(wire_chunks(audio, rate), realtime))

    async def asend_audio(self, audio: Any, rate: int | None = None, realtime: bool = False) -> None:
        """`send_audio` as a coroutine."""
        chunks = await asyncio.to_thread(wire_chunks, audio, rate)
        await self._await(self._verbs.send_audio(chunks, realtime))

    def mute(self) -> None:
        """Close the microphone's way to the model; `unmute` opens it."""
        self._wait(self._verbs.mute(True))

    async def amute(self) -> None:
        """`mute` as a coroutine."""
        await self._await(self._verbs.mute(True))

    def unmute(self) -> None:
        """Open the microphone's way again."""
        self._wait(self._verbs.mute(False))

    async def aunmute(self) -> None:
        """`unmute` as a coroutine."""
        await self._await(self._verbs.mute(False))

    def approve(self, request_id: str, approve: bool = True, reason: str | None = None) -> None:
        """Allow the server to run a tool of an MCP server, or forbid it; the model goes on by itself.

        The callback `"approval"` tells of each request: its `id`, `server_label`, `name` and `arguments`.

        Raises:
            RefusedError: No request of that id is waiting.
        """
        self._wait(self._verbs.approve(request_id, approve, reason))

    async def aapprove(self, request_id: str, approve: bool = True, reason: str | None = None) -> None:
        """`approve` as a coroutine."""
        await self._await(self._verbs.approve(request_id, approve, reason))

    def send_event(self, event: Mapping[str, Any]) -> None:
        """Send any client event of the API as it is."""
        self._wait(self._verbs.send_event(event))

    async def asend_event(self, event: Mapping[str, Any]) -> None:
        """`send_event` as a coroutine."""
        await self._await(self._verbs.send_event(event))


class SessionMethods(BaseMethods):
    """What can be done in a conversation."""

    _verbs: Verbs

    def ask(self, text: str, timeout: float = 60) -> Turn:
        """Send text, wait for the whole answer (tools included), and return the assistant's turn.

        Raises:
            NotConnectedError: Before `start()`.
            ResponseError: The response failed.
            WaitTimeoutError: No whole answer within `timeout` seconds.
        """
        turn: Turn = self._wait(self._verbs.ask(text, timeout))
        return turn

    async def aask(self, text: str, timeout: float = 60) -> Turn:
        """`ask` as a coroutine."""
        turn: Turn = await self._await(self._verbs.ask(text, timeout))
        return turn

    def send_text(self, text: str, respond: bool = True) -> None:
        """Say something in writing; with `respond` the model answers."""
        self._wait(self._verbs.send_text(text, respond))

    async def asend_text(self, text: str, respond: bool = True) -> None:
        """`send_text` as a coroutine."""
        await self._await(self._verbs.send_text(text, respond))

    def send_image(self, image: Any, text: str | None = None, respond: bool = False) -> None:
        """Show a picture (path, PNG or JPEG bytes, PIL image, figure), with words to it if you like."""
        self._wait(self._verbs.send_image(image, text, respond))

    async def asend_image(self, image: Any, text: str | None = None, respond: bool = False) -> None:
        """`send_image` as a coroutine."""
        await self._await(self._verbs.send_image(image, text, respond))

    def interrupt(self) -> None:
        """Stop the answer that is being given, and let the model know how much of it was heard."""
        self._wait(self._core.interrupt(cancel=True))

    async def ainterrupt(self) -> None:
        """`interrupt` as a coroutine."""
        await self._await(self._core.interrupt(cancel=True))

    def commit(self) -> None:
        """Make the sound sent so far the user's turn (push-to-talk); under 100 ms it is dropped."""
        self._wait(self._verbs.commit())

    async def acommit(self) -> None:
        """`commit` as a coroutine."""
        await self._await(self._verbs.commit())

    def respond(self, **options: Any) -> None:
        """Ask the model to answer now; options such as `instructions=` hold for this answer alone."""
        self._wait(self._verbs.respond(options))

    async def arespond(self, **options: Any) -> None:
        """`respond` as a coroutine."""
        await self._await(self._verbs.respond(options))


async def _settle(core: SessionCore, timeout_s: float) -> None:
    try:
        await asyncio.wait_for(core.settle(), timeout_s)
    except TimeoutError:
        raise WaitTimeoutError(
            f"The conversation didn't settle within {timeout_s:g} s.",
            remedy="See session.tool_calls.df and the end of session.events.df for what still runs.",
            recoverable=True,
        ) from None
