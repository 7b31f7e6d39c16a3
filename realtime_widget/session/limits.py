"""What keeps a session from costing more than it should: its time, its money, and starts in a loop."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import math
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..config.numbers import is_number
from ..errors import ConfigError, RealtimeError, SessionError

if TYPE_CHECKING:
    from .core import SessionCore

__all__ = ["LimitOptions", "Limits", "StartGuard"]

WINDOW_S = 60.0
WARN_TIME, WARN_COST = 0.9, 0.8
LAST_BILL_S = 2.0
_CREATES = '"type":"response.create"'


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitOptions:
    """The limits of a session.

    Attributes:
        max_minutes: How long it may be connected, all in all; None for no limit.
        budget_usd: What it may cost; None for no limit.
        starts_per_minute: How often it may be started; None for no limit.

    Raises:
        ConfigError: Not a positive number.
    """

    max_minutes: float | None = None
    budget_usd: float | None = None
    starts_per_minute: int | None = 10

    def __post_init__(self) -> None:
        for name in ("max_minutes", "budget_usd"):
            _check_positive(name, getattr(self, name))
        _check_positive("starts_per_minute", self.starts_per_minute)
        if isinstance(self.starts_per_minute, float):
            raise ConfigError(
                f"starts_per_minute must be a whole number or None, not {self.starts_per_minute!r}."
            )


def _check_positive(name: str, value: Any) -> None:
    if value is not None and not (is_number(value) and math.isfinite(value) and value > 0):
        raise ConfigError(f"{name} must be a number above 0, or None for no limit, not {value!r}.")


class StartGuard:
    """Counts starts within the last minute."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._starts: deque[float] = deque()

    def check(self, now_s: float) -> None:
        """Count a start.

        Raises:
            SessionError: There were too many; `retry_after` says when there may be one again.
        """
        while self._starts and now_s - self._starts[0] >= WINDOW_S:
            self._starts.popleft()
        if len(self._starts) < self._limit:
            self._starts.append(now_s)
            return
        wait_s = self._starts[0] + WINDOW_S - now_s
        raise SessionError(
            f"More than {self._limit} starts within a minute.",
            remedy=f"Wait {math.ceil(wait_s)} s. A loop should use one session: every start is a "
            "new connection, which is billed anew. starts_per_minute= changes this limit.",
            code="too_many_starts",
            retry_after=round(wait_s, 1),
            recoverable=True,
        )


_guards: dict[str, StartGuard] = {}


