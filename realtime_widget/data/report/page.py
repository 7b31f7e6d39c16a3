"""A report as HTML: no script, nothing from elsewhere, all that people and models said escaped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from ..display.static import clean, one_line, outcome, parts_of
from ..pictures.style import clock
from ..statistics import time_words
from ..tool_calls import ToolCall
from ..turns import Turn
from .content import FAILED, Content, Grid
from .drawings import NO_PICTURES, Drawing
from .looks import PAGE_STYLE, STYLE

__all__ = ["fragment", "page"]

LONGEST_TURN = 6_000
FIRST_BYTES, LAST_BYTES = 500_000, 1_500_000
NAMES = {"user": "User", "assistant": "Assistant", "system": "System"}
MOST_TILES = 6
DARK_SCREEN = "screen and (prefers-color-scheme: dark)"


def page(content: Content, drawn: Mapping[str, Drawing]) -> str:
    """Return a whole page; its pictures follow the reader's choice of light and dark."""
    pictures = {name: _picture(drawing, both=True) for name, drawing in drawn.items()}
    title = escape(clean(content.title))
    return (
        '<!doctype html>\n<html>\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\n"
        f"<title>{title}</title>\n<style>{PAGE_STYLE}{STYLE}</style>\n</head>\n<body>\n"
        f"{_body(content, pictures, nav=True)}\n</body>\n</html>\n"
    )


def fragment(content: Content, drawn: Mapping[str, Drawing], *, dark: bool = False) -> str:
    """Return what stands in an output of a notebook, whose colours it takes; pictures are light or dark."""
    pictures = {name: _picture(drawing, dark=dark) for name, drawing in drawn.items()}
    return f"<style>{STYLE}</style>\n{_body(content, pictures, nav=False)}"


def _picture(drawing: Drawing, *, both: bool = False, dark: bool = False) -> str:
    size = 'width="{}" height="{}"'.format(*drawing.size)
    image = f'<img src="{drawing.source(dark=dark)}" {size} alt="{escape(drawing.alt)}">'
    if both:
        source = f'<source srcset="{drawing.source(dark=True)}" media="{DARK_SCREEN}">'
        image = f"<picture>{source}{image}</picture>"
    return f'<div class="wide">{image}</div>'


def _body(content: Content, pictures: Mapping[str, str], *, nav: bool) -> str:
    sections = {name: html for name, html in _sections(content, pictures) if html}
    parts = [
        f'<div class="rtw-report rtw-page">\n<h1 dir="auto">{escape(clean(content.title))}</h1>',
        f'<p class="soft">{escape(" · ".join(content.facts))}</p>',
    ]
    if nav and len(sections) > 1:
        links = "".join(f'<a href="#{name.lower()}">{name}</a>' for name in sections)
        parts.append(f"<nav>{links}</nav>")
    parts += [_figures(content), pictures.get("timeline", "")]
    if not pictures and content.turns:
        parts.append(f'<p class="soft">{escape(NO_PICTURES)}</p>')
    parts.append(_grid(_turned(content.sides)))
    parts += [f'<h2 id="{name.lower()}">{name}</h2>\n{html}' for name, html in sections.items()]
    return "\n".join(filter(None, parts)) + "\n</div>"


