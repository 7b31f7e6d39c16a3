"""Streams of turns; what they do with a live session is in `test_transcription.py`."""

from typing import Any

from realtime_widget import TranscriptionSession
from realtime_widget.testing import tone

from .scribe import Scribe


def test_each_stream_begins_with_the_first_turn_and_passes_over_what_was_deleted() -> None:
    with Scribe() as server, TranscriptionSession(engine=server.url, commit=0.5) as session:
        session.send_audio(tone(1_500), rate=24_000)
        session.settle(20)

        def forget(protocol: Any) -> None:
            protocol.receive_message('{"type":"conversation.item.deleted","item_id":"i1"}')

        session._io.call(_do(session, forget))
        first, second = session.stream(), session.stream()
        assert [next(first).text, next(first).text] == ["Turn 0.", "Turn 2."]
        assert next(second).text == "Turn 0."


async def _do(session: TranscriptionSession, function: Any) -> None:
    session._core.act(function)
