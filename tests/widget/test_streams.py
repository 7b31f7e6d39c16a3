"""A session's voice as a stream for ipywebrtc."""

import builtins
from typing import Any

import ipywebrtc
import pytest

from realtime_widget import RealtimeSession
from realtime_widget.errors import RealtimeError
from realtime_widget.widget import streams


@pytest.fixture
def session() -> RealtimeSession:
    return RealtimeSession(engine="ws://127.0.0.1:9", title="Anna")


def test_ipywebrtc_takes_it_for_one_of_its_streams(session: RealtimeSession) -> None:
    out = session.audio_out
    assert isinstance(out, ipywebrtc.MediaStream)
    assert ipywebrtc.AudioRecorder(stream=out).stream is out
    assert session.audio_out is out
    assert repr(out) == "AudioOut('Anna')"


def test_the_page_learns_whose_voice_it_is_and_how_to_find_the_model(session: RealtimeSession) -> None:
    state = session.audio_out.get_state()
    assert state["kind"] == "audio_out"
    assert state["session_id"] == session.panel().session_id
    assert state["own_id"] == session.audio_out.model_id
    assert state["_model_module"] == "anywidget"


def test_closed_it_is_made_anew(session: RealtimeSession) -> None:
    out = session.audio_out
    out.close()
    assert session.audio_out is not out


def test_another_session_hears_it_in_the_page(session: RealtimeSession) -> None:
    other = RealtimeSession(engine="ws://127.0.0.1:9", audio_in=session.audio_out)
    assert other._core.source.audio_in.kind == "stream"
    assert other._core.source.audio_in.model_id == session.audio_out.model_id


def test_without_ipywebrtc_it_says_what_to_install(
    session: RealtimeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = builtins.__import__

    def without(name: str, *args: Any, **more: Any) -> Any:
        if name == "ipywebrtc":
            raise ImportError(name)
        return installed(name, *args, **more)

    streams._stream_kind.cache_clear()
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(RealtimeError, match=r"realtime-widget\[webrtc\]"):
        _ = session.audio_out
