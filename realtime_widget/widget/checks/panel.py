"""The check inside a session's panel: the same lines, for the session's own engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .. import messages
from .kernel import KernelCheck

if TYPE_CHECKING:
    from ..link import PageLink

__all__ = ["HANDLERS"]


def _on_run(link: PageLink, message: messages.CheckRun) -> None:
    config = link.core.protocol.config
    check = KernelCheck(link.core.engine, model=config.model, kind=config.kind)

    def tell() -> None:
        lines = [line.to_dict() for line in check.lines]
        link.send(messages.check_lines(message.page, lines, ended=check.ended), [])

    check.listeners.append(tell)
    check.start(link.io)
    tell()


def _on_page(link: PageLink, message: messages.CheckPage) -> None:
    """Let what a page found stay there: a panel shows it, and nobody asks for it in Python."""


HANDLERS: dict[type[messages.PageMessage], Callable[[PageLink, Any], None]] = {
    messages.CheckRun: _on_run,
    messages.CheckPage: _on_page,
}
