"""What the kernel can find out by itself: engine, key, versions, and whether a panel can be shown at all."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from ...engines import Engine, SessionKind
from ...errors import RealtimeError
from ...session.findings import GROUPS, CheckLine, Status
from ...session.io_thread import IOThread
from ...session.probing import ENGINE_LINES, probe_engine
from ..front_end import read_bundle
from ..host import display_limit, kernel_limits
from .versions import version_lines

__all__ = ["KernelCheck", "in_order"]


class KernelCheck:
    """A look at the kernel's side; lines fill in as they are known, on the I/O thread.

    Args:
        engine: Whom to ask, or why there is none.
        model: The model to ask for.
        kind: The kind of session to ask for.
        timeout_s: How long the engine may take to get ready, and again to answer.
        chosen: Why it is this engine, in words.

    Attributes:
        listeners: Called after each line, on the I/O thread.
    """

    def __init__(
        self, engine: Engine | RealtimeError, *, model: str, kind: SessionKind = "realtime",
        timeout_s: float = 10.0, chosen: str = "",
    ) -> None:  # fmt: skip
        self.listeners: list[Callable[[], None]] = []
        self._engine = engine
        self._model, self._kind, self._timeout_s, self._chosen = model, kind, timeout_s, chosen
        self._ended = threading.Event()
        self._lines = _unknown()

    @property
    def lines(self) -> list[CheckLine]:
        """What is known so far; from any thread."""
        return list(self._lines.values())

    @property
    def ended(self) -> bool:
        """Whether all is known."""
        return self._ended.is_set()

    def wait(self, timeout_s: float) -> bool:
        """Wait until all is known; False if that takes longer."""
        return self._ended.wait(timeout_s)

    def start(self, io: IOThread) -> None:
        """Begin to look, also once more."""
        self._ended.clear()
        self._lines = _unknown()
        work = io.submit(self._look())
        _running.add(work)  # the loop itself keeps only weak references
        work.add_done_callback(_running.discard)

    async def _look(self) -> None:
        try:
            if isinstance(self._engine, Engine):
                await probe_engine(
                    self._engine, self._tell, model=self._model, kind=self._kind, timeout_s=self._timeout_s
                )
            else:
                self._no_engine(self._engine)
        except Exception as error:  # an engine of a user's own may raise anything
            self._put("answer", "problem", f"{type(error).__name__}: {error}", "See the cause.")
        finally:
            self._ended.set()
            self._changed()

    def _no_engine(self, error: RealtimeError) -> None:
        self._put("engine", "problem", error.message, error.remedy or "")
        for line_id in ("key", "answer"):
            self._put(line_id, "skipped", "Not asked, for want of an engine.")

    def _put(self, line_id: str, status: Status, found: str, remedy: str = "") -> None:
        title = ENGINE_LINES[line_id]
        self._tell(
            CheckLine(id=line_id, group="engine", title=title, status=status, found=found, remedy=remedy)
        )

    def _tell(self, line: CheckLine) -> None:
        if line.id == "engine" and self._chosen:
            line = replace(line, found=f"{line.found} {self._chosen}")
        self._lines = {**self._lines, line.id: line}  # readers on other threads have the old one
        self._changed()

    def _changed(self) -> None:
        for listener in list(self.listeners):
            listener()


_running: set[object] = set()


def _unknown() -> dict[str, CheckLine]:
    pending = [
        CheckLine(id=line_id, group="engine", title=title, status="pending")
        for line_id, title in ENGINE_LINES.items()
    ]
    return {line.id: line for line in (_panel_line(), *_host_lines(), *pending, *version_lines())}


def _host_lines() -> list[CheckLine]:
    return [
        CheckLine(id=f"kernel:{n}", group="comm", title="Kernel", status="note", found=found, remedy=remedy)
        for n, (found, remedy) in enumerate(kernel_limits())
    ]


def _panel_line() -> CheckLine:
    status: Status = "problem"
    try:
        build = read_bundle().version
    except RealtimeError as error:
        found, remedy = error.message, error.remedy or ""
    else:
        remedy = display_limit() or ""
        found = "This host shows no widgets yet." if remedy else f"The front end is there, build {build}."
        status = "problem" if remedy else "ok"
    return CheckLine(id="panel", group="page", title="Panel", status=status, found=found, remedy=remedy)


def in_order(lines: list[CheckLine]) -> tuple[CheckLine, ...]:
    """Return lines by group, and as they came within a group."""
    return tuple(sorted(lines, key=lambda line: list(GROUPS).index(line.group)))
