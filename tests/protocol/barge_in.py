"""Random interruptions of random answers, and what a server must be told about each.

An answer has one or more messages of one or two sounding parts. Its events come at once, up to a random place
in the stream or to the end; somebody plays them in real time; at a random moment he is interrupted. What
follows is told here by counting samples, in the plainest way.
"""

import base64
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from realtime_widget import testing as t

Key = tuple[str, int]
Command = tuple[str, str, int, int]
"""Type, item, content index, ms; the last two are 0 for a deletion."""

WORDS = "one two three four five six seven eight nine ten"
TRUNCATE, DELETE = "conversation.item.truncate", "conversation.item.delete"


def random_answer(rng: random.Random, response_id: str = "r", **more: Any) -> list[dict[str, Any]]:
    """Return the events of a whole answer."""
    events = [t.response_created(response_id, **more)]
    items = [f"{response_id}_{n}" for n in range(rng.choice((1, 1, 1, 2, 3)))]
    for output_index, item_id in enumerate(items):
        events += _item_events(rng, response_id, item_id, output_index)
    outputs = [t.message("assistant", WORDS, item_id=item_id, spoken=True) for item_id in items]
    return [*events, t.response_done(response_id, output=outputs, **more)]


def _item_events(
    rng: random.Random, response_id: str, item_id: str, output_index: int
) -> Iterator[dict[str, Any]]:
    begun = t.message("assistant", item_id=item_id, status="in_progress")
    whole = t.message("assistant", WORDS, item_id=item_id, spoken=True)
    ids = {"response_id": response_id, "output_index": output_index}
    yield t.event("response.output_item.added", **ids, item=begun)
    yield t.item_added(begun)
    for content_index in range(rng.choice((1, 1, 1, 2))):
        part = {**ids, "item_id": item_id, "content_index": content_index}
        yield t.event("response.content_part.added", **part, part={"type": "audio", "transcript": ""})
        pieces = _pieces(rng, 2 * rng.choice((1, rng.randrange(1, 60), rng.randrange(100, 60_000))))
        words = [t.event("response.output_audio_transcript.delta", **part, delta=f"{w} ") for w in "abc"]
        audio = [t.event("response.output_audio.delta", **part, delta=_encode(piece)) for piece in pieces]
        yield from _mixed(rng, words, audio)
        yield t.event("response.output_audio.done", **part)
        yield t.event("response.output_audio_transcript.done", **part, transcript="a b c ")
    yield t.item_done(whole)
    yield t.event("response.output_item.done", **ids, item=whole)


def _pieces(rng: random.Random, n_bytes: int) -> list[bytes]:
    """Cut a sound into pieces of any size, halves of samples too."""
    cuts = sorted(rng.randrange(n_bytes + 1) for _ in range(rng.randrange(6)))
    return [b"\x01" * (end - begin) for begin, end in zip([0, *cuts], [*cuts, n_bytes], strict=True)]


def _encode(pcm: bytes) -> str:
    return base64.b64encode(pcm).decode()


def _mixed(rng: random.Random, *streams: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    rest = [list(stream) for stream in streams if stream]
    while rest:
        stream = rng.choice(rest)
        yield stream.pop(0)
        rest = [stream for stream in rest if stream]


@dataclass
class Part:
    """What an observer counts of one part."""

    n_bytes: int = 0
    after_bytes: int = 0
    done: bool = False
    heard: int = 0

    @property
    def received(self) -> int:
        return self.n_bytes // 2

    @property
    def whole(self) -> bool:
        return self.done and (self.n_bytes + self.after_bytes) // 2 == self.received


@dataclass
class Observer:
    """Counts what came before and after the interruption, and says what the server must be told."""

    parts: dict[Key, Part] = field(default_factory=dict)
    items: dict[str, None] = field(default_factory=dict)
    over: bool = False  # `response.done` came
    silent: bool = False  # the interruption has begun
    deleted: set[str] = field(default_factory=set)

    def see(self, event: dict[str, Any]) -> None:
        """Count one event."""
        kind = event["type"]
        if kind == "response.output_item.added":
            self.items[event["item"]["id"]] = None
        elif kind == "response.content_part.added":
            self.parts.setdefault((event["item_id"], event["content_index"]), Part())
        elif kind == "response.output_audio.delta":
            part = self.parts.setdefault((event["item_id"], event["content_index"]), Part())
            n_bytes = len(base64.b64decode(event["delta"]))
            if self.silent:
                part.after_bytes += n_bytes
            else:
                part.n_bytes += n_bytes
        elif kind == "response.output_audio.done":
            self.parts[event["item_id"], event["content_index"]].done = True
        elif kind == "response.output_item.done":
            self._end(event["item"]["id"])
        elif kind == "response.done":
            self.over = True
            self._end(None)

    def _end(self, item_id: str | None) -> None:
        for (owner, _), part in self.parts.items():
            part.done = part.done or item_id in (None, owner)

    @property
    def received(self) -> int:
        """Samples of all parts that came to be played."""
        return sum(part.received for part in self.parts.values())

    def play(self, position: int) -> None:
        """Set how far somebody has heard, in samples from the beginning of the answer."""
        for part in self.parts.values():
            part.heard = min(position, part.received)
            position -= part.heard

    @property
    def anything(self) -> bool:
        """Whether there is something to interrupt."""
        return not self.over or any(p.heard < p.received for p in self.parts.values())

    def cuts(self) -> list[Command]:
        """Return the commands that are due when it is known how much was heard."""
        commands: list[Command] = []
        for (item_id, index), part in self.parts.items():
            if not part.received or (part.whole and part.heard >= part.received):
                continue
            if part.heard // 24:
                commands.append((TRUNCATE, item_id, index, part.heard // 24))
            elif not self._heard(item_id):
                commands += self._delete(item_id)
        return [*commands, *self.unheard()]

    def unheard(self) -> list[Command]:
        """Return the commands for messages of which nothing came to be played."""
        commands: list[Command] = []
        for item_id in self.items:
            parts = [part for (owner, _), part in self.parts.items() if owner == item_id]
            if (parts or self.over) and not any(part.received for part in parts):
                commands += self._delete(item_id)
        return commands

    def _heard(self, item_id: str) -> bool:
        return any(part.heard // 24 for (owner, _), part in self.parts.items() if owner == item_id)

    def _delete(self, item_id: str) -> list[Command]:
        if item_id in self.deleted:
            return []
        self.deleted.add(item_id)
        return [(DELETE, item_id, 0, 0)]

    def is_borderline(self) -> bool:
        """Whether rounding decides between two milliseconds: the clock isn't exact to the sample."""
        return any(
            (part.heard + 3) % 24 < 6 or 0 < part.received - part.heard < 3 for part in self.parts.values()
        )


def commands_of(frames: list[dict[str, Any]]) -> list[Command]:
    """Return the cuts and deletions among what was sent."""
    return [
        (frame["type"], frame["item_id"], frame.get("content_index", 0), frame.get("audio_end_ms", 0))
        for frame in frames
        if frame["type"] in (TRUNCATE, DELETE)
    ]