class Limits:
    """Ends a session that lasts too long or costs too much; lives on the I/O thread.

    Attributes:
        notice: What people should know of it, or None.
    """

    def __init__(self, core: SessionCore, options: LimitOptions) -> None:
        self.notice: str | None = None
        self._core = core
        self._options = options
        self._guard = StartGuard(options.starts_per_minute) if options.starts_per_minute else None
        self._connected_s = 0.0
        self._looked_s: float | None = None
        self._starts_fresh = False
        self._reached: SessionError | None = None
        self._warned: set[str] = set()

    @property
    def budget_usd(self) -> float | None:
        """What the session may cost; None for no limit."""
        return self._options.budget_usd

    # -- starts ------------------------------------------------------------------------------------------

    def check_start(self) -> None:
        """Refuse a start that is one too many.

        Raises:
            SessionError: Too many within a minute, or a limit is reached for good.
        """
        if self._reached is not None:
            raise self._reached.with_traceback(None)
        if self._guard is not None:
            self._guard.check(time.monotonic())
        self.notice = None
        self._starts_fresh = True

    def check_address(self, url: str) -> None:
        """Refuse the first connection of a start, if too many sessions of this process went to that host.

        Raises:
            SessionError: Too many within a minute.
        """
        host, fresh = urlsplit(url).hostname or "", self._starts_fresh
        self._starts_fresh = False
        if fresh and self._options.starts_per_minute is not None and not _is_loopback(host):
            limit = self._options.starts_per_minute
            _guards.setdefault(f"{host} {limit}", StartGuard(limit)).check(time.monotonic())

    # -- time and money ----------------------------------------------------------------------------------

    def look(self) -> None:
        """See how long the session has been connected and what it has cost; called several times a second."""
        now_s, connected = time.monotonic(), self._core.connection is not None
        if connected and self._looked_s is not None:
            self._connected_s += now_s - self._looked_s
        self._looked_s = now_s if connected else None
        if not connected or self._reached is not None:
            return
        if self._options.max_minutes is not None:
            self._look_at_time(60 * self._options.max_minutes)
        if self._options.budget_usd is not None:
            self._look_at_cost(self._options.budget_usd)

    def admit(self, messages: list[str]) -> list[str]:
        """Return what of the frames to send may be sent: nothing that costs more than there is to spend."""
        budget_usd = self._options.budget_usd
        if budget_usd is None or not any(_CREATES in message for message in messages):
            return messages
        if self._core.data.usage.cost_usd < budget_usd:
            return messages
        return [message for message in messages if _CREATES not in message]

    def _look_at_time(self, limit_s: float) -> None:
        minutes = _number(limit_s / 60)
        if self._connected_s >= limit_s:
            self._end("max_minutes", f"The session has been connected for {minutes} minutes, its limit.")
        elif self._connected_s >= WARN_TIME * limit_s:
            left_s = limit_s - self._connected_s
            self._warn("max_minutes", f"The session ends in {left_s:.0f} s: its limit is {minutes} minutes.")

    def _look_at_cost(self, budget_usd: float) -> None:
        usage = self._core.data.usage
        cost_usd, budget = usage.cost_usd, f"{_number(budget_usd)} USD"
        if usage.without_price:
            names = ", ".join(usage.without_price)
            self._warn(
                "price_unknown",
                f"What {names} costs isn't known, so the budget of {budget} doesn't count it.",
            )
        elif usage.unknown is not None:
            self._warn(
                "cost_unknown",
                "The server doesn't tell which tokens were audio, so the cost isn't known and the budget of "
                f"{budget} doesn't count it.",
            )
        if cost_usd >= budget_usd:
            self._end("budget_reached", f"The session has cost {cost_usd:.4f} USD, its budget was {budget}.")
        elif cost_usd >= WARN_COST * budget_usd:
            self._warn("budget_reached", f"The session has cost {cost_usd:.4f} USD, its budget is {budget}.")

    def _warn(self, code: str, message: str) -> None:
        if code in self._warned:
            return
        self._warned.add(code)
        self.notice = message
        warning = RealtimeError(message, remedy=_REMEDIES[code], code=code, recoverable=True)
        self._core.callbacks.emit("warning", warning)
        self._core.publish([])

    def _end(self, code: str, message: str) -> None:
        self._warn(code, message)  # unless that was done: a single answer may cost more than was left
        self.notice = None
        self._reached = SessionError(
            message,
            remedy="Everything said is kept. To go on, make another session with a higher limit and this one "
            "as its history=.",
            code=code,
        )
        self._core.spawn(self._stop(self._reached))

    async def _stop(self, error: SessionError) -> None:
        core = self._core
        core.waits.fail_all(error)  # else they would hear that the answer was cancelled, and not why
        if core.protocol.sequencer.active:
            core.act(lambda protocol: protocol.cancel())
            ended = core.waits.until(lambda: core.protocol.sequencer.active is None)
            with contextlib.suppress(TimeoutError):  # what was said so far is billed at the response's end
                await asyncio.wait_for(ended, LAST_BILL_S)
        await core.lifecycle.end(error)


_GO_ON = "To go on beyond it, make another session with a higher limit and this one as its history=."
_REMEDIES = {
    "max_minutes": _GO_ON,
    "budget_reached": _GO_ON,
    "price_unknown": "Tell it with prices={'model': {…}}, or limit the session with max_minutes=.",
    "cost_unknown": "Limit the session with max_minutes=.",
}


def _number(value: float) -> str:
    return f"{value:.4g}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
