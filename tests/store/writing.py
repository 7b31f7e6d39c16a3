"""Conversations written to a store without a session: what the tests of reading begin with."""

from collections.abc import Callable
from typing import Any

from realtime_widget import Store
from realtime_widget.data import About, Conversation, StillData, Tables
from realtime_widget.store.sitting import Sitting

from ..data.conversations import conversation as made_up

__all__ = ["ABOUT", "made_up", "put", "sitting_of"]

ABOUT = About(
    id="c0ffee00" * 4,
    title="Rome",
    engine="Scripted engine",
    engine_kind="url",
    model="gpt-realtime-2.1",
    settings={"instructions": "Be brief."},
    metadata={"project": "demo"},
    version="0.1.0",
)


def sitting_of(
    store: Store,
    data: Tables,
    about: About = ABOUT,
    *,
    is_over: Callable[[], bool] = lambda: False,
    **more: Any,
) -> Sitting:
    """What writes a session's tables to a store."""
    return Sitting(store._database, data, lambda: about, is_over=is_over, **more)


def put(store: Store, conversation: Conversation, **more: Any) -> Conversation:
    """Write a whole conversation."""
    sitting_of(store, StillData(conversation), conversation.about, is_over=lambda: True, **more).write()
    return conversation
