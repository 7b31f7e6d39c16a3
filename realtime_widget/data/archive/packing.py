"""Writing the zip: members one after the other, the same bytes for the same content.

The first member tells the checksums of the others, so these are packed into a scratch file before it.
"""

from __future__ import annotations

import hashlib
import struct
import tempfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Self

from ...errors import ConfigError
from .limits import MAX_FILE_BYTES, MAX_MEMBERS

__all__ = ["DEFLATED", "STORED", "Packed", "Packer"]

STORED, DEFLATED = 0, 8
LOCAL = struct.Struct("<4s5H3I2H")
CENTRAL = struct.Struct("<4s6H3I5H2I")
END = struct.Struct("<4s4H2IH")
VERSION, MADE_BY_UNIX, FILE_MODE = 20, 3 << 8, 0o100644 << 16
NO_TIME, FIRST_DATE = (
    0,
    (1 << 5) | 1,
)  # 1 January 1980, where a zip's time begins: bytes must not tell the hour
IN_MEMORY_BYTES = 64 * 2**20
PIECE_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class Packed:
    """A member in the scratch file."""

    name: str
    method: int
    crc: int
    packed_bytes: int
    n_bytes: int
    sha256: str


class Packer:
    """Gathers members, then writes the whole."""

    def __init__(self) -> None:
        self._scratch = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115
        self.members: list[Packed] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._scratch.close()

    def add(self, name: str, pieces: Iterable[bytes], *, deflate: bool) -> None:
        """Pack a member; `deflate` is for what isn't compact by itself."""
        if len(self.members) >= MAX_MEMBERS:
            raise ConfigError(
                f"One file holds at most {MAX_MEMBERS} sounds.", remedy="Save it without: audio=False."
            )
        self.members.append(_pack(self._scratch, name, pieces, deflate=deflate))
        if self._scratch.tell() > MAX_FILE_BYTES:
            raise ConfigError(
                f"One file holds at most {MAX_FILE_BYTES // 2**20} MB.",
                remedy="Save it without sound, audio=False, and the sound apart: recording.save(…).",
            )

    def write(self, file: IO[bytes], name: str, first: bytes) -> None:
        """Write the whole file: `first`, under its name, then the other members as they were added."""
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as head:
            leading = _pack(head, name, [first], deflate=True)
            head.seek(0)
            offsets = [file.tell()]
            _copy(head, file, leading)
            self._scratch.seek(0)
            for member in self.members:
                offsets.append(file.tell())
                _copy(self._scratch, file, member)
        _write_directory(file, [leading, *self.members], offsets)


def _pack(scratch: IO[bytes], name: str, pieces: Iterable[bytes], *, deflate: bool) -> Packed:
    begin, crc, n_bytes, digest = scratch.tell(), 0, 0, hashlib.sha256()
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS) if deflate else None
    for piece in pieces:
        crc, n_bytes = zlib.crc32(piece, crc), n_bytes + len(piece)
        digest.update(piece)
        scratch.write(piece if packer is None else packer.compress(piece))
    if packer is not None:
        scratch.write(packer.flush())
    packed_bytes = scratch.tell() - begin
    method = DEFLATED if deflate else STORED
    return Packed(name, method, crc, packed_bytes, n_bytes, digest.hexdigest())


def _copy(scratch: IO[bytes], file: IO[bytes], member: Packed) -> None:
    name = member.name.encode()
    sizes = (member.crc, member.packed_bytes, member.n_bytes)
    file.write(
        LOCAL.pack(b"PK\3\4", VERSION, 0, member.method, NO_TIME, FIRST_DATE, *sizes, len(name), 0) + name
    )
    left = member.packed_bytes
    while left:
        piece = scratch.read(min(left, PIECE_BYTES))
        file.write(piece)
        left -= len(piece)


def _write_directory(file: IO[bytes], members: list[Packed], offsets: list[int]) -> None:
    begin = file.tell()
    for member, offset in zip(members, offsets, strict=True):
        name = member.name.encode()
        sizes = (member.crc, member.packed_bytes, member.n_bytes)
        head = (b"PK\1\2", MADE_BY_UNIX | VERSION, VERSION, 0, member.method, NO_TIME, FIRST_DATE)
        tail = (len(name), 0, 0, 0, 0, FILE_MODE, offset)
        file.write(CENTRAL.pack(*head, *sizes, *tail) + name)
    n = len(members)
    file.write(END.pack(b"PK\5\6", 0, 0, n, n, file.tell() - begin, begin, 0))
