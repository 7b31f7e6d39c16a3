"""Carry frames over the pipes between the engine and its child processes.

A frame is one kind byte, the length of the payload as uint32 little-endian, and the payload.
"""

from __future__ import annotations

import os
import struct
import sys
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import IO

HEADER = struct.Struct("<BI")
PARENT_POLL_S = 2.0

READY = 0
"""The child's first frame: it has loaded what it needs."""
FAILED = 1
"""A child's last frame: UTF-8 text that says why it can't go on."""


def pack(kind: int, payload: bytes = b"") -> bytes:
    """Return one frame as bytes."""
    return HEADER.pack(kind, len(payload)) + payload


def read_frame(source: IO[bytes]) -> tuple[int, bytes] | None:
    """Read the next frame, blocking; None at the end of the stream, also within a frame."""
    header = source.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    kind, length = HEADER.unpack(header)
    payload = source.read(length)
    return (kind, payload) if len(payload) == length else None


class ChildPort:
    """Be the child's end of the pipes: an inbox of frames, and `send`.

    Two things end the process: the end of stdin, and the death of the parent. The second is watched on
    its own because a fork of the parent may keep our stdin open for longer than the parent lives.
    """

    def __init__(self) -> None:
        """Take over stdin and stdout; what libraries print goes to stderr from now on."""
        self._source = os.fdopen(os.dup(0), "rb")
        self._sink = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)
        self._lock = threading.Lock()
        self.inbox: SimpleQueue[tuple[int, bytes]] = SimpleQueue()

    def start(self, intercept: Callable[[int, bytes], None] | None = None) -> None:
        """Begin to read; ``intercept`` sees each frame at once, on the reading thread."""
        threading.Thread(target=self._read, args=(intercept,), name="frames", daemon=True).start()
        if hasattr(os, "getppid") and sys.platform != "win32":
            threading.Thread(target=_watch_parent, args=(os.getppid(),), name="parent", daemon=True).start()

    def send(self, kind: int, payload: bytes = b"") -> None:
        """Write one frame; a parent that no longer reads ends the process."""
        try:
            with self._lock:
                self._sink.write(pack(kind, payload))
                self._sink.flush()
        except OSError:
            os._exit(0)

    def _read(self, intercept: Callable[[int, bytes], None] | None) -> None:
        while (frame := read_frame(self._source)) is not None:
            if intercept is not None:
                intercept(*frame)
            self.inbox.put(frame)
        os._exit(0)


def _watch_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(PARENT_POLL_S)
    os._exit(0)
