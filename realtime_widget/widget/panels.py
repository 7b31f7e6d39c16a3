"""All panels of one session: they share one link to the pages, and so one microphone and one voice."""

from __future__ import annotations

import difflib
import secrets
import threading
from typing import TYPE_CHECKING, Any

from ..config.checks import check_bool
from ..errors import ConfigError
from .link import PageLink
from .routing import ignore_control, listen_on_control

if TYPE_CHECKING:
    from ..session.base import BaseSession
    from .widget import RealtimeWidget
    from .wires import Wire

__all__ = ["PARTS", "Panels", "check_parts"]

PARTS = ("controls", "transcript", "tools", "meters", "captions", "inspector")
"""What a panel may consist of."""


class Panels:
    """Makes and keeps the panels of a session; callable from any thread."""

    def __init__(self, session: BaseSession) -> None:
        self.session_id = secrets.token_hex(8)
        self.link = PageLink(
            session._core, session._verbs, session._io,
            title=session.title, on_close=session.on_close, session_id=self.session_id,
        )  # fmt: skip
        self._session = session
        self._panels: dict[tuple[tuple[str, ...], bool], RealtimeWidget] = {}
        self._lock = threading.Lock()
        session.observe(self._on_status, "status")

    def get(self, parts: tuple[str, ...], *, compact: bool) -> RealtimeWidget:
        """Return the panel of these parts: one widget, however often it is shown."""
        from .marimo import panel_kind

        check_bool("compact", compact)
        key = (check_parts(parts), compact)
        with self._lock:
            panel = self._panels.get(key)
            if panel is None or panel.gone:
                panel = self._panels[key] = panel_kind()(self._session, parts=parts, compact=compact)
            return panel

    def add(self, wire: Wire) -> None:
        """Let pages talk through a further panel."""
        self._session._io.post(self._add, wire)

    def remove(self, wire: Wire) -> None:
        """Let them talk through it no more; without any panel, microphone and voice are nobody's."""
        if self._session._io.usable:  # else the process ends, or it is a fork's copy
            self._session._io.post(self._remove, wire)

    def _add(self, wire: Wire) -> None:
        self.link.wires.add(wire)
        listen_on_control(self.session_id, self._on_control)
        if self.link not in self.link.core.views:
            self.link.core.views.append(self.link)

    def _remove(self, wire: Wire) -> None:
        if not self.link.wires.remove(wire):
            ignore_control(self.session_id)
            self.link.close()

    def _on_control(self, content: Any, buffers: list[Any]) -> None:
        self.link.receive(content, buffers, handled="control")

    def _on_status(self, change: Any) -> None:
        if change["new"] in ("disconnected", "error"):
            self.link.saved.refresh()


def check_parts(parts: tuple[Any, ...]) -> tuple[str, ...]:
    """Return the parts of a panel, which are known and named once.

    Raises:
        ConfigError: One isn't known; the message names those that are.
    """
    for part in parts:
        if isinstance(part, list | tuple | set):
            raise ConfigError("Name the parts of a panel one by one: panel('controls', 'captions').")
        if part not in PARTS:
            near = difflib.get_close_matches(str(part), PARTS, 1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise ConfigError(f"A panel has no part {part!r}; there are {', '.join(PARTS)}.{hint}")
    return tuple(dict.fromkeys(parts))
