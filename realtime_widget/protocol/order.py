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
        self._weak: set[str] = set()  # placed without a word of the server's about where
        self._parents: set[str] = set()
        self._kept: set[str] = set()  # deleted at the server, and not here
        self._kept_after: dict[str | None, str] = {}
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

        Only the first word of the server counts: later events repeat the link as it was when the item was
        made, and other items may have been put in between since.
        """
        if item_id in self._parent and (previous is None or item_id not in self._weak):
            return False
        (self._weak.add if previous is None else self._weak.discard)(item_id)
        if previous is not None and item_id in self._arrival:
            self._arrival[item_id] = self._next_arrival()  # what counts is when the server placed it
        return self._put(item_id, previous)

    def keep(self, item_id: str) -> None:
        """Note that the server deleted an item that stays here.

        What comes next the server puts after the one before it; here it stands after the deleted one.
        """
        self._kept.add(item_id)
        if item_id in self._arrival:
            self._kept_after[self._parent.get(item_id, self._provisional.get(item_id))] = item_id

    def pass_over(self, told: set[str]) -> None:
        """Note which items a new connection was told of: it puts the next behind these, we behind all."""
        previous = None
        for item_id in self._ids:
            if item_id not in told and previous is not None:
                self._kept_after[previous] = item_id
            previous = item_id

    def _past_kept(self, item_id: str, previous: str | None) -> str | None:
        seen = {item_id, None}
        while (kept := self._kept_after.get(previous)) not in seen:
            seen.add(previous := kept)
        return previous

    def _put(self, item_id: str, previous: str | None) -> bool:
        previous = self._past_kept(item_id, previous)
        if item_id in self._kept:
            self._kept_after[previous] = item_id
        was_last = self.last == item_id
        known = item_id in self._arrival
        self._arrival.setdefault(item_id, self._next_arrival())
        expected_after = self._provisional.pop(item_id, self._parent.get(item_id))
        self._parent[item_id] = None if previous == item_id else previous
        expected = known and previous is not None and previous == expected_after
        if expected and item_id not in self._parents and previous not in self._parents:
            self._parents.add(previous or "")
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
        """Keep an item where it was expected until the server places it; True if the order changed."""
        if item_id not in self._provisional:
            return False
        self._weak.add(item_id)
        return self._put(item_id, self._provisional[item_id])

    def _appends(self, previous: str | None) -> bool:
        return previous is None or previous == self.last

    def _rebuild(self) -> None:
        links = {**self._provisional, **self._parent}
        ids = sorted(links, key=self._arrival.__getitem__)
        ordered = _walk(ids, links)
        if len(ordered) < len(ids):
            for ring in _rings(ids, links):
                guessed = [one for one in ring if one in self._provisional or one in self._weak]
                # A guess doesn't stand against the server's word.
                for item_id in guessed or ring[:1]:
                    links[item_id] = None
            ordered = _walk(ids, links)
        self._ids = ordered


def _walk(ids: list[str], links: dict[str, str | None]) -> list[str]:
    """Return the ids (given in order of arrival) that can be reached from the beginning."""
    children: dict[str, list[str]] = {}
    roots: list[str] = []
    first: list[str] = []
    for item_id in ids:
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
    return ordered


def _rings(ids: list[str], links: dict[str, str | None]) -> Iterator[list[str]]:
    """Yield the rings among the links, each in order of arrival."""
    rank = {item_id: place for place, item_id in enumerate(ids)}
    seen: set[str] = set()
    for item_id in ids:
        path: dict[str, None] = {}
        place: str | None = item_id
        while place is not None and place in links and place not in seen:
            seen.add(place)
            path[place] = None
            place = links[place]
        if place in path:
            members = list(path)
            yield sorted(members[members.index(place or "") :], key=rank.__getitem__)


_MISSING = object()
