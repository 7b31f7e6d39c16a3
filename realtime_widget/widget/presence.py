"""The pages of a session: which are there, by which route they talk, and which has microphone and voice.

A page that is closed may not get its last message through. So the owner is asked every few seconds whether it
is still there, and an owner that doesn't answer loses what it has. The answer also tells what its clock says.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import messages
from .clock import Exchange, PageClock
from .routing import Route

if TYPE_CHECKING:
    from .link import PageLink

__all__ = ["HANDLERS", "Page", "Presence"]

PING_S = 2.0
QUICK_S = 0.25  # the first pings of an owner, which tell of its clock before anybody speaks
N_QUICK = 5
LOST_S = 6.0
LOST_ON_MAIN_S = 60.0  # where a busy cell holds messages up, silence says little
RIVAL_S = 1.5  # how long an owner may take to answer when another page came
ALONE_S = 30.0  # a page that reloads is back by then


class Page:
    """One loaded page.

    Attributes:
        heard_s: When it was last heard, by the presence's clock.
        displayed: Whether it shows a view of the session.
        route: By which way its messages come, as far as it is known.
        came_ms: When its last message came, before it waited for its turn; by the presence's clock.
        clock: What is known of its clock.
    """

    __slots__ = ("came_ms", "clock", "displayed", "heard_s", "route")

    def __init__(self, heard_s: float) -> None:
        self.heard_s = heard_s
        self.displayed = True
        self.route: Route | None = None
        self.came_ms = 1000 * heard_s
        self.clock = PageClock()


class Presence:
    """Keeps the pages of one link; lives on the I/O thread."""

    def __init__(self, link: PageLink, clock: Callable[[], float] = time.monotonic) -> None:
        self._link = link
        self._clock = clock
        self._pages: dict[str, Page] = {}
        self._watching = False
        self._latest: str | None = None

    @property
    def n_pages(self) -> int:
        """How many pages are there, as far as is known."""
        return len(self._pages)

    @property
    def route(self) -> Route | None:
        """The route of the owner, else of the page that came last."""
        page = self._pages.get(self._link.owner or self._latest or "")
        return page.route if page is not None else None

    def clock_of(self, page_id: str | None) -> PageClock | None:
        """What is known of a page's clock; None of a page that isn't there."""
        page = self._pages.get(page_id or "")
        return page.clock if page is not None else None

    def heard(self, page_id: str, route: Route | None = None, came_ms: float | None = None) -> Page:
        """Note that a page talks, by which route, and when that came."""
        page = self._pages.get(page_id)
        if page is None:
            page = self._pages[page_id] = Page(self._clock())
            self._latest = page_id
        page.heard_s = self._clock()
        page.came_ms = 1000 * page.heard_s if came_ms is None else came_ms
        page.route = route or page.route
        return page

    def gone(self, page_id: str) -> None:
        """Forget a page, and all that was its own."""
        self._pages.pop(page_id, None)
        self._link.forget_page(page_id)
        if page_id == self._link.owner:
            self._link.disown()
        self._maybe_alone()

    # -- the owner -----------------------------------------------------------------------------------------

    def watch(self) -> None:
        """Ask the owner every now and then whether it is there, as long as there is one."""
        if not self._watching and self._link.owner is not None:
            self._watching = True
            clock = self.clock_of(self._link.owner)
            quick = clock is not None and clock.n_asked < N_QUICK
            self._link.io.later(min(QUICK_S, PING_S) if quick else PING_S, self._look)

    def _ask(self, page_id: str) -> None:
        """Ask a page whether it is there, and what its clock says."""
        if (clock := self.clock_of(page_id)) is not None:
            self._link.send(messages.ping(page_id, clock.ask(1000 * self._clock())), [])

    def _look(self) -> None:
        self._watching = False
        owner = self._link.owner
        if owner is None:
            return
        page = self._pages.get(owner)
        silent_s = self._clock() - page.heard_s if page is not None else LOST_ON_MAIN_S
        limit_s = LOST_S if page is not None and page.route in ("subshell", "control") else LOST_ON_MAIN_S
        if silent_s >= limit_s:
            self.gone(owner)
            self._link.publish([])
            return
        self._ask(owner)
        self.watch()

    def challenge(self, rival: str) -> None:
        """Forget pages whose tab was closed or loaded anew without a word, now that another came.

        If one of them was the owner, the newcomer has the voice instead.
        """
        others = [page_id for page_id in self._pages if page_id != rival]
        asked_s = self._clock()
        for page_id in others:
            self._ask(page_id)

        def judge() -> None:
            silent = [
                page_id for page_id in others
                if (page := self._pages.get(page_id)) is not None and page.heard_s <= asked_s
            ]  # fmt: skip
            for page_id in silent:
                self.gone(page_id)
            if rival in self._pages:
                self._link.own(rival, take_over=False)
            self._link.publish([])

        if others:
            self._link.io.later(RIVAL_S, judge)

    # -- nobody looks any more -----------------------------------------------------------------------------

    def _maybe_alone(self) -> None:
        if self._link.on_close == "stop" and not self._displayed:
            self._link.io.later(ALONE_S, self._stop_if_alone)

    def _stop_if_alone(self) -> None:
        if not self._displayed and self._link.live:
            self._link.stop_session()

    @property
    def _displayed(self) -> bool:
        return any(page.displayed for page in self._pages.values())

    # -- what pages say of themselves ----------------------------------------------------------------------

    def on_ready(self, message: messages.PageReady) -> None:
        """Show a page everything there is."""
        self.heard(message.page).displayed = True
        self._link.own(message.page, take_over=False)
        self.challenge(message.page)
        self._link.snapshot(message.page)

    def on_unseen(self, message: messages.Unseen) -> None:
        """Follow the session's policy when a page shows it no more."""
        self.heard(message.page).displayed = False
        if self._link.on_close == "stop" and not self._displayed and self._link.live:
            self._link.stop_session()

    def on_beat(self, message: messages.Beat) -> None:
        """Learn from a page's answer how far its clock is from this one."""
        page = self._pages.get(message.page)
        if page is None or message.ping_ms is None:
            return
        exchange = Exchange(message.ping_ms, message.received_ms, message.answered_ms, page.came_ms)
        skew_ms = 1000 * (time.time() - self._clock())
        page.clock.take(exchange, page_skew_ms=message.skew_ms, kernel_skew_ms=skew_ms)


def _on_ready(link: PageLink, message: messages.PageReady) -> None:
    link.presence.on_ready(message)


def _on_unseen(link: PageLink, message: messages.Unseen) -> None:
    link.presence.on_unseen(message)


def _on_hide(link: PageLink, message: messages.PageHide) -> None:
    link.presence.gone(message.page)


def _on_beat(link: PageLink, message: messages.Beat) -> None:
    link.presence.on_beat(message)


HANDLERS: dict[type[messages.PageMessage], Callable[[PageLink, Any], None]] = {
    messages.PageReady: _on_ready,
    messages.Unseen: _on_unseen,
    messages.PageHide: _on_hide,
    messages.Beat: _on_beat,
}
