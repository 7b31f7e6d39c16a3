"""WebSocket by hand, the server's side: so that every frame, and every end of a socket, can be made wrong."""

import asyncio
import base64
import hashlib
import socket
import struct
from collections.abc import AsyncIterator

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
CONTINUED = 0
_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_LINGER_S = 2.0


class Gone(Exception):
    """The connection is over: whoever wanted to say more may stop."""


class Wire:
    """One accepted TCP connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._frozen = False
        self.over = False
        self.head = ""

    # -- HTTP --------------------------------------------------------------------------------------------

    async def read_request(self) -> None:
        try:
            self.head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except (asyncio.IncompleteReadError, OSError):
            raise Gone from None

    async def refuse(self, status: str, body: str = "", headers: dict[str, str] | None = None) -> None:
        fields = {"Content-Type": "application/json", "Connection": "close", **(headers or {})}
        fields["Content-Length"] = str(len(body.encode()))
        lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields.items())]
        await self.write(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
        await self.drop()

    async def upgrade(self) -> None:
        keys = [
            line.partition(":")[2].strip()
            for line in self.head.split("\r\n")
            if line.lower().startswith("sec-websocket-key:")
        ]
        accept = base64.b64encode(hashlib.sha1((keys[0] + _GUID).encode()).digest()).decode()
        await self.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept.encode() + b"\r\n\r\n"
        )

    # -- frames out --------------------------------------------------------------------------------------

    async def write(self, data: bytes) -> None:
        """Send bytes as they are; for ever, once the connection is frozen."""
        if self._frozen:
            await asyncio.Event().wait()
        if self.over or self._writer.is_closing():
            raise Gone
        try:
            self._writer.write(data)
            await self._writer.drain()
        except OSError:
            raise Gone from None

    async def frame(self, opcode: int, payload: bytes = b"", *, fin: bool = True) -> None:
        await self.write(header(opcode, len(payload), fin=fin) + payload)

    async def text(self, payload: str) -> None:
        await self.frame(TEXT, payload.encode())

    async def close(self, code: int, reason: str = "") -> None:
        """Close as the protocol wants it: a frame, then the end of the stream."""
        await self.frame(CLOSE, struct.pack("!H", code) + reason.encode())
        await self.drop()

    # -- ends --------------------------------------------------------------------------------------------

    async def drop(self) -> None:
        """End the stream without a word; what was sent before arrives."""
        await self.write(b"")
        self.over = True
        try:
            self._writer.write_eof()
        except OSError:
            return

    def reset(self) -> None:
        """End the connection at once, with a reset: what is on its way may be lost."""
        self.over = True
        raw = self._writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    def freeze(self) -> None:
        """From now on read nothing and write nothing, and keep the connection."""
        self._frozen = True
        self._writer.transport.pause_reading()

    async def end(self) -> None:
        """Let go of the socket, after the other side had the time to read."""
        try:
            if self.over and not self._writer.is_closing():
                async with asyncio.timeout(_LINGER_S):
                    while await self._reader.read(65_536):
                        pass
        except (OSError, TimeoutError):
            pass
        finally:
            self._writer.transport.abort()

    # -- frames in ---------------------------------------------------------------------------------------

    async def messages(self) -> AsyncIterator[str]:
        """Yield text messages until the stream ends; pings are answered, a close as well."""
        parts: list[bytes] = []
        while True:
            try:
                fin, opcode, payload = await self._read_frame()
                if self._frozen:
                    await asyncio.Event().wait()
                if opcode == PING:
                    await self.frame(PONG, payload)
                elif opcode == CLOSE:
                    await self.frame(CLOSE, payload)
                    await self.drop()
                    return
                elif opcode in (TEXT, CONTINUED):
                    parts.append(payload)
                    if fin:
                        yield b"".join(parts).decode()
                        parts = []
            except (asyncio.IncompleteReadError, OSError, Gone):
                return

    async def _read_frame(self) -> tuple[bool, int, bytes]:
        first, second = await self._reader.readexactly(2)
        size = second & 0x7F
        if size == 126:
            (size,) = struct.unpack("!H", await self._reader.readexactly(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", await self._reader.readexactly(8))
        assert second & 0x80, "a client must mask what it sends"
        mask = await self._reader.readexactly(4)
        payload = await self._reader.readexactly(size)
        return bool(first & 0x80), first & 0x0F, unmask(payload, mask)


def header(opcode: int, size: int, *, fin: bool = True) -> bytes:
    """Return the head of a server's frame."""
    first = opcode | (0x80 if fin else 0)
    if size < 126:
        return struct.pack("!BB", first, size)
    if size < 65_536:
        return struct.pack("!BBH", first, 126, size)
    return struct.pack("!BBQ", first, 127, size)


def unmask(payload: bytes, mask: bytes) -> bytes:
    n = len(payload)
    whole = int.from_bytes((mask * (n // 4 + 1))[:n], "little") ^ int.from_bytes(payload, "little")
    return whole.to_bytes(n, "little")
