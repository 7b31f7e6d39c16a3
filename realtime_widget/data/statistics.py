"""Who talked how much: turns, words, time, pauses, interruptions; of one conversation, or of a part of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from html import escape
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any

from .display.html import table_html
from .replay.spans import Span, length_ms, merged, now_ms, shared, sounding
from .tables import Tables
from .turns import Turn

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Side", "Statistics", "count_words", "side_figures", "statistics", "time_words"]

_BREAKS = re.compile(r"[\s—–…/]+")
_QUESTION = re.compile("[?？؟;՞፧]")  # noqa: RUF001 - the marks of other scripts
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)
"""Letters of scripts that put no spaces between words: Thai, Lao, Burmese, Khmer, Japanese, Chinese."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What one side contributed. Times are ms; None where there is nothing to measure.

    What was cut off and never heard counts as not said. Speech counts from its first to its last sound,
    pauses within a turn included; what was typed has words and no time.

    Attributes:
        role: `user`, `assistant` or `system`.
        turns: How many turns.
        spoken: How many of those sounded.
        words: Words that were heard or read. Where a script has no spaces, each letter counts as a word.
        questions: Turns with a question mark.
        talk_ms: How long the side was heard; what overlaps within it counts once.
        share: Its part of what both sides talked, 0 to 1.
        words_per_minute: Of the turns that sounded.
        mean_turn_ms: Mean length of those.
        longest_turn_ms: Length of the longest.
        interrupted: Its turns that were cut off before their end.
        barged_in: Its turns that began while the other side was heard.
        response_ms: Median pause from the end of the other side's turn to the beginning of its own.
        longest_response_ms: The longest such pause.
    """

    role: str
    turns: int = 0
    spoken: int = 0
    words: int = 0
    questions: int = 0
    talk_ms: float = 0.0
    share: float | None = None
    words_per_minute: float | None = None
    mean_turn_ms: float | None = None
    longest_turn_ms: float | None = None
    interrupted: int = 0
    barged_in: int = 0
    response_ms: float | None = None
    longest_response_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Figures of a conversation; a cell shows them, `df` has a row a side.

    Attributes:
        sides: Who took part: the user, the assistant, and the system where it said something.
        span_ms: From the first turn's beginning to the last one's end.
        overlap_ms: How long both sides were heard at once.
        silence_ms: How long within the span neither was.
        tool_calls: How many calls the model made.
        tool_failures: How many of them failed, were cancelled or took too long.
        tool_ms: How long all calls took, all added.
        tools: For each function, how often it was called.
    """

    sides: tuple[Side, ...]
    span_ms: float = 0.0
    overlap_ms: float = 0.0
    silence_ms: float = 0.0
    tool_calls: int = 0
    tool_failures: int = 0
    tool_ms: float = 0.0
    tools: dict[str, int]

    def __getitem__(self, role: str) -> Side:
        for side in self.sides:
            if side.role == role:
                return side
        raise KeyError(role)

    @property
    def user(self) -> Side:
        """The user's figures."""
        return self["user"]

    @property
    def assistant(self) -> Side:
        """The assistant's figures."""
        return self["assistant"]

    @property
    def df(self) -> pd.DataFrame:
        """A dataframe, one row a side."""
        import pandas as pd

        columns = {f.name: [getattr(side, f.name) for side in self.sides] for f in fields(Side)}
        return pd.DataFrame(columns).astype({f.name: _TYPES[str(f.type)] for f in fields(Side)})

    def to_dict(self) -> dict[str, Any]:
        """Return all figures as plain values; `sides` is a dictionary by role."""
        whole = asdict(self)
        return {**whole, "sides": {side["role"]: side for side in whole["sides"]}}

    def __str__(self) -> str:
        lines = [f"{name}: {value}" for name, value in self._whole()]
        for side in self.sides:
            told = ", ".join(f"{name} {words}" for name, words in side_figures(side) if words)
            lines.append(f"{side.role}: {told}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        turns = ", ".join(f"{side.turns} {side.role}" for side in self.sides)
        return f"Statistics({turns}; {time_words(self.span_ms)})"

    def _repr_html_(self) -> str:
        names = ["", *(side.role for side in self.sides)]
        told = [dict(side_figures(side)) for side in self.sides]
        rows = [(name, *(each[name] for each in told)) for name in told[0]]
        whole = " · ".join(f"{escape(name)}: {escape(value)}" for name, value in self._whole())
        return f"{table_html('Statistics', names, rows)}<p>{whole}</p>"

    def _whole(self) -> list[tuple[str, str]]:
        failed = f", {self.tool_failures} without a result" if self.tool_failures else ""
        return [
            ("length", time_words(self.span_ms)),
            ("both at once", time_words(self.overlap_ms)),
            ("silence", time_words(self.silence_ms)),
            ("tool calls", f"{self.tool_calls}{failed}"),
        ]


_TYPES = {"str": "string", "int": "Int64", "float": "Float64", "float | None": "Float64"}


def side_figures(side: Side) -> list[tuple[str, str]]:
    """Return a side's figures for people, by name; blank where there is nothing to measure."""
    return [
        ("turns", str(side.turns)),
        ("words", str(side.words)),
        ("questions", str(side.questions)),
        ("talk time", time_words(side.talk_ms) if side.spoken else ""),
        ("share of talk", "" if side.share is None else f"{side.share:.0%}"),
        ("words per minute", "" if side.words_per_minute is None else f"{side.words_per_minute:.0f}"),
        ("mean turn", time_words(side.mean_turn_ms)),
        ("longest turn", time_words(side.longest_turn_ms)),
        ("was interrupted", str(side.interrupted)),
        ("barged in", str(side.barged_in)),
        ("median response", time_words(side.response_ms)),
        ("longest response", time_words(side.longest_response_ms)),
    ]


def time_words(ms: float | None, *, fine: bool = False) -> str:
    """Return a length of time as people say it; `fine` tells hundredths of a second."""
    if ms is None:
        return ""
    seconds = ms / 1000
    if seconds < 59.95:
        return f"{seconds:.2f} s" if fine and seconds < 9.995 else f"{seconds:.1f} s"
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes} min {seconds} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


