"""A session and a faulty server, and what must hold after whatever happened between them."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from realtime_widget import RealtimeSession
from realtime_widget.data import Turn
from realtime_widget.errors import RealtimeError
from realtime_widget.session.backoff import Backoff
from realtime_widget.session.io_thread import io_thread
from realtime_widget.testing import tone

from ..helpers import our_threads, wait_until
from .answers import answer_from, answer_to
from .server import FaultyServer
from .talk import Event, Fault, Schedule, Visit

LIMIT_S = 30.0
BACKOFF = Backoff(first_s=0.05, longest_s=0.2, limit_s=20)
INSTRUCTIONS = "Be brief, whatever happens."
AGAIN = "are you still there?"


def alpha(word: str) -> str:
    """Tell the first letter."""
    return f"{word} one"


def beta(word: str) -> str:
    """Tell the second letter."""
    return f"{word} two"


@dataclass
class Scene:
    """One case: talk, let the fault happen, talk on; `check` looks at what is left."""

    session: RealtimeSession
    server: FaultyServer
    questions: list[str] = field(default_factory=list)
    complete: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Turns that were complete once: id → role and text."""
    statuses: list[str] = field(default_factory=list)
    repeats: bool = False
    """Whether the server was made to give an answer again."""

    def __post_init__(self) -> None:
        self.session.on("turn", self._keep)
        self.session.on("status", self.statuses.append)

    def _keep(self, turn: Turn) -> None:
        if turn.status == "completed":
            self.complete[turn.id] = (turn.role, turn.text)

    # -- talking -----------------------------------------------------------------------------------------

    def ask(self, question: str) -> Turn:
        """Ask, and get the right answer."""
        self.questions.append(question)
        turn = self.session.ask(question, timeout=LIMIT_S)
        assert turn.text == expected(question)
        assert turn.status == "completed"
        return turn

    def try_ask(self, question: str) -> Turn | RealtimeError:
        """Ask; the answer is right, or an error that says what happened."""
        try:
            return self.ask(question)
        except RealtimeError as error:
            assert error.message
            return error

    def say(self, hz: int = 500) -> None:
        """Say something aloud, and see that it is answered."""
        self.speak(hz)
        assert self.answered(hz)

    def speak(self, hz: int) -> None:
        """Say something aloud, and wait until all is settled."""
        self.questions.append(hummed(hz))
        self.session.send_audio(tone(300, hz=hz), rate=24_000)
        self.session.settle(LIMIT_S)

    def answered(self, hz: int) -> bool:
        """Tell whether there is a whole answer to what was said aloud."""
        answer = expected(hummed(hz))
        return any(turn.text == answer and turn.status == "completed" for turn in self.session.transcript)

    def arm(self, moment: str, fault: Fault) -> None:
        self.server.arm(moment, fault)

    def wait(self, condition: Any) -> None:
        wait_until(condition, LIMIT_S)

    def recovered(self, connections: int, *, at_least: bool = False) -> None:
        """Wait until the session lives on, over that many connections in all, and see that it does."""
        self.wait(lambda: len(self.server.visits) >= connections and self.session.status == "connected")
        self.ask(AGAIN)
        assert at_least or len(self.server.visits) == connections, self.server.happened

    def unbroken(self) -> None:
        """See that the first connection is still the one."""
        self.recovered(1)
        assert "reconnecting" not in self.statuses

    def ended(self, code: str | None = None) -> RealtimeError:
        """Wait until the session says why it is over."""
        self.wait(lambda: self.session.status == "error")
        error = self.session.error
        assert error is not None
        assert error.message
        assert error.remedy
        assert code is None or error.code == code, error.code
        return error

    def refused(self, words: str) -> None:
        """Expect no more that the user's words stay: the server took them for no part of the talk."""
        self.session.settle(LIMIT_S)
        self.complete = {key: said for key, said in self.complete.items() if said[1] != words}
        self.questions = [question for question in self.questions if question != words]

    # -- what must hold ----------------------------------------------------------------------------------

    def check(self) -> None:
        turns = list(self.session.transcript)
        self._nothing_lost(turns)
        self._nothing_twice(turns)
        self._in_order(turns)
        self._not_asked_again(turns)
        self._replayed(turns)
        seams = self.session.transcript.df.connection.tolist()
        assert seams == sorted(seams)
        assert self.server.complaints == []
        if self.session.status != "connected":
            self.ended()

    def _nothing_lost(self, turns: list[Turn]) -> None:
        left = {turn.id: (turn.role, turn.text) for turn in turns}
        for turn_id, said in self.complete.items():
            assert left.get(turn_id) == said

    def _nothing_twice(self, turns: list[Turn]) -> None:
        assert len({turn.id for turn in turns}) == len(turns)
        assert {turn.role for turn in turns} <= {"user", "assistant"}
        said = [turn.text for turn in turns if turn.role == "user" and turn.text]
        assert len(set(said)) == len(said), said
        whole = [turn.text for turn in turns if turn.role == "assistant" and turn.status == "completed"]
        assert self.repeats or len(set(whole)) == len(whole), whole

    def _in_order(self, turns: list[Turn]) -> None:
        written = [turn.text for turn in turns if turn.role == "user" and turn.text in self.questions]
        assert written == self.questions
        assert [turn.turn for turn in turns] == list(range(len(turns)))
        question = ""
        for turn in turns:
            if turn.role == "user":
                question = turn.text
            elif turn.role == "assistant" and question:
                whole = turn.text == expected(question)
                assert whole if turn.status == "completed" else expected(question).startswith(turn.text)

    def _visit_of(self, turn: Turn) -> Visit | None:
        # Where a server counts anew, the ids of a later connection are marked with its number.
        response_id, _, number = (turn.response_id or "").partition("~")
        visits = [visit for visit in self.server.visits if response_id in visit.responses]
        return next((visit for visit in visits if not number or visit.number == int(number)), None)

    def _answered(self, turns: list[Turn]) -> list[tuple[Visit, str, str]]:
        """Return the whole answers: the connection that they came over, the question, the answer."""
        whole = [turn for turn in turns if turn.role == "assistant" and turn.status == "completed"]
        known = [(visit, turn) for turn in whole if (visit := self._visit_of(turn)) is not None]
        asked = [visit.responses[(turn.response_id or "").partition("~")[0]] for visit, turn in known]
        return [(visit, question, turn.text) for (visit, turn), question in zip(known, asked, strict=True)]

    def _not_asked_again(self, turns: list[Turn]) -> None:
        for visit, question, _ in self._answered(turns):
            later = [each for each in self.server.visits if each.number > visit.number]
            assert not [each.number for each in later if question in each.asked], question
            assert self.repeats or visit.asked.count(question) == 1

    def _replayed(self, turns: list[Turn]) -> None:
        """See that each new connection was told how to be, and all that was said before."""
        answered = self._answered(turns)
        for visit in self.server.visits[1:]:
            if not visit.commands:
                continue
            update = visit.commands[0]
            assert update["type"] == "session.update"
            assert update["session"]["instructions"] == INSTRUCTIONS
            assert [tool["name"] for tool in update["session"]["tools"]] == ["alpha", "beta"]
            if not visit.asked:
                continue
            brought = [words for item in visit.brought for words in words_of(item)]
            for earlier, question, answer in answered:
                if earlier.number < visit.number:
                    user = question.partition(" + ")[0]
                    assert brought.count(user) == brought.count(answer) == 1, (visit.number, brought)
                    assert brought.index(user) < brought.index(answer)
            calls = [item["call_id"] for item in visit.brought if item["type"] == "function_call"]
            outputs = [item["call_id"] for item in visit.brought if item["type"] == "function_call_output"]
            assert sorted(calls) == sorted(outputs)
            assert len(set(calls)) == len(calls)


