"""A conversation as HTML and as plain text that needs nothing to be read: no kernel, no script, no styles.

It stands in notebook files, so it is small, says the same whenever the same was said (no times, no ids), and
survives the sanitisers of code hosts: plain elements, everything escaped.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from ..tables import Tables
from ..tool_calls import ToolCall
from ..turns import Turn

__all__ = ["CLASS", "Saved", "clean", "one_line", "outcome", "parts_of", "render"]

CLASS = "rtw-saved"
"""By which a live panel finds what it makes needless."""
WHOLE_CLASS = "rtw-frozen"
HTML_BYTES = 50_000
TEXT_BYTES = 25_000
LINE_BYTES = 14
"""What a notebook file adds to each line: quotes, indentation, a comma."""
LONGEST_TURN = 8_000
LONGEST_VALUE = 300
MOST_CALLS = 20
NOTHING_YET = "Nothing was said yet."

Player = Callable[[Turn], str]
Piece = tuple[str, str]
"""A turn as HTML and as text."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A conversation to keep: `text/html` and `text/plain`."""

    html: str
    text: str
    n_turns: int

    @property
    def bundle(self) -> dict[str, str]:
        """The contents of an output."""
        return {"text/html": self.html, "text/plain": self.text}


def render(
    data: Tables,
    *,
    title: str = "",
    limited: bool = True,
    ended_only: bool = False,
    player: Player | None = None,
) -> Saved:
    """Return the conversation as it is now.

    Args:
        data: The session's data.
        title: Its heading, if any.
        limited: Whether only so many of the latest turns are told that a file grows by less than 100 kB.
        ended_only: Whether turns that still grow are left out.
        player: Makes the HTML of a turn's sound; none without it.
    """
    calls: dict[int, list[ToolCall]] = {}
    for call in data.tool_calls.rows():
        if call.turn is not None:
            calls.setdefault(call.turn, []).append(call)
    turns = [turn for turn in data.transcript.rows() if _is_told(turn, calls, ended_only)]
    html, text = _Latest(HTML_BYTES if limited else None), _Latest(TEXT_BYTES if limited else None)
    for turn in reversed(turns):
        if html.full and text.full:
            break
        piece = _piece(turn, calls.get(turn.turn, []), limited=limited, player=player)
        html.add(piece[0])
        text.add(piece[1])
    n, heading = len(turns), one_line(title)
    css_class = CLASS if limited else WHOLE_CLASS
    return Saved(_html(heading, html.pieces, n, css_class), _text(heading, text.pieces, n), n)


def _is_told(turn: Turn, calls: dict[int, list[ToolCall]], ended_only: bool) -> bool:
    if ended_only and turn.status == "in_progress":
        return False
    return bool(turn.text or turn.turn in calls or turn.audio_ms)


class _Latest:
    """Takes pieces from the last one backwards, as many as fit into a notebook file; at least one."""

    def __init__(self, limit_bytes: int | None) -> None:
        self.full = False
        self._left_bytes = limit_bytes
        self._backwards: list[str] = []

    def add(self, piece: str) -> None:
        """Take an earlier piece, unless it is full."""
        if self.full:
            return
        if self._left_bytes is not None:
            n_lines = 1 + piece.count("\n")
            self._left_bytes -= len(json.dumps(piece, ensure_ascii=False).encode()) + LINE_BYTES * n_lines
            self.full = self._left_bytes < 0 and bool(self._backwards)
        if not self.full:
            self._backwards.append(piece)

    @property
    def pieces(self) -> list[str]:
        """Those taken, in order."""
        return self._backwards[::-1]


def _html(title: str, pieces: list[str], n: int, css_class: str) -> str:
    head = f"<p><b>{escape(title)}</b></p>\n" if title else ""
    note = f"<p><i>{escape(words)}</i></p>\n" if (words := _note(len(pieces), n)) else ""
    return f'<div class="{css_class}">\n{head}{note}{"".join(pieces)}</div>'


def _text(title: str, pieces: list[str], n: int) -> str:
    note = _note(len(pieces), n)
    return "\n".join([*filter(None, (title, note and f"({note})")), *pieces])


