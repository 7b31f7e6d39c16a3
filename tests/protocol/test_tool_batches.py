"""Once the calls of a response are answered, the model is asked to go on, exactly once, whatever happens."""

import random
from collections.abc import Iterator
from typing import Any

import pytest

from realtime_widget import testing as t
from realtime_widget.config import ServerVAD
from realtime_widget.protocol import changes as ch
from realtime_widget.protocol.floor import HOLD_LIMIT_MS

from .drive import Talk

Step = Iterator[None]
WORLDS = 60


class World:
    """A server with one calling response, tools that end when they like, and a user who may cut in."""

    def __init__(self, n_calls: int, end: str, n_cut: int, *, answers: str, speech_steps: int) -> None:
        by_client = answers == "client"
        self.talk = Talk(turn_detection=ServerVAD(create_response=not by_client))
        self.end = end
        self.speech_steps = speech_steps
        self.answers = answers  # who answers the user's turn: "server", "client" or "nobody"
        self.n_calls = n_calls
        self.n_cut = n_cut  # of the calls, counted from the last
        self.active: str | None = None
        self.speaking = False
        self.owes_answer = False  # the user's turn is over, and the server will answer it
        self.cancelled: str | None = None
        self.outputs: list[str] = []
        self.ready: list[str] = []
        self.took_up: list[str] = []  # responses that began when all outputs were there
        self.creates = 0
        self.n_asked = 1
        self.n_responses = 0
        self.talk.protocol.respond("k")
        self.take()

    # -- what the protocol does --------------------------------------------------------------------------

    def feed(self, *events: Any) -> None:
        self.talk.feed(*events)
        self.take()

    def take(self) -> None:
        """Look at all that was sent, as a server does."""
        self.ready += [change.call_id for change in self.talk.changes(ch.CallReady)]
        for frame in self.talk.sent():
            if frame["type"] == "response.create":
                assert self.active is None, "asked while a response runs"
                assert not self.speaking, "asked over the user's turn"
                self.creates += 1
                self.asked = frame["response"]["metadata"]
                self.begin("own")
            elif frame["type"] == "conversation.item.create":
                assert frame["item"]["call_id"] not in self.outputs, "answered twice"
                self.outputs.append(frame["item"]["call_id"])
            elif frame["type"] == "response.cancel" and self.active is not None:
                self.cancelled = "client_cancelled"

    def begin(self, kind: str) -> None:
        self.n_responses += 1
        self.active = f"{kind}{self.n_responses}"
        if self.n_responses > 1 and len(self.outputs) == self.n_calls:
            self.took_up.append(self.active)

    # -- what happens, step by step ----------------------------------------------------------------------

    def calling(self) -> Step:
        """Play the response that makes the calls; it may be cut short at any point."""
        response_id = str(self.active)
        calls = [
            t.function_call("f", {"n": n}, call_id=f"c{n}", item_id=f"f{n}") for n in range(self.n_calls)
        ]
        events = t.call_response(*calls, response_id=response_id, metadata=self.asked)
        whole = self.n_calls - self.n_cut
        begun: list[dict[str, Any]] = []
        for event in events[:-1]:
            index = event.get("output_index", -1)
            if self.cancelled or (index >= whole and "done" in event["type"]):
                break
            begun += [event["item"]] if event["type"] == "response.output_item.added" else []
            self.feed(event)
            yield
        status = "cancelled" if self.cancelled else self.end
        over = {item["id"] for item in begun if f"c{item['id'][1:]}" not in self.ready}
        output = [{**item, "status": "incomplete"} for item in begun if item["id"] in over]
        self.active, self.n_calls = None, len(begun)
        self.feed(
            t.response_done(response_id, status, reason=self.cancelled, output=output, metadata=self.asked)
        )

    def tool(self, n: int) -> Step:
        """Run one call, once the model has made it."""
        while f"c{n}" not in self.ready:
            yield
        yield
        self.talk.protocol.tool_output(f"c{n}", "result")
        self.take()

    def user(self) -> Step:
        """Cut in: the server stops what it says, hears the user out, and may answer by itself."""
        self.speaking = True
        self.cancelled = self.cancelled or ("turn_detected" if self.active else None)
        self.feed(t.speech_started("u"))
        for _ in range(self.speech_steps):
            yield
        self.feed(t.speech_stopped("u"), t.committed("u"))
        self.speaking = self.answers == "server"
        if self.answers == "client":
            self.n_asked += 1
            self.talk.protocol.respond("mine")
            self.take()
        yield
        while self.active is not None:
            yield
        if self.answers == "server":
            self.begin("auto")
            response_id = str(self.active)
            events = t.audio_response("And that?", response_id=response_id, metadata={})
            self.speaking = False
            for event in events[:-1]:
                self.feed(event)
                yield
            self.active = None
            self.feed(events[-1])

    def stop(self) -> Step:
        """Press the stop button."""
        yield
        self.talk.protocol.begin_interrupt(cancel=True)
        self.talk.protocol.finish_interrupt()
        self.take()

    def answering(self) -> Step:
        """Answer requests as they come."""
        while True:
            if self.active is not None and self.active.startswith("own") and self.active != "own1":
                response_id, metadata = self.active, self.asked
                self.feed(t.response_created(response_id, metadata=metadata))
                yield
                status = "cancelled" if self.speaking else "completed"
                self.active = None
                self.feed(t.response_done(response_id, status, metadata=metadata))
            yield


