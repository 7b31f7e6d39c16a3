"""Ask an engine whether it would open a session: a connection is opened, heard and closed, at no cost."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from ..config import DEFAULT_MODEL
from ..engines import Endpoint, Engine, SessionKind
from ..errors import AuthenticationError, ConfigError, EngineError, MissingKeyError, RealtimeError
from .connecting import loss, make_ready
from .connection import Connection
from .findings import CheckLine, Status

__all__ = ["ENGINE_LINES", "probe_engine"]

ENGINE_LINES = {"engine": "Engine", "key": "API key", "answer": "Engine answers"}
"""The lines that a probe tells, by id."""

GREETING_LIMIT_S = 5.0
KEY_CODES = frozenset({"invalid_api_key", "missing_api_key", "account_deactivated"})

Tell = Callable[[CheckLine], None]


async def probe_engine(
    engine: Engine,
    tell: Tell,
    *,
    model: str = DEFAULT_MODEL,
    kind: SessionKind = "realtime",
    timeout_s: float = 10.0,
) -> None:
    """Find out whether an engine is there and takes the key; `tell` gets each line when it is known.

    Nothing is asked of the model, so nothing is billed. A refused key is told apart from a server that nobody
    reaches. Runs on the I/O thread; raises nothing.
    """
    note = f" {engine.note}" if engine.note else ""
    tell(_line("engine", "ok", f"{engine.name}.{note}"))
    try:
        endpoint = await make_ready(engine, model=model, kind=kind, limit_s=timeout_s)
    except RealtimeError as error:
        for line in _not_ready(engine, error):
            tell(line)
        return
    started_s = time.monotonic()
    try:
        greeting = await _greeting(endpoint, engine.name, timeout_s)
    except RealtimeError as error:
        for line in _failed(engine, endpoint, error):
            tell(line)
        return
    took_ms = (time.monotonic() - started_s) * 1000
    tell(_key_line(engine, endpoint, " It was accepted."))
    if greeting is None:
        silent_s = min(timeout_s, GREETING_LIMIT_S)
        found = f"{_where(endpoint)} took the connection and has said nothing for {silent_s:g} s."
        tell(_line("answer", "note", found, "Check that the address speaks the Realtime API."))
        return
    tell(
        _line(
            "answer",
            "ok",
            f"{_where(endpoint)} opened a session within {took_ms:.0f} ms; it was closed again.",
        )
    )


async def _greeting(endpoint: Endpoint, name: str, timeout_s: float) -> dict[str, Any] | None:
    """Connect and return the first event; None if none comes.

    Raises:
        EngineError: No connection, or one that ends with an error instead of a greeting.
    """
    connection = await Connection.open(endpoint, timeout_s=timeout_s)
    limit_s = min(timeout_s, GREETING_LIMIT_S)
    came: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    reader = asyncio.ensure_future(
        connection.deliver(lambda text: None if came.done() else came.set_result(text))
    )
    ends: list[asyncio.Future[Any]] = [came, reader]
    try:
        await asyncio.wait(ends, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
        if came.done():
            return _checked(came.result(), name)
        if reader.done():
            raise loss(name, connection)
        return None
    finally:
        await connection.close()
        with contextlib.suppress(Exception):
            await reader


def _checked(text: str, name: str) -> dict[str, Any]:
    """Return an event that is no error.

    Raises:
        EngineError: It is one. Some gateways take the connection and then say that the key is wrong.
    """
    try:
        event = json.loads(text)
    except ValueError:
        event = None
    if not isinstance(event, dict) or "type" not in event:
        raise EngineError(
            f"{name} took the connection and said something that is no event of the Realtime API.",
            remedy="Check that the address speaks the Realtime API.",
            code="no_answer",
        )
    if event["type"] != "error":
        return event
    told = event.get("error")
    told = told if isinstance(told, dict) else {}
    code, message = str(told.get("code") or told.get("type") or ""), str(told.get("message") or "an error")
    if code in KEY_CODES:
        raise AuthenticationError(
            f"{name} refused the key: {message}",
            remedy="Check OPENAI_API_KEY or api_key=, and that the project may use this model.",
            code=code,
        )
    raise EngineError(
        f"{name} took the connection and said: {message}",
        remedy="See what the server said.",
        code=code or None,
    )


# -- what was found, in words ----------------------------------------------------------------------------


def _line(line_id: str, status: Status, found: str, remedy: str | None = None) -> CheckLine:
    return CheckLine(
        id=line_id,
        group="engine",
        title=ENGINE_LINES[line_id],
        status=status,
        found=found,
        remedy=remedy or "",
    )


def _where(endpoint: Endpoint) -> str:
    return urlsplit(endpoint.url).netloc.rpartition("@")[2]


def _key_line(engine: Engine, endpoint: Endpoint, outcome: str, *, status: Status = "ok") -> CheckLine:
    if engine.key_origin is None:
        return _line("key", "ok", "None is needed.")
    if not endpoint.headers:
        return _line("key", "ok", "None was given, and none is sent.")
    return _line("key", status, f"From {engine.key_origin}.{outcome}")


def _not_ready(engine: Engine, error: RealtimeError) -> list[CheckLine]:
    """Return the lines for an engine that didn't get as far as an address."""
    if isinstance(error, MissingKeyError | ConfigError):
        return [
            _line("key", "problem", error.message, error.remedy),
            _line("answer", "skipped", "Not asked, for want of a key."),
        ]
    key = "None is needed." if engine.key_origin is None else f"From {engine.key_origin}. Not tried."
    return [
        _line("key", "ok" if engine.key_origin is None else "skipped", key),
        _line("answer", "problem", error.message, error.remedy),
    ]


def _failed(engine: Engine, endpoint: Endpoint, error: RealtimeError) -> list[CheckLine]:
    """Return the lines for an engine that has an address and opens no session there."""
    if isinstance(error, AuthenticationError):
        whence = f" The key came from {engine.key_origin}." if endpoint.headers and engine.key_origin else ""
        sent = all(value.isascii() and value.isprintable() for value in endpoint.headers.values())
        answer = f"{_where(endpoint)} answers, and wants another key."
        return [
            _line("key", "problem", f"{error.message}{whence}", error.remedy),
            _line("answer", "ok", answer) if sent else _line("answer", "skipped", "The key can't be sent."),
        ]
    tried = " It wasn't tried, for nobody answered." if error.code == "engine_unreachable" else ""
    return [
        _key_line(engine, endpoint, tried, status="skipped"),
        _line("answer", "problem", error.message, error.remedy),
    ]
