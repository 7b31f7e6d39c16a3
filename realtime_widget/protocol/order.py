"""The order of a conversation's items, from `previous_item_id` alone.

Events arrive in any order: an item may be named before its predecessor is known, and a user's item exists
from the first sound on, before the server has given it a place. The order is a function of the links, not of
arrival; arrival only breaks ties, and stands in for links that a server never sends.
"""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["ItemOrder"]


class ItemOrder:
    """Ids in conversation order. Every id stays, so that a deleted item still holds its successors' place."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._parent: dict[str, str | None] = {}
        self._arrival: dict[str, int] = {}
        self._provisional: dict[str, str | None] = {}  # id → what was last when it was expected
        self._parents: set[str] = set()
        self._arrivals = 0

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, item_id: object) -> bool:
        return item_id in self._arrival

    @property
    def last(self) -> str | None:
        """The last id, or None."""
        return self._ids[-1] if self._ids else None

    def expect(self, item_id: str) -> None:
        """Hold a place at the end for an item that the server hasn't placed yet."""
        if item_id not in self._arrival:
            self._arrival[item_id] = self._next_arrival()
            self._provisional[item_id] = self.last
            self._ids.append(item_id)

    def place(self, item_id: str, previous: str | None) -> bool:
        """Put an item after `previous` (`"root"` = first, None = at the end); True if the order changed.

        Only the first place counts: later events repeat the link as it was when the item was made, and other
        items may have been put in between since.
        """
        if item_id in self._parent:
            return False
        was_last = self.last == item_id
        known = item_id in self._arrival
        self._arrival.setdefault(item_id, self._next_arrival())
        expected_after = self._provisional.pop(item_id, None)
        self._parent[item_id] = None if previous == item_id else previous
        if known and previous is not None and previous == expected_after:
            self._parents.add(previous)
            return False  # it stands where it was expected; in a long conversation sorting anew is slow
        self._untangle(item_id, previous, expected_after)
        if previous is not None:
            self._parents.add(previous)
        if item_id in self._parents or self._provisional or known or not self._appends(previous):
            before = self._ids
            self._rebuild()
            return self._ids != before
        if not was_last:
            self._ids.append(item_id)
        return True

    def _next_arrival(self) -> int:
        self._arrivals += 1
        return self._arrivals

    def _untangle(self, item_id: str, previous: str | None, expected_after: str | None) -> None:
        # What was expected after this item may turn out to stand before it.
        while previous in self._provisional:
            link = self._provisional[previous]
            if link == item_id:
                self._provisional[previous] = expected_after
                return
            previous = link

    def drop(self, item_id: str) -> None:
        """Forget an item that never got a place."""
        if self._provisional.pop(item_id, _MISSING) is not _MISSING:
            del self._arrival[item_id]
            self._ids.remove(item_id)

    def settle(self, item_id: str) -> bool:
        """Keep an item where it was expected: its server gives it no place. True if the order changed."""
        return item_id in self._provisional and self.place(item_id, self._provisional[item_id])

    def _appends(self, previous: str | None) -> bool:
        return previous is None or previous == self.last

    def _rebuild(self) -> None:
        children: dict[str, list[str]] = {}
        roots: list[str] = []
        first: list[str] = []
        links = {**self._provisional, **self._parent}
        for item_id in sorted(links, key=self._arrival.__getitem__):
            parent = links[item_id]
            if parent == "root":
                first.insert(0, item_id)
            elif parent is None or parent not in links:
                roots.append(item_id)
            else:
                children.setdefault(parent, []).append(item_id)
        ordered: list[str] = []
        # Depth first; of two items put after the same one, the later stands nearer to it.
        stack = [*reversed(roots), *reversed(first)]
        while stack:
            item_id = stack.pop()
            ordered.append(item_id)
            stack.extend(children.pop(item_id, ()))
        if len(ordered) < len(links):  # a ring of links: keep arrival order for what it holds
            seen = set(ordered)
            ordered += [i for i in sorted(links, key=self._arrival.__getitem__) if i not in seen]
        self._ids = ordered


_MISSING = object()