# -- counting ------------------------------------------------------------------------------------------------


def count_words(text: str) -> int:
    """Return how many words a text has; where a script has no spaces, each letter counts as one."""
    rest, n_letters = _UNSPACED.subn(_keep_marks, text) if not text.isascii() else (text, 0)
    n_letters -= rest.count("\0")
    return n_letters + sum(any(map(str.isalnum, word)) for word in _BREAKS.split(rest.replace("\0", "")))


def _keep_marks(match: re.Match[str]) -> str:
    # A sign that is written above or below a letter is none itself.
    return " " if unicodedata.category(match[0])[0] in "LN" else "\0"


def statistics(data: Tables, turns: Sequence[Turn]) -> Statistics:
    """Return the figures of some turns, and of the calls that were made for them."""
    now = now_ms(data, turns)
    roles = ["user", "assistant", *sorted({turn.role for turn in turns} - {"user", "assistant"})]
    spans = {role: _spans(turns, role, now) for role in roles}
    heard = {role: merged(spans[role]) for role in roles}
    everyone = merged(span for role in roles for span in spans[role])
    talked_ms = sum(length_ms(heard[role]) for role in roles)
    begins = [float(turn.start_ms) for turn in turns if turn.start_ms is not None]
    ends = [now if turn.end_ms is None else float(turn.end_ms) for turn in turns if turn.start_ms is not None]
    span_ms = max(ends) - min(begins) if begins else 0.0
    places = {turn.turn for turn in turns}
    whole = len(turns) == len(data.transcript)
    calls = [call for call in data.tool_calls.rows() if whole or call.turn in places]
    tools: dict[str, int] = {}
    for call in calls:
        tools[call.name] = tools.get(call.name, 0) + 1
    return Statistics(
        sides=tuple(_side(turns, role, heard, talked_ms, now) for role in roles),
        span_ms=span_ms,
        overlap_ms=length_ms(shared(heard["user"], heard["assistant"])),
        silence_ms=max(0.0, span_ms - length_ms(everyone)) if everyone else 0.0,
        tool_calls=len(calls),
        tool_failures=sum(call.status in ("failed", "timed_out", "cancelled") for call in calls),
        tool_ms=sum((call.duration_ms or 0.0 for call in calls), 0.0),
        tools=tools,
    )


def _spans(turns: Sequence[Turn], role: str, now: float) -> list[Span]:
    return [span for turn in turns if turn.role == role and (span := sounding(turn, now)) is not None]


def _side(
    turns: Sequence[Turn], role: str, heard: dict[str, list[Span]], talked_ms: float, now: float
) -> Side:
    own = [turn for turn in turns if turn.role == role]
    sounded = [(turn, span) for turn in own if (span := sounding(turn, now)) is not None]
    lengths = [end - begin for _, (begin, end) in sounded]
    talk_ms = length_ms(heard[role])
    spoken_words = sum(count_words(turn.heard_text) for turn, _ in sounded)
    others = merged(span for other, spans in heard.items() if other != role for span in spans)
    pauses = _pauses(turns, role, now)
    return Side(
        role=role,
        turns=len(own),
        spoken=len(sounded),
        words=sum(count_words(turn.heard_text) for turn in own),
        questions=sum(bool(_QUESTION.search(turn.heard_text)) for turn in own),
        talk_ms=talk_ms,
        share=talk_ms / talked_ms if talked_ms else None,
        words_per_minute=spoken_words / (talk_ms / 60_000) if talk_ms and spoken_words else None,
        mean_turn_ms=sum(lengths) / len(lengths) if lengths else None,
        longest_turn_ms=max(lengths, default=None),
        interrupted=sum(turn.interrupted for turn in own),
        barged_in=_n_within([begin for _, (begin, _) in sounded], others),
        response_ms=median(pauses) if pauses else None,
        longest_response_ms=max(pauses, default=None),
    )


def _pauses(turns: Sequence[Turn], role: str, now: float) -> list[float]:
    """Return the pauses before a side's turns that follow the other side's; overlaps are none."""
    timed = [(span, turn.role) for turn in turns if (span := sounding(turn, now)) is not None]
    timed.sort()
    pairs = pairwise(timed)
    found = [own[0] - before[1] for (before, other), (own, mine) in pairs if mine == role and other != role]
    return [pause for pause in found if pause >= 0]


def _n_within(moments: Sequence[float], spans: Sequence[Span]) -> int:
    """Return how many moments lie within spans, not at their ends."""
    n = place = 0
    for moment in sorted(moments):
        while place < len(spans) and spans[place][1] <= moment:
            place += 1
        n += place < len(spans) and spans[place][0] < moment
    return n
