"""A socket that hands each message over where it is parsed, and takes each frame where it is made.

The library's `recv` and `send` put a queue, a task switch and another turn of the event loop between the
bytes and whoever reads or writes them. At the pace of speech that is a good part of what a message costs.
What they also do, keeping a flood from filling the memory or holding up everything else, is done here.
"""

from __future__ import annotations

import contextlib
import math
import socket
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.frames import Frame, Opcode
from websockets.protocol import State

__all__ = ["DirectSocket"]

_DATA = frozenset({Opcode.TEXT, Opcode.BINARY, Opcode.CONT})

PIECE_BYTES = 65_536
TURN_S = 0.01
"""How long one read may keep the event loop from everything else."""
UNSENT_BYTES = 131_072  # beyond that the kernel takes no more: what waits there can't be dropped any more


def _nothing() -> None:
    return


class DirectSocket(ClientConnection):
    """A client's connection whose messages go to a function; what comes before there is one waits for it.

    Attributes:
        full: Whether the server reads more slowly than was written: nothing more should be.
        on_room: Called when that is over.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.full = False
        self.on_room: Callable[[], None] = _nothing
        self._early: list[str] = []
        self._parts: list[bytes] = []
        self._take: Callable[[str], None] = self._early.append
        self._rest: list[bytes] = []  # what was read and isn't parsed yet
        self._frames: deque[Frame] = deque()  # what was parsed and isn't taken yet
        self._until = 0.0

    # -- in ----------------------------------------------------------------------------------------------

    def hand_to(self, take: Callable[[str], None]) -> None:
        """Call a function with every message from now on, in order; it must not raise."""
        self._take = take
        early, self._early = self._early, []
        for text in early:
            take(text)

    def process_event(self, event: Any) -> None:
        """Take what the library parsed; runs on the event loop, in no task."""
        if not isinstance(event, Frame) or event.opcode not in _DATA:
            super().process_event(event)
        elif self._frames or self.loop.time() > self._until:
            self._frames.append(event)
        else:
            self._take_frame(event)

    def _take_frame(self, frame: Frame) -> None:
        if frame.fin and not self._parts:
            self._take(str(frame.data, "utf-8", "replace"))
            return
        self._parts.append(bytes(frame.data))
        if frame.fin:
            data, self._parts = b"".join(self._parts), []
            self._take(data.decode(errors="replace"))

    def data_received(self, data: bytes) -> None:
        """Take what was read; a flood is taken in turns with everything else that the event loop does."""
        if self._frames or self._rest:
            self._rest.append(data)  # it was read already when reading was paused
            return
        self._until = self.loop.time() + TURN_S
        if len(data) <= PIECE_BYTES:
            super().data_received(data)
        else:
            self._rest.append(data)
            self._take_rest()
        if self._frames or self._rest:
            self.transport.pause_reading()
            self.loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        self._until = self.loop.time() + TURN_S
        while self._frames:
            self._take_frame(self._frames.popleft())
            if self.loop.time() > self._until:
                break
        self._take_rest()
        if self._frames or self._rest:
            self.loop.call_soon(self._go_on)
        elif not self.transport.is_closing():
            self.transport.resume_reading()

    def _take_rest(self) -> None:
        while self._rest and not self._frames:
            data = self._rest[0]
            if len(data) > PIECE_BYTES:
                data, self._rest[0] = data[:PIECE_BYTES], data[PIECE_BYTES:]
            else:
                del self._rest[0]
            super().data_received(data)
            if self.loop.time() > self._until:
                return

    def _take_all(self) -> None:
        self._until = math.inf
        while self._frames:
            self._take_frame(self._frames.popleft())
        self._take_rest()

    def eof_received(self) -> None:
        """Take what was read before the end."""
        self._take_all()
        super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """Take what was read before the end; whoever waits for room waits no more."""
        self._take_all()
        super().connection_lost(exc)
        self.full = False
        self.on_room()

    # -- out ---------------------------------------------------------------------------------------------

    def connection_made(self, transport: Any) -> None:
        """Bound what the operating system takes from us before the server has read it."""
        super().connection_made(transport)
        raw = transport.get_extra_info("socket")
        if raw is not None and hasattr(socket, "TCP_NOTSENT_LOWAT"):
            with contextlib.suppress(OSError):
                raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)

    @property
    def is_open(self) -> bool:
        """Whether frames can be written."""
        return self.protocol.state is State.OPEN

    @property
    def unsent_bytes(self) -> int:
        """What was written and not yet taken by the operating system."""
        return int(self.transport.get_write_buffer_size())

    def write(self, texts: Sequence[str]) -> int:
        """Write frames, in one go; return how many bytes, 0 when the connection isn't open."""
        if not self.is_open:
            return 0
        for text in texts:
            self.protocol.send_text(text.encode())
        data = b"".join(self.protocol.data_to_send())
        self.transport.write(data)
        return len(data)

    def pause_writing(self) -> None:
        """Note that the server reads more slowly than was written."""
        super().pause_writing()
        self.full = True

    def resume_writing(self) -> None:
        """Note that there is room again."""
        super().resume_writing()
        self.full = False
        self.on_room()
