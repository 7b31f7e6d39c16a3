"""The binary part of a message, in the shapes in which hosts hand it over."""

from __future__ import annotations

import binascii
from collections.abc import Sequence
from typing import Any

__all__ = ["first_buffer"]


def first_buffer(buffers: Sequence[Any] | None) -> bytes:
    """Return the first buffer's bytes, none where there is no buffer.

    Jupyter hands over memoryviews, marimo bytes; hosts that carry JSON only hand over base64 text.

    Raises:
        TypeError: It is nothing of the kind.
        ValueError: The text is no base64.
    """
    if not buffers:
        return b""
    first = buffers[0]
    if isinstance(first, str):
        return binascii.a2b_base64(first, strict_mode=True)
    if isinstance(first, bytes | bytearray | memoryview):
        return bytes(first)
    raise TypeError(f"a buffer of a message is a {type(first).__name__}, not bytes")
