"""A way to a server that is long and narrow, as to one that stands elsewhere."""

import asyncio
from contextlib import suppress

from tests.browser.gate import Gate

PIECE_BYTES = 16_384


class Far(Gate):
    """Passes everything on, later and not faster than it may; set both at any time.

    Attributes:
        delay_ms: For which each direction holds up what it carries.
        bytes_per_s: What each direction of a connection carries at most; None for any amount.
    """

    def __init__(self) -> None:
        super().__init__()
        self.delay_ms = 0.0
        self.bytes_per_s: float | None = None

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def arrive() -> None:
            free_s = 0.0
            while True:
                sent_s, data = await under_way.get()
                narrow_s = len(data) / self.bytes_per_s if self.bytes_per_s else 0.0
                free_s = max(free_s, sent_s) + narrow_s
                await asyncio.sleep(free_s + self.delay_ms / 1000 - loop.time())
                if not data:
                    return
                writer.write(data)
                await writer.drain()

        arriving = asyncio.create_task(arrive())
        with suppress(OSError):
            while data := await reader.read(PIECE_BYTES):
                under_way.put_nowait((loop.time(), data))
        under_way.put_nowait((loop.time(), b""))
        with suppress(OSError):
            await arriving
        writer.close()
