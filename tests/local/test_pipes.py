import io
import subprocess
import sys

import pytest

from realtime_widget.local.pipes import HEADER, pack, read_frame


@pytest.mark.parametrize("payload", [b"", b"x", bytes(70_000)])
def test_a_frame_is_read_as_it_was_packed(payload: bytes) -> None:
    source = io.BytesIO(pack(7, payload) + pack(8))
    assert read_frame(source) == (7, payload)
    assert read_frame(source) == (8, b"")
    assert read_frame(source) is None


@pytest.mark.parametrize("size", [1, HEADER.size - 1, HEADER.size, HEADER.size + 2])
def test_a_frame_that_breaks_off_is_none(size: int) -> None:
    assert read_frame(io.BytesIO(pack(7, b"long")[:size])) is None


CHILD = """
import os, time
from realtime_widget.local.pipes import READY, ChildPort
port = ChildPort()
print("a library chatters")
os.write(1, b"and its C code too")
seen = []
port.start(lambda kind, payload: port.send(kind + 100, payload))
port.send(READY)
while True:
    port.send(*port.inbox.get())
"""


def test_a_port_serves_until_stdin_ends_and_keeps_stdout_to_itself() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHILD], input=pack(3, b"one"), capture_output=True, timeout=30, check=True
    )
    source = io.BytesIO(done.stdout)
    frames = []
    while (frame := read_frame(source)) is not None:
        frames.append(frame)
    assert frames[0] in ((0, b""), (103, b"one"))
    assert (103, b"one") in frames
    assert not source.read()
    assert b"a library chatters" in done.stderr or b"C code" in done.stderr
