"""What waits for a server that does not read: commands in order, and no more sound than is worth hearing."""

from __future__ import annotations

from collections import deque

__all__ = ["MAX_AUDIO_BYTES", "MAX_BYTES", "SendQueue"]

MAX_AUDIO_BYTES = 480_000
"""10 s of sound: what is older belongs to a moment that is over."""
MAX_BYTES = 128 * 1024 * 1024
"""Of everything: pictures, for example, are never dropped."""

_AUDIO = '{"type":"input_audio_buffer.append"'  # as the codec writes it


class _Frame:
    __slots__ = ("n_audio_bytes", "text")

    def __init__(self, text: str, n_audio_bytes: int) -> None:
        self.text: str | None = text
        self.n_audio_bytes = n_audio_bytes


class SendQueue:
    """Frames in order; when there is too much sound, the oldest of it gives way, and nothing else ever does.

    Attributes:
        n_bytes: Text that waits.
        n_audio_bytes: Sound in it.
    """

    def __init__(self) -> None:
        self.n_bytes = 0
        self.n_audio_bytes = 0
        self._frames: deque[_Frame] = deque()
        self._audio: deque[_Frame] = deque()

    def __bool__(self) -> bool:
        return self.n_bytes > 0

    def add(self, text: str) -> int:
        """Queue a frame; return how many bytes of the oldest sound it displaced."""
        frame = _Frame(text, audio_bytes(text))
        self._frames.append(frame)
        self.n_bytes += len(text)
        if not frame.n_audio_bytes:
            return 0
        self._audio.append(frame)
        self.n_audio_bytes += frame.n_audio_bytes
        n_dropped = 0
        while self.n_audio_bytes > MAX_AUDIO_BYTES and len(self._audio) > 1:
            n_dropped += self._drop(self._audio.popleft())
        return n_dropped

    def _drop(self, frame: _Frame) -> int:
        # It stays in the line without its text: taking it out of the middle would cost the whole line.
        self.n_bytes -= len(frame.text or "")
        self.n_audio_bytes -= frame.n_audio_bytes
        frame.text = None
        return frame.n_audio_bytes

    def take(self) -> str | None:
        """Return the next frame, None when there is none."""
        while self._frames:
            frame = self._frames.popleft()
            if frame.text is None:
                continue
            if frame.n_audio_bytes:
                self._audio.popleft()  # the oldest that waits: both lines have the same order
                self.n_audio_bytes -= frame.n_audio_bytes
            self.n_bytes -= len(frame.text)
            return frame.text
        return None

    def clear(self) -> None:
        """Forget everything."""
        self._frames.clear()
        self._audio.clear()
        self.n_bytes = self.n_audio_bytes = 0


def audio_bytes(text: str) -> int:
    """Return how much sound a frame appends, in bytes; 0 for any other command."""
    if not text.startswith(_AUDIO):
        return 0
    begin = text.find('"audio":"', len(_AUDIO)) + len('"audio":"')
    end = text.find('"', begin)
    if begin < len('"audio":"') or end < 0:
        return 0
    return (end - begin) * 3 // 4 - text.count("=", max(begin, end - 2), end)
