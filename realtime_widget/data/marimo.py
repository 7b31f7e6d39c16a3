"""marimo, where this code runs in one of its notebooks; never imported by us, only found."""

from __future__ import annotations

import queue
import sys
import time
from types import ModuleType
from typing import Any

from .live import LiveView, Picture, Schedule, Subscribe

__all__ = ["CellView", "running_marimo"]

PATIENCE_S = 1.0
"""How long after its cell ran again a view without news may take to end."""


def running_marimo(*, shown: bool = True) -> ModuleType | None:
    """Return marimo's module in a cell of its notebooks (or in a `mo.Thread`), else None.

    Args:
        shown: Whether only one counts that somebody looks at; else also one that runs as a script.
    """
    marimo = sys.modules.get("marimo")
    meta = getattr(marimo, "app_meta", None)  # absent while marimo is being imported
    mode = None if meta is None else meta().mode
    return marimo if mode in (("edit", "run") if shown else ("edit", "run", "script")) else None


class CellView(LiveView):
    """A live view that is the whole output of its cell: a cell of marimo has but one."""

    def __init__(self, picture: Picture, schedule: Schedule | None, marimo: Any) -> None:
        super().__init__(picture, schedule)
        self._marimo = marimo
        self._news: queue.SimpleQueue[bool] = queue.SimpleQueue()

    def follow(self, subscribe: Subscribe) -> None:
        """Paint the running cell anew at every change, until it runs again."""
        self._unsubscribe = subscribe(self._note)
        # Only a thread of marimo's own, made in the cell, may write to the cell's output.
        self._marimo.Thread(target=self._paint_all, daemon=True).start()

    def stop(self) -> None:
        """Leave the display as it is now."""
        super().stop()
        self._news.put(False)

    def _note(self) -> None:
        if self._news.empty():
            self._news.put(True)

    def _paint_all(self) -> None:
        thread = self._marimo.current_thread()
        while self.running:
            try:
                news = self._news.get(timeout=PATIENCE_S)
                if news:
                    time.sleep(self._pace.pause_s)
            except queue.Empty:
                news = False
            if thread.should_exit or self._picture.gone:
                self.stop()
            elif news and self.running:
                while not self._news.empty():  # all of that is in the picture
                    self._news.get()
                self._pace.run(self._paint)

    def _paint(self) -> None:
        picture = self._picture.for_marimo(self._marimo)
        if self.running:
            self._marimo.output.replace(picture)

    def _mime_(self) -> tuple[str, str]:
        picture = self._picture.for_marimo(self._marimo)
        mime: tuple[str, str] = picture._mime_()
        return mime
