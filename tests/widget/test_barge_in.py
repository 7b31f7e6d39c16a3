"""Two hundred interruptions of a real session: the server is told what the page has played, and no more."""

import random
import threading
import time
from typing import Any

import pytest

from realtime_widget import RealtimeSession
from realtime_widget import testing as t
from realtime_widget.session import hearing
from realtime_widget.testing import ScriptedEngine

from ..protocol.barge_in import TRUNCATE, Command, Observer, Part, commands_of, random_answer
from ..session.helpers import on_io, wait_until
from .pages import Message, Pages, talking

Key = tuple[str, int]
FENCE = "test.fence"


class Ear(Pages):
    """A page that counts what it got, and has heard as much of it as a test says."""

    def __init__(self) -> None:
        super().__init__()
        self.got: dict[Key, int] = {}
        self.ended: set[Key] = set()
        self.told: set[Key] = set()
        self.answers = True
        self.heard: dict[Key, int] = {}

    def take(self, content: Any, buffers: list[bytes]) -> None:
        kind = content["type"]
        if kind == "audio":
            key = (content["item_id"], content["content_index"])
            self.got[key] = self.got.get(key, 0) + len(buffers[0]) // 2
        elif kind == "audio.end":
            self.ended.add((content["item_id"], content["content_index"]))
        elif kind == "audio.clear" and self.answers:
            self.report(content["clear_id"])

    def listen(self, rng: random.Random) -> dict[Key, int]:
        """Hear up to a random place in what has come; what comes later isn't heard. On the I/O thread."""
        playing = [key for key in self.got if key not in self.told]
        length = sum(self.got[key] for key in playing)
        left = rng.randrange(length + length // 5 + 2)
        for key in playing:
            self.heard[key] = min(left, self.got[key])
            left -= self.heard[key]
        if self.answers:
            self.report()
        else:
            self.told.update(self.got)
        return dict(self.heard)

    def report(self, clear_id: int | None = None) -> None:
        """Report as the page does: an end once, and of the rest what was heard."""
        items: list[Message] = []
        for key, got in self.got.items():
            samples = self.heard.get(key, 0)
            through = samples == got and key in self.ended
            if key in self.told or (clear_id is None and not through):
                continue
            items.append({
                "item_id": key[0], "content_index": key[1], "played_samples": samples,
                "started_ms": None, "finished": through,
            })  # fmt: skip
            if through or clear_id is not None:
                self.told.add(key)
        self.say("played", items=items, clear_id=clear_id)


class Rounds:
    """Interrupts one answer after another in one session."""

    def __init__(self, session: RealtimeSession, engine: ScriptedEngine, ear: Ear | None, seed: int) -> None:
        self.session = session
        self.engine = engine
        self.ear = ear
        self.rng = random.Random(seed)
        self.n = 0
        self._fences = 0
        self._passed = threading.Semaphore(0)
        session.on("*", self._on_event)

    def _on_event(self, entry: Any) -> None:
        if entry["type"] == FENCE:
            self._passed.release()

    def push(self, *events: Any) -> None:
        """Send events, and wait until the session has taken them."""
        self.engine.push(*events, t.event(FENCE))
        assert self._passed.acquire(timeout=20)

    def run(self) -> None:
        """Begin an answer, interrupt it somewhere, and compare what the server is told."""
        self.n += 1
        events = random_answer(self.rng, f"r{self.n}")
        n_before = self.rng.choice((len(events), self.rng.randrange(1, len(events) + 1)))
        observer = Observer()
        self.push(events[:n_before])
        for event in events[:n_before]:
            observer.see(event)
        self._listen(observer)
        n_commands, running = len(self.engine.received), not observer.over
        rest = events[n_before:-1]
        stragglers = self._stragglers(rest, observer) if running else []
        observer.silent = True
        cancels = self._interrupt(stragglers)
        for event in stragglers:
            observer.see(event)
        self._settle()
        told = self._commands(n_commands)
        self._compare(observer, told)
        if running:
            rest = rest[len(stragglers) :]
            rest = [*rest[: self.rng.randrange(len(rest) + 1)], t.response_done(f"r{self.n}", "cancelled")]
            self.push(rest)
            for event in rest:
                observer.see(event)
        self.push(t.cleared())
        self._settle()
        late = self._commands(n_commands)[len(told) :]
        assert late == (observer.unheard() if running else [])
        sent = self.engine.received[n_commands:]
        assert [c["type"] for c in sent].count("response.cancel") == (running and cancels)
        self._check_turns(observer)

    def _stragglers(self, rest: list[Any], observer: Observer) -> list[Any]:
        """What is on its way when the user speaks up: sound of what is known already, and no end."""
        found = []
        for event in rest[: self.rng.randrange(6)]:
            known = (event.get("item_id"), event.get("content_index")) in observer.parts
            if not (known and event["type"].endswith(".delta")):
                break
            found.append(event)
        return found

    def _listen(self, observer: Observer) -> None:
        """Let the page hear up to a random place, and tell of what it is through with."""
        ear = self.ear
        if ear is None:
            return
        self._wait_for_sound(ear, observer)
        heard = on_io(self.session, ear.listen, self.rng)
        on_io(self.session, lambda: None)  # what it told is posted
        for key, part in observer.parts.items():
            part.heard = heard.get(key, 0)

    def _wait_for_sound(self, ear: Ear, observer: Observer) -> None:
        """Give sound that is sent at a measured pace time to arrive; what doesn't come isn't heard."""
        whole = {key: part.received for key, part in observer.parts.items() if part.done}
        deadline_s, pause = time.monotonic() + 1, threading.Event()
        while any(ear.got.get(key, 0) < n for key, n in whole.items()) and time.monotonic() < deadline_s:
            pause.wait(0.003)

    def _interrupt(self, stragglers: list[Any]) -> bool:
        """Interrupt by speech, by a button or by Python; tell whether that cancels at the server."""
        how = self.rng.choice(("speech", "speech", "python", "button" if self.ear else "python"))
        if how == "speech":
            self.push(t.speech_started(f"u{self.n}"), stragglers)
            return False
        if how == "button" and self.ear is not None:
            self.ear.say("interrupt")
            for _ in range(2):  # it is posted twice before it begins
                on_io(self.session, lambda: None)
        else:
            self.session.interrupt()
        self.push(stragglers)
        return True

    def _settle(self) -> None:
        """Wait until the server has everything that follows from the interruption."""
        core = self.session._core
        wait_until(lambda: not core.protocol.sequencer.cutting, 20)
        self.session._io.call(core.fence())

    def _commands(self, begin: int) -> list[Command]:
        return commands_of(self.engine.received[begin:])

    def _compare(self, observer: Observer, told: list[Command]) -> None:
        if self.ear is None or not self.ear.answers:
            self._adopt(observer, told)
        assert told == observer.cuts()

    def _adopt(self, observer: Observer, told: list[Command]) -> None:
        """Where the clock tells, only the bounds are known: take what was told, and look whether it fits."""
        cut = {(item_id, index): ms for kind, item_id, index, ms in told if kind == TRUNCATE}
        heard_on = False  # what plays later can't have been heard before what is cut
        for key, part in reversed(observer.parts.items()):
            if key in cut:
                assert 0 < cut[key] <= part.received // 24
                part.heard, heard_on = cut[key] * 24, True
            else:
                whole = heard_on or self._was_heard(key)
                part.heard = part.received if whole else 0

    def _was_heard(self, key: Key) -> bool:
        part = self.session._core.protocol.playback.get(*key)
        return part is not None and part.finished

    def _check_turns(self, observer: Observer) -> None:
        exact = self.ear is not None and self.ear.answers
        items: dict[str, list[Part]] = {}
        for (item_id, _), part in observer.parts.items():
            items.setdefault(item_id, []).append(part)
        turns = {turn.id: turn for turn in self.session.transcript}
        for item_id, parts in items.items():
            turn = turns[item_id]
            total = sum((part.n_bytes + part.after_bytes) // 2 for part in parts)
            if total:
                assert turn.audio_ms == total // 24
                assert (
                    turn.heard_ms is not None and turn.heard_ms <= sum(part.received for part in parts) // 24
                )
            if exact and total:
                assert turn.heard_ms == sum(part.heard for part in parts) // 24
                assert not turn.heard_ms_estimated


def rounds(how_many: int, *, page: bool, answers: bool = True, seed: int = 1) -> None:
    """Interrupt as often as wanted, in a session of its own."""
    ear = Ear() if page else None
    options: dict[str, Any] = {"pages": ear} if ear is not None else {}
    with ScriptedEngine() as engine, talking(engine, **options) as (session, _):
        session.start()
        if ear is not None:
            ear.answers = answers
            ear.say("page.ready")
            wait_until(lambda: session._core.protocol.playback.has_player)
        all_rounds = Rounds(session, engine, ear, seed)
        for _ in range(how_many):
            all_rounds.run()


def test_what_the_page_has_played_is_what_the_server_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "REPORT_LIMIT_S", 20)
    rounds(140, page=True)


def test_of_a_page_that_says_nothing_the_clock_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "REPORT_LIMIT_S", 0.02)
    rounds(30, page=True, answers=False)


def test_without_a_page_the_clock_tells() -> None:
    rounds(30, page=False)
