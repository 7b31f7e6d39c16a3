"""The conversation in the notebook file: beside a panel stands an output that any reader can show.

A panel is nothing without its kernel. So a second output of its cell holds the conversation as HTML and plain
text. It follows the conversation; a page hides it where a panel lives beside it (`js/src/styles/saved.css`).
"""

from __future__ import annotations

import contextlib
import contextvars
import hashlib
import sys
import threading
import time
import uuid
import weakref
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

from ..data.display.static import CLASS, Saved, render
from . import messages
from .host import display_limit

if TYPE_CHECKING:
    from .link import PageLink
    from .widget import RealtimeWidget

__all__ = ["HANDLERS", "SavedConversation", "show"]

LEAST_S = 0.2
BYTES_PER_S = 20_000
"""A long conversation is written less often: this many bytes a second, by and large."""
SETTLE_S = 0.05
PANEL_WORDS = "A panel to talk in, which needs a running kernel. What was said:"
PART_WORDS = "A part of a panel to talk in, which needs a running kernel."
MOVED = "What was said stands where the panel was shown last."
_MOVED = {"text/html": f'<div class="{CLASS}"><p><i>{escape(MOVED)}</i></p></div>', "text/plain": MOVED}


class SavedConversation:
    """Keeps the output that tells the conversation; where the panel was shown last, it stands.

    It is written between cells and when the session ends at once, else soon after a turn has ended.
    """

    def __init__(self, link: PageLink, *, title: str) -> None:
        self._link = link
        self._data = link.core.data
        self._title = title
        self._lock = threading.RLock()
        self._display_id: str | None = None
        self._older: list[str] = []
        self._context = contextvars.copy_context()
        self._written = ""
        self._written_between_cells = ""
        self._next_s = 0.0
        self._pending = False

    @property
    def placed(self) -> bool:
        """Whether it stands in the notebook."""
        return self._display_id is not None

    def take(self) -> Saved:
        """Return the conversation as it is now."""
        return render(self._data, title=self._title, ended_only=self._link.live)

    def place(self, shell: Any) -> None:
        """Show it in the running cell, and from now on only there."""
        with self._lock:
            first = self._display_id is None
            if self._display_id is not None:
                self._older.append(self._display_id)
            self._display_id = uuid.uuid4().hex
            self._context = contextvars.copy_context()
            self._write(update=False)
            self._written_between_cells = self._written
        if first:
            self._follow(shell)

    def refresh(self) -> None:
        """Write it now, if there is news; from any thread."""
        with self._lock:
            self._pending = False
            if self.placed:
                self._write(update=True)

    # -- following ---------------------------------------------------------------------------------------

    def _follow(self, shell: Any) -> None:
        for table in (self._data.transcript, self._data.tool_calls):
            table.subscribe(self._note)
        method = weakref.WeakMethod(self._between_cells)

        def between_cells(*_: object) -> None:
            if (alive := method()) is not None:
                alive()

        shell.events.register("post_run_cell", between_cells)
        weakref.finalize(self, _unregister, shell.events, between_cells).atexit = False

    def _note(self) -> None:
        # With the data's lock held: what is written must not wait for what reads.
        schedule = self._data.schedule
        if not self._pending and schedule is not None:
            self._pending = True
            schedule(max(SETTLE_S, self._next_s - time.monotonic()), self.refresh)

    def _between_cells(self) -> None:
        with self._lock:
            # Some that read outputs (nbclient) miss what other threads write: it is written here once more.
            self._written = self._written_between_cells
            self.refresh()
            self._written_between_cells = self._written

    # -- writing: with the lock held ---------------------------------------------------------------------

    def _write(self, *, update: bool) -> None:
        saved = self.take()
        digest = digest_of(saved)
        if update and digest == self._written:
            return
        self._written = digest
        self._next_s = time.monotonic() + LEAST_S + len(saved.html + saved.text) / BYTES_PER_S
        self._publish(self._display_id, saved.bundle, self._marks(digest), update=update)
        if saved.n_turns:
            while self._older:
                self._publish(self._older.pop(), _MOVED, {}, update=True)
        if update:
            self._link.io.post(self._link.send, messages.saved(digest), [])

    def _marks(self, digest: str) -> dict[str, Any]:
        """By which a page finds this output in its notebook, and sees whether it is up to date."""
        return {"realtime_widget": {"session": self._link.session_id, "digest": digest}}

    def _publish(
        self, display_id: str | None, bundle: dict[str, str], marks: dict[str, Any], *, update: bool
    ) -> None:
        def publish() -> None:
            from IPython.display import display

            where: dict[str, Any] = {"display_id": display_id, "update": update}
            display(bundle, raw=True, metadata=marks, **where)  # type: ignore[no-untyped-call]

        try:
            publish()
        except LookupError:
            # ipykernel 7.0 asks for the cell that an output belongs to, which other threads don't know.
            self._context.copy().run(publish)

    # -- pages -------------------------------------------------------------------------------------------

    def answer(self, page: str, digest: str) -> None:
        """Give a page the conversation, if it has another."""
        saved = self.take()
        if (now := digest_of(saved)) != digest:
            message = messages.saved(now, page=page, data=saved.bundle, marks=self._marks(now))
            self._link.io.post(self._link.send, message, [])


def digest_of(saved: Saved) -> str:
    """Return what tells one content from another."""
    return hashlib.sha256(f"{saved.html}\n{saved.text}".encode()).hexdigest()[:16]


def show(
    widget: RealtimeWidget, bundle: dict[str, Any], metadata: dict[str, Any], saved: SavedConversation
) -> None:
    """Show a panel in the running cell, and the conversation beside it; outside notebooks print its name."""
    from IPython.core.getipython import get_ipython
    from IPython.display import display

    shell = get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        sys.stdout.write(f"{widget!r}\n")
        return
    tells = not widget.parts or "transcript" in widget.parts or not saved.placed
    words = PANEL_WORDS if tells else PART_WORDS
    limit = display_limit()  # then the host would show an error in the panel's place, and no words
    shown = {**bundle, "text/plain": words} if limit is None else {"text/plain": limit}
    display(shown, metadata=metadata, raw=True)  # type: ignore[no-untyped-call]
    if tells:
        saved.place(shell)


def _unregister(events: Any, callback: Callable[..., None]) -> None:
    with contextlib.suppress(ValueError):  # the shell forgot it first
        events.unregister("post_run_cell", callback)


def _on_get(link: PageLink, message: messages.SavedGet) -> None:
    if (schedule := link.core.data.schedule) is not None:
        schedule(0.0, lambda: link.saved.answer(message.page, message.digest))


HANDLERS: dict[type[messages.PageMessage], Callable[[PageLink, Any], None]] = {messages.SavedGet: _on_get}
