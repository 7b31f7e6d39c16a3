import base64
from typing import Any

import numpy as np
import pytest

from realtime_widget.widget.buffers import first_buffer

PCM = b"\x01\x00\xff\x7f"
WORDS = np.frombuffer(PCM, dtype=np.int16)


@pytest.mark.parametrize(
    "buffer", [PCM, bytearray(PCM), memoryview(PCM), memoryview(WORDS), base64.b64encode(PCM).decode()]
)
def test_every_shape_gives_the_same_bytes(buffer: Any) -> None:
    assert first_buffer([buffer, b"another"]) == PCM


def test_no_buffer_is_no_bytes() -> None:
    assert first_buffer([]) == first_buffer(None) == b""


@pytest.mark.parametrize(
    ("buffer", "error"), [("not base64!", ValueError), (7, TypeError), (None, TypeError)]
)
def test_anything_else_is_refused(buffer: Any, error: type[Exception]) -> None:
    # An int would be as many zeros, which nobody meant.
    with pytest.raises(error):
        first_buffer([buffer])
