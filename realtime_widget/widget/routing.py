"""Where the kernel handles what a page sends; the one place that touches private parts of ipykernel.

There are three ways. JupyterLab sends comm messages over a *subshell*, a thread of their own, where the
kernel has such (ipykernel 7); 7.4 sends them back to the main thread unless a comm's own routing leaves the
header's subshell as it is. The *control* channel has a thread of its own too, in every kernel from 6 on; here
it gets one handler that does nothing but post. Else messages wait on the *main* thread until the cell ends.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from typing import Any, Literal

__all__ = [
    "NOTES", "Route", "handled_on", "hurry", "ignore_control", "in_kernel", "keep_subshell",
    "listen_on_control", "relax",
]  # fmt: skip

log = logging.getLogger("realtime_widget.widget")

Route = Literal["subshell", "control", "main"]
Receive = Callable[[Any, list[Any]], None]

NOTES: dict[Route, str] = {
    "subshell": "You can talk while a cell runs.",
    "control": "You can talk while a cell runs: the kernel's control channel carries the microphone.",
    "main": "While a cell runs, this kernel hears nothing from the page. "
    "What you say then reaches it when the cell ends, up to 30 s of it.",
}
"""What a busy cell does, by route."""

HURRIED_S = 0.001

_listeners: dict[str, Receive] = {}
_hurrying: set[object] = set()
_calm_s: float | None = None


def keep_subshell(comm: Any) -> bool:
    """Let a comm's messages stay on the subshell they came by; True where that had to be arranged."""
    if not hasattr(comm, "_reply_subshell_for"):
        return False
    comm._reply_subshell_for = lambda data, default: default
    return True


def handled_on() -> Route:
    """Tell which way the comm message came that is being handled on this thread."""
    return "main" if threading.current_thread() is threading.main_thread() else "subshell"


def listen_on_control(name: str, receive: Receive) -> bool:
    """Hand what a page sends on the control channel to `receive`; False where the kernel has no such channel.

    Args:
        name: What a page puts in place of the comm's id.
        receive: Called on the control thread, in front of interrupts: it may only post.
    """
    handlers = getattr(_kernel(), "control_handlers", None)
    if not isinstance(handlers, dict):
        return False
    _listeners[name] = receive
    before = handlers.get("comm_msg")
    if not isinstance(before, _ControlHandler):
        handlers["comm_msg"] = _ControlHandler(before)
    return True


def ignore_control(name: str) -> None:
    """Listen no more."""
    _listeners.pop(name, None)


class _ControlHandler:
    """The kernel's handler of comm messages on its control channel; what isn't ours goes on as before."""

    def __init__(self, before: Any) -> None:
        self._before = before

    def __call__(self, stream: Any, ident: Any, message: dict[str, Any]) -> Any:
        content = message.get("content") or {}
        receive = _listeners.get(content.get("comm_id", ""))
        if receive is not None:
            receive((content.get("data") or {}).get("content"), list(message.get("buffers") or []))
            return None
        if self._before is not None:
            return self._before(stream, ident, message)
        log.debug("< a comm message on the control channel is for nobody")
        return None


def hurry(who: object) -> None:
    """Let threads take turns every millisecond while `who` needs it, though a cell runs a Python loop.

    Python's own 5 ms, waited for at each hand-over, add up to a quarter of a second for a chunk of sound.
    """
    global _calm_s
    if not _hurrying and sys.getswitchinterval() > HURRIED_S:
        _calm_s = sys.getswitchinterval()
        sys.setswitchinterval(HURRIED_S)
    _hurrying.add(who)


def relax(who: object) -> None:
    """Need it no more; the interval is again what it was, unless somebody else has set it meanwhile."""
    global _calm_s
    _hurrying.discard(who)
    if not _hurrying and _calm_s is not None:
        if abs(sys.getswitchinterval() - HURRIED_S) < HURRIED_S / 10:
            sys.setswitchinterval(_calm_s)
        _calm_s = None


def in_kernel() -> bool:
    """Whether this process is a notebook's kernel."""
    return _kernel() is not None


def _kernel() -> Any:
    ipython = sys.modules.get("IPython")  # a kernel has it; a script need not load it to learn that it's none
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None)