def _sections(content: Content, pictures: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    yield "Transcript", _transcript(content)
    yield "Tools", _grid(content.functions) + _grid(content.tool_calls, code=frozenset((2, 3)))
    yield "Latency", pictures.get("latency", "") + _grid(content.latency)
    yield "Cost", _grid(content.bills)
    yield "Errors", _grid(content.problems)
    yield "Settings", _grid(content.settings)


def _figures(content: Content) -> str:
    tiles = [
        f'<div><dt>{escape(figure.name)}</dt><dd class="value">{escape(figure.value)}</dd>'
        f"<dd>{escape(figure.note)}</dd></div>"
        for figure in content.figures
    ]
    n_rows = -(-len(tiles) // MOST_TILES)
    n = -(-len(tiles) // n_rows)
    return f'<dl class="figures" style="--n: {n}">{"".join(tiles)}</dl>'


def _turned(grid: Grid) -> Grid:
    """Return a table on its side, which takes less of a page."""
    columns = ("", *(row[0] for row in grid.rows))
    rows = [(name, *(row[place] for row in grid.rows)) for place, name in enumerate(grid.columns) if place]
    return Grid(columns, tuple(rows), frozenset(range(1, len(columns))), grid.note)


def _grid(grid: Grid | None, *, code: frozenset[int] = frozenset()) -> str:
    if grid is None:
        return ""

    def cells(row: Sequence[str], tag: str) -> str:
        found = []
        for place, words in enumerate(row):
            inner = escape(words)
            if tag == "td" and place in code and words:
                inner = f"<code>{inner}</code>"
            looks = ' class="n"' if place in grid.right else ' dir="auto"' if tag == "td" else ""
            looks = ' class="failed" dir="auto"' if words.startswith("✕") else looks
            found.append(f"<{tag}{looks}>{inner}</{tag}>")
        return "".join(found)

    rows = "\n".join(f"<tr>{cells(row, 'td')}</tr>" for row in grid.rows)
    head = f"<thead><tr>{cells(grid.columns, 'th')}</tr></thead>" if any(grid.columns) else ""
    note = f'<p class="soft">{escape(grid.note)}</p>' if grid.note else ""
    return f'<div class="wide"><table>{head}<tbody>\n{rows}\n</tbody></table></div>{note}'


# -- what was said -------------------------------------------------------------------------------------------


def _transcript(content: Content) -> str:
    turns = [turn for turn in content.turns if turn.text or turn.audio_ms or turn.turn in content.calls]
    if not turns:
        return '<p class="soft">Nothing was said yet.</p>'
    return "\n".join(_fitting([_turn(turn, content.calls.get(turn.turn, [])) for turn in turns]))


def _fitting(pieces: Sequence[str]) -> list[str]:
    """Return as much of the beginning and the end as a page holds, and between them what is left out."""
    first = _n_fitting(pieces, FIRST_BYTES)
    last = _n_fitting(pieces[::-1], LAST_BYTES)
    left_out = len(pieces) - first - last
    if left_out <= 0:
        return list(pieces)
    words = f"{left_out:,} turns are left out here; session.transcript and its save() have all of them."
    return [*pieces[:first], f'<p class="cut">{words}</p>', *pieces[len(pieces) - last :]]


def _n_fitting(pieces: Sequence[str], n_bytes: int) -> int:
    for place, piece in enumerate(pieces):
        n_bytes -= len(piece.encode()) + 1
        if n_bytes < 0:
            return max(1, place)
    return len(pieces)


def _turn(turn: Turn, calls: Sequence[ToolCall]) -> str:
    words = "".join(_MARKS[kind].format(escape(said)) for kind, said in parts_of(turn, LONGEST_TURN) if said)
    before = "".join(_call(call) for call in calls if call.response_id != turn.response_id)
    after = "".join(_call(call) for call in calls if call.response_id == turn.response_id)
    at = "" if turn.start_ms is None else clock(turn.start_ms)
    name = escape(NAMES.get(turn.role, turn.role.capitalize()))
    role = turn.role if turn.role in NAMES else "other"
    said = f'<div class="said" dir="auto">{words}</div>' if words else ""
    return (
        f'<div class="turn {role}"><time>{at}</time><b>{name}</b>'
        f'<div class="what">{before}{said}{after}</div></div>'
    )


def _call(call: ToolCall) -> str:
    mark, came = outcome(call)
    took = "" if call.duration_ms is None else f" · {time_words(call.duration_ms, fine=True)}"
    given = f"<code>{escape(one_line(call.name))}({escape(one_line(call.arguments_text or '{}'))})</code>"
    told = f"{mark} <code>{escape(came)}</code>"
    if call.status in FAILED:
        why = came if call.error else call.status.replace("_", " ")
        told = f'<span class="failed">✕ {escape(why)}</span>'
    return f'<div class="call" dir="auto">{given} {told}{took}</div>'


_MARKS = {"said": "{}", "unheard": '<del title="never heard">{}</del>', "note": '<i class="soft">{}</i>'}
