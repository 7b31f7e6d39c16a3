"""What a report tells, before it is HTML or Markdown: facts, figures and tables, as words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import cached_property
from statistics import median
from typing import TYPE_CHECKING, Any

from ..conversation import About, Conversation
from ..money.pricing import money
from ..pictures.style import clock
from ..statistics import Statistics, side_figures, statistics, time_words
from ..still import StillData
from ..summary import summary
from ..tables import Tables
from ..tool_calls import ToolCall
from ..trouble import Trouble, found_trouble, local_events

if TYPE_CHECKING:
    from ..turns import Turn

__all__ = ["Content", "Figure", "Grid"]

MOST_CALLS = 100
MANY_CALLS = 12
MOST_TROUBLE = 200
_OTHERS = {"first_word_ms": "asked to first word or sound", "response_ms": "the whole response"}
FAILED = ("failed", "timed_out", "cancelled")
_SEAMS = ("connection.opened", "connection.lost", "connection.rollover")


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of words; `right` are the columns of numbers, `note` is what there is to add."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: frozenset[int] = frozenset()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that matters, its name, and a word to it."""

    name: str
    value: str
    note: str = ""


class Content:
    """A conversation as it was when the report was asked for."""

    def __init__(self, data: Tables, about: About) -> None:
        trouble = found_trouble(data)
        events = (
            *local_events(data.events, *_SEAMS),
            *data.events.between(data.events.end - 1, data.events.end),
        )
        with data.lock:
            conversation = Conversation(
                about=about,
                turns=data.transcript.rows(),
                tool_calls=data.tool_calls.rows(),
                usage=data.usage.rows(),
                latency=data.latency.rows(),
                events=events,
            )
        self.about = about
        self.trouble: tuple[Trouble, ...] = trouble
        self.data = StillData(conversation, price_table=data.usage.prices)

    @property
    def title(self) -> str:
        """The heading."""
        return self.about.title or "Conversation"

    @property
    def turns(self) -> tuple[Turn, ...]:
        """All turns."""
        return self.data.transcript.rows()

    @cached_property
    def statistics(self) -> Statistics:
        """Who talked how much."""
        return statistics(self.data, self.turns)

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The conversation in a few figures."""
        return summary(self.data, self.about, figures=self.statistics, trouble=self.trouble)

    @cached_property
    def calls(self) -> dict[int, list[ToolCall]]:
        """The calls of each turn."""
        found: dict[int, list[ToolCall]] = {}
        for call in self.data.tool_calls.rows():
            if call.turn is not None:
                found.setdefault(call.turn, []).append(call)
        return found

    @property
    def facts(self) -> list[str]:
        """When it was, how long it took, who answered."""
        about = self.about
        when = about.created_at and about.created_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
        kind = about.kind if about.kind != "realtime" else ""
        length = time_words(max(about.duration_ms, self.statistics.span_ms))
        return [fact for fact in (when, length, kind, about.engine, about.model) if fact]

    @property
    def figures(self) -> list[Figure]:
        """The numbers that matter."""
        numbers, told = self.statistics, self.summary
        n = {role: count for role, count in told["turns"].items() if count}
        sides = ", ".join(f"{count} {role}" for role, count in n.items())
        shares = [f"{side.role} {side.share:.0%}" for side in numbers.sides if side.share]
        talk_ms = sum(side.talk_ms for side in numbers.sides)
        latency = told["latency_ms"]
        failed = f"{numbers.tool_failures} without a result" if numbers.tool_failures else ""
        found = [
            Figure("turns", f"{sum(n.values()):,}", sides),
            Figure("words", f"{sum(told['words'].values()):,}", "heard or read"),
        ]
        if talk_ms:
            found.append(Figure("talk", time_words(talk_ms), ", ".join(shares)))
        if latency["n"]:
            found.append(
                Figure("median wait", time_words(latency["p50"]), f"for {latency['n']:,} spoken answers")
            )
        if numbers.tool_calls:
            found.append(Figure("tool calls", f"{numbers.tool_calls:,}", failed))
        if talk_ms:
            found.append(Figure("interruptions", f"{told['interruptions']:,}"))
        found.append(Figure("cost", *self._cost()))
        if told["errors"] or told["reconnects"]:
            found.append(Figure("errors", f"{told['errors']:,}", f"{told['reconnects']:,} reconnects"))
        return found

    def _cost(self) -> tuple[str, str]:
        if self.data.free:
            return "$0", "a local engine costs nothing"
        usage = self.data.usage
        since = f"at prices of {usage.prices.date}" if usage.prices.date else ""
        if usage.unknown:
            known = f"{money(usage.cost_usd)} and more" if usage.cost_usd else "unknown"
            return known, usage.unknown
        return money(usage.cost_usd), since if len(usage) else ""

    # -- tables ------------------------------------------------------------------------------------------

    @property
    def sides(self) -> Grid:
        """Who talked how much."""
        told = [dict(side_figures(side)) for side in self.statistics.sides]
        rows = [
            (name, *(each[name] for each in told)) for name in told[0] if any(each[name] for each in told)
        ]
        columns = ("", *(side.role for side in self.statistics.sides))
        return Grid(columns, tuple(rows), frozenset(range(1, len(columns))))

    @property
    def functions(self) -> Grid | None:
        """How each function did; None where the single calls say it all."""
        calls = self.data.tool_calls.rows()
        if len(calls) <= MANY_CALLS:
            return None
        groups: dict[str, list[ToolCall]] = {}
        for call in calls:
            groups.setdefault(call.name, []).append(call)
        rows = [(name, *_of_function(own)) for name, own in groups.items()]
        columns = ("function", "calls", "without a result", "median", "longest")
        return Grid(columns, tuple(sorted(rows)), frozenset((1, 2, 3, 4)))

    @property
    def tool_calls(self) -> Grid | None:
        """The calls; of many only those that failed, and the latest."""
        calls = self.data.tool_calls.rows()
        if not calls:
            return None
        shown, note = list(calls), ""
        if len(calls) > MOST_CALLS:
            failed = [call for call in calls if call.status in FAILED]
            shown = failed[-MOST_CALLS:] or list(calls[-MOST_CALLS:])
            what = "those without a result" if failed else "the latest"
            left_out = len(failed) - len(shown)
            note = f"Of {len(calls):,} calls {what} are shown" + (
                f", the latest {len(shown)} of them." if left_out > 0 else "."
            )
        columns = ("time", "turn", "call", "result", "took")
        return Grid(columns, tuple(map(_of_call, shown)), frozenset((1, 4)), note)

    @property
    def latency(self) -> Grid | None:
        """Where the time of the answers went."""
        from ..pictures.waterfall import WORDS

        frame = self.data.latency.summary()
        names = {"voice_to_voice_ms": "the whole wait, speech to speech", **WORDS, **_OTHERS}
        rows = [
            (names.get(str(measure), str(measure)), f"{row['n']:,}",
             *(time_words(float(row[each]), fine=True) for each in ("p50", "p90", "p95", "max")))
            for measure, row in frame.iterrows()
            if row["n"]
        ]  # fmt: skip
        columns = ("", "answers", "median", "90 %", "95 %", "longest")
        return Grid(columns, tuple(rows), frozenset(range(1, 6))) if rows else None

    @property
    def bills(self) -> Grid | None:
        """What was used and what it cost, by model."""
        usage = self.data.usage
        sums = usage.by_model().to_dict("records")
        if not sums:
            return None
        rows = [_of_model({str(name): value for name, value in row.items()}) for row in sums]
        columns = ("model", "bills", "input", "of it cached", "output", "minutes", "cost")
        value, note = self._cost()
        words = f"Total: {value}" + (f", {note}." if note else ".")
        return Grid(columns, tuple(rows), frozenset(range(1, 7)), words)

    @property
    def problems(self) -> Grid | None:
        """What went wrong besides calls."""
        if not self.trouble:
            return None
        shown = self.trouble[-MOST_TROUBLE:]
        rows = tuple((clock(each.t_ms), each.what, each.words) for each in shown)
        note = f"The latest {len(shown)} of {len(self.trouble):,}." if len(shown) < len(self.trouble) else ""
        return Grid(("time", "what", ""), rows, note=note)

    @property
    def settings(self) -> Grid | None:
        """The configuration that was in force, and what the user noted."""
        from .settings import setting_rows

        rows = setting_rows(self.about)
        return Grid(("setting", "value"), rows) if rows else None


def _of_function(calls: Sequence[ToolCall]) -> tuple[str, ...]:
    took = [call.duration_ms for call in calls if call.duration_ms is not None]
    failed = sum(call.status in FAILED for call in calls)
    longest = time_words(max(took), fine=True) if took else ""
    return f"{len(calls):,}", f"{failed:,}", time_words(median(took), fine=True) if took else "", longest


def _of_call(call: ToolCall) -> tuple[str, ...]:
    from ..display.static import one_line, outcome

    mark, came = outcome(call)
    words = {"→": came, "failed:": f"✕ {came}"}[mark]
    if call.status == "running":
        words = "still running"
    elif call.status in FAILED and call.error is None:
        words = f"✕ {call.status.replace('_', ' ')}"
    given = one_line(call.arguments_text or "{}")
    return (
        "" if call.started_ms is None else clock(call.started_ms),
        "" if call.turn is None else str(call.turn),
        f"{one_line(call.name)}({given})",
        words,
        "" if call.duration_ms is None else time_words(call.duration_ms, fine=True),
    )


def _of_model(row: dict[str, Any]) -> tuple[str, ...]:
    def told(prefix: str) -> str:
        counts = {
            name.removeprefix(prefix).removesuffix("_tokens"): int(value)
            for name, value in row.items()
            if name.startswith(prefix)
        }
        return ", ".join(f"{count:,} {kind}" for kind, count in counts.items() if count)

    name = row["model"] or "a model without a name"
    kind = "" if row["kind"] == "response" else f" ({row['kind']})"
    minutes = f"{row['seconds'] / 60:.1f}" if row["seconds"] else ""
    return (
        f"{name}{kind}", f"{int(row['bills']):,}", told("input_"), told("cached_"), told("output_"), minutes,
        money(row["cost_usd"]),
    )  # fmt: skip
