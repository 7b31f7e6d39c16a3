"""`RealtimeWidget`: a panel, as an anywidget whose synced state is but what it is a panel of.

Nothing of a conversation is a trait: traits are saved in the notebook file and merged while in flight.
"""

from __future__ import annotations

import contextvars
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import traitlets

from .front_end import FrontEndWidget
from .link import PageLink
from .panels import Panels, check_parts
from .routing import keep_subshell
from .saved import show

if TYPE_CHECKING:
    from ..session.base import BaseSession

__all__ = ["RealtimeWidget"]

log = logging.getLogger("realtime_widget.widget")


class RealtimeWidget(FrontEndWidget):
    """A session's panel; all views of all panels of a session share one microphone and one voice.

    `session.panel(…)` makes them.

    Args:
        session: The session to show.
        parts: What to show of it, among `controls transcript tools meters captions inspector`; everything
            if none is named.
        compact: Whether to save room.

    Raises:
        ConfigError: There is no such part.
        RealtimeError: The front end isn't built (a source checkout before `make build`).
    """

    kind = traitlets.Unicode("panel", read_only=True).tag(sync=True)
    """What the front end is to draw."""
    session_id = traitlets.Unicode(read_only=True).tag(sync=True)
    """Names the session within the page, where its panels find one another; random, and no secret."""
    parts = traitlets.List(traitlets.Unicode(), read_only=True).tag(sync=True)
    """What it shows; empty for everything."""
    compact = traitlets.Bool(read_only=True).tag(sync=True)
    """Whether it saves room."""
    replays = traitlets.Bool(read_only=True).tag(sync=True)
    """Whether it is of a saved conversation; it never offers to talk, not even before the kernel answers."""

    def __init__(self, session: BaseSession, *, parts: Sequence[str] = (), compact: bool = False) -> None:
        panels = session._all_panels()
        self.set_trait("session_id", panels.session_id)
        self.set_trait("parts", list(check_parts(tuple(parts))))
        self.set_trait("compact", bool(compact))
        self.set_trait("replays", session._core.player is not None)
        super().__init__()
        self._session = session
        self._panels: Panels = panels
        self._context = contextvars.copy_context()
        keep_subshell(self.comm)
        self.on_msg(self._receive)
        panels.add(self._post)

    @property
    def session(self) -> BaseSession:
        """The session that this panel shows."""
        return self._session

    @property
    def _link(self) -> PageLink:
        return self._panels.link

    @property
    def gone(self) -> bool:
        """Whether its comm is closed, so that no page can show it any more."""
        return self.comm is None

    def close(self) -> None:
        """Take the panel away from all pages; the session goes on, and its `panel()` makes a new one."""
        super().close()
        # The collector closes half-made widgets, too.
        if (panels := getattr(self, "_panels", None)) is not None:
            panels.remove(self._post)

    def _post(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        if self.comm is None:
            return
        try:
            self._send_from_any_thread(content, buffers)
        except Exception:
            # A kernel that is ending, or a comm that this thread may not use: the conversation goes on.
            log.warning("! %s could not be sent to the pages", content["type"], exc_info=True)

    def _send_from_any_thread(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        try:
            self.send(content, buffers)
        except LookupError:
            # ipykernel 7.0 asks for the cell that a message belongs to, which other threads don't know.
            self._context.run(self.send, content, buffers)

    def _receive(self, widget: object, content: Any, buffers: list[Any]) -> None:
        self._link.receive(content, buffers, wire=self._post)

    def __repr__(self) -> str:
        return f"RealtimeWidget({self._session!r})"

    def _ipython_display_(self) -> None:
        bundle, metadata = super()._repr_mimebundle_() or ({}, {})
        show(self, bundle, metadata, self._link.saved)

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        # All in one, for hosts that ask for this: the panel, and what is read where there is none.
        found = super()._repr_mimebundle_(**options)
        return found and ({**found[0], **self._link.saved.take().bundle}, found[1])
