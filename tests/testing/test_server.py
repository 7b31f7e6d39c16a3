import pytest

from realtime_widget.testing.connection import Play
from realtime_widget.testing.scripted import ScriptedEngine
from realtime_widget.testing.server import LoopbackServer


def server() -> LoopbackServer:
    return LoopbackServer(lambda: Play(ScriptedEngine(), []))


def test_starting_and_closing_are_idempotent() -> None:
    one = server()
    port = one.start()
    assert one.start() == port > 0
    one.close()
    one.close()
    assert one.start() == port
    one.close()


def test_a_port_in_use_is_told_to_whoever_starts() -> None:
    first, second = server(), server()
    second._port = first.start()
    with pytest.raises(OSError, match="in use"):
        second.start()
    first.close()


def test_what_does_not_run_runs_nothing() -> None:
    async def nothing() -> None:
        raise AssertionError("must not run")

    one = server()
    one.close()
    with pytest.raises(RuntimeError, match="isn't running"):
        one.run(nothing())
