"""`RealtimeWidget`: the panel, as an anywidget without synced state of its own.

Nothing of a conversation is a trait: traits are saved in the notebook file and merged while in flight.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget

from ..errors import RealtimeError
from .link import PageLink
from .routing import keep_subshell

if TYPE_CHECKING:
    from ..session.base import BaseSession

__all__ = ["RealtimeWidget"]

log = logging.getLogger("realtime_widget.widget")

_STATIC = Path(__file__).parent.parent / "static"


def _asset(name: str) -> str:
    path = _STATIC / name
    return path.read_text(encoding="utf-8") if path.exists() else ""


class RealtimeWidget(anywidget.AnyWidget):
    """A session's panel; several views of it share one microphone and one voice.

    Raises:
        RealtimeError: The front end isn't built (a source checkout before `make build`).
    """

    _esm = _asset("widget.js")
    _css = _asset("widget.css")

    def __init__(self, session: BaseSession) -> None:
        if not self._esm:
            raise RealtimeError(
                "The panel's front end isn't built.",
                remedy="Run `make build` in the source checkout; installed packages bring it along. "
                "Everything but the panel works without it.",
                code="front_end_missing",
            )
        super().__init__()
        self._session = session
        keep_subshell(self.comm)
        self._link = PageLink(session._core, session._verbs, session._io, self._post, session.title)
        self.on_msg(self._receive)
        session._io.post(session._core.views.append, self._link)

    @property
    def session(self) -> BaseSession:
        """The session that this panel shows."""
        return self._session

    def close(self) -> None:
        """Take the panel away from all pages; the session goes on, and its `panel()` makes a new one."""
        super().close()
        if (link := getattr(self, "_link", None)) is not None:  # the collector closes half-made widgets too
            self._session._io.post(link.close)

    def _post(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        if self.comm is None:
            return
        try:
            self.send(content, buffers)
        except Exception:
            # A kernel that is ending, or a comm that this thread may not use: the conversation goes on.
            log.warning("! %s could not be sent to the pages", content["type"], exc_info=True)

    def _receive(self, widget: object, content: Any, buffers: list[Any]) -> None:
        self._link.receive(content, buffers)

    def __repr__(self) -> str:
        return f"RealtimeWidget({self._session!r})"
