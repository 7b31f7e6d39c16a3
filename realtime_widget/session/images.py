"""Pictures for the model: anything a notebook has at hand, as a PNG or JPEG data URI."""

from __future__ import annotations

import base64
import io
import os
from pathlib import Path
from typing import Any

from ..errors import ConfigError

__all__ = ["image_url"]

MAX_SIDE = 2048  # pixels: each picture is paid for again with every later turn
MAX_BYTES = 10 * 1024 * 1024  # in base64 and JSON that is about what a server takes in one frame
_MAGIC = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


def image_url(image: Any) -> str:
    """Return a data URI for a path, PNG or JPEG bytes, a data URI, a PIL image or a matplotlib figure.

    Raises:
        ConfigError: None of these, or a file of another kind.
    """
    if isinstance(image, str) and image.startswith("data:image/"):
        return image
    if isinstance(image, str | os.PathLike):
        try:
            return _encode(Path(image).read_bytes(), str(image))
        except OSError as error:
            raise ConfigError(f"Can't read the image {str(image)!r}: {error.strerror}.") from None
    if isinstance(image, bytes | bytearray | memoryview):
        return _encode(bytes(image), "these bytes")
    buffer = io.BytesIO()
    if hasattr(image, "savefig"):
        image.savefig(buffer, format="png")
    elif hasattr(image, "save"):
        _fit(image).save(buffer, format="PNG")
    else:
        raise ConfigError(
            f"send_image takes a path, PNG or JPEG bytes, a PIL image or a figure, "
            f"not {type(image).__name__}."
        )
    return _encode(buffer.getvalue(), "the image")


def _encode(data: bytes, what: str) -> str:
    if len(data) > MAX_BYTES:
        raise ConfigError(
            f"{what} has {len(data) / 1024 / 1024:.0f} MiB, and a server takes no more than "
            f"{MAX_BYTES // 1024 // 1024}.",
            remedy=f"Scale it down, for instance with Pillow: image.thumbnail(({MAX_SIDE}, {MAX_SIDE})).",
        )
    for magic, kind in _MAGIC.items():
        if data.startswith(magic):
            return f"data:{kind};base64,{base64.b64encode(data).decode()}"
    raise ConfigError(f"The API takes PNG and JPEG images; {what} is neither.")


def _fit(image: Any) -> Any:
    """Return a picture of Pillow's that is no larger than a model looks at."""
    if max(getattr(image, "size", (0, 0))) <= MAX_SIDE:
        return image
    smaller = image.copy()
    smaller.thumbnail((MAX_SIDE, MAX_SIDE))
    return smaller
