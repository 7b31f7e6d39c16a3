"""How a session's pages are reached: each page talks through the comm of one of the session's panels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["Wire", "Wires"]

Wire = Callable[[dict[str, Any], list[bytes]], None]
"""Sends a message with its buffers to all pages of the kernel; a page looks whether it is meant."""


class Wires:
    """Knows who is reached by which wire; lives on the I/O thread."""

    def __init__(self) -> None:
        self._wires: list[Wire] = []
        self._pages: dict[str, Wire] = {}

    def add(self, wire: Wire) -> None:
        """Use a further panel's comm."""
        self._wires.append(wire)

    def remove(self, wire: Wire) -> bool:
        """Use it no more; pages that talked through it come by another one. Return whether any is left."""
        self._wires = [other for other in self._wires if other != wire]
        self._pages = {page: used for page, used in self._pages.items() if used != wire}
        return bool(self._wires)

    def close(self) -> None:
        """Reach nobody any more."""
        self._wires = []
        self._pages = {}

    def heard(self, page: str, wire: Wire | None) -> None:
        """Note by which wire a page talks."""
        if wire is not None and wire in self._wires:
            self._pages[page] = wire

    def forget(self, page: str) -> None:
        """Note that a page is gone."""
        self._pages.pop(page, None)

    def send(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        """Send to the page that the message names, else once over each wire that a page listens to."""
        page = content.get("page")
        wire = self._pages.get(page) if isinstance(page, str) else None
        wires = [wire] if wire is not None else list(dict.fromkeys(self._pages.values()))
        for each in wires or self._wires[:1]:
            each(content, buffers)
