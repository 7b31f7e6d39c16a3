"""Tables as HTML, for a notebook's output. Every value is data: it is escaped.

It is for people, so ids and dates stay out: whoever joins tables reads `.df`. What is shown says the same
whenever the same was said, as far as no clock is asked. Colours are the page's own, light or dark.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any, Literal

from ..columns import Column

__all__ = ["Cell", "Shown", "clock", "rows_html", "seconds", "shown_columns", "table_html"]

LONGEST_CELL = 160
LONGEST_WORDS = 400

Look = Literal["", "number", "words", "code", "soft", "bad"]


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one place.

    Attributes:
        text: The words; what isn't text is written as such.
        look: How: a number stands to the right, `words` wrap, `soft` and `bad` have another colour.
        struck: Words behind them that are struck out.
        note: A remark behind those.
    """

    text: Any
    look: Look = ""
    struck: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A column that people see: its head, and how its cell is made of a row."""

    head: str
    cell: Callable[[Any], Any]


def shown_columns(spec: Sequence[Column]) -> tuple[Shown, ...]:
    """Return the columns that tell people something: all but ids, dates and connections."""
    return tuple(Shown(c.name, _whole(c) or c.value) for c in spec if not _is_for_machines(c))


def _is_for_machines(column: Column) -> bool:
    name = column.name
    return name in ("id", "created_at", "connection") or name.endswith(("_id", "_error_ms"))


def _whole(column: Column) -> Callable[[Any], Any] | None:
    """Return what reads a time in whole ms: more of it only says which run it was."""
    if not column.name.endswith("_ms"):
        return None
    read = column.value
    return lambda row: Cell(None if (ms := read(row)) is None else f"{ms:.0f}", "number")


def clock(ms: float | None) -> str:
    """Return a time as minutes and seconds."""
    return "" if ms is None else f"{int(ms) // 60_000}:{int(ms) // 1000 % 60:02}"


def seconds(ms: float | None) -> str:
    """Return a length in seconds, or in ms where it is short."""
    if ms is None:
        return ""
    return f"{ms:.0f} ms" if ms < 1_000 else f"{ms / 1000:.1f} s"


def rows_html(title: str, shown: Sequence[Shown], rows: Sequence[Any], *, sparse: bool = False) -> str:
    """Return rows as a table of what is shown of them; `sparse` leaves out columns with nothing in them."""
    if sparse and rows:
        shown = [c for c in shown if any(_as_cell(c.cell(row)).text is not None for row in rows)]
    return table_html(
        title, [column.head for column in shown], ([c.cell(row) for c in shown] for row in rows)
    )


def table_html(title: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a table of values and cells; long ones are cut, missing ones blank, numbers to the right."""
    cells = [[_as_cell(value) for value in row] for row in rows]
    right = [any(row[i].look == "number" for row in cells) for i in range(len(heads))]
    head = "".join(_head(name, numbers) for name, numbers in zip(heads, right, strict=True))
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in cells)
    return (
        f'<div class="rtw-table">{_STYLE}<table class="dataframe">'
        f"<caption>{escape(title)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _head(name: str, numbers: bool) -> str:
    return f'<th scope="col"{_CLASS["number"] if numbers else ""}>{escape(name)}</th>'


def _as_cell(value: Any) -> Cell:
    if isinstance(value, Cell):
        return value
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    return Cell(value, "number" if numeric else "")


def _cell(cell: Cell) -> str:
    longest = LONGEST_WORDS if cell.look == "words" else LONGEST_CELL
    said = escape(_cut(_words(cell.text), longest))
    struck = f" <del>{escape(_cut(cell.struck, longest))}</del>" if cell.struck else ""
    note = f" <i>{escape(cell.note)}</i>" if cell.note else ""
    return f"<td{_CLASS.get(cell.look, '')}>{(said + struck + note).strip()}</td>"


def _cut(words: str, longest: int) -> str:
    return words if len(words) <= longest else words[: longest - 1] + "…"


def _words(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        # Money has small numbers and times have large ones; both should be readable.
        return f"{value:.1f}" if abs(value) >= 100 else f"{value:.4g}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


_CLASS = {look: f' class="rtw-{look}"' for look in ("number", "words", "code", "soft", "bad")}
# Faint lines are made of the colour of the text, so that they are there on any background.
_RULES = {
    "": "border-collapse:collapse;margin:0;font-size:13px;line-height:1.45;color:inherit",
    "caption": "caption-side:top;text-align:left;padding:0 0 4px;opacity:.75;color:inherit",
    "tr": "background:none",
    "th,td": "text-align:left;vertical-align:top;padding:3px 12px 3px 0;border:0;background:none;"
    "color:inherit;white-space:nowrap;max-width:28em;overflow:hidden;text-overflow:ellipsis",
    "th": "font-weight:600;border-bottom:1px solid currentColor",
    "td": "border-bottom:1px solid rgba(128,128,128,.25)",
    ".rtw-number": "text-align:right;font-variant-numeric:tabular-nums",
    ".rtw-words": "white-space:normal;min-width:14em;max-width:48em;overflow-wrap:anywhere",
    ".rtw-code": "font-family:monospace;font-size:12px;white-space:normal;overflow-wrap:anywhere",
    ".rtw-soft,del,i": "opacity:.75",
    ".rtw-bad": "font-weight:600",
}


def _style() -> str:
    # The class stands three times to outweigh what JupyterLab says of all tables.
    table = ".rtw-table.rtw-table.rtw-table table"
    rules = [
        f"{','.join(f'{table} {part}'.strip() for part in parts.split(','))}{{{rule}}}"
        for parts, rule in _RULES.items()
    ]
    return f"<style>.rtw-table{{overflow-x:auto;color:inherit}}{''.join(rules)}</style>"


_STYLE = _style()
