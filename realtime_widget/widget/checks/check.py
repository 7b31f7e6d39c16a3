"""`check()`: look at page, kernel, engine and versions; a display that fills in, and plain data."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...config import DEFAULT_MODEL
from ...config.checks import check_range, check_text
from ...engines import Engine
from ...errors import ConfigError, EngineError, RealtimeError
from ...session.findings import CheckLine
from ...session.io_thread import io_thread
from ...session.resolve import resolve_engine
from ..routing import in_kernel
from .kernel import KernelCheck, in_order
from .static import check_html

if TYPE_CHECKING:
    import pandas as pd

    from .widget import CheckWidget

__all__ = ["Check", "check"]

DISPLAY_WAIT_S = 2.0
SLACK_S = 10.0
MIN_TIMEOUT_S, MAX_TIMEOUT_S = 0.1, 600.0
NO_PAGE = "Not asked: no page shows this check. Let it be the last line of a notebook's cell."
BY_PAGE = "Told by the page that shows the check, while it does; run the cell to see it."


def check(
    engine: str | Engine = "auto",
    api_key: Any = None,
    *,
    model: str = DEFAULT_MODEL,
    headers: Mapping[str, str] | None = None,
    timeout: float = 10.0,
) -> Check:
    """Find out what would keep a conversation from working here, and what to do about it.

    Displayed in a notebook it also asks the page (never for the microphone itself) and fills in as it goes.
    The engine is only connected to, which costs nothing.

    Args:
        engine: As `RealtimeSession` takes it.
        api_key: As `RealtimeSession` takes it.
        model: The model to ask for.
        headers: Further HTTP headers, as `RealtimeSession` takes them.
        timeout: Seconds that the engine may take to get ready, and again to answer.

    Raises:
        ConfigError: No such engine, or a wrong value.
    """
    check_range("timeout", timeout, MIN_TIMEOUT_S, MAX_TIMEOUT_S)
    check_text("model", model)
    if api_key is not None and not isinstance(api_key, str) and not callable(api_key):
        raise ConfigError("api_key must be a string or a function that returns one.")
    resolved: Engine | RealtimeError
    chosen = ""
    try:
        resolved = resolve_engine(engine, api_key, headers)
        if engine == "auto":
            found = "a key" if resolved.kind == "openai" else "no key (in OPENAI_API_KEY or api_key=)"
            chosen = f'engine="auto" chose it, for {found} was found.'
    except EngineError as error:
        resolved = error
    return Check(KernelCheck(resolved, model=model, timeout_s=timeout, chosen=chosen), 2 * timeout + SLACK_S)


class Check:
    """What a check finds: displays itself, iterates over its lines, and prints as text.

    What the kernel finds is waited for when it is read. What a page finds is there once a page shows the
    check, that is from the next cell on.
    """

    def __init__(self, kernel: KernelCheck, limit_s: float) -> None:
        self._kernel = kernel
        self._limit_s = limit_s
        self._page_lines: tuple[CheckLine, ...] = ()
        self._widget: CheckWidget | None = None
        self._lock = threading.Lock()
        kernel.start(io_thread())

    @property
    def ok(self) -> bool:
        """Whether nothing that was looked at is a problem."""
        return all(line.status != "problem" for line in self.lines)

    @property
    def lines(self) -> tuple[CheckLine, ...]:
        """All lines, by group: page, way between page and kernel, engine, versions."""
        self._wait(self._limit_s)
        return self.known

    @property
    def known(self) -> tuple[CheckLine, ...]:
        """All lines as far as they are known; waits for nobody."""
        page = self._page_lines or (
            CheckLine(id="page", group="page", title="Page and microphone", status="skipped", found=NO_PAGE),
        )
        return in_order([*page, *self._kernel.lines])

    @property
    def problems(self) -> tuple[CheckLine, ...]:
        """The lines that want something done."""
        return tuple(line for line in self.lines if line.status == "problem")

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return the lines as dictionaries."""
        return [line.to_dict() for line in self.lines]

    @property
    def df(self) -> pd.DataFrame:
        """The lines as a dataframe."""
        import pandas as pd

        return pd.DataFrame(self.to_dicts())

    def __iter__(self) -> Iterator[CheckLine]:
        return iter(self.lines)

    def __len__(self) -> int:
        return len(self.lines)

    def __getitem__(self, line_id: str) -> CheckLine:
        """Return a line by its id."""
        return {line.id: line for line in self.lines}[line_id]

    def __str__(self) -> str:
        return "\n".join(map(str, self.lines))

    def __repr__(self) -> str:
        return f"Check({len(self.known)} lines)"

    # -- display -----------------------------------------------------------------------------------------

    @property
    def widget(self) -> CheckWidget:
        """The display; one widget, however often it is shown."""
        from .widget import CheckWidget

        with self._lock:
            if self._widget is None or self._widget.comm is None:
                self._widget = CheckWidget(self)
            return self._widget

    def _repr_mimebundle_(self, **options: Any) -> Any:
        # For what is saved and read without a kernel; a panel goes on by itself, a terminal does not.
        self._wait(DISPLAY_WAIT_S if in_kernel() else self._limit_s)
        shown = tuple(
            replace(line, found=BY_PAGE) if line.found == NO_PAGE and in_kernel() else line
            for line in self.known
        )
        static = {"text/plain": "\n".join(map(str, shown)), "text/html": check_html(shown)}
        if any(line.id == "panel" and line.status == "problem" for line in shown):
            return static
        bundle = self.widget._repr_mimebundle_(**options)
        data, *metadata = bundle if isinstance(bundle, tuple) else (bundle,)
        data = {**(data or {}), **static}
        return (data, *metadata) if metadata else data

    def _wait(self, timeout_s: float) -> None:
        if not io_thread().is_current:  # which does what would be waited for
            self._kernel.wait(timeout_s)

    def _look(self, *, again: bool) -> None:
        if again and self._kernel.ended:
            self._kernel.start(io_thread())
