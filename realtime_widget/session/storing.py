"""A session's store: opened when the session is made, written while people talk, read to go on later."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..data import About, Conversation
from ..errors import ConfigError, StoreError
from .seeding import history_items, short_call_id

if TYPE_CHECKING:
    from ..store import Store
    from .base import BaseSession
    from .core import SessionCore

__all__ = ["earlier_conversation", "keep", "open_store", "take_up"]


def open_store(given: Any) -> Store | None:
    """Return the store that a user gave, if any, ready to be written to.

    Raises:
        ConfigError: It is no store, or what it needs isn't installed.
        StoreError: It can't be opened or written to.
    """
    if given is None:
        return None
    from ..store import Store

    store = given if isinstance(given, Store) else Store(given)
    store.check_writable()
    return store


def earlier_conversation(store: Store | None, resume: Any, history: Any) -> Conversation | None:
    """Return the conversation to go on with, if one is named.

    Raises:
        ConfigError: There is no store, or no such conversation in it, or another one to begin with.
    """
    if resume is None:
        return None
    if store is None:
        raise ConfigError(
            "resume= needs the store in which the conversation is.",
            remedy="Pass it too: RealtimeSession(store='sqlite:///talks.db', resume='…').",
        )
    if not isinstance(history, tuple | list) or history:
        raise ConfigError(
            "A session can't begin with two conversations.", remedy="Pass resume= or history=, not both."
        )
    return store.load(resume)


def take_up(core: SessionCore, conversation: Conversation) -> set[str]:
    """Begin with what was said earlier; return the ids that its turns and calls have here."""
    items = history_items(conversation)
    core.act(lambda protocol: protocol.seed(items))
    told = {item.call_id for item in items}
    # Their times are on another clock, and lie before this one's beginning.
    calls = [
        replace(call, call_id=call_id, started_ms=None, connection=0)
        for call in conversation.tool_calls
        if (call_id := short_call_id(call.call_id)) in told
    ]
    core.data.tool_calls.restore(calls)
    return {*core.data.transcript.ids, *(call.call_id for call in calls)}


def keep(session: BaseSession, store: Store, earlier: set[str] | None) -> None:
    """Write from now on what is said; `earlier` are ids that a resumed conversation has stored already."""
    core = session._core
    core.store = store
    core.keeper = store.keep(
        core.data,
        _describer(session),
        has_begun=lambda: core.began_at is not None,
        is_over=lambda: core.status in ("disconnected", "error"),
        on_problem=_teller(core),
        known=earlier or (),
        resumes=earlier is not None,
    )


def _describer(session: BaseSession) -> Callable[[], About]:
    # A session that nobody holds any more is let go, though its store is still being written.
    reference, known = weakref.ref(session), session.about

    def describe() -> About:
        nonlocal known
        if (described := reference()) is not None:
            known = described.about
        return known

    return describe


def _teller(core: SessionCore) -> Callable[[StoreError | None], None]:
    reference = weakref.ref(core)

    def tell(problem: StoreError | None) -> None:
        told = reference()
        if told is not None:
            told.store_changed(problem)

    return tell
