"""What people hear: reports of pages, and interruptions that cut an answer at just that point."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..protocol.protocol import RealtimeProtocol
    from .core import SessionCore

__all__ = ["Hearing"]

log = logging.getLogger("realtime_widget.session")

REPORT_LIMIT_S = 0.3


class Hearing:
    """Asks pages for silence and takes their word for what was heard; lives on the I/O thread.

    An interruption that has begun is finished, whoever may wait for it or not: the requests that follow it
    go out when the server knows what was heard.
    """

    def __init__(self, core: SessionCore) -> None:
        self._core = core
        self._reports: dict[int, asyncio.Future[None]] = {}
        self._clear_count = 0
        self._finishing = asyncio.Lock()

    def begin(self, *, cancel: bool, speech: str | None = None) -> asyncio.Task[None] | None:
        """Silence the answer at once; return what to `finish` with, None if there was nothing to silence.

        `cancel` also stops the response at the server, which where turn detection interrupts does so itself.
        `speech` is the user's item that interrupts, if one does.
        """
        core = self._core
        if not core.act(lambda protocol: protocol.begin_interrupt(cancel=cancel, speech=speech)):
            return None
        self._clear_count += 1
        clear_id = self._clear_count
        loop = asyncio.get_running_loop()
        if any(view.has_player for view in core.views):
            self._reports[clear_id] = loop.create_future()
        for view in core.views:
            view.silence(clear_id)
        return core.spawn(self._finish(clear_id, loop.time() + REPORT_LIMIT_S))

    async def finish(self, begun: asyncio.Task[None]) -> None:
        """Wait until the server has been told how much was heard, or there is no server any more."""
        await asyncio.wait({begun})

    async def _finish(self, clear_id: int, deadline_s: float) -> None:
        try:
            async with self._finishing:
                answered = await self._answered(clear_id, deadline_s)
                self._core.act(lambda protocol: protocol.finish_interrupt(answered=answered))
                self._core.refresh()
        finally:
            self._reports.pop(clear_id, None)

    async def _answered(self, clear_id: int, deadline_s: float) -> bool | None:
        """Wait shortly for the page's report; tell whether it came, None if no page plays."""
        report = self._reports.get(clear_id)
        if report is None:
            return None
        left_s = deadline_s - asyncio.get_running_loop().time()
        try:
            await asyncio.wait_for(report, max(0.0, left_s))
        except TimeoutError:
            log.info("= the page didn't report in time what was heard; estimating")
            return False
        return True

    def played(self, items: list[dict[str, Any]], clear_id: int | None) -> None:
        """Take a page's report of what was heard; one that answers a clear answers those before it too."""
        now_ms, wall_ms = self._core.now_ms, time.time() * 1000

        def report(protocol: RealtimeProtocol) -> None:
            for item in items:
                protocol.playback.report(
                    str(item["item_id"]),
                    int(item.get("content_index") or 0),
                    int(item["played_samples"]),
                    now_ms,
                    start_ms=_start_ms(item, now_ms, wall_ms),
                    error_ms=item.get("start_error_ms"),
                    finished=bool(item.get("finished")),
                )

        self._core.act(report)
        self._core.data.touch([str(item["item_id"]) for item in items])
        for asked, future in self._reports.items():
            if clear_id is not None and asked <= clear_id and not future.done():
                future.set_result(None)
        self._core.refresh()


def _start_ms(item: dict[str, Any], now_ms: float, wall_ms: float) -> float | None:
    """Return when a part began, by a page's clock that is known, else as if its date were ours."""
    begun_ms, started_ms = item.get("begun_ms"), item.get("started_ms")
    if begun_ms is None and started_ms is not None:
        begun_ms = now_ms - (wall_ms - started_ms)
    return None if begun_ms is None else max(0.0, begun_ms)
