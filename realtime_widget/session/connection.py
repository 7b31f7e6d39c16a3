"""One WebSocket to an engine: open it, send in order, receive, and say in the user's words why it ended."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import inspect
import json
import logging
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from ..engines import Endpoint
from ..errors import AuthenticationError, EngineError
from ..protocol.objects import ErrorDetail
from ..protocol.problems import is_fatal
from .direct import DirectSocket
from .send_queue import MAX_BYTES, SendQueue
from .traffic import Traffic

__all__ = ["Connection", "Secrets"]

log = logging.getLogger("realtime_widget.session")

# websockets writes the handshake's headers, and so the key, to its debug log: it gets a logger that
# nobody can turn on.
_silent = logging.Logger("realtime_widget.socket", logging.CRITICAL)

MAX_FRAME_BYTES = (
    64 * 1024 * 1024
)  # a retrieved item carries all its sound; the library's 1 MiB kills the session
_EPHEMERAL = re.compile(r"\bek_[A-Za-z0-9_-]{16,}")
_PLAIN_HEADERS = frozenset({"openai-organization", "openai-project", "openai-safety-identifier"})
_PLAIN_QUERY = ("model", "intent", "api-version", "deployment")
_SAID_CHARACTERS = 300
PING_INTERVAL_S = 20
PING_TIMEOUT_S = 60  # a busy cell may hold the interpreter for long
LONG_TEXT = 2_000
HEAD = 500
LOOK_S = 1.0
STUCK_LOOKS = 20
"""How many looks in a row, a second apart, may find that nothing has left. Not a time: when a busy cell held
up this thread, the server had no chance either."""
CLOSE_LIMIT_S = 3.0


class Secrets:
    """Values that must not show up anywhere; hides them in text that a server sends back."""

    def __init__(self, endpoint: Endpoint) -> None:
        # Without "Bearer ", so that the key is found wherever it stands.
        headers = {name.lower(): value for name, value in endpoint.headers.items()}
        values = {headers[name].removeprefix("Bearer ").strip() for name in headers.keys() - _PLAIN_HEADERS}
        parts = urlsplit(endpoint.url)
        values |= {unquote(parts.password or "")}
        values |= {value for name, value in parse_qsl(parts.query) if name not in _PLAIN_QUERY}
        # As JSON writes them too: what a server sends back is looked through before it is decoded.
        written = values | {json.dumps(value)[1:-1] for value in values}
        written |= {value.replace("/", "\\/") for value in written}
        values = {value for value in written if len(value) >= 6}
        self._values = [(value, _rare(value)) for value in sorted(values, key=len, reverse=True)]

    def hide(self, text: str) -> str:
        """Return the text with every secret masked."""
        for value, rare in self._values:
            if _holds(text, value, rare):
                text = text.replace(value, "<hidden>")
        # Ephemeral keys of whomever: what they look like is known, and each of them opens sessions.
        return _EPHEMERAL.sub("<hidden>", text) if _holds(text, "ek_", "_") else text


def _rare(value: str) -> str | None:
    """Return a character of a secret that sound in base64 can't have, None if there is none."""
    return next((character for character in value if not (character.isalnum() or character in "+/=")), None)


def _holds(text: str, value: str, rare: str | None) -> bool:
    # Nearly all text is sound. To look for one character in it is fifty times faster than for a word.
    if rare is None or len(text) < LONG_TEXT or text.find(rare, HEAD) >= 0:
        return value in text
    return value in text[: HEAD + len(value)]