def play(world: World, choose: Any, *, cuts_in: bool, stops: bool) -> None:
    """Run everything at once, in an order of the test's choosing, until nothing is left to happen."""
    running = {"calling": world.calling(), "answering": world.answering()}
    running |= {f"tool{n}": world.tool(n) for n in range(world.n_calls)}
    if cuts_in:
        running["user"] = world.user()
    if stops:
        running["stop"] = world.stop()
    for _ in range(2_000):
        waiting = {f"tool{n}" for n in range(5) if f"c{n}" not in world.ready}
        names = [name for name in running if name not in waiting]
        if names == ["answering"] and not (world.active or "").startswith("own"):
            break
        name = choose(sorted(names))
        if next(running[name], "over") == "over":
            del running[name]
    talk = world.talk
    talk.at(talk.now_ms + HOLD_LIMIT_MS + 1)  # the server doesn't answer by itself after all
    talk.at(talk.now_ms + 1)
    talk.at(talk.now_ms + HOLD_LIMIT_MS + 1)
    world.take()
    for _ in range(8):
        next(running["answering"])


@pytest.mark.parametrize("block", range(10))
def test_each_batch_of_outputs_is_followed_by_exactly_one_response(block: int) -> None:
    for seed in range(block * WORLDS, (block + 1) * WORLDS):
        chance = random.Random(seed)
        n_calls = chance.randint(1, 5)
        end = chance.choice(["completed", "completed", "incomplete", "failed"])
        n_cut = chance.randint(0, n_calls) if end != "completed" else 0
        cuts_in, stops = chance.random() < 0.5, chance.random() < 0.2
        answers = chance.choice(["server", "client", "nobody"])
        world = World(n_calls, end, n_cut, answers=answers, speech_steps=chance.randint(1, 12))
        play(world, chance.choice, cuts_in=cuts_in, stops=stops)
        check(world, stopped=stops or (end == "failed" and not world.cancelled), context=f"{seed=}")


def check(world: World, *, stopped: bool, context: str) -> None:
    assert sorted(world.outputs) == [f"c{n}" for n in range(world.n_calls)], context
    assert not world.talk.protocol.sequencer.busy, context
    assert not world.talk.protocol.sequencer.held, context
    if not world.ready:
        assert world.creates == world.n_asked, context
    elif not stopped:
        assert world.took_up, f"silence after a tool: {context}"
        # What the client asks for itself may be one more, if the outputs came before or behind it.
        own = [response for response in world.took_up if response.startswith("own")]
        least = 0 if world.took_up[0].startswith("auto") else 1
        assert least <= len(own) <= least + (world.answers == "client"), context


class Wire:
    """What the newest connection knows: an output must follow its call, and each call has one."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.calls: set[str] = set()
        self.outputs: list[str] = []
        self.creates: list[dict[str, Any]] = []

    def take(self) -> None:
        for frame in self.talk.sent():
            item = frame.get("item", {})
            if item.get("type") == "function_call":
                self.calls.add(item["call_id"])
            elif item.get("type") == "function_call_output":
                assert item["call_id"] in self.calls, "an output for a call that this connection doesn't know"
                assert item["call_id"] not in self.outputs, "answered twice"
                self.outputs.append(item["call_id"])
            elif frame["type"] == "response.create":
                assert self.calls == set(self.outputs), "asked before all outputs were in"
                self.creates.append(frame["response"]["metadata"])


def reconnect(talk: Talk) -> Wire:
    """Lose the connection, make another and go on over it."""
    talk.protocol.connection_lost("test", resumes=True)
    talk.protocol.connection_opened()
    talk.feed(t.session_created(), t.session_updated())
    talk.protocol.resume()
    return Wire(talk)


@pytest.mark.parametrize("seed", range(200))
def test_a_batch_that_loses_its_connection_goes_on_over_the_next_in_pairs(seed: int) -> None:
    chance = random.Random(seed)
    n_calls = chance.randint(1, 5)
    talk = Talk()
    talk.protocol.respond("k")
    wire = Wire(talk)
    wire.take()
    calls = [t.function_call("f", {"n": n}, call_id=f"c{n}", item_id=f"f{n}") for n in range(n_calls)]
    events = t.call_response(*calls, response_id="r", metadata=wire.creates[0])
    n_told = chance.randint(1, len(events))  # before the connection breaks
    talk.feed(events[:n_told])
    ready = [change.call_id for change in talk.changes(ch.CallReady)]
    wire.calls |= set(ready)
    early = chance.randint(0, len(ready))
    order = chance.sample(ready, len(ready))
    for call_id in order[:early]:
        talk.protocol.tool_output(call_id, "result")
    wire.take()
    wire = reconnect(talk)
    wire.take()
    # One that was whole is ready now, though the connection broke before its response said so.
    late = [change.call_id for change in talk.changes(ch.CallReady)]
    for call_id in order[early:] + late:
        talk.protocol.tool_output(call_id, "result")
        wire.take()
    assert sorted(wire.outputs) == sorted(ready + late)
    assert len(wire.creates) == 1
    talk.feed(t.text_response("Done.", item_id="a", response_id="r2", metadata=wire.creates[0]))
    wire.take()
    assert len(wire.creates) == 1
    assert [end.key for end in talk.changes(ch.AnswerFinished) if end.key] == ["k"]
    assert not talk.protocol.sequencer.busy
