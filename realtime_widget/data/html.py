"""Tables as HTML, for a notebook's output. Every value is data: it is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

__all__ = ["table_html"]

LONGEST_CELL = 160
_NUMERIC = (int, float)


def table_html(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a table; long values are cut, missing ones are blank, numbers stand to the right."""
    head = "".join(f'<th style="text-align:left">{escape(name)}</th>' for name in columns)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    caption = f'<caption style="text-align:left">{escape(title)}</caption>'
    return (
        '<div style="overflow-x:auto"><table class="dataframe">'
        f"{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(value: Any) -> str:
    numeric = isinstance(value, _NUMERIC) and not isinstance(value, bool)
    align = "right" if numeric else "left"
    # One line a row, however long a value is: fifty rows should fit on a screen or two.
    style = f"text-align:{align};white-space:nowrap;max-width:28em;overflow:hidden;text-overflow:ellipsis"
    return f'<td style="{style}">{escape(_words(value))}</td>'


def _words(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        # Money has small numbers and times have large ones; both should be readable.
        return f"{value:.1f}" if abs(value) >= 100 else f"{value:.4g}"
    words = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return words if len(words) <= LONGEST_CELL else words[: LONGEST_CELL - 1] + "…"
