"""Reading the zip, whole or cut off, by its members' own headers.

The directory at the end isn't asked: it is the first thing that a cut-off file lacks, and where the tricks of
hostile ones live. Nothing is ever written to a disk under a member's name; a name is only looked up.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
import threading
import weakref
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from .limits import MAX_FILE_BYTES, MAX_MEMBERS
from .packing import DEFLATED, IN_MEMORY_BYTES, LOCAL, PIECE_BYTES, STORED

__all__ = ["Archive", "BadMemberError", "Entry"]

SIGNATURE = b"PK\3\4"
ENDINGS = (b"PK\1\2", b"PK\5\6")
MAX_LOST = 1_000
"""How often a lost trail is looked for: in sound, what begins a member stands once in four billion bytes."""

ENCRYPTED, SIZES_FOLLOW = 0x1, 0x8
KNOWN = re.compile(
    r"manifest\.json|events\.jsonl|tables/[a-z_]{1,40}\.parquet|audio/[a-z0-9-]{1,40}\.(flac|wav)"
)


class BadMemberError(Exception):
    """A member that isn't what its header, or the manifest, says."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a member lies."""

    name: str
    method: int
    crc: int
    packed_bytes: int
    n_bytes: int
    offset: int


class Archive:
    """A copy of a file, which may be moved or written anew meanwhile; safe to read from any thread.

    Attributes:
        entries: The members that are there, by name.
        torn: Whether something in the file isn't where it should be.
    """

    def __init__(self, source: IO[bytes]) -> None:
        self._lock = threading.Lock()
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115
        weakref.finalize(self, self._file.close)
        self.n_bytes = 0
        while piece := source.read(PIECE_BYTES):
            self.n_bytes += len(piece)
            if self.n_bytes > MAX_FILE_BYTES:
                raise BadMemberError("the file is too large")
            self._file.write(piece)
        self.entries: dict[str, Entry] = {}
        self.torn = False
        self._scan()

    # -- finding -----------------------------------------------------------------------------------------

    def _scan(self) -> None:
        position = n_seen = n_lost = 0
        while n_seen < MAX_MEMBERS and n_lost < MAX_LOST:
            head = self._at(position, LOCAL.size)
            if head[:4] in ENDINGS:
                return
            entry = self._entry(position, head)
            if entry is None:
                self.torn = True
                n_lost += 1
                position = self._next(position + 1)
                if position < 0:
                    return
                continue
            n_seen += 1
            if KNOWN.fullmatch(entry.name):
                self.entries.setdefault(entry.name, entry)
            position = entry.offset + entry.packed_bytes

    def _entry(self, position: int, head: bytes) -> Entry | None:
        if len(head) < LOCAL.size or head[:4] != SIGNATURE:
            return None
        _, _, flags, method, _, _, crc, packed_bytes, n_bytes, n_name, n_extra = LOCAL.unpack(head)
        offset = position + LOCAL.size + n_name + n_extra
        if flags & (ENCRYPTED | SIZES_FOLLOW) or method not in (STORED, DEFLATED):
            return None
        if offset + packed_bytes > self.n_bytes or (method == STORED and packed_bytes != n_bytes):
            return None
        name = self._at(position + LOCAL.size, n_name).decode("utf-8", "replace")
        return Entry(name, method, crc, packed_bytes, n_bytes, offset)

    def _next(self, position: int) -> int:
        """Return where the next header may begin, or -1."""
        while piece := self._at(position, PIECE_BYTES):
            found = piece.find(SIGNATURE)
            if found >= 0:
                return position + found
            position += max(1, len(piece) - len(SIGNATURE) + 1)
        return -1

    # -- reading -----------------------------------------------------------------------------------------

    def _at(self, position: int, n_bytes: int) -> bytes:
        with self._lock:
            self._file.seek(position)
            return self._file.read(n_bytes)

    def pieces(self, name: str, max_bytes: int) -> Iterator[bytes]:
        """Yield a member's content in pieces of bounded size.

        Raises:
            BadMemberError: It isn't there, is larger than allowed or than its header says, or is damaged.
        """
        entry = self.entries.get(name)
        if entry is None:
            raise BadMemberError("it isn't there")
        if entry.n_bytes > max_bytes:
            raise BadMemberError("it is too large")
        n_bytes = crc = 0
        for piece in self._unpacked(entry):
            n_bytes, crc = n_bytes + len(piece), zlib.crc32(piece, crc)
            if n_bytes > entry.n_bytes:
                raise BadMemberError("it is larger than it says")
            yield piece
        if n_bytes != entry.n_bytes or crc != entry.crc:
            raise BadMemberError("its checksum is wrong")

    def _unpacked(self, entry: Entry) -> Iterator[bytes]:
        packer = zlib.decompressobj(-zlib.MAX_WBITS) if entry.method == DEFLATED else None
        position, end = entry.offset, entry.offset + entry.packed_bytes
        while position < end:
            piece = self._at(position, min(PIECE_BYTES, end - position))
            position += len(piece)
            if packer is None:
                yield piece
                continue
            try:
                while piece:
                    yield packer.decompress(piece, PIECE_BYTES)
                    piece = packer.unconsumed_tail
            except zlib.error as error:
                raise BadMemberError("it can't be unpacked") from error
        if packer is not None:
            yield packer.flush()

    def read(self, name: str, max_bytes: int) -> bytes:
        """Return a member's whole content; raises as `pieces` does."""
        return b"".join(self.pieces(name, max_bytes))

    def sha256(self, name: str, max_bytes: int) -> str:
        """Return a member's checksum; raises as `pieces` does."""
        digest = hashlib.sha256()
        for piece in self.pieces(name, max_bytes):
            digest.update(piece)
        return digest.hexdigest()
