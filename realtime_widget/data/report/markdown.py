"""A report as Markdown, as code hosts render it: tables, and pictures as files beside it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from ..display.static import clean, one_line, outcome, parts_of
from ..pictures.style import clock
from ..tool_calls import ToolCall
from ..turns import Turn
from .content import FAILED, Content, Grid
from .drawings import NO_PICTURES, Drawing
from .page import LONGEST_TURN, NAMES

__all__ = ["markdown", "plain"]

_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&$@^])|:(?=[A-Za-z_+/\-])|(?<=\bwww)\.")
"""What Markdown, and what code hosts made of it, read as more than itself; also `http:` and `:tada:`."""
FIRST_TURNS, LAST_TURNS = 500, 2500


def plain(words: str) -> str:
    """Return words of people as Markdown that shows them as they are, on one line."""
    return _SPECIAL.sub(lambda match: "\\" + match[0], " ".join(clean(words).split()))


def code(words: str) -> str:
    """Return words as a piece of code, whatever is in them."""
    line = " ".join(clean(words).split())
    if not line:
        return ""
    fence = "`" * (1 + max(map(len, re.findall("`+", line)), default=0))
    pad = " " if "`" in line else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def markdown(content: Content, drawn: Mapping[str, Drawing], folder: str | None) -> str:
    """Return the report; `folder` is where the files of its pictures are, None where there are none."""
    facts = " · ".join(map(plain, content.facts))
    parts = [f"# {plain(content.title)}", facts, _figures(content)]
    if "timeline" in drawn:
        parts.append(_picture(drawn["timeline"], folder))
    elif content.turns and not drawn:
        parts.append(f"*{plain(NO_PICTURES)}*")
    parts += [_grid(content.sides), "## Transcript", *_transcript(content)]
    sections = (
        ("Tools", (_grid(content.functions), _grid(content.tool_calls, code_in=frozenset((2, 3))))),
        ("Latency", (_picture(drawn.get("latency"), folder), _grid(content.latency))),
        ("Cost", (_grid(content.bills),)),
        ("Errors", (_grid(content.problems),)),
        ("Settings", (_grid(content.settings),)),
    )
    for name, pieces in sections:
        if any(pieces):
            parts += [f"## {name}", *pieces]
    return "\n\n".join(filter(None, parts)) + "\n"


def _picture(drawing: Drawing | None, folder: str | None) -> str:
    if drawing is None:
        return ""
    alt = plain(drawing.alt)
    if folder is None:
        return f"*{alt}*"
    place = folder.replace("%", "%25").replace(" ", "%20").replace("(", "%28").replace(")", "%29")
    return f"![{alt}]({place}/{drawing.name}.png)"


def _figures(content: Content) -> str:
    told = [f"**{plain(figure.value)}** {plain(figure.name)}" for figure in content.figures]
    notes = [f" ({plain(figure.note)})" if figure.note else "" for figure in content.figures]
    return "\n".join(f"* {words}{note}" for words, note in zip(told, notes, strict=True))


def _grid(grid: Grid | None, *, code_in: frozenset[int] = frozenset()) -> str:
    if grid is None:
        return ""

    def line(cells: Sequence[str]) -> str:
        return f"| {' | '.join(cells)} |"

    def cell(words: str, place: int) -> str:
        if place not in code_in or words.startswith("✕"):
            return plain(words)
        return code(words).replace("|", "\\|")  # a bar would begin another cell, even within code

    rows = [line([cell(words, place) for place, words in enumerate(row)]) for row in grid.rows]
    marks = line(["---:" if place in grid.right else "---" for place in range(len(grid.columns))])
    table = "\n".join([line([plain(name) or " " for name in grid.columns]), marks, *rows])
    return f"{table}\n\n{plain(grid.note)}" if grid.note else table


def _transcript(content: Content) -> list[str]:
    turns = [turn for turn in content.turns if turn.text or turn.audio_ms or turn.turn in content.calls]
    if not turns:
        return ["Nothing was said yet."]
    left_out = len(turns) - FIRST_TURNS - LAST_TURNS
    if left_out <= 0:
        return [_turn(turn, content.calls.get(turn.turn, [])) for turn in turns]
    words = f"*{left_out:,} turns are left out here; `session.transcript` and its `save()` have all of them.*"
    first = [_turn(turn, content.calls.get(turn.turn, [])) for turn in turns[:FIRST_TURNS]]
    last = [_turn(turn, content.calls.get(turn.turn, [])) for turn in turns[-LAST_TURNS:]]
    return [*first, words, *last]


def _turn(turn: Turn, calls: Sequence[ToolCall]) -> str:
    words = "".join(_MARKS[kind](said) for kind, said in parts_of(turn, LONGEST_TURN) if said.strip())
    at = "" if turn.start_ms is None else f" ({clock(turn.start_ms)})"
    before = [_call(call) for call in calls if call.response_id != turn.response_id]
    after = [_call(call) for call in calls if call.response_id == turn.response_id]
    name = plain(NAMES.get(turn.role, turn.role.capitalize()))
    lines = [*before, words, *after] if before or after else [words]
    # Two spaces at the end of a line begin another one.
    return f"**{name}**{at}: " + "  \n".join(filter(None, lines))


def _call(call: ToolCall) -> str:
    mark, came = outcome(call)
    given = code(f"{one_line(call.name)}({one_line(call.arguments_text or '{}')})")
    if call.status in FAILED:
        return f"{given} ✕ {plain(came if call.error else call.status)}"
    return f"{given} {mark} {code(came)}"


def _unheard(words: str) -> str:
    return f" ~~{plain(words)}~~"


def _note(words: str) -> str:
    return f" *{plain(words)}*"


_MARKS: dict[str, Callable[[str], str]] = {"said": plain, "unheard": _unheard, "note": _note}
