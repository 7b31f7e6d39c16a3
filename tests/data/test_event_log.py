"""A record that stays small however long a session lasts, and gives back exactly what went in."""

import tracemalloc

import pytest

from realtime_widget.data import event_log
from realtime_widget.data.event_log import BLOCK_ENTRIES, EventLog
from realtime_widget.protocol.log import LogEntry


def entry(n: int, text: str = "") -> LogEntry:
    text = text or f'{{"type":"response.output_text.delta","item_id":"item_{n // 50}","delta":"word {n}"}}'
    return LogEntry(
        n * 20.5, "in", "response.output_text.delta", f"event_{n}", f"item_{n // 50}", None, n, text
    )


def test_everything_comes_back_from_any_number_on() -> None:
    log, entries = EventLog(), [entry(n) for n in range(5 * BLOCK_ENTRIES + 17)]
    for begin in range(0, len(entries), 7):
        log.extend(entries[begin : begin + 7])
    assert (log.first, log.end) == (0, len(entries))
    for number in (0, 1, BLOCK_ENTRIES - 1, BLOCK_ENTRIES, BLOCK_ENTRIES + 1, len(entries) - 1, len(entries)):
        assert log.since(number) == entries[number:]


def test_a_piece_of_it_is_what_was_there() -> None:
    log, entries = EventLog(), [entry(n) for n in range(3 * BLOCK_ENTRIES + 17)]
    log.extend(entries)
    log.extend([])
    for begin in (0, 1, BLOCK_ENTRIES - 1, BLOCK_ENTRIES, 2 * BLOCK_ENTRIES + 3, len(entries) - 1):
        for n in (0, 1, BLOCK_ENTRIES, 10_000):
            assert log.between(begin, begin + n) == entries[begin : begin + n]
    assert log.between(len(entries) + 5, len(entries) + 9) == log.between(-3, 0) == []


def test_it_is_empty_at_first() -> None:
    assert EventLog().since(0) == []


def test_the_oldest_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_log, "MAX_ENTRIES", 1_000)
    log = EventLog()
    for n in range(10_000):
        log.extend([entry(n)])
    assert log.end == 10_000
    assert 1_000 - BLOCK_ENTRIES <= log.end - log.first <= 1_000 + BLOCK_ENTRIES
    assert log.since(0) == log.since(log.first) == [entry(n) for n in range(log.first, 10_000)]


def test_large_events_are_bounded_by_their_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_log, "MAX_PACKED_BYTES", 100_000)
    log = EventLog()
    for n in range(60):
        log.extend([entry(n, "".join(str((n + i) ** 3) for i in range(40_000)))])
    assert log.first > 0
    assert log._packed_bytes <= 100_000
    assert log.since(log.first)[-1].event_id == "event_59"


def test_an_hour_takes_little_room() -> None:
    log = EventLog()
    tracemalloc.start()
    for n in range(100_000):
        log.extend([entry(n)])
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size < 5_000_000
