"""Name the frames between the speaker and its child process."""

from __future__ import annotations

import struct

import msgspec

SPEAK, CANCEL, PHONEMES = 10, 11, 12
SPEECH, DONE, REFUSED, PHONEMES_DONE = 20, 21, 22, 23
PIECE = struct.Struct("<II")
"""Head of a SPEECH payload: request id, bytes of text; the UTF-8 text and the pcm follow."""


class Speak(msgspec.Struct, frozen=True):
    """Ask for the speech of one segment of text."""

    id: int
    text: str
    voice: str
    speed: float


class Phonemes(msgspec.Struct, frozen=True):
    """Ask for the IPA phonemes of words, or give them (same order)."""

    id: int
    words: tuple[str, ...]


class Reply(msgspec.Struct, frozen=True):
    """Cancel, finish or refuse a request; ``message`` says why it was refused."""

    id: int
    message: str = ""


def pack_piece(request_id: int, text: str, pcm: bytes) -> bytes:
    """Return the payload of a SPEECH frame."""
    data = text.encode()
    return PIECE.pack(request_id, len(data)) + data + pcm


def unpack_piece(payload: bytes) -> tuple[int, str, bytes]:
    """Return request id, text and pcm of a SPEECH frame."""
    request_id, n_bytes = PIECE.unpack_from(payload)
    start = PIECE.size + n_bytes
    return request_id, payload[PIECE.size : start].decode(), payload[start:]
