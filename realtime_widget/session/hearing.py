"""What people hear: reports of pages, and interruptions that cut an answer at just that point."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any

from ..protocol.protocol import RealtimeProtocol

if TYPE_CHECKING:
    from .core import SessionCore

__all__ = ["Hearing"]

log = logging.getLogger("realtime_widget.session")

REPORT_LIMIT_S = 0.3


class Hearing:
    """Asks pages for silence and takes their word for what was heard; lives on the I/O thread."""

    def __init__(self, core: SessionCore) -> None:
        self._core = core
        self._reports: dict[int, asyncio.Future[None]] = {}
        self._clear_count = 0
        self._finishing = asyncio.Lock()

    def begin(self, *, cancel: bool) -> asyncio.Future[None] | None:
        """Silence the answer at once; return what to `finish` with, None if there was nothing to silence.

        `cancel` also stops the response at the server, which where turn detection interrupts does so itself.
        """
        core = self._core
        if not core.act(lambda protocol: protocol.begin_interrupt(cancel=cancel)):
            return None
        self._clear_count += 1
        report: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._reports[self._clear_count] = report
        players = [view for view in core.views if view.has_player]
        for view in players:
            view.silence(self._clear_count)
        if not players:
            report.set_result(None)
        return report

    async def finish(self, report: asyncio.Future[None]) -> None:
        """Wait shortly for the page's report, then tell the server how much was heard."""
        async with self._finishing:
            try:
                await asyncio.wait_for(report, REPORT_LIMIT_S)
            except TimeoutError:
                log.info("= the page didn't report in time what was heard; estimating")
            self._reports = {key: future for key, future in self._reports.items() if not future.done()}
            self._core.act(RealtimeProtocol.finish_interrupt)
            self._core.refresh()

    def played(self, items: list[dict[str, Any]], clear_id: int | None) -> None:
        """Take a page's report of what was heard."""
        now_ms, wall_ms = self._core.now_ms, time.time() * 1000

        def report(protocol: RealtimeProtocol) -> None:
            for item in items:
                started = item.get("started_ms")
                protocol.playback.report(
                    str(item["item_id"]),
                    int(item.get("content_index") or 0),
                    int(item["played_samples"]),
                    now_ms,
                    start_ms=None if started is None else max(0.0, now_ms - (wall_ms - float(started))),
                    finished=bool(item.get("finished")),
                )

        self._core.act(report)
        self._core.data.touch([str(item["item_id"]) for item in items])
        future = self._reports.get(clear_id or 0)
        if future is not None and not future.done():
            future.set_result(None)
        self._core.refresh()