class Connection:
    """A live socket. What the server doesn't read waits in one queue, so that everything leaves in order.

    Attributes:
        queue: What waits.
        on_dropped: Called with how many bytes of the user's sound gave way, and how many behind them wait.
    """

    def __init__(self, socket: DirectSocket, secrets: Secrets, traffic: Traffic) -> None:
        self.queue = SendQueue()
        self.on_dropped: Callable[[int, int], None] = lambda n_bytes, behind_bytes: None
        self._socket = socket
        self._secrets = secrets
        self._traffic = traffic
        self._ended: str | None = None
        self._over = False
        self._look: asyncio.TimerHandle | None = None
        self._room = asyncio.Event()
        self._in_gap = False
        socket.on_room = self._drain

    @classmethod
    async def open(
        cls, endpoint: Endpoint, *, timeout_s: float, traffic: Traffic | None = None
    ) -> Connection:
        """Connect; `traffic` is where to count.

        Raises:
            EngineError: Nobody answers there, or the server refuses; the message says what to do.
        """
        secrets = Secrets(endpoint)
        where = urlsplit(endpoint.url).netloc.rpartition("@")[2]
        _check_headers(endpoint.headers)
        # Raised behind the handlers, so that the library's exceptions, whose frames hold the headers, aren't
        # part of what a notebook shows or saves.
        try:
            socket: Any = await connect(endpoint.url, **_options(endpoint, timeout_s))
        except InvalidStatus as error:
            failure = _refusal(error, where, secrets)
        except TimeoutError:
            failure = _unreachable(where, f"no answer within {timeout_s:.3g} s")
        except (OSError, WebSocketException, EOFError, ValueError) as error:
            failure = _unreachable(where, secrets.hide(_reason(error)))
        else:
            log.info("= connected to %s", where)
            return cls(socket, secrets, traffic or Traffic())
        raise failure

    # -- out ---------------------------------------------------------------------------------------------

    def send(self, texts: list[str]) -> None:
        """Send frames, or queue them while the server doesn't read; never waits."""
        if self._over:
            return
        if self.queue or self._socket.full:
            self._enqueue(texts)
        else:
            self._write(texts)

    def _write(self, texts: list[str]) -> None:
        self._in_gap = False
        n_bytes = self._socket.write(texts)
        if n_bytes:  # else the connection is over, and the reader reports why
            self._traffic.sent_frames += len(texts)
            self._traffic.sent_bytes += n_bytes
        if self._socket.full:
            self._room.clear()
            self._watch(self._left_bytes, 0)

    def _enqueue(self, texts: list[str]) -> None:
        dropped = sum(self.queue.add(text) for text in texts)
        if self.queue.n_bytes > MAX_BYTES:
            self._give_up("the server reads more slowly than is sent")
        elif dropped:
            self._traffic.dropped_audio_bytes += dropped
            self._traffic.gaps += not self._in_gap
            self._in_gap = True
            self.on_dropped(dropped, self.queue.n_audio_bytes)

    def _drain(self) -> None:
        while not self._socket.full and (text := self.queue.take()) is not None:
            self._write([text])
        if not self._socket.full:
            self._room.set()

    async def room(self) -> None:
        """Wait until the server has read what was sent, for those who can: a file, unlike a microphone."""
        while self._socket.full and not self._over:
            await self._room.wait()

    # -- a server that doesn't read ----------------------------------------------------------------------

    @property
    def _left_bytes(self) -> int:
        return self._traffic.sent_bytes - self._socket.unsent_bytes

    def _watch(self, left_bytes: int, n_looks: int) -> None:
        if self._look is None:
            loop = asyncio.get_running_loop()
            self._look = loop.call_later(LOOK_S, self._see, left_bytes, n_looks)

    def _see(self, left_bytes: int, n_looks: int) -> None:
        self._look = None
        now_bytes = self._left_bytes
        if not self._socket.full:
            return
        n_looks = 0 if now_bytes > left_bytes else n_looks + 1
        if n_looks >= STUCK_LOOKS:
            self._give_up(f"the server has read nothing for {STUCK_LOOKS * LOOK_S:.0f} s")
        else:
            self._watch(now_bytes, n_looks)

    def _give_up(self, why: str) -> None:
        log.warning("! %s", why)
        self._ended = self._ended or why
        self._end()
        self._socket.transport.abort()

    def _end(self) -> None:
        self._over = True
        self.queue.clear()
        self._room.set()
        if self._look is not None:
            self._look.cancel()

    # -- in ----------------------------------------------------------------------------------------------

    async def deliver(self, take: Callable[[str], None]) -> None:
        """Call a function, which must not raise, with every message until the connection ends."""
        hide, traffic = self._secrets.hide, self._traffic

        def count(text: str) -> None:
            traffic.received_events += 1
            traffic.received_bytes += len(text)
            take(hide(text))

        self._socket.hand_to(count)
        try:
            await self._socket.wait_closed()
            traffic.last_close = self.close_reason
        finally:
            self._socket.hand_to(lambda text: None)

    async def ping(self) -> None:
        """Return when the server has answered a ping, or the connection is over."""
        with contextlib.suppress(ConnectionClosed):
            await (await self._socket.ping())

    # -- the end -----------------------------------------------------------------------------------------

    @property
    def close_reason(self) -> tuple[int | None, str]:
        """The close code and the reason; ours, when it was this end that gave the connection up."""
        if self._ended is not None:
            return None, self._ended
        protocol = self._socket.protocol  # the socket itself tells it from version 14.1 on only
        sent = protocol.close_sent
        if sent is not None and not protocol.close_rcvd_then_sent:
            return int(sent.code), self._secrets.hide(_OURS.get(sent.code, sent.reason))
        code = protocol.close_code
        return None if code is None else int(code), self._secrets.hide(protocol.close_reason or "")

    async def close(self) -> None:
        """End the connection; total and idempotent."""
        self._end()
        if self._socket.full:
            self._socket.transport.abort()  # a farewell would only wait behind what isn't read
        try:
            await asyncio.wait_for(self._socket.close(), CLOSE_LIMIT_S)
        except TimeoutError:
            self._socket.transport.abort()
            await self._socket.wait_closed()
        self._traffic.last_close = self.close_reason


_OURS = {
    1009: f"a message of more than {MAX_FRAME_BYTES >> 20} MiB",
    1011: f"no answer to a ping within {PING_TIMEOUT_S} s",
}
"""What our own end says when it closes, in the user's words."""


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
    said = f" It said: {body[:_SAID_CHARACTERS]}" if body else ""
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
    told = _error_of(body)
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
        return ErrorDetail(code=str(error.get("code") or ""), type=str(error.get("type") or ""))
    except (ValueError, AttributeError):
        return ErrorDetail()
