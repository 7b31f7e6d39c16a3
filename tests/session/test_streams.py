"""Streams of turns; what they do with a live session is in `test_transcription.py`."""

import asyncio
import threading
from typing import Any

import pytest

from realtime_widget import RealtimeSession, TranscriptionSession
from realtime_widget.errors import NotConnectedError, RealtimeError
from realtime_widget.session.streams import TurnStream
from realtime_widget.testing import tone

from .helpers import closed_port, echo_engine, run
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


def test_a_conversation_is_streamed_on_several_loops_to_its_end() -> None:
    texts = [text for n in range(20) for text in (f"number {n}", f"You said: number {n}")]
    found: dict[str, list[str]] = {}

    async def read(name: str, stream: TurnStream) -> None:
        found[name] = [turn.text async for turn in stream]

    async def both(*streams: TurnStream) -> None:
        await asyncio.gather(*(read(f"loop {n}", stream) for n, stream in enumerate(streams)))

    def read_plainly(stream: TurnStream) -> None:
        found["plain"] = [turn.text for turn in stream]

    session = RealtimeSession(engine=echo_engine())
    with pytest.raises(NotConnectedError):
        next(session.stream())
    with session:
        session.ask("number 0")
        readers = [
            threading.Thread(target=run, args=(both(session.stream(), session.stream(past=False)),)),
            threading.Thread(target=read_plainly, args=(session.stream(),)),
        ]
        for reader in readers:
            reader.start()
        for n in range(1, 20):
            session.ask(f"number {n}")
    for reader in readers:
        reader.join(20)
    assert found == {"loop 0": texts, "loop 1": texts[2:], "plain": texts}
    assert [turn.text for turn in session.stream()] == texts and not list(session.stream(past=False))


def test_a_stream_goes_on_over_a_new_connection_and_starts_anew_with_the_session() -> None:
    session = RealtimeSession(engine=echo_engine())
    with session:
        session.ask("one")
    with session:
        fresh = session.stream(past=False)
        session.ask("two")
    assert [turn.text for turn in fresh] == ["two", "You said: two"]
    assert len(list(session.stream())) == 4


def test_a_stream_ends_when_the_start_fails() -> None:
    session = RealtimeSession(engine=f"http://127.0.0.1:{closed_port()}/v1", connect_timeout=0.5)
    with pytest.raises(RealtimeError):
        session.start()
    assert list(session.stream()) == []
