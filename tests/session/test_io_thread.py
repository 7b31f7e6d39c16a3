"""The one I/O thread: shared, never blocked by its callers, gone with the process, made anew after a fork."""

import asyncio
import os
import subprocess
import sys
import threading
import time

import pytest

from realtime_widget import RealtimeSession
from realtime_widget.errors import SessionError
from realtime_widget.session.io_thread import IOThread, io_thread

from .foreign import ForeignServer
from .helpers import echo_engine, run


async def value(result: int) -> int:
    await asyncio.sleep(0)
    return result


def test_it_is_one_daemon_for_all() -> None:
    seen: list[IOThread] = []
    threads = [threading.Thread(target=lambda: seen.append(io_thread())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, seen))) == 1
    assert [t.daemon for t in threading.enumerate() if t.name == "realtime-widget-io"] == [True]


def test_it_is_called_from_threads_and_from_other_loops() -> None:
    io = io_thread()
    assert io.call(value(1)) == 1
    assert run(io.acall(value(2))) == 2

    async def within() -> int:
        return await io.acall(value(3))  # on the thread itself

    assert io.call(within()) == 3


def test_waiting_for_itself_is_refused() -> None:
    io = io_thread()

    async def within() -> None:
        with pytest.raises(RuntimeError, match="can't be made on the I/O thread"):
            io.call(value(1))

    io.call(within())


def test_exceptions_come_to_the_caller() -> None:
    async def fails() -> None:
        raise LookupError("no")

    with pytest.raises(LookupError):
        io_thread().call(fails())


def test_giving_up_ends_the_work() -> None:
    ended = threading.Event()

    async def work() -> None:
        try:
            await asyncio.sleep(30)
        finally:
            ended.set()

    async def scenario() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(io_thread().acall(work()), 0.02)

    run(scenario())
    assert ended.wait(5)


def in_child(work: str) -> str:
    """Run Python code in a process of its own; it must end by itself, and soon."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", work], capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, done.stderr
    # In development mode asyncio remarks on what a busy machine made slow.
    assert [line for line in done.stderr.splitlines() if not line.startswith("Executing <")] == []
    assert time.monotonic() - began < 15
    return done.stdout.strip()


def test_a_plain_script() -> None:
    with ForeignServer() as server:
        script = f"""
from realtime_widget import RealtimeSession
with RealtimeSession(engine={server.url!r}) as session:
    print(session.ask("Hi!").text)
"""
        assert in_child(script) == "answer number 0, which is said aloud."


@pytest.mark.parametrize("count", [1, 5])
def test_a_process_ends_at_once_with_sessions_open(count: int) -> None:
    with ForeignServer() as server:
        script = f"""
import time
from realtime_widget import RealtimeSession
sessions = [RealtimeSession(engine={server.url!r}).start() for _ in range({count})]
sessions[0].on("turn", lambda turn: time.sleep(60))
sessions[0].ask("Hi!")
print(time.time())
"""
        printed = float(in_child(script))
        assert time.time() - printed < 15


def test_a_process_that_raises_ends_too() -> None:
    with ForeignServer() as server:
        script = f"""
import sys
from realtime_widget import RealtimeSession
session = RealtimeSession(engine={server.url!r}).start()
session.send_text("Hi!")
sys.exit(0)
"""
        in_child(script)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_has_sessions_of_its_own_and_leaves_its_parents_alone() -> None:
    with ForeignServer() as server:
        script = f"""
import os, sys
from realtime_widget import RealtimeSession
from realtime_widget.errors import SessionError
session = RealtimeSession(engine={server.url!r}).start()
session.ask("one")
if not (pid := os.fork()):
    try:
        session.ask("two")
    except SessionError as error:
        print("parent process" in str(error), len(session.transcript), flush=True)
    with RealtimeSession(engine={server.url!r}) as own:
        print(own.ask("three").role, flush=True)
    sys.exit(0)
assert os.waitpid(pid, 0)[1] == 0
print(session.status, session.ask("four").role)
"""
        assert in_child(script).split("\\n") == ["True 2\nassistant\nconnected assistant"]


def test_a_session_says_that_it_stayed_in_the_parent() -> None:
    with echo_engine() as engine:
        session = RealtimeSession(engine=engine).start()
        session._io._pid = -1  # as a child would see it
        try:
            with pytest.raises(SessionError, match="parent process"):
                session.ask("Hi!")
        finally:
            session._io._pid = os.getpid()
        session.stop()
