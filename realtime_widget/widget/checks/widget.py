"""The display of a check: a small widget on the panel's own front end."""

from __future__ import annotations

import contextvars
import logging
import secrets
from typing import TYPE_CHECKING, Any

import msgspec
import traitlets

from ...data.display.marimo import running_marimo
from ...session.findings import CheckLine
from ...session.io_thread import io_thread
from .. import messages
from ..buffers import first_buffer
from ..front_end import FrontEndWidget
from ..routing import Route, handled_on, ignore_control, keep_subshell, listen_on_control

if TYPE_CHECKING:
    from .check import Check

__all__ = ["CheckWidget"]

log = logging.getLogger("realtime_widget.widget")


class CheckWidget(FrontEndWidget):
    """Shows a check and asks the page; what is found travels as messages, and nothing of it is a trait."""

    kind = traitlets.Unicode("check", read_only=True).tag(sync=True)
    """What the front end is to draw."""
    session_id = traitlets.Unicode(read_only=True).tag(sync=True)
    """Names the check on the kernel's control channel; random, and no secret."""

    def __init__(self, check: Check) -> None:
        self.set_trait("session_id", secrets.token_hex(8))
        super().__init__()
        self._check = check
        self._in_marimo = running_marimo(shown=False) is not None
        self._context = contextvars.copy_context()
        keep_subshell(self.comm)
        self.on_msg(self._receive)
        listen_on_control(self.session_id, self._on_control)
        check._kernel.listeners.append(self._tell)

    def close(self) -> None:
        """Take the display away; what was found stays in the check."""
        super().close()
        ignore_control(self.session_id)

    def _receive(self, widget: object, content: Any, buffers: list[Any]) -> None:
        if not (isinstance(content, dict) and content.get("type") == "bundle.get"):  # which isn't ours
            # marimo's cells run on the thread that hears the page, whichever that is.
            self._take(content, buffers, "main" if self._in_marimo else handled_on())

    def _on_control(self, content: Any, buffers: list[Any]) -> None:
        self._take(content, buffers, "control")

    def _take(self, content: Any, buffers: list[Any], handled: Route) -> None:
        try:
            message = messages.parse(content)
            pcm = first_buffer(buffers)
        except (msgspec.ValidationError, TypeError, ValueError) as error:
            log.warning("! a message of the page was refused: %s", error)
            return
        # By way of the I/O thread, as the microphone's sound goes.
        io_thread().post(self._handle, message, pcm, handled)

    def _handle(self, message: messages.PageMessage, pcm: bytes, handled: Route) -> None:
        page = message.page
        match message:
            case messages.RouteProbe():
                self._post(messages.route(page, message.probe_id, message.via, handled), [])
            case messages.CheckEcho():
                self._post(messages.check_echo(page, message.echo_id), [pcm])
            case messages.CheckRun():
                self._check._look(again=message.again)
                self._tell()
            case messages.CheckPage(lines=lines):
                self._check._page_lines = tuple(CheckLine(**msgspec.structs.asdict(line)) for line in lines)
            case _:
                pass  # what panels say besides

    def _tell(self) -> None:
        kernel = self._check._kernel
        lines = [line.to_dict() for line in kernel.lines]
        self._post(messages.check_lines(None, lines, ended=kernel.ended), [])

    def _post(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        if self.comm is None:
            return
        try:
            self._send_from_any_thread(content, buffers)
        except Exception:
            # A kernel that is ending, or a comm that this thread may not use: the check is data all the same.
            log.warning("! %s could not be sent to the pages", content["type"], exc_info=True)

    def _send_from_any_thread(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        try:
            self.send(content, buffers)
        except LookupError:
            # ipykernel 7.0 asks for the cell that a message belongs to, which other threads don't know.
            self._context.run(self.send, content, buffers)

    def __repr__(self) -> str:
        return "CheckWidget()"
