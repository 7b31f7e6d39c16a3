import io
import sys
import threading
from types import SimpleNamespace
from typing import Any

import matplotlib as mpl
import pytest

from realtime_widget.data.display import aside as module
from realtime_widget.data.display.aside import aside

LIMIT_S = 10.0
say = print


def in_thread(function: Any) -> None:
    thread = threading.Thread(target=function)
    thread.start()
    thread.join(LIMIT_S)
    assert not thread.is_alive()


def test_what_a_thread_prints_is_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    before = sys.stdout
    with aside() as done:
        say("mine", end="")
        say("too", file=sys.stderr)
        in_thread(lambda: say("another's"))
    assert done.printed == "minetoo\n"
    assert capsys.readouterr() == ("another's\n", "") and sys.stdout is before


def test_streams_come_back_when_the_last_thread_is_done() -> None:
    before = sys.stdout
    inside, leave = threading.Event(), threading.Event()

    def other() -> None:
        with aside():
            inside.set()
            leave.wait(LIMIT_S)

    thread = threading.Thread(target=other)
    thread.start()
    assert inside.wait(LIMIT_S)
    with aside() as done:
        say("mine")
    assert sys.stdout is not before and done.printed == "mine\n"
    leave.set()
    thread.join(LIMIT_S)
    assert sys.stdout is before


def test_of_very_much_the_end_is_kept() -> None:
    with aside() as done:
        say("x" * 2 * module.MAX_PRINTED + "end", end="")
    assert len(done.printed) == module.MAX_PRINTED + 1 and done.printed.endswith("end")


def test_what_it_displays_is_kept_where_the_kernel_has_hooks() -> None:
    hooks: list[Any] = []
    publisher = SimpleNamespace(register_hook=hooks.append, unregister_hook=hooks.remove)
    with aside(SimpleNamespace(display_pub=publisher)) as done:
        (hook,) = hooks
        data = {"text/plain": "1"}
        assert hook({"msg_type": "display_data", "content": {"data": {"text/plain": "0"}}}) is None
        assert hook({"msg_type": "clear_output", "content": {"wait": False}}) is None
        assert hook({"msg_type": "display_data", "content": {"data": data, "metadata": {"a": 1}}}) is None
        other = {"msg_type": "status", "content": {}}
        assert hook(other) is other
    assert done.displayed == [(data, {"a": 1})] and not hooks


def test_figures_are_the_threads_own_and_closed_in_the_end() -> None:
    mpl.use("agg")
    import matplotlib.pyplot as plt

    mine = plt.figure()
    seen: list[list[int]] = []
    try:
        with aside() as done:
            assert plt.get_fignums() == []
            (line,) = plt.plot([1, 2])
            plt.figure("named")
            assert len(done.figures()) == 2 and done.figures()[0] is line.figure
            in_thread(lambda: seen.append(plt.get_fignums()))
            plt.close("all")
            assert plt.fignum_exists(mine.number) is False and done.figures() == []
            plt.figure()
        assert plt.get_fignums() == [mine.number] and seen == [[mine.number]]
        assert plt.gcf() is mine
        with pytest.raises(ValueError), aside() as done:
            plt.plot([1])
            raise ValueError
        assert plt.get_fignums() == [mine.number]
    finally:
        plt.close(mine)
    assert plt.get_fignums() == []


def test_a_stream_that_is_patched_meanwhile_keeps_what_is_printed_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = io.StringIO()
    monkeypatch.setattr(sys, "stdout", real)
    inside, patched = threading.Event(), threading.Event()
    printed: list[str] = []

    def draw() -> None:
        with aside() as found:
            inside.set()
            assert patched.wait(20)
            print("apart")  # noqa: T201
        printed.append(found.printed)

    drawing = threading.Thread(target=draw)
    drawing.start()
    assert inside.wait(20)
    stream = sys.stdout  # as IPython does when a cell begins
    write = stream.write
    stream.write = lambda text: write(text.upper())  # type: ignore[method-assign]
    patched.set()
    drawing.join(20)
    print("shared")  # noqa: T201
    stream.write = write  # type: ignore[method-assign]
    assert printed == ["apart\n"] and real.getvalue() == "SHARED\n"
