"""The way in: frames become events, each taken once, with its own ids and all of them."""

from __future__ import annotations

from .changes import Problem
from .codec import ProtocolError, decode_event, text_of
from .events import ServerEvent
from .log import LogEntry, log_event
from .naming import Naming
from .objects import ErrorDetail
from .outbox import Outbox
from .repeats import Repeats

__all__ = ["Intake"]

LOGGED_CHARACTERS = 500


class Intake:
    """Reads one connection after another; what it can't read is recorded and told as a problem."""

    def __init__(self, outbox: Outbox) -> None:
        self._out = outbox
        self._naming = Naming()
        self._repeats = Repeats()

    def next_connection(self) -> None:
        """Forget the manners of the last connection."""
        self._naming = Naming()
        self._repeats = Repeats()

    def take(self, data: str | bytes) -> ServerEvent | None:
        """Record a frame; return its event, or None if it says nothing new."""
        out = self._out
        text = text_of(data)
        try:
            event = decode_event(data)
        except ProtocolError as error:
            self._invalid(text, error)
            return None
        echo = out.generations.is_echo(event)
        event = out.generations.incoming(event)
        out.records.append(log_event(out.now_ms, text, event, out.generations.connection))
        if echo or self._repeats.is_repeat(event.event_id, text):
            return None
        return self._naming.complete(event)

    def _invalid(self, text: str, error: ProtocolError) -> None:
        said = text[:LOGGED_CHARACTERS]
        self._out.records.append(
            LogEntry(self._out.now_ms, "in", "invalid", None, None, None, len(text), said)
        )
        problem = ErrorDetail(type="invalid_frame", message=f"A frame was {error}.")
        self._out.changes.append(Problem(problem, False))
