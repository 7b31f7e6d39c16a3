"""A protocol in the hands of a test: feed it events, look at what it sends, says and holds."""

import functools
import json
from collections.abc import Iterable
from typing import Any, TypeVar

from realtime_widget.config import SessionConfig
from realtime_widget.protocol.changes import Change
from realtime_widget.protocol.items import ItemState
from realtime_widget.protocol.protocol import RealtimeProtocol
from realtime_widget.testing import function_call, session_created, session_updated

from .sdk import check_command

C = TypeVar("C")


judge = functools.lru_cache(4_096)(check_command)


class Talk:
    """A connected protocol, unless `connected` is False; `at` moves its clock."""

    def __init__(self, *, connected: bool = True, keep_user_audio: bool = True, **options: Any) -> None:
        self.protocol = RealtimeProtocol(SessionConfig(**options), keep_user_audio=keep_user_audio)
        self.now_ms = 0.0
        self._changes: list[Change] = []
        self.at(0)
        if connected:
            self.protocol.connection_opened()
            self.feed(session_created(), session_updated())
            self.changes()
            self.sent()

    def at(self, now_ms: float) -> "Talk":
        self.now_ms = now_ms
        self.protocol.at(now_ms, 1_800_000_000 + now_ms / 1000)
        return self

    def feed(self, *events: Any) -> "Talk":
        for event in events:
            if isinstance(event, dict):
                self.protocol.receive_message(json.dumps(event))
            elif isinstance(event, str | bytes):
                self.protocol.receive_message(event)
            else:
                self.feed(*event)
        return self

    def sent(self, kind: str | None = None) -> list[dict[str, Any]]:
        """What was sent since the last call (of one type), as mappings the official client could send."""
        texts = self.protocol.messages_to_send()
        for text in texts:
            judge(text)
        frames = [json.loads(text) for text in texts]
        return [frame for frame in frames if kind is None or frame["type"] == kind]

    def sent_types(self) -> list[str]:
        return [frame["type"] for frame in self.sent()]

    def changes(self, kind: type[C] = object) -> list[C]:  # type: ignore[assignment]
        """The changes of one class (all, unless given) that weren't asked for yet."""
        self._changes += self.protocol.changes()
        found = [change for change in self._changes if isinstance(change, kind)]
        self._changes = [change for change in self._changes if not isinstance(change, kind)]
        return found

    @property
    def items(self) -> list[ItemState]:
        return list(self.protocol.conversation)

    @property
    def turns(self) -> list[tuple[str | None, str]]:
        return [(item.role, item.text) for item in self.items if item.is_turn]

    @property
    def state(self) -> list[tuple[Any, ...]]:
        """All that must not depend on the order in which events arrive."""
        return [(i.id, i.role, i.text, i.status, i.interrupted, i.response_id) for i in self.items]

    def item(self, item_id: str) -> ItemState:
        return self.protocol.conversation.items[item_id]


def types(events: Iterable[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in events]


MINE = {"rtw_key": "k"}
"""Metadata of the responses to the request `k`."""


def asked(**options: Any) -> Talk:
    """A talk in which a request `k` was sent."""
    talk = Talk(**options)
    talk.protocol.respond("k")
    talk.sent()
    return talk


def calls(n: int) -> list[dict[str, Any]]:
    """`n` calls of `f`, with the ids `c0`, `c1`, …"""
    return [function_call("f", {"n": i}, call_id=f"c{i}", item_id=f"f{i}") for i in range(n)]
