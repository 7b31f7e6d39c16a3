"""Who has been told of which turn: each once, in the order in which they became complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .core import SessionCore

__all__ = ["Telling"]


class Telling:
    """Tells callbacks and streams of turns; lives on the I/O thread.

    A turn is complete when its words are: the model's at the end of its response, though more of it may be
    heard later; the user's when they came or could not be written down. Where neither happens, the end of the
    session completes it.

    Attributes:
        finals: Ids of the turns that are complete, as they were told.
        ids: The same, and those of approvals.
    """

    def __init__(self, core: SessionCore) -> None:
        self._core = core
        self.finals: list[str] = []
        self.ids: set[str] = set()

    def tell(self, turn_id: str) -> None:
        """Tell of a turn, once."""
        if turn_id in self.ids:
            return
        self.ids.add(turn_id)
        self.finals.append(turn_id)
        callbacks = self._core.callbacks
        if callbacks.wants("turn"):
            callbacks.emit("turn", self._core.data.turn(turn_id))

    def tell_wordless(self) -> None:
        """Tell of what the user said and nobody wrote down, now that nobody will any more."""
        core = self._core
        with core.lock:
            order = {item_id: n for n, item_id in enumerate(core.protocol.conversation.order)}
        left = sorted(core.untranscribed & order.keys(), key=order.__getitem__)
        core.untranscribed.clear()
        for item_id in left:
            self.tell(item_id)
