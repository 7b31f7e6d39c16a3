"""Tables of a long conversation: what a dataframe costs after one more turn, the first time, and in memory.

Memory is what Python allocates (tracemalloc): of the events when they come, of all rows and dataframes'
columns when they are first read. The sound, the protocol's items and the user's dataframes aren't in it.
"""

import argparse
import gc
import statistics
import time
import tracemalloc
from typing import Any

from realtime_widget.data.tables import Tables
from tests.data.talk import Talk

NAMES = ("transcript", "tool_calls", "events", "usage", "latency")
USAGE = {
    "total_tokens": 100,
    "input_tokens": 60,
    "output_tokens": 40,
    "input_token_details": {"text_tokens": 20, "audio_tokens": 40, "cached_tokens": 0},
    "output_token_details": {"text_tokens": 10, "audio_tokens": 30},
}


class Chatter(Talk):
    """Questions that are answered by way of a call, as fast as they can be fed."""

    def exchange(self, n: int) -> None:
        """Take two more turns: a question, and its answer with a call."""
        ms = n * 3_000
        self.spoken(ms, f"item_user_{n:08}", n_ms=200, words=f"What is the number {n}, please?")
        self.called(ms + 1_000, f"resp_call_{n:08}", f"call_{n:08}")
        self.answered(ms + 1_200, f"call_{n:08}")
        words = f"The number that you asked for is {n}, and nothing else at all."
        self.said(ms + 1_500, f"resp_{n:08}", f"item_{n:08}", words, n_ms=100, usage=USAGE)


def report(*, turns: int = 10_000, player: bool = False) -> dict[str, float]:
    """Print the figures of a conversation of so many turns; return ms a dataframe after one more of them."""
    _warm()
    talk = Chatter(record=False, player=player)
    for n in range(turns // 2):
        talk.exchange(n)
    kept = "a page plays, and never tells" if player else "no page plays"
    print(f"\n{turns} turns with tools, {kept}: ms")
    print(f"  {'':12}{'rows':>8}{'first .df':>11}{'after one more':>16}{'worst':>7}")
    first = {name: _ms(getattr(talk.data, name)) for name in NAMES}
    more: dict[str, list[float]] = {name: [] for name in NAMES}
    for n in range(turns // 2, turns // 2 + 20):
        talk.exchange(n)
        for name in NAMES:
            more[name].append(_ms(getattr(talk.data, name)))
    medians = {name: statistics.median(times) for name, times in more.items()}
    for name in NAMES:
        rows = len(getattr(talk.data, name))
        print(f"  {name:12}{rows:8}{first[name]:11.0f}{medians[name]:16.2f}{max(more[name]):7.1f}")
    return medians


def report_memory(*, turns: int = 10_000) -> float:
    """Print and return how many MB the tables of so many turns take."""
    _warm()
    gc.collect()
    talk = Chatter(record=False)
    tracemalloc.start()
    for n in range(turns // 2):
        talk.exchange(n)
    gc.collect()
    shot = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, "*/realtime_widget/data/*")])
    fed = sum(stat.size for stat in shot.statistics("filename"))
    print(f"\n{turns} turns with tools: MB of memory\n  kept as it comes {fed / 1e6:8.1f}")
    total = fed
    for name in NAMES:
        table = getattr(talk.data, name)
        before = tracemalloc.get_traced_memory()[0]
        rows = table.rows()
        del rows
        gc.collect()
        between = tracemalloc.get_traced_memory()[0]
        table.df  # noqa: B018
        gc.collect()
        after = tracemalloc.get_traced_memory()[0]
        print(f"  {name:12} rows {(between - before) / 1e6:6.1f}   columns {(after - between) / 1e6:6.1f}")
        total += after - before
    tracemalloc.stop()
    print(f"  together     {total / 1e6:12.1f}")
    return total / 1e6


def _warm() -> None:
    """Load what the first dataframe of a process loads."""
    small: Tables = Talk().data
    for table in small.tables:
        table.df  # noqa: B018


def _ms(table: Any) -> float:
    begin = time.perf_counter()
    table.df  # noqa: B018
    return (time.perf_counter() - begin) * 1_000


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.tables", description=__doc__)
    parser.add_argument("--turns", type=int, default=10_000)
    options = parser.parse_args()
    report(turns=options.turns)
    report(turns=options.turns // 5, player=True)
    report_memory(turns=options.turns)
