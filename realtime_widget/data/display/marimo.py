"""marimo, where this code runs in one of its notebooks; never imported by us, only found."""

from __future__ import annotations

import queue
import sys
from collections.abc import Callable
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
        self._drawn: queue.SimpleQueue[Callable[[Any], Any] | None] = queue.SimpleQueue()

    def follow(self, subscribe: Subscribe) -> None:
        """Paint the running cell, and paint it anew at every change, until it runs again."""
        self._marimo.output.replace(self._picture.draw()(self._marimo))
        self._unsubscribe = subscribe(self._note)
        # Only a thread of marimo's own, made in the cell, may write to the cell's output; and there print()
        # writes to the cell's console whatever one does, so that drawing is for another thread.
        self._marimo.Thread(target=self._paint_all, daemon=True).start()

    def stop(self) -> None:
        """Leave the display as it is now."""
        super().stop()
        self._drawn.put(None)

    def _display(self, shell: Any, *, update: bool) -> None:
        self._drawn.put(self._picture.draw())

    def _paint_all(self) -> None:
        thread = self._marimo.current_thread()
        while self.running:
            try:
                drawn = self._drawn.get(timeout=PATIENCE_S)
            except queue.Empty:
                drawn = None
            if thread.should_exit:
                self.stop()
            elif drawn is not None and self.running:
                self._marimo.output.replace(drawn(self._marimo))

    def _mime_(self) -> tuple[str, str]:
        mime: tuple[str, str] = self._picture.draw()(self._marimo)._mime_()
        return mime
