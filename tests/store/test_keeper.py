"""The thread that writes: who is told waits for it, who talks never does."""

import gc
import threading
import time
import weakref
from collections.abc import Callable

import pytest

from realtime_widget import StoreError
from realtime_widget.store import keeper as keeper_module
from realtime_widget.store.keeper import Keeper


class Writer:
    """Writes down the number of the last change, or fails, or hangs, as a test says."""

    def __init__(self) -> None:
        self.now = 0
        self.written: list[int] = []
        self.error: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self) -> None:
        self.gate.wait(30)
        if self.error is not None:
            raise self.error
        self.written.append(self.now)


@pytest.fixture
def writer() -> Writer:
    return Writer()


def wait_until(condition: Callable[[], object], limit_s: float = 20.0) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "the condition didn't come true in time"
        time.sleep(0.002)


def down(code: str = "store_unreachable", *, recoverable: bool = True) -> StoreError:
    return StoreError("The database is down.", code=code, recoverable=recoverable)


def test_what_is_complete_is_there_when_the_wait_is_over(writer: Writer) -> None:
    keeper = Keeper(writer)
    for number in range(1, 200):
        writer.now = number
        keeper.finished()
        assert keeper.saved() and writer.written[-1] == number and not keeper.owes
    assert keeper.problem is None


def test_what_grows_is_written_together(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper_module, "GROWING_S", 0.05)
    keeper = Keeper(writer)
    for number in range(1, 1001):
        writer.now = number
        keeper.touched()
    wait_until(lambda: writer.written and writer.written[-1] == 1000)
    assert len(writer.written) < 100


def test_taking_note_waits_for_nobody(writer: Writer) -> None:
    keeper = Keeper(writer)
    writer.gate.clear()
    for number in range(1, 100):
        writer.now = number
        keeper.touched()
        keeper.finished()
    assert writer.written == []
    writer.gate.set()
    assert keeper.saved(30) and writer.written[-1] == 99


def test_a_database_that_hangs_is_waited_for_once(writer: Writer) -> None:
    told: list[StoreError | None] = []
    keeper = Keeper(writer, told.append)
    writer.gate.clear()
    writer.now = 1
    keeper.finished()
    assert not keeper.saved(0.05) and keeper.problem is not None and keeper.problem.code == "store_slow"
    begin = time.monotonic()
    for _ in range(10):
        keeper.finished()
        assert not keeper.saved(30)
    assert time.monotonic() - begin < 10
    writer.now = 2
    writer.gate.set()
    wait_until(lambda: keeper.problem is None)
    keeper.finished()
    assert keeper.saved() and writer.written[-1] == 2
    assert [problem and problem.code for problem in told] == ["store_slow", None]


def test_a_database_that_is_gone_is_told_of_once_and_gets_all_later(writer: Writer) -> None:
    told: list[StoreError | None] = []
    keeper = Keeper(writer, told.append)
    writer.error = down()
    for number in range(1, 20):
        writer.now = number
        keeper.finished()
        assert not keeper.saved(30)
    wait_until(lambda: told)
    assert len(told) == 1 and keeper.problem is not None
    writer.error = None
    wait_until(lambda: keeper.problem is None)
    wait_until(lambda: len(told) == 2)
    assert told[1] is None and writer.written[-1] == 19


def test_what_fails_once_fails_unnoticed(writer: Writer) -> None:
    told: list[StoreError | None] = []
    failures = [down()]

    def write() -> None:
        if failures:
            raise failures.pop()
        writer()

    keeper = Keeper(write, told.append)
    writer.now = 1
    keeper.finished()
    assert keeper.saved(30) and writer.written == [1] and told == []


def test_nothing_is_tried_again_where_there_is_no_hope(writer: Writer) -> None:
    told: list[StoreError | None] = []
    keeper = Keeper(writer, told.append)
    writer.error = down("store_deleted", recoverable=False)
    keeper.finished()
    assert not keeper.saved(30)
    wait_until(lambda: keeper._thread is None)
    writer.error = None
    keeper.touched()
    keeper.finished()
    assert not keeper.saved() and writer.written == []
    wait_until(lambda: len(told) == 1)


def test_a_fault_of_the_writer_is_a_problem_like_any_other(
    writer: Writer, caplog: pytest.LogCaptureFixture
) -> None:
    keeper = Keeper(writer)
    writer.error = ValueError("odd")
    keeper.finished()
    assert not keeper.saved(30)
    assert "ValueError: odd" in str(keeper.problem) and "the store's writer failed" in caplog.text
    writer.error = None
    wait_until(lambda: keeper.problem is None)


def test_flush_writes_what_is_half_done_too(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper_module, "GROWING_S", 60.0)
    keeper = Keeper(writer)
    writer.now = 1
    keeper.touched()
    assert keeper.flush() and writer.written == [1]
    assert keeper.flush() and writer.written == [1]  # nothing is left to write


def test_the_thread_ends_when_there_is_nothing_to_do(writer: Writer) -> None:
    keepers = [Keeper(writer)]
    for number in (1, 2):
        writer.now = number
        keepers[0].finished()
        assert keepers[0].saved()
        wait_until(lambda: keepers[0]._thread is None)
    assert writer.written[-1] == 2
    reference = weakref.ref(keepers.pop())
    gc.collect()
    assert reference() is None


def test_notes_from_many_threads_are_all_written(writer: Writer) -> None:
    keeper, lock = Keeper(writer), threading.Lock()

    def talk() -> None:
        for _ in range(300):
            with lock:
                writer.now += 1
                keeper.touched()
            keeper.finished()

    talkers = [threading.Thread(target=talk) for _ in range(4)]
    for talker in talkers:
        talker.start()
    for talker in talkers:
        talker.join()
    assert keeper.saved(30) and writer.written[-1] == 1200


def test_a_database_that_is_back_when_python_ends_gets_all(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = Keeper(writer)
    writer.error = down()
    writer.now = 1
    keeper.finished()
    assert not keeper.saved(30)
    monkeypatch.setattr(keeper_module, "RETRY_S", (60.0,))
    wait_until(lambda: not keeper._hurry.is_set())
    writer.error = None
    assert keeper.last_chance(20) and writer.written == [1] and keeper.problem is None


def test_what_is_left_is_written_when_python_ends(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper_module, "GROWING_S", 60.0)
    keeper = Keeper(writer)
    writer.now = 1
    keeper.touched()
    keeper_module._at_exit()
    assert writer.written == [1]
