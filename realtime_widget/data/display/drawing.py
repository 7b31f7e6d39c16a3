"""What a function draws, as something that a notebook shows: anything that a cell could end with."""

from __future__ import annotations

import base64
import inspect
import io
import threading
import traceback
from collections.abc import Callable, Iterable
from html import escape
from pathlib import Path
from typing import Any

from ...errors import ConfigError
from .aside import Aside, aside
from .live import Bundle

__all__ = ["Drawing"]

MOST_FRAMES = 5
_PACKAGE = str(Path(__file__).parents[1])
_PRE = '<pre style="margin:0;white-space:pre-wrap">{}</pre>'
_WRONG = '<pre style="margin:0;white-space:pre-wrap;border-left:3px solid #c0392b;padding-left:8px">{}</pre>'
_IMAGES = ("image/png", "image/jpeg")


class Drawing:
    """A function that is called for each repaint; it runs once at a time.

    Args:
        function: Takes nothing, or what it draws.
        subject: Returns what it draws, or None when that is gone.

    Raises:
        ConfigError: No function, one that takes more, or a coroutine.
    """

    def __init__(self, function: Callable[..., Any], subject: Callable[[], Any]) -> None:
        self._function = function
        self._subject = subject
        self._takes_subject = _takes_one(function)
        self._lock = threading.RLock()
        self._name = getattr(function, "__name__", type(function).__name__)

    def __repr__(self) -> str:
        return f"LiveView({self._name})"

    def __call__(self, *args: Any) -> Any:
        """Call the function itself."""
        return self._function(*args)

    @property
    def key(self) -> int:
        """The function."""
        return id(self._function)

    @property
    def gone(self) -> bool:
        """Whether there is nothing left to draw."""
        return self._subject() is None

    def bundle(self, shell: Any) -> Bundle:
        """Draw it for IPython."""

        def render(result: Any, done: Aside) -> list[Bundle]:
            # Some objects display themselves when asked for what to show: that is found in `displayed`.
            made = [_formatted(shell, shown) for shown in _shown(result, done)]
            return [*done.displayed, *made]

        with self._lock, aside(shell) as done:
            parts = self._draw(done, render, lambda text: [_wrong(text)], shell)
            printed = done.printed
        return _joined(([({"text/plain": printed}, {})] if printed else []) + [p for p in parts if p[0]])

    def draw(self) -> Callable[[Any], Any]:
        """Draw it, and return what makes of marimo's module what it shows."""
        wrong: list[str] = []
        with self._lock, aside() as done:
            shown = (
                self._draw(done, lambda result, done: list(_shown(result, done)), wrong.append, None) or []
            )
            printed = done.printed

        def render(marimo: Any) -> Any:
            parts = [marimo.plain_text(printed)] if printed else []
            parts += [(marimo.plain_text if isinstance(s, str) else marimo.as_html)(s) for s in shown]
            parts += [marimo.Html(_WRONG.format(escape(text))) for text in wrong]
            return parts[0] if len(parts) == 1 else marimo.vstack(parts)

        return render

    def _draw(self, done: Aside, render: Any, wrong: Any, shell: Any) -> Any:
        # What it printed before it failed says more about why than anything else, so that stays.
        try:
            result = self._function(self._subject()) if self._takes_subject else self._function()
            return render(result, done)
        except (Exception, SystemExit) as error:
            return wrong(_traceback(error, shell))


def _takes_one(function: Any) -> bool:
    if not callable(function):
        raise ConfigError(
            f"live() takes a function, not {function!r}.",
            remedy="Give it what to draw as a function: session.live(lambda: len(session.transcript)).",
        )
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise ConfigError("live() takes a plain function: it is called on a thread, and no loop runs there.")
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # of some builtins nobody knows
        return False
    for n_arguments in (0, 1):
        try:
            signature.bind(*[None] * n_arguments)
        except TypeError:
            continue
        return bool(n_arguments)
    name = getattr(function, "__name__", repr(function))
    raise ConfigError(f"live() calls {name} with nothing, or with the session; it takes {signature}.")


