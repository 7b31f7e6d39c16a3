"""The events of a session for pages that look at them: rows in batches, the whole of one when it is unfolded.

Costs nothing while no page looks. Lives on the I/O thread.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..data.events import Events
from ..protocol.log import LogEntry
from . import messages

if TYPE_CHECKING:
    from .link import PageLink

__all__ = ["HANDLERS", "Inspector"]

PERIOD_S = 0.2
MAX_ROWS = 200  # in one message
MAX_LOOKED_AT = 2_000  # in one go
LATEST = 1_000  # as many as a page keeps
SEARCHED = 20_000  # so far back goes a search
RAW_CHARACTERS = 200_000
LOOKS_S = 90.0  # a page that looks says so more often than this

Send = Callable[[dict[str, Any], list[bytes]], None]
Later = Callable[[float, Callable[[], None]], object]


class _Look:
    """What one page wants to see, and how far it has got."""

    def __init__(self, query: messages.InspectorOpen, next_number: int) -> None:
        self.query = query
        self.next = next_number
        self.answered = False
        self.until_s = 0.0
        text = query.text.strip().casefold()
        self._texts = {text, json.dumps(text)[1:-1]}  # a server may write é as \\u00e9

    @property
    def takes_all(self) -> bool:
        return self.query.direction == "all" and self._texts == {""}

    def matches(self, entry: LogEntry) -> bool:
        if self.query.direction not in ("all", entry.direction):
            return False
        whole = entry.text.casefold()
        return any(text in whole for text in self._texts)


class Inspector:
    """Sends events to the pages that look at them.

    Args:
        events: The record of the session.
        send: Sends a message to the page that it names.
        later: Calls a function after so many seconds.
        clock: Seconds that only rise.
    """

    def __init__(
        self, events: Events, send: Send, later: Later, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._events = events
        self._send = send
        self._later = later
        self._clock = clock
        self._looks: dict[str, _Look] = {}
        self._due = False
        self._sent_s = float("-inf")
        self._unsubscribe: Callable[[], None] | None = None

    def open(self, query: messages.InspectorOpen) -> None:
        """Show a page what it asks for, from now on; asked again, go on."""
        look = self._looks.get(query.page)
        if look is None or look.query.query_id != query.query_id:
            look = self._looks[query.page] = _Look(query, 0)
            back = LATEST if look.takes_all else SEARCHED
            look.next = max(self._events.end - back, 0 if query.after is None else query.after + 1)
        look.until_s = self._clock() + LOOKS_S
        if self._unsubscribe is None:
            self._unsubscribe = self._events.subscribe(self._note)
        self._note()

    def close(self, page: str) -> None:
        """Send a page no more events."""
        self._looks.pop(page, None)
        if not self._looks and self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    def show(self, page: str, number: int) -> None:
        """Send a page the whole of one event."""
        text = next((entry.text for entry in self._events.between(number, number + 1)), None)
        if text is not None and len(text) > RAW_CHARACTERS:
            text = f"{text[:RAW_CHARACTERS]}\n… and {len(text) - RAW_CHARACTERS} more characters"
        self._send(messages.inspector_raw(page, number, text), [])

    def _note(self) -> None:
        # The first event of a burst sets the time of the next batch; the others are in it.
        if not self._due and self._looks:
            self._due = True
            self._later(max(0.0, self._sent_s + PERIOD_S - self._clock()), self._step)

    def _step(self) -> None:
        self._due = False
        self._sent_s = now_s = self._clock()
        for page, look in [*self._looks.items()]:
            if look.until_s < now_s:
                self.close(page)  # it went without a word
            else:
                self._go_on(look)
        if any(look.next < self._events.end for look in self._looks.values()):
            self._note()

    def _go_on(self, look: _Look) -> None:
        end = self._events.end
        if look.takes_all:
            look.next = max(look.next, end - LATEST)
        rows: list[dict[str, Any]] = []
        begin = max(look.next, self._events.n_dropped)
        n_most = MAX_ROWS if look.takes_all else MAX_LOOKED_AT
        for number, entry in enumerate(self._events.between(begin, begin + n_most), begin):
            look.next = number + 1
            if look.matches(entry):
                rows.append(_row(number, entry))
                if len(rows) == MAX_ROWS:
                    break
        look.next = max(look.next, begin)
        searching = look.next < end
        if rows or not (look.answered or searching):
            look.answered = look.answered or not searching
            query = look.query
            self._send(
                messages.inspector_rows(
                    query.page, query.query_id, rows, n_events=end, searching=searching and not look.answered
                ),
                [],
            )


def _row(number: int, entry: LogEntry) -> dict[str, Any]:
    return {
        "number": number,
        "t_ms": entry.t_ms,
        "direction": entry.direction,
        "kind": entry.type,
        "event_id": entry.event_id,
        "item_id": entry.item_id,
        "response_id": entry.response_id,
        "n_bytes": entry.n_bytes,
    }


HANDLERS: dict[type[messages.PageMessage], Callable[[PageLink, Any], None]] = {
    messages.InspectorOpen: lambda link, message: link.inspector.open(message),
    messages.InspectorClose: lambda link, message: link.inspector.close(message.page),
    messages.InspectorRaw: lambda link, message: link.inspector.show(message.page, message.number),
}