def _note(n_told: int, n: int) -> str:
    if not n:
        return NOTHING_YET
    left_out = n - n_told
    return f"{left_out} earlier turn{' is' if left_out == 1 else 's are'} left out here." if left_out else ""


# -- one turn ------------------------------------------------------------------------------------------------


def _piece(turn: Turn, calls: Sequence[ToolCall], *, limited: bool, player: Player | None) -> Piece:
    who = _ROLES.get(turn.role, turn.role.capitalize())
    parts = list(parts_of(turn, LONGEST_TURN if limited else None))
    n_left_out = max(0, len(calls) - MOST_CALLS) if limited else 0
    html = ["".join(_MARKED[kind](words) for kind, words in parts)]
    text = ["".join(_PLAIN[kind](words) for kind, words in parts).rstrip()]
    place = 0
    for call in calls[: len(calls) - n_left_out]:
        name, given, (mark, came) = one_line(call.name), one_line(call.arguments_text or "{}"), outcome(call)
        leads = call.response_id != turn.response_id  # made before the turn's words, which answer it
        at = place if leads else len(html)
        html.insert(at, f"<code>{escape(name)}({escape(given)})</code> {mark} <code>{escape(came)}</code>")
        text.insert(at, f"[{name}({given}) {mark} {came}]")
        place += leads
    if n_left_out:
        html.append(f"<i>… {n_left_out} more calls</i>")
        text.append(f"… {n_left_out} more calls")
    if player is not None and (sound := player(turn)):
        html.append(sound)
    told = "<br>".join(filter(None, html))
    return f"<p><b>{escape(who)}:</b> {told}</p>\n", f"{who}: " + "\n    ".join(filter(None, text))


def parts_of(turn: Turn, longest: int | None) -> Iterator[tuple[str, str]]:
    """Yield what was heard, what wasn't, and what is to be said of it."""
    words, more = clean(turn.text).strip(), 0
    if longest is not None and len(words) > longest:
        more, words = len(words) - longest, words[:longest]
    heard = clean(turn.heard_text).strip()
    if turn.interrupted and words.startswith(heard):
        yield "said", heard
        yield "unheard", words[len(heard) :]
    else:
        yield "said", words
    if more:
        yield "note", f"… ({more} more characters)"
    elif not words and turn.audio_ms:
        yield "note", "(sound without words)"
    if turn.status in _ENDS:
        yield "note", f" ({_ENDS[turn.status]})"


def outcome(call: ToolCall) -> tuple[str, str]:
    """Return a mark for how a call went, and what came of it on one line."""
    if call.error is not None:
        return "failed:", one_line(call.error)
    return "→", one_line("…" if call.output is None else call.output)


def one_line(value: str) -> str:
    """Return a value on one line, cut where it is long."""
    line = " ".join(clean(value).split())
    return line if len(line) <= LONGEST_VALUE else line[: LONGEST_VALUE - 1] + "…"


def clean(words: str) -> str:
    """Take out what no file holds and what a terminal would obey."""
    return words.encode("utf-8", "replace").decode("utf-8").translate(_CONTROLS)


def _lines(words: str) -> str:
    return escape(words).replace("\n", "<br>")


_CONTROLS = dict.fromkeys({*range(32), *range(127, 160)} - {ord("\n"), ord("\t")})
_ROLES = {"user": "You", "assistant": "Assistant", "system": "System"}
_ENDS = {
    "interrupted": "interrupted",
    "failed": "failed",
    "incomplete": "incomplete",
    "cancelled": "cancelled",
}
_MARKED: dict[str, Callable[[str], str]] = {
    "said": _lines,
    "unheard": lambda words: f"<del>{_lines(words)}</del>" if words else "",
    "note": lambda words: f"<i>{escape(words)}</i>",
}
_PLAIN: dict[str, Callable[[str], str]] = {
    "said": str,
    "unheard": lambda words: f" [not heard: {words.strip()}]" if words.strip() else "",
    "note": str,
}
