"""How a socket to an engine is opened, and in the user's words why it wasn't."""

from __future__ import annotations

import errno
import inspect
import json
import logging
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus, WebSocketException

from ..engines import Endpoint
from ..errors import AuthenticationError, EngineError
from ..protocol.objects import ErrorDetail
from ..protocol.problems import is_fatal
from .direct import DirectSocket
from .secrecy import Secrets

__all__ = ["MAX_FRAME_BYTES", "PING_TIMEOUT_S", "open_socket"]

log = logging.getLogger("realtime_widget.session")

# websockets writes the handshake's headers, and so the key, to its debug log: it gets a logger that
# nobody can turn on.
_silent = logging.Logger("realtime_widget.socket", logging.CRITICAL)

MAX_FRAME_BYTES = 64 * 1024 * 1024  # a retrieved item carries all its sound; 1 MiB would kill the session
SAID_CHARACTERS = 300
PING_INTERVAL_S = 20
PING_TIMEOUT_S = 60  # a busy cell may hold the interpreter for long


async def open_socket(endpoint: Endpoint, secrets: Secrets, *, timeout_s: float) -> DirectSocket:
    """Connect to an engine.

    Raises:
        EngineError: Nobody answers there, or the server refuses; the message says what to do.
    """
    where = urlsplit(endpoint.url).netloc.rpartition("@")[2]
    _check_headers(endpoint.headers)
    # Raised behind the handlers, so that the library's exceptions, whose frames hold the headers, aren't
    # part of what a notebook shows or saves.
    try:
        socket = cast("DirectSocket", await connect(endpoint.url, **_options(endpoint, timeout_s)))
    except InvalidStatus as error:
        failure = _refusal(error, where, secrets)
    except TimeoutError:
        failure = _unreachable(where, f"no answer within {timeout_s:.3g} s")
    except (OSError, WebSocketException, EOFError, ValueError) as error:
        failure = _unreachable(where, secrets.hide(_reason(error)))
    else:
        log.info("= connected to %s", where)
        return socket
    raise failure


def _check_headers(headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if not (value.isascii() and value.isprintable()):
            # No value in the message: it is most likely a key that was copied with something around it.
            raise AuthenticationError(
                f"The header {name!r} holds characters that can't be sent.",
                remedy="Copy the key again: it has letters, digits, - and _ only.",
            )


def _options(endpoint: Endpoint, timeout_s: float) -> dict[str, Any]:
    options: dict[str, Any] = {
        "additional_headers": dict(endpoint.headers),
        "compression": None,  # sound in base64 hardly shrinks, and deflate costs more than all the rest
        "max_size": MAX_FRAME_BYTES,
        "create_connection": DirectSocket,
        "open_timeout": timeout_s,
        "close_timeout": 2,
        "ping_interval": PING_INTERVAL_S,
        "ping_timeout": PING_TIMEOUT_S,
        "logger": _silent,
    }
    host = urlsplit(endpoint.url).hostname
    # Since version 15 the library uses the environment's proxy, which can't reach this machine's loopback.
    if (
        host in ("127.0.0.1", "localhost", "::1")
        and "proxy" in inspect.signature(connect.__init__).parameters
    ):
        options["proxy"] = None
    return options


def _reason(error: Exception) -> str:
    # The library tells of several addresses in one text.
    if isinstance(error, ConnectionRefusedError) or f"[Errno {errno.ECONNREFUSED}]" in str(error):
        return "nobody listens there"
    return (str(error) or type(error).__name__).rstrip(".")


def _unreachable(where: str, reason: str) -> EngineError:
    return EngineError(
        f"Can't reach the engine at {where}: {reason}.",
        remedy='Check the address and that the server runs, or use engine="local".',
        recoverable=True,
    )


def _refusal(error: InvalidStatus, where: str, secrets: Secrets) -> EngineError:
    status = error.response.status_code
    headers = error.response.headers
    body = secrets.hide((error.response.body or b"").decode(errors="replace")).strip()  # hidden, then cut
    told = _error_of(body)
    words = f"{told.message} ({told.code})" if told.message and told.code else told.message or body
    said = f" It said: {words[:SAID_CHARACTERS]}" if body else ""
    request_id = headers.get("x-request-id")
    request_id = None if request_id is None else secrets.hide(request_id)
    if status in (401, 403):
        return AuthenticationError(
            f"The server at {where} refused the key (HTTP {status}).{said}",
            remedy="Check OPENAI_API_KEY or api_key=, and that the project may use this model.",
            request_id=request_id,
        )
    remedies = {
        404: ("model_not_found", "Check model= and the address: no such model, deployment or path there."),
        429: ("rate_limit_exceeded", "The account's limit or credit is used up: wait, or check its billing."),
        503: ("server_is_overloaded", "Try again in a moment."),
    }
    code, remedy = remedies.get(
        status, ("handshake_refused", "Check that the address speaks the Realtime API.")
    )
    if is_fatal(told):  # such as a used-up quota, which comes with 429 as well
        code, remedy = told.code or told.type or code, "Check the account's credit, billing and limits."
    retry_after = headers.get("retry-after")
    return EngineError(
        f"The server at {where} refused the connection (HTTP {status}).{said}",
        remedy=remedy,
        code=code,
        request_id=request_id,
        retry_after=float(retry_after) if retry_after and retry_after.isdigit() else None,
        recoverable=(status >= 500 or status in (408, 425, 429)) and not is_fatal(told),
    )


def _error_of(body: str) -> ErrorDetail:
    """Return the error that a refusal's body tells of; an empty one, if it tells of none."""
    try:
        value = json.loads(body)
        error = value.get("error", value)
        named = {name: str(error.get(name) or "") for name in ("code", "type", "message")}
        return ErrorDetail(**named)
    except (ValueError, AttributeError):
        return ErrorDetail()