def hummed(hz: int) -> str:
    return f"what I hum at {hz} hertz"


def words_of(item: Event) -> list[str]:
    """Return what was said in an item; in a summary, line by line."""
    text = " ".join(part.get("text") or "" for part in item.get("content") or [])
    if item.get("role") != "system":
        return [text]
    return [line.removeprefix("User: ").removeprefix("Assistant: ") for line in text.split("\n")]


def expected(question: str) -> str:
    """Return the whole answer to a question."""
    names = question.split()[1:] if question.startswith("use ") else []
    tools = {"alpha": alpha, "beta": beta}
    return answer_from([tools[name](name) for name in names]) if names else answer_to(question)


# -- nothing is left -----------------------------------------------------------------------------------------


def sockets() -> set[str]:
    """Return the sockets of this process; without /proc none can be told."""
    root, found = Path("/proc/self/fd"), set()
    for name in os.listdir(root) if root.exists() else ():
        try:
            target = os.readlink(root / name)
        except OSError:
            continue
        if target.startswith("socket:"):
            found.add(target)
    return found


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children(recursive=True)}


def io_tasks() -> set[str]:
    """Return what runs on the process's I/O thread."""

    async def names() -> set[str]:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        return {f"{task.get_name()} {task.get_coro()}" for task in tasks if not task.done()}

    return io_thread().call(names())


_inside: list[bool] = []


@contextmanager
def nothing_left() -> Iterator[None]:
    """See that no task, thread, socket or child process is left of what is done within, the outermost one."""
    _inside.append(True)
    try:
        with _nothing_left() if len(_inside) == 1 else nullcontext():
            yield
    finally:
        _inside.pop()


@contextmanager
def _nothing_left() -> Iterator[None]:
    io_thread()
    tasks, open_sockets, processes = io_tasks(), sockets(), children()
    threads = set(our_threads())  # of tests before, in whatever order they ran
    yield
    wait_until(lambda: io_tasks() <= tasks, LIMIT_S)
    wait_until(lambda: set(our_threads()) <= threads, LIMIT_S)
    wait_until(lambda: sockets() <= open_sockets, LIMIT_S)
    assert children() <= processes


@contextmanager
def scene(*schedules: Schedule, start: bool = True, server: Any = None, **options: Any) -> Iterator[Scene]:
    """Make a faulty server and a session with it; in the end everything is looked at, and nothing is left."""
    options = {
        "instructions": INSTRUCTIONS,
        "tools": [alpha, beta],
        "turn_detection": "server_vad",
        **options,
    }
    with nothing_left(), FaultyServer(*schedules, **(server or {})) as faulty:
        session = RealtimeSession(engine=faulty.url, **options)
        session._core.backoff = BACKOFF
        made, tasks, alone = Scene(session, faulty), io_tasks(), len(_inside) == 1
        try:
            if start:
                session.start()
            yield made
            made.check()
        finally:
            session.stop()
        if alone:  # the server is still there: nothing may hang on that
            wait_until(lambda: io_tasks() <= tasks, LIMIT_S)
        for table in ("transcript", "events", "tool_calls", "usage", "latency"):
            assert len(getattr(session, table).df) == len(getattr(session, table))
