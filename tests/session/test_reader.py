"""Iterators of the user's, read on a thread of their own."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import numpy as np
import pytest

from realtime_widget.errors import ConfigError
from realtime_widget.session.reader import CHUNK_MS, READ_AHEAD, Reader
from realtime_widget.testing import tone

from .helpers import our_threads, run, wait_until

LIMIT_S = 20


async def drain(reader: Reader) -> bytes:
    pieces = []
    while (piece := await reader.take(LIMIT_S)) is not None:
        assert 0 < len(piece) <= CHUNK_MS * 48
        pieces.append(piece)
    return b"".join(pieces)


async def read(source: Any, rate: int | None = 24_000) -> bytes:
    reader = Reader(source, rate)
    await reader.open()
    return await drain(reader)


@pytest.mark.parametrize("asynchronous", [False, True])
def test_pieces_come_in_order_and_then_the_end(asynchronous: bool) -> None:
    sounds = [tone(250, hz=hz) for hz in (200, 300, 400)]

    async def later() -> AsyncIterator[bytes]:
        for sound in sounds:
            await asyncio.sleep(0)
            yield sound

    assert run(read(later() if asynchronous else iter(sounds))) == b"".join(sounds)
    wait_until(lambda: "realtime-widget-source" not in our_threads())


def test_an_asynchronous_iterator_keeps_its_event_loop_from_one_opening_to_the_next() -> None:
    loops = set()

    async def source() -> AsyncIterator[bytes]:
        for _ in range(3):
            loops.add(asyncio.get_running_loop())
            await asyncio.sleep(0)
            yield tone(100)

    async def scenario() -> None:
        reader = Reader(source(), 24_000)
        await reader.open()
        assert await reader.take(LIMIT_S) == tone(100)
        reader.close()
        await reader.open()
        assert await drain(reader) == tone(100) * 2
        assert asyncio.get_running_loop() not in loops

    run(scenario())
    assert len(loops) == 1


def test_what_does_not_come_in_time_is_told_by_an_empty_piece_and_not_lost() -> None:
    gate = threading.Event()

    def slow() -> Iterator[bytes]:
        gate.wait(LIMIT_S)
        yield tone(40)

    async def scenario() -> None:
        reader = Reader(slow(), 24_000)
        await reader.open()
        assert await reader.take(0.0) == b""
        assert await reader.take(0.01) == b""
        gate.set()
        assert await drain(reader) == tone(40)
        assert await reader.take(0.0) is None

    run(scenario())


def test_closed_in_the_middle_it_goes_on_where_it_was() -> None:
    sounds = [tone(100, hz=200 + 10 * n) for n in range(30)]
    taken = []

    def counted() -> Iterator[bytes]:
        for sound in sounds:
            taken.append(sound)
            yield sound

    async def scenario() -> None:
        reader = Reader(counted(), 24_000)
        await reader.open()
        first = [await reader.take(LIMIT_S) for _ in range(5)]
        reader.close()
        reader.close()
        await asyncio.to_thread(wait_until, lambda: "realtime-widget-source" not in our_threads())
        assert len(taken) <= 5 + READ_AHEAD + 1
        await reader.open()
        assert b"".join(first) + await drain(reader) == b"".join(sounds)  # type: ignore[arg-type]

    run(scenario())


def test_opened_again_while_the_iterator_blocks_it_is_not_entered_twice() -> None:
    gate, entered = threading.Event(), threading.Event()

    def blocking() -> Iterator[bytes]:
        entered.set()
        gate.wait(LIMIT_S)
        yield tone(20)
        yield tone(30)

    async def scenario() -> None:
        reader = Reader(blocking(), 24_000)
        await reader.open()
        await asyncio.to_thread(entered.wait, LIMIT_S)
        reader.close()
        await reader.open()
        gate.set()
        assert await drain(reader) == tone(20) + tone(30)

    run(scenario())


@pytest.mark.parametrize(
    ("pieces", "match"),
    [
        ([tone(20), RuntimeError("the tape tore")], "the tape tore"),
        ([tone(20), object()], "Can't take object"),
    ],
)
def test_what_goes_wrong_raises_after_what_came_before(pieces: list[Any], match: str) -> None:
    def source() -> Iterator[Any]:
        for piece in pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece

    async def scenario() -> None:
        reader = Reader(source(), 24_000)
        await reader.open()
        assert await reader.take(LIMIT_S) == tone(20)
        with pytest.raises((RuntimeError, ConfigError), match=match):
            await reader.take(LIMIT_S)
        assert reader.used_up
        assert await reader.take(LIMIT_S) is None

    run(scenario())


def test_pieces_of_another_rate_make_one_stream() -> None:
    wave = (np.sin(2 * np.pi * 440 * np.arange(8_000) / 16_000) * 10_000).astype(np.int16)
    assert len(run(read(iter(np.split(wave, 16)), 16_000))) == 2 * 12_000
