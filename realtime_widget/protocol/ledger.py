"""What each answer that isn't complete is made of, and who is to be told of its end."""

from __future__ import annotations

from .changes import AnswerFinished
from .objects import ErrorDetail

__all__ = ["Ledger"]


class Ledger:
    """Answers by name: the key of the request that they answer, else the id of their response."""

    def __init__(self) -> None:
        self._items: dict[str, list[str]] = {}
        self._waiting: dict[str, list[str | None]] = {}  # whom to tell, if not an answer's own key alone

    def made(self, name: str, item_id: str) -> None:
        """Note an item that belongs to an answer."""
        items = self._items.setdefault(name, [])
        if item_id not in items:
            items.append(item_id)

    def rename(self, name: str, key: str) -> None:
        """Let an answer that nobody asked for go on under another name; its end is told as nobody's."""
        self._waiting[key] = self._waiting.pop(name, [None])
        self._items[key] = self._items.pop(name, [])

    def absorb(self, name: str, key: str | None, other: str) -> None:
        """Let one answer, that to request `key`, be the answer to another one too."""
        self._waiting.setdefault(name, [key]).extend(self._waiting.pop(other, [other]))
        self._items.setdefault(name, []).extend(self._items.pop(other, ()))

    def finish(
        self, name: str, key: str | None, response_id: str, status: str, error: ErrorDetail | None
    ) -> list[AnswerFinished]:
        """Forget an answer that is complete; return what to tell, once for each who waits."""
        items = tuple(self._items.pop(name, ()))
        waiting = self._waiting.pop(name, [key])
        return [AnswerFinished(answered, response_id, status, items, error) for answered in waiting]

    def clear(self) -> None:
        """Forget all answers."""
        self._items.clear()
        self._waiting.clear()
