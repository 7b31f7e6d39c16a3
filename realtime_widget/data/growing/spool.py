"""The sound of a long conversation: the last minutes in memory, what is older in a temporary file."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
import weakref
from typing import BinaryIO

from ...audio.keeping import Keeper
from ...errors import RealtimeError

__all__ = ["SOUND_MEMORY_BYTES", "Spool"]

SOUND_MEMORY_BYTES = 32 * 1_048_576
"""What a session's sound may take of the memory: 12 minutes of one side."""

TRIED_AGAIN_BYTES = 16 * 1_048_576  # of new sound, before a file that couldn't be written is tried again


class Spool(Keeper):
    """Keeps sound in memory up to a limit, and older sound in a temporary file without a name.

    The file lies where `tempfile` puts its files (`TMPDIR` tells: where `/tmp` is itself in memory, name a
    folder on a disk), is made when it is needed, can be opened by nobody else, and is gone with the session
    that it belongs to, or with the process. When it can't be
    written, all sound stays in memory; what can't be read back is silence. `on_problem` is told once of each.

    Args:
        limit_bytes: How much may be in memory; `SOUND_MEMORY_BYTES` if not told.
    """

    def __init__(self, limit_bytes: int | None = None) -> None:
        limit_bytes = SOUND_MEMORY_BYTES if limit_bytes is None else limit_bytes
        super().__init__(limit_bytes)
        self._allowed_bytes = limit_bytes
        self._file: BinaryIO | None = None
        self._lock = threading.Lock()  # where reading moves the place at which is written
        self._told: set[str] = set()

    def store(self, pcm: bytes) -> int | None:
        """Write PCM at the end of the file, and return where; None if it can't be written."""
        place = self.n_moved_bytes
        try:
            self._write(pcm, place)
        except OSError as error:
            self.limit_bytes = self.n_memory_bytes + TRIED_AGAIN_BYTES
            self._tell(
                "sound_file",
                f"The sound of this conversation can't be moved to a file: {error.strerror or error}.",
                "All of it stays in memory, about 10 MB for 100 s of both sides. Make room in "
                f"{tempfile.gettempdir() if self._file else 'the folder for temporary files'}, or name "
                "another folder in TMPDIR before the kernel starts.",
            )
            return None
        self.limit_bytes = self._allowed_bytes
        return place

    def fetch(self, place: int, n_bytes: int) -> bytes:
        """Return PCM from the file; what can't be read is silence."""
        pcm, why = bytearray(), "it is shorter than it was"
        try:
            while len(pcm) < n_bytes and (read := self._read(n_bytes - len(pcm), place + len(pcm))):
                pcm += read
        except (OSError, ValueError) as error:  # ValueError: the interpreter ends, and closed the file
            why = str(error)
        if len(pcm) < n_bytes:
            self._tell("sound_lost", f"Older sound of this conversation can't be read from its file: {why}.")
        return bytes(pcm) + bytes(n_bytes - len(pcm))

    def _write(self, pcm: bytes, place: int) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(buffering=0, prefix="realtime-widget-")  # noqa: SIM115
            weakref.finalize(self, self._file.close)
        left = memoryview(pcm)
        while left:
            with self._lock:
                self._file.seek(place)
                n_written = self._file.write(left)
            place += n_written
            left = left[n_written:]

    def _read(self, n_bytes: int, place: int) -> bytes:
        if self._file is None:
            return b""
        if hasattr(os, "pread"):  # waits for no writer, and none waits for it
            return os.pread(self._file.fileno(), n_bytes, place)
        with self._lock:
            self._file.seek(place)
            return self._file.read(n_bytes)

    def _tell(self, code: str, problem: str, remedy: str | None = None) -> None:
        if code not in self._told and self.on_problem is not None:
            self._told.add(code)
            with contextlib.suppress(RuntimeError):  # whoever is told is gone already, with the process
                self.on_problem(RealtimeError(problem, remedy=remedy, code=code, recoverable=True))
