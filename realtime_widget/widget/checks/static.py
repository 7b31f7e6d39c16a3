"""A check where no front end draws it: as a table of HTML."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from ...session.findings import GROUPS, CheckLine

__all__ = ["check_html"]


def check_html(lines: Iterable[CheckLine]) -> str:
    """Return the lines as a table; everything is escaped."""
    rows: list[str] = []
    group = ""
    for line in lines:
        if line.group != group:
            group = line.group
            rows.append(f'<tr><th colspan="3" style="text-align:left">{escape(GROUPS[group])}</th></tr>')
        rows.append(_row(line))
    return f"<table>{''.join(rows)}</table>"


def _row(line: CheckLine) -> str:
    remedy = f"<br><b>→ {escape(line.remedy)}</b>" if line.remedy else ""
    cells = (
        f"{line.symbol} {escape(line.word)}",
        escape(line.title),
        f"{escape(line.found)}{remedy}",
    )
    return "<tr>" + "".join(f'<td style="text-align:left">{cell}</td>' for cell in cells) + "</tr>"
