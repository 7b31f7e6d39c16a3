"""Whatever is interrupted, and whenever: the server is told what was heard, to the sample, and no more."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime_widget import testing as t
from realtime_widget.protocol import changes as ch

from .barge_in import TRUNCATE, Command, Observer, commands_of, random_answer
from .drive import Talk, types

MODES = ("page", "late page", "silent page", "script")


class BargeIn:
    """One random interruption; `mode` tells who plays, and what he tells of it."""

    def __init__(self, seed: int, mode: str) -> None:
        self.rng = random.Random(seed)
        self.mode = mode
        self.cancel = self.rng.random() < 0.5
        self.observer = Observer()
        self.talk = Talk()
        self.talk.protocol.playback.has_player = mode != "script"
        self.events = random_answer(self.rng)
        self.n_before = self.rng.choice((len(self.events), self.rng.randrange(1, len(self.events) + 1)))
        self.sent: list[Command] = []

    def run(self) -> None:
        self.feed(self.events[: self.n_before])
        # Of a page that has told nothing, the clock can't know how long it took to begin.
        self.latency_ms = self.rng.randrange(300) if self.mode in ("page", "late page") else 0
        length_ms = self.observer.received // 24
        self.at_ms = self.rng.randrange(self.latency_ms + length_ms + length_ms // 4 + 50)
        if self.mode == "late page":
            told_ms = self.latency_ms + 1 + self.rng.randrange(length_ms + 1)
            self.at_ms = max(self.at_ms, told_ms)
            self.talk.at(told_ms)
            self.report(final=False)
        self.talk.at(self.at_ms)
        self.hear(self.at_ms)
        self.talk.sent()
        self.talk.changes()
        self.interrupt()

    def hear(self, now_ms: float) -> None:
        self.observer.play(max(0, int((now_ms - self.latency_ms) * 24)))

    def feed(self, events: list[dict[str, object]]) -> None:
        for event in events:
            self.talk.feed(event)
            self.observer.see(event)

    def report(self, *, final: bool) -> None:
        """Tell what was heard, as a page does: first what it is through with."""
        now_ms = self.talk.now_ms
        self.hear(now_ms)
        playback = self.talk.protocol.playback
        for (item_id, index), part in self.observer.parts.items():
            through = part.done and part.heard == part.received
            if (through and not self.observer.silent) or (part.received and (final or part.heard)):
                playback.report(item_id, index, part.heard, now_ms, finished=through)

    def interrupt(self) -> None:
        protocol, observer = self.talk.protocol, self.observer
        if self.mode == "page":
            self.report(final=False)
        began = protocol.begin_interrupt(cancel=self.cancel)
        running, observer.silent = not observer.over, True
        # A page that hasn't told of the end is asked, though by the clock it is over.
        assert began == (observer.anything or (self.mode in ("late page", "silent page") and began))
        if not began:
            assert self.talk.sent() == []
            return
        rest = self.ending() if running else []
        early = self.rng.randrange(len(rest) + 1)
        self.feed(rest[:early])
        following = self.next_answer() if observer.over else []
        answered = {"page": True, "late page": False, "silent page": False}.get(self.mode)
        if answered:
            self.report(final=True)
        cuts = protocol.finish_interrupt(answered=answered)
        assert all(cut.estimated is not answered for cut in cuts)
        if not answered and observer.is_borderline():
            return
        expected = observer.cuts()
        assert self.take(cancelled=running and self.cancel) == expected
        self.feed(rest[early:])
        assert self.take() == (observer.unheard() if rest[early:] else [])
        assert protocol.finish_interrupt() == []
        self.check_following(following or self.next_answer())

    def ending(self) -> list[dict[str, object]]:
        """What still comes of a response that was cut off: stragglers, then its end."""
        rest = self.events[self.n_before : -1]
        stragglers = rest[: self.rng.randrange(len(rest) + 1)] if rest else []
        return [*stragglers, t.response_done("r", "cancelled")]

    def next_answer(self) -> list[dict[str, object]]:
        following = random_answer(random.Random(self.rng.random()), "next")
        received = self.talk.changes(ch.AudioReceived)
        assert received == [], "nothing that comes behind the interruption is played"
        self.talk.feed(following)
        return following

    def check_following(self, following: list[dict[str, object]]) -> None:
        """What follows is played whole, and nothing is told about it."""
        observer = Observer()
        for event in following:
            observer.see(event)
        received = self.talk.changes(ch.AudioReceived)
        assert {change.item_id for change in received} == {item_id for item_id, _ in observer.parts}
        assert sum(len(change.pcm) for change in received) == 2 * observer.received
        assert self.take() == []

    def take(self, *, cancelled: bool = False) -> list[Command]:
        """Return what was sent about items, and check that nobody is told more than is true."""
        frames = self.talk.sent()
        assert types(frames).count("response.cancel") == cancelled
        commands = commands_of(frames)
        for kind, item_id, index, audio_end_ms in commands:
            if kind == TRUNCATE:
                part = self.observer.parts[item_id, index]
                assert 0 < audio_end_ms <= part.received // 24
                assert audio_end_ms * 24 <= part.heard
        return commands


@pytest.mark.parametrize("mode", MODES)
@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(seed=st.integers(0, 2**32))
def test_the_server_is_told_what_was_heard_and_no_more(seed: int, mode: str) -> None:
    BargeIn(seed, mode).run()