# -- what there is to show --------------------------------------------------------------------------------


def _shown(result: Any, done: Aside) -> Iterable[Any]:
    """Return what a cell would show that ended with this result and had these figures open."""
    figures = {id(figure): figure for figure in done.figures()}
    drawn = _figures_of(result)
    figures.update((id(figure), figure) for figure in drawn)
    yield from figures.values()
    if result is not None and not drawn:
        yield result


def _figures_of(result: Any, *, depth: int = 2) -> list[Any]:
    """Return the figures of what plotting functions return: figures, axes, artists, and tuples of them."""
    if type(result).__module__.partition(".")[0] == "numpy" and hasattr(result, "flat"):
        result = list(result.flat[:16]) if result.dtype == object else ()
    if isinstance(result, tuple | list):
        return [figure for each in result[:16] if depth for figure in _figures_of(each, depth=depth - 1)]
    if hasattr(result, "savefig") and hasattr(result, "canvas"):
        return [result]
    figure = getattr(result, "figure", None)
    return [figure] if hasattr(figure, "savefig") and hasattr(figure, "canvas") else []


def _formatted(shell: Any, shown: Any) -> Bundle:
    if isinstance(shown, str):
        return {"text/plain": shown}, {}
    data, metadata = shell.display_formatter.format(shown)
    if hasattr(shown, "savefig") and not any(kind.startswith("image/") for kind in data):
        file = io.BytesIO()
        shown.savefig(file, format="png", bbox_inches="tight")
        data = {**data, "image/png": base64.b64encode(file.getvalue()).decode()}
    return data, metadata


# -- several things as one --------------------------------------------------------------------------------


def _joined(parts: list[Bundle]) -> Bundle:
    """Return one display for what may be several: a display has but one place in its cell."""
    if not parts:
        return {"text/plain": ""}, {}
    if len(parts) == 1:
        return parts[0]
    html = "".join(f"<div>{_html(data, metadata)}</div>" for data, metadata in parts)
    plain = "\n".join(str(data.get("text/plain", "")).rstrip("\n") for data, _ in parts)
    return {"text/html": html, "text/plain": plain}, {}


def _html(data: dict[str, Any], metadata: dict[str, Any]) -> str:
    if "text/html" in data:
        return str(data["text/html"])
    for kind in _IMAGES:
        if kind in data:
            content = data[kind]
            text = base64.b64encode(content).decode() if isinstance(content, bytes) else content.strip()
            width = metadata.get(kind, {}).get("width")
            size = f' width="{int(width)}"' if width else ""
            return f'<img src="data:{kind};base64,{text}"{size}>'
    if "image/svg+xml" in data:
        return str(data["image/svg+xml"])
    return _PRE.format(escape(str(data.get("text/plain", "")).rstrip("\n")))


# -- what went wrong --------------------------------------------------------------------------------------


def _wrong(text: str) -> Bundle:
    return {"text/html": _WRONG.format(escape(text)), "text/plain": text}, {}


def _traceback(error: BaseException, shell: Any) -> str:
    """Return what went wrong and where, in the user's own lines."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(_PACKAGE)]
    own = [frame for frame in frames if _cell_name(frame.filename, shell)]
    told = (own or frames)[-MOST_FRAMES:]
    if frames and frames[-1] not in told:
        told.append(frames[-1])
    lines = ["".join(traceback.format_exception_only(error)).rstrip("\n")]
    for frame in told:
        place = _cell_name(frame.filename, shell) or frame.filename
        lines.append(f"  {place}, line {frame.lineno}, in {frame.name}")
        if frame.line:
            lines.append(f"    {frame.line}")
    return "\n".join(lines)


def _cell_name(filename: str, shell: Any) -> str | None:
    name = getattr(getattr(shell, "compile", None), "format_code_name", None)
    named = None if name is None else name(filename)
    if named is not None:
        return " ".join(named)
    return "Cell" if "__marimo__cell_" in filename else None
