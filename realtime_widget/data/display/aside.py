"""What a function does on the side while it runs: it prints, displays, and opens figures of pyplot.

All three are global: whatever another thread does with them would end up in the cell that happens to run. In
here the calling thread has its own, and all other threads go on as before.
"""

from __future__ import annotations

import io
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Aside", "aside"]

MAX_PRINTED = 10_000
_local = threading.local()
_lock = threading.Lock()
_STREAMS = ("stdout", "stderr")
_n_printing = 0


@dataclass(slots=True)
class Aside:
    """What a function did on the side.

    Attributes:
        displayed: What it displayed, as pairs of data and metadata by MIME type.
        figures: The figures of pyplot that it opened and left open, in order.
    """

    displayed: list[tuple[dict[str, Any], dict[str, Any]]] = field(default_factory=list)
    figures: Callable[[], list[Any]] = list
    _printed: io.StringIO = field(default_factory=io.StringIO)

    @property
    def printed(self) -> str:
        """What it printed; of very much, the end."""
        text = self._printed.getvalue()
        return text if len(text) <= MAX_PRINTED else "…" + text[-MAX_PRINTED:]


@contextmanager
def aside(shell: Any = None) -> Iterator[Aside]:
    """Keep apart what the calling thread prints, displays and opens in here; its figures are closed then."""
    found = Aside()
    with ExitStack() as stack:
        stack.enter_context(_prints(found))
        stack.enter_context(_displays(found, shell))
        stack.enter_context(_figures(found))
        yield found


# -- printing ---------------------------------------------------------------------------------------------


class _Stream:
    """A stream that is another one for threads in `aside`."""

    _stream: Any

    def __init__(self, stream: Any) -> None:
        object.__setattr__(self, "_stream", stream)

    def __getattr__(self, name: str) -> Any:
        return getattr(getattr(_local, "printed", None) or self._stream, name)

    # While a cell runs, IPython puts its own `write` on the stream: on the real one, or it would hide ours.

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._stream, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._stream, name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._stream)


@contextmanager
def _prints(found: Aside) -> Iterator[None]:
    global _n_printing
    with _lock:
        _n_printing += 1
        for name in _STREAMS:
            stream = getattr(sys, name)
            if stream is not None and not isinstance(stream, _Stream):
                setattr(sys, name, _Stream(stream))
    _local.printed = found._printed
    try:
        yield
    finally:
        _local.printed = None
        with _lock:
            _n_printing -= 1
            for name in _STREAMS:
                stream = getattr(sys, name)
                if not _n_printing and isinstance(stream, _Stream):
                    setattr(sys, name, stream._stream)


# -- displaying -------------------------------------------------------------------------------------------


@contextmanager
def _displays(found: Aside, shell: Any) -> Iterator[None]:
    publisher: Any = getattr(shell, "display_pub", None)
    if not hasattr(publisher, "register_hook"):  # hooks are ipykernel's, and of the calling thread alone
        yield
        return

    def hook(message: dict[str, Any]) -> dict[str, Any] | None:
        if message.get("msg_type") == "clear_output":
            found.displayed.clear()
            return None
        content = message.get("content", {})
        if "data" not in content:
            return message
        found.displayed.append((dict(content["data"]), dict(content.get("metadata") or {})))
        return None

    publisher.register_hook(hook)
    try:
        yield
    finally:
        publisher.unregister_hook(hook)


# -- figures of pyplot ------------------------------------------------------------------------------------


class _Figures:
    """pyplot's open figures, which are others for threads in `aside`."""

    def __init__(self, figures: Any) -> None:
        self.shared = figures

    @property
    def _now(self) -> Any:
        own = getattr(_local, "figures", None)
        return self.shared if own is None else own

    def __getattr__(self, name: str) -> Any:
        return getattr(self._now, name)

    def __len__(self) -> int:
        return len(self._now)

    def __contains__(self, number: object) -> bool:
        return number in self._now

    def __iter__(self) -> Iterator[Any]:
        return iter(self._now)

    def __reversed__(self) -> Iterator[Any]:
        return iter(list(self._now)[::-1])

    def __getitem__(self, number: Any) -> Any:
        return self._now[number]

    def __setitem__(self, number: Any, manager: Any) -> None:
        self._now[number] = manager

    def __delitem__(self, number: Any) -> None:
        del self._now[number]


def _gcf() -> Any:
    """Return where pyplot keeps the open figures, a documented place; None while nobody plots."""
    return getattr(sys.modules.get("matplotlib._pylab_helpers"), "Gcf", None)


@contextmanager
def _figures(found: Aside) -> Iterator[None]:
    own: OrderedDict[Any, Any] = OrderedDict()
    before = _gcf()
    if before is not None:
        with _lock:
            if not isinstance(before.figs, _Figures):
                before.figs = _Figures(before.figs)
        _local.figures = own
    found.figures = lambda: [manager.canvas.figure for manager in _opened(own, before).values()]
    try:
        yield
    finally:
        try:
            for number, manager in list(_opened(own, before).items()):
                del manager
                _gcf().destroy(number)
        finally:
            _local.figures = None


def _opened(own: OrderedDict[Any, Any], before: Any) -> Any:
    # Where the function itself was the first to import pyplot, all that is open is its own.
    now = _gcf()
    return own if before is not None or now is None else now.figs
