"""Tools that the server runs itself (MCP): it may ask first, and its answer pauses until it is told."""

from __future__ import annotations

from .answers import Answers
from .conversation import Conversation
from .items import ItemState
from .objects import ErrorDetail, Item
from .outbox import Outbox

__all__ = ["Approvals"]


class Approvals:
    """The server's requests for approval, and which of them were answered."""

    def __init__(self, outbox: Outbox, conversation: Conversation, answers: Answers) -> None:
        self._out = outbox
        self._conversation = conversation
        self._answers = answers
        self._answered: set[str] = set()
        self._waited_for: set[str] = set()
        answers.pauses = self._pauses

    @property
    def pending(self) -> list[ItemState]:
        """The requests that nobody has answered yet."""
        # Asked after each response, of a conversation of any length: nothing but the kind is looked at.
        requests = [i for i in self._conversation.items.values() if i.kind == "mcp_approval_request"]
        return [item for item in requests if self._is_pending(item)]

    def _is_pending(self, item: ItemState) -> bool:
        here = item.connection == self._conversation.connection  # a new one knows nothing of it
        return here and item.id not in self._answered

    def _pauses(self) -> bool:
        """Tell whether a response ended since the server waits for an approval; each is waited for once."""
        waiting = {item.id for item in self.pending} - self._waited_for
        self._waited_for |= waiting
        return bool(waiting)

    def objection(self, request_id: str) -> ErrorDetail | None:
        """Return why a request can't be answered, None if it can."""
        waiting = [item.id for item in self.pending]
        if request_id in waiting:
            return None
        open_ones = f"waiting are {', '.join(waiting)}" if waiting else "none is waiting"
        message = f"There is no request {request_id!r} for an approval ({open_ones})."
        return ErrorDetail(code="unknown_approval_request", message=message)

    def answer(self, request_id: str, approve: bool, reason: str | None) -> str:
        """Allow or forbid a call; the server goes on by itself. Return the id that settles it."""
        item = Item(
            type="mcp_approval_response", approval_request_id=request_id, approve=approve, reason=reason
        )
        command = self._out.item_command(item)
        self._answers.show(command)
        self.answered(request_id)
        return self._out.send(command)

    def answered(self, request_id: str) -> None:
        """Note that a request was answered."""
        self._answered.add(request_id)
        self._answers.go_on_after_approval()
