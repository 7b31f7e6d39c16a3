"""Which of the microphone's chunks are missing, and which come too late."""

from collections.abc import Callable

import pytest

from realtime_widget.widget.arrivals import CALM_CHUNKS, MAX_LATE_MS, Arrivals

N = 960  # samples of a chunk of 40 ms
Come = Callable[[int, float], bool]


def coming(arrivals: Arrivals, *, clock: bool = True) -> Come:
    """Return a function that lets chunk `seq` arrive at a time; the page's clock is an hour off."""
    return lambda seq, now_ms: arrivals.take(
        seq, seq * N, 3_600_000.0 + 40 * (seq + 1) if clock else None, N, now_ms
    )


def test_gaps_are_counted_and_pauses_are_none() -> None:
    arrivals = Arrivals()
    come = coming(arrivals)
    for seq in (0, 1, 2, 5, 6):
        assert come(seq, 40 * seq + 5)
    assert (arrivals.n_chunks, arrivals.lost_samples) == (5, 2 * N)
    arrivals.pause()
    come(100, 4_000)
    assert arrivals.lost_samples == 2 * N
    come(0, 5_000)  # opened again
    assert arrivals.lost_samples == arrivals.missed_samples == 2 * N


@pytest.mark.parametrize("clock", [True, False])
def test_of_a_long_jam_the_last_half_minute_is_kept(clock: bool) -> None:
    arrivals = Arrivals()
    come = coming(arrivals, clock=clock)
    assert all(come(seq, 40 * seq + 5) for seq in range(100))
    # The kernel is blocked for 100 s; then everything comes at once.
    taken = [come(seq, 104_000 + 0.2 * seq) for seq in range(100, 2_600)]
    kept_ms = 40 * sum(taken)
    assert MAX_LATE_MS - 2_000 <= kept_ms <= MAX_LATE_MS + 2_000
    assert taken[-700:] == [True] * 700, "the newest is kept"
    assert arrivals.stale_samples == taken.count(False) * N
    assert arrivals.lost_samples == 0
    assert all(come(seq, 40 * seq + 600) for seq in range(2_600, 2_700))


def test_a_short_jam_loses_nothing() -> None:
    arrivals = Arrivals()
    come = coming(arrivals)
    assert all(come(seq, 40 * seq) for seq in range(100))
    assert all(come(seq, 24_000 + 0.2 * seq) for seq in range(100, 600))
    assert arrivals.stale_samples == 0


def test_a_laptop_that_slept_is_heard_again() -> None:
    arrivals = Arrivals()
    come = coming(arrivals)
    assert all(come(seq, 40 * seq) for seq in range(100))
    assert all(come(seq, 600_000 + 40 * seq) for seq in range(100, 100 + 2 * CALM_CHUNKS))
    burst_at = 600_000 + 40 * (100 + 2 * CALM_CHUNKS)
    assert all(come(seq, burst_at + seq / 100) for seq in range(200, 300)), "the new clock is the measure"


def test_a_page_that_tells_no_useful_times_is_heard() -> None:
    arrivals = Arrivals()
    for seq in range(5_000):
        assert arrivals.take(seq, seq * N, 0.0, N, 40.0 * seq)
        assert arrivals.take(seq, seq * N, None, N, 40.0 * seq)
