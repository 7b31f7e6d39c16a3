"""The far end of a link, without a browser: what the kernel sends is kept, what a page says is handed in."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from realtime_widget import RealtimeSession
from realtime_widget.testing import ScriptedEngine, audio_response
from realtime_widget.widget.link import PageLink

Message = dict[str, Any]
LIMIT_S = 5.0


class Shown:
    """The turns that a page shows, by the page's own rules; it was there from the beginning."""

    def __init__(self) -> None:
        self.revision = 0
        self.in_step = True
        self.n_left = 0
        self.ids: list[str] = []
        self._turns: dict[str, Message] = {}

    def apply(self, message: Message) -> None:
        """Take a message as it comes; a page that missed one waits for everything anew."""
        mine, given = message.get("page") is not None, message["turns"]
        if message["reset"]:
            self.ids, self._turns, self.in_step = [], {}, True
        elif message["revision"] != self.revision + (not mine):
            self.in_step = False
        if not self.in_step:
            return
        self.revision = message["revision"]
        if (order := message["order"]) is not None:
            self.ids[order["at"] : order["at"] + order["cut"]] = order["ids"]
        for turn_id in message["removed"]:
            self._turns.pop(turn_id, None)
        self._turns |= {turn["id"]: turn for turn in given}
        assert self._turns.keys() <= set(self.ids), "each turn has a place"
        self.n_left = message["n_left"] if mine else self.n_left

    @property
    def turns(self) -> list[Message]:
        """What is shown now, in order."""
        return [self._turns[turn_id] for turn_id in self.ids if turn_id in self._turns]


class Pages:
    """All pages of one panel."""

    def __init__(self) -> None:
        self.sent: list[tuple[Message, list[bytes]]] = []
        self._shown = Shown()
        self.link: PageLink
        self._changed = threading.Condition()

    def take(self, content: Any, buffers: list[bytes]) -> None:
        """Keep a message as the browser gets it: through JSON."""
        with self._changed:
            message = msgspec.json.decode(msgspec.json.encode(content))
            self.sent.append((message, buffers))
            if message["type"] == "turns" and message.get("page") in (None, "one"):
                self._shown.apply(message)
            self._changed.notify_all()

    def say(self, kind: str, *, page: str = "one", pcm: bytes | None = None, **fields: Any) -> None:
        """Say something to the kernel, as a page does."""
        content = {"type": kind, "page": page, **fields}
        self.link.receive(content, [] if pcm is None else [memoryview(pcm)])

    def of(self, kind: str) -> list[Message]:
        """The messages of one type so far."""
        with self._changed:
            return [content for content, _ in self.sent if content["type"] == kind]

    def wait(self, kind: str, where: Callable[[Message], bool] = lambda message: True) -> Message:
        """Wait for a message, also one that came already; gives the first."""
        found: list[Message] = []

        def came() -> bool:
            found[:] = [c for c, _ in self.sent if c["type"] == kind and where(c)]
            return bool(found)

        with self._changed:
            assert self._changed.wait_for(came, LIMIT_S), f"no such {kind}; the last were {self.sent[-5:]}"
        return found[0]

    def state(self, where: Callable[[Message], bool] = lambda state: True) -> Message:
        """Wait for a state; gives the state itself."""
        state: Message = self.wait("state", lambda message: where(message["state"]))["state"]
        return state

    @property
    def turns(self) -> list[Message]:
        """The turns as page "one" shows them now."""
        return self._shown.turns

    def wait_turns(self, where: Callable[[list[Message]], bool]) -> list[Message]:
        """Wait until the shown turns are as wanted."""

        def came() -> bool:
            try:
                return where(self.turns)
            except IndexError:  # it looks at a turn that isn't there yet
                return False

        with self._changed:
            assert self._changed.wait_for(came, LIMIT_S), self.turns
        return self.turns

    def clear(self) -> None:
        """Forget what was sent so far."""
        with self._changed:
            self.sent.clear()


def answering(text: str = "Hi there.", pcm: bytes | None = None) -> ScriptedEngine:
    """An engine that says the same to everything."""
    return ScriptedEngine(on={"response.create": lambda command: audio_response(text, pcm)})


@contextmanager
def talking(
    engine: ScriptedEngine | None = None, *, pages: Pages | None = None, **options: Any
) -> Iterator[tuple[RealtimeSession, Pages]]:
    """A session, not started, and its pages."""
    engine = engine or answering()
    with engine:
        session = RealtimeSession(engine=engine, **options)
        pages = pages or Pages()
        pages.link = PageLink(session._core, session._verbs, session._io, title="Test")
        pages.link.wires.add(pages.take)
        session._core.views.append(pages.link)
        try:
            yield session, pages
        finally:
            session.stop()


def caught_up(session: RealtimeSession) -> None:
    """Return when the I/O thread has handled what was posted so far."""

    async def nothing() -> None:
        return

    session._io.call(nothing())
