"""One WebSocket to an engine: send in order, receive, and say in the user's words why it ended."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable

from websockets.exceptions import ConnectionClosed

from ..engines import Endpoint
from .direct import DirectSocket
from .handshake import MAX_FRAME_BYTES, PING_TIMEOUT_S, open_socket
from .secrecy import Secrets
from .send_queue import MAX_BYTES, SendQueue
from .traffic import Traffic

__all__ = ["Connection"]

log = logging.getLogger("realtime_widget.session")

LOOK_S = 1.0
STUCK_LOOKS = 20
"""How many looks in a row, a second apart, may find that nothing has left. Not a time: when a busy cell held
up this thread, the server had no chance either."""
CLOSE_LIMIT_S = 3.0


class Connection:
    """A live socket. What the server doesn't read waits in one queue, so that everything leaves in order.

    Attributes:
        queue: What waits.
        on_dropped: Called with how many bytes of the user's sound gave way, and how many behind them wait.
    """

    def __init__(self, socket: DirectSocket, secrets: Secrets, traffic: Traffic) -> None:
        self.queue = SendQueue()
        self.on_dropped: Callable[[int, int], None] = lambda n_bytes, behind_bytes: None
        self._socket = socket
        self._secrets = secrets
        self._traffic = traffic
        self._ended: str | None = None
        self._over = False
        self._look: asyncio.TimerHandle | None = None
        self._room = asyncio.Event()
        self._in_gap = False
        socket.on_room = self._drain

    @classmethod
    async def open(
        cls, endpoint: Endpoint, *, timeout_s: float, traffic: Traffic | None = None
    ) -> Connection:
        """Connect; `traffic` is where to count.

        Raises:
            EngineError: Nobody answers there, or the server refuses; the message says what to do.
        """
        secrets = Secrets(endpoint)
        socket = await open_socket(endpoint, secrets, timeout_s=timeout_s)
        return cls(socket, secrets, traffic or Traffic())

    # -- out ---------------------------------------------------------------------------------------------

    def send(self, texts: list[str]) -> None:
        """Send frames, or queue them while the server doesn't read; never waits."""
        if self._over:
            return
        if self.queue or self._socket.full:
            self._enqueue(texts)
        else:
            self._write(texts)

    def _write(self, texts: list[str]) -> None:
        self._in_gap = False
        n_bytes = self._socket.write(texts)
        if n_bytes:  # else the connection is over, and the reader reports why
            self._traffic.sent_frames += len(texts)
            self._traffic.sent_bytes += n_bytes
        if self._socket.full:
            self._room.clear()
            self._watch(self._left_bytes, 0)

    def _enqueue(self, texts: list[str]) -> None:
        dropped = sum(self.queue.add(text) for text in texts)
        if self.queue.n_bytes > MAX_BYTES:
            self._give_up("the server reads more slowly than is sent")
        elif dropped:
            self._traffic.dropped_audio_bytes += dropped
            self._traffic.gaps += not self._in_gap
            self._in_gap = True
            self.on_dropped(dropped, self.queue.n_audio_bytes)

    def _drain(self) -> None:
        while not self._socket.full and (text := self.queue.take()) is not None:
            self._write([text])
        if not self._socket.full:
            self._room.set()

    async def room(self) -> None:
        """Wait until the server has read what was sent, for those who can: a file, unlike a microphone."""
        while self._socket.full and not self._over:
            await self._room.wait()

    # -- a server that doesn't read ----------------------------------------------------------------------

    @property
    def _left_bytes(self) -> int:
        return self._traffic.sent_bytes - self._socket.unsent_bytes

    def _watch(self, left_bytes: int, n_looks: int) -> None:
        if self._look is None:
            loop = asyncio.get_running_loop()
            self._look = loop.call_later(LOOK_S, self._see, left_bytes, n_looks)

    def _see(self, left_bytes: int, n_looks: int) -> None:
        self._look = None
        now_bytes = self._left_bytes
        if not self._socket.full:
            return
        n_looks = 0 if now_bytes > left_bytes else n_looks + 1
        if n_looks >= STUCK_LOOKS:
            self._give_up(f"the server has read nothing for {STUCK_LOOKS * LOOK_S:.0f} s")
        else:
            self._watch(now_bytes, n_looks)

    def _give_up(self, why: str) -> None:
        log.warning("! %s", why)
        self._ended = self._ended or why
        self._end()
        self._socket.transport.abort()

    def _end(self) -> None:
        self._over = True
        self.queue.clear()
        self._room.set()
        if self._look is not None:
            self._look.cancel()

    # -- in ----------------------------------------------------------------------------------------------

    async def deliver(self, take: Callable[[str], None]) -> None:
        """Call a function, which must not raise, with every message until the connection ends."""
        hide, traffic = self._secrets.hide, self._traffic

        def count(text: str) -> None:
            traffic.received_events += 1
            traffic.received_bytes += len(text)
            take(hide(text))

        self._socket.hand_to(count)
        try:
            await self._socket.wait_closed()
            traffic.last_close = self.close_reason
        finally:
            self._socket.hand_to(lambda text: None)

    async def ping(self) -> None:
        """Return when the server has answered a ping, or the connection is over."""
        with contextlib.suppress(ConnectionClosed):
            await (await self._socket.ping())

    # -- the end -----------------------------------------------------------------------------------------

    @property
    def close_reason(self) -> tuple[int | None, str]:
        """The close code and the reason; ours, when it was this end that gave the connection up."""
        if self._ended is not None:
            return None, self._ended
        protocol = self._socket.protocol  # the socket itself tells it from version 14.1 on only
        sent = protocol.close_sent
        if sent is not None and not protocol.close_rcvd_then_sent:
            return int(sent.code), self._secrets.hide(_OURS.get(sent.code, sent.reason))
        code = protocol.close_code
        return None if code is None else int(code), self._secrets.hide(protocol.close_reason or "")

    async def close(self) -> None:
        """End the connection; total and idempotent."""
        self._end()
        if self._socket.full:
            self._socket.transport.abort()  # a farewell would only wait behind what isn't read
        try:
            await asyncio.wait_for(self._socket.close(), CLOSE_LIMIT_S)
        except TimeoutError:
            self._socket.transport.abort()
            await self._socket.wait_closed()
        self._traffic.last_close = self.close_reason


_OURS = {
    1009: f"a message of more than {MAX_FRAME_BYTES >> 20} MiB",
    1011: f"no answer to a ping within {PING_TIMEOUT_S} s",
}
"""What our own end says when it closes, in the user's words."""
