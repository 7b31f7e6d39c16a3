"""What was said so far, as items that a new connection can be told.

A fresh connection knows nothing: the user's words go to it as text, the assistant's as far as they were
heard, calls together with their outputs. Sound can't be told again, and a model that reads long stretches of
its own words as text stops speaking, so what is older than the last turns becomes one summary.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from .conversation import Conversation
from .items import ItemState
from .objects import ContentPart, Item

__all__ = ["Retold", "call_item", "cut_words", "heard_text", "retell"]

RECENT_TURNS = 20
FOLDED_CHARACTERS = 8_000
LONG_CHARACTERS = 400
"""Of folded calls, arguments and outputs beyond this length are cut."""

INTRODUCTION = "Earlier in this conversation:"


@dataclass(frozen=True, slots=True)
class Retold:
    """One item to tell; `own_id` is the item that it stands for, None for a summary."""

    item: Item
    own_id: str | None = None


def retell(conversation: Conversation, *, fold: bool = True) -> list[Retold]:
    """Return the conversation as items to create on a new connection, in order.

    With `fold` all but the last turns become one summary.
    """
    groups = list(_groups(conversation))
    n_turns = 0
    begin = len(groups)
    while begin and (n_turns < RECENT_TURNS or not fold):
        begin -= 1
        n_turns += groups[begin][0].kind == "message"
    told = _summary(conversation, groups[:begin])
    for group in groups[begin:]:
        told += [Retold(_item(conversation, state), state.id) for state in group]
    return told


def call_item(state: ItemState) -> Item:
    """Return a call as an item to create."""
    return Item(
        type="function_call", call_id=state.call_id, name=state.name, arguments=_object(state.arguments)
    )


def _object(arguments: str) -> str:
    # A model's call may have been half a sentence; servers refuse to be told of such a one.
    try:
        return arguments if isinstance(msgspec.json.decode(arguments), dict) else "{}"
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return "{}"


def heard_text(conversation: Conversation, state: ItemState) -> str:
    """Return the words of an item that were heard; of a part that was cut, about the share of its sound."""
    words = []
    for index, part in sorted(state.parts.items()):
        text = part.text.strip()
        playback = conversation.playback.get(state.id, index)
        if playback is not None and playback.cut_samples is not None:
            text = cut_words(text, playback.cut_samples / max(1, playback.total_samples))
        words.append(text)
    return " ".join(filter(None, words))


def cut_words(text: str, share: float) -> str:
    """Return the first words of a text, about `share` of its letters, never a part of a word."""
    n = int(len(text) * share)
    if n >= len(text):
        return text
    if not text[n].isspace():
        n = max((i for i in range(n) if text[i].isspace()), default=0)
    return text[:n].rstrip()


def _groups(conversation: Conversation) -> Iterator[list[ItemState]]:
    """Yield what belongs together: a message, or a call and its output."""
    outputs = {
        state.call_id: state
        for state in conversation
        if state.kind == "function_call_output" and state.call_id
    }
    for state in conversation:
        if state.hidden or state.out_of_band or state.unheard:
            continue
        if state.kind == "message" and _has_something(conversation, state):
            yield [state]
        elif state.kind == "function_call" and (output := outputs.get(state.call_id or "")) is not None:
            yield [state, output]


def _has_something(conversation: Conversation, state: ItemState) -> bool:
    pictured = state.role == "user" and any(part.image_url for part in state.parts.values())
    return bool(pictured or _text(conversation, state) or _sound(conversation, state))


def _text(conversation: Conversation, state: ItemState) -> str:
    return heard_text(conversation, state) if state.role == "assistant" else state.text


def _sound(conversation: Conversation, state: ItemState) -> bytes:
    """Return what the user said, if nobody has written it down."""
    if state.role != "user":
        return b""
    if state.audio_start_ms is None or state.audio_end_ms is None:  # it came with the item, if at all
        content = (state.raw.content or ()) if state.raw is not None else ()
        return b"".join(part.audio for part in content if part.audio)
    return conversation.input_audio.between(state.audio_start_ms, state.audio_end_ms)


def _item(conversation: Conversation, state: ItemState) -> Item:
    if state.kind == "function_call":
        return call_item(state)
    if state.kind == "function_call_output":
        return Item(type="function_call_output", call_id=state.call_id, output=state.output or "")
    if state.role == "assistant":
        content = [ContentPart(type="output_text", text=_text(conversation, state))]
        return Item(type="message", role="assistant", content=content)
    content = list(_written(state)) or [ContentPart(type="input_audio", audio=_sound(conversation, state))]
    return Item(type="message", role=state.role or "user", content=content)


def _written(state: ItemState) -> Iterator[ContentPart]:
    for _, part in sorted(state.parts.items()):
        if part.image_url and state.role == "user":
            yield ContentPart(type="input_image", image_url=part.image_url)
        elif part.text.strip():
            yield ContentPart(type="input_text", text=part.text.strip())


def _summary(conversation: Conversation, groups: list[list[ItemState]]) -> list[Retold]:
    lines = [_line(conversation, group) for group in groups]
    kept: list[str] = []
    room = FOLDED_CHARACTERS
    for line in reversed(lines):
        room -= len(line) + 1
        if room < 0:
            kept.append("[…]")
            break
        kept.append(line)
    if not kept:
        return []
    text = "\n".join([INTRODUCTION, *reversed(kept)])
    return [Retold(Item(type="message", role="system", content=[ContentPart(type="input_text", text=text)]))]


def _line(conversation: Conversation, group: Iterable[ItemState]) -> str:
    first, *rest = group
    if first.kind == "function_call":
        output = _short(rest[0].output or "")
        return f"(The assistant called {first.name} with {_short(first.arguments)}; result: {output})"
    words = _text(conversation, first) or ("(a picture)" if any(_written(first)) else "(not written down)")
    return f"{(first.role or 'user').capitalize()}: {words}"


def _short(text: str) -> str:
    return text if len(text) <= LONG_CHARACTERS else f"{text[:LONG_CHARACTERS]}…"
