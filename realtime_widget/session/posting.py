"""One HTTP request beside the socket: JSON out and in, on a worker thread; failures in the user's words."""

from __future__ import annotations

import asyncio
import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ..engines import Endpoint
from ..errors import AuthenticationError, EngineError, RealtimeError, RefusedError
from .secrecy import Secrets

__all__ = ["post_json"]

MAX_REPLY_BYTES = 4 * 1024 * 1024
PIECE_BYTES = 64 * 1024
SAID_CHARACTERS = 300
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the key to wherever it leads."""

    def redirect_request(self, *args: Any) -> None:
        return None


async def post_json(endpoint: Endpoint, body: Mapping[str, Any], *, timeout_s: float) -> dict[str, Any]:
    """Post a JSON object; return the one that comes back.

    Raises:
        EngineError: Nobody answers, or what comes back is no JSON object; `AuthenticationError` if the key is
            refused.
        RefusedError: The server refuses the request, and says why.
    """
    # Raised here, so that frames that hold headers and body aren't part of what a notebook shows or saves.
    answer = await _post(endpoint, body, timeout_s)
    if isinstance(answer, RealtimeError):
        raise answer
    return answer


async def _post(
    endpoint: Endpoint, body: Mapping[str, Any], timeout_s: float
) -> dict[str, Any] | RealtimeError:
    secrets, where = Secrets(endpoint), urlsplit(endpoint.url).netloc
    work = asyncio.to_thread(_send, endpoint, json.dumps(body).encode(), timeout_s)
    try:
        reply = await asyncio.wait_for(work, timeout_s)
    except TimeoutError:
        return _unreachable(where, f"no answer within {timeout_s:.3g} s")
    except ValueError:  # quotes the header that can't be sent
        return _unreachable(where, "the request has a header that can't be sent")
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        if isinstance(reason, TimeoutError):
            return _unreachable(where, f"no answer within {timeout_s:.3g} s")
        return _unreachable(where, secrets.hide(str(reason) or type(reason).__name__).rstrip("."))
    if reply.status != 200:
        return _refusal(reply, where, secrets)
    try:
        value = json.loads(reply.body)
    except ValueError:
        value = None
    if isinstance(value, dict):
        return value
    return EngineError(f"The server at {where} answered with something else than JSON.", remedy=_ADDRESS)


def _send(endpoint: Endpoint, body: bytes, timeout_s: float) -> _Reply:
    """Send and receive, blocking; a server that sends drop by drop is left when the time is over."""
    deadline = time.monotonic() + timeout_s
    headers = {"Content-Type": "application/json", "User-Agent": "realtime-widget", **endpoint.headers}
    request = urllib.request.Request(endpoint.url, body, headers, method="POST")
    # The environment's proxy can't reach this machine's loopback.
    proxies: dict[str, str] | None = {} if urlsplit(endpoint.url).hostname in LOOPBACK else None
    opener = urllib.request.build_opener(urllib.request.ProxyHandler(proxies), _NoRedirects())
    try:
        response = opener.open(request, timeout=timeout_s)
    except urllib.error.HTTPError as error:
        response = error
    with response:
        pieces, n_bytes = [], 0
        while piece := response.read1(PIECE_BYTES):
            pieces.append(piece)
            n_bytes += len(piece)
            if n_bytes > MAX_REPLY_BYTES or time.monotonic() > deadline:
                raise http.client.HTTPException("the answer doesn't end")
        return _Reply(response.status, dict(response.headers.items()), b"".join(pieces))


def _unreachable(where: str, reason: str) -> EngineError:
    return EngineError(
        f"Can't reach the engine at {where}: {reason}.",
        remedy="Check the address and that the server runs.",
        recoverable=True,
    )


_ADDRESS = "Check that the address is that of a server of the Realtime API."


def _refusal(reply: _Reply, where: str, secrets: Secrets) -> RealtimeError:
    headers = {name.lower(): value for name, value in reply.headers.items()}
    code, message = _told(secrets.hide(reply.body.decode(errors="replace")))
    said = f" It said: {message[:SAID_CHARACTERS]}" if message else ""
    request_id = headers.get("x-request-id")
    retry_after = headers.get("retry-after", "")
    about: dict[str, Any] = {
        "request_id": None if request_id is None else secrets.hide(request_id),
        "retry_after": float(retry_after) if retry_after.isdigit() else None,
    }
    status = reply.status
    if status in (401, 403):
        return AuthenticationError(
            f"The server at {where} refused the key (HTTP {status}).{said}",
            remedy="Check api_key=, and that the project may use this model.",
            **about,
        )
    if status in (400, 422):
        return RefusedError(f"The server at {where} refused the request.{said}", code=code, **about)
    remedies = {
        404: "Check model= and the address: this server may not have what was asked for.",
        429: "The account's limit or credit is used up: wait, or check its billing.",
    }
    return EngineError(
        f"The server at {where} refused the request (HTTP {status}).{said}",
        remedy=remedies.get(status, "Try again in a moment." if status >= 500 else _ADDRESS),
        code=code or "request_refused",
        recoverable=status >= 500 or status == 429,
        **about,
    )


def _told(text: str) -> tuple[str | None, str]:
    """Return the code and the message of an error's body."""
    try:
        value = json.loads(text)
        error = value.get("error", value)
        code, message = error.get("code"), error.get("message")
    except (ValueError, AttributeError):
        return None, text.strip()
    return (code if isinstance(code, str) else None), str(message or text.strip())
