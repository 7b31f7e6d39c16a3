"""A session's voice as a stream of the page, for what takes the streams of ipywebrtc."""

from __future__ import annotations

import functools
import uuid
from typing import TYPE_CHECKING, Any

import traitlets

from ..errors import RealtimeError
from .front_end import FrontEndWidget

if TYPE_CHECKING:
    from ..session.base import BaseSession

__all__ = ["audio_out"]


def audio_out(session: BaseSession) -> Any:
    """Return a stream of the session's voice, as it sounds in the page that shows it.

    Raises:
        RealtimeError: ipywebrtc isn't installed, or the front end isn't built.
    """
    return _stream_kind()(session)


@functools.cache
def _stream_kind() -> Any:
    """Return the class: it must be of ipywebrtc's kind, and that is an extra."""
    try:
        from ipywebrtc import MediaStream
    except ImportError:
        raise RealtimeError(
            "session.audio_out is a stream of ipywebrtc, which isn't installed.",
            remedy='Install it: pip install "realtime-widget[webrtc]", then reload the page.',
            code="ipywebrtc_missing",
        ) from None

    class AudioOut(FrontEndWidget, MediaStream):  # type: ignore[misc]
        """The voice of a session in a page; `ipywebrtc.AudioRecorder(stream=…)` records it."""

        kind = traitlets.Unicode("audio_out", read_only=True).tag(sync=True)
        session_id = traitlets.Unicode(read_only=True).tag(sync=True)
        own_id = traitlets.Unicode(read_only=True).tag(sync=True)
        title = traitlets.Unicode(read_only=True).tag(sync=True)

        def __init__(self, session: BaseSession) -> None:
            # The page finds the voice by the session's panel, which need not be displayed for that.
            panel = session.panel()
            own_id = uuid.uuid4().hex
            self.set_trait("session_id", panel.session_id)
            self.set_trait("own_id", own_id)
            self.set_trait("title", session.title)
            super().__init__(model_id=own_id)

        def __repr__(self) -> str:
            return f"AudioOut({self.title!r})"

    return AudioOut
