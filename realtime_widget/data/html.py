"""Tables as HTML, for a notebook's output. Every value is data: it is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

__all__ = ["table_html"]

LONGEST_CELL = 160
_NUMERIC = (int, float)


# One line a row, however long a value is: fifty rows should fit on a screen or two. Told once, not for each
# cell: a notebook keeps it all.
_STYLE = (
    "<style>.rtw-table td,.rtw-table th{text-align:left;white-space:nowrap}"
    ".rtw-table td{max-width:28em;overflow:hidden;text-overflow:ellipsis}"
    ".rtw-table td.n{text-align:right}.rtw-table caption{text-align:left}</style>"
)


def table_html(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a table; long values are cut, missing ones are blank, numbers stand to the right."""
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return (
        f'<div style="overflow-x:auto">{_STYLE}<table class="dataframe rtw-table">'
        f"<caption>{escape(title)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(value: Any) -> str:
    if isinstance(value, _NUMERIC) and not isinstance(value, bool):
        return f'<td class="n">{_words(value)}</td>'
    return f"<td>{escape(_words(value), quote=False)}</td>"


def _words(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        # Money has small numbers and times have large ones; both should be readable.
        return f"{value:.1f}" if abs(value) >= 100 else f"{value:.4g}"
    words = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return words if len(words) <= LONGEST_CELL else words[: LONGEST_CELL - 1] + "…"
