"""The HTTP and WebSocket server: `/v1/realtime` and `/v1/realtime/client_secrets` on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp import WSMsgType, web

from realtime_widget.config import DEFAULT_MODEL, transcriber
from realtime_widget.local.client_secrets import ClientSecrets, Grant
from realtime_widget.local.connection import Connection, ConnectionOptions
from realtime_widget.local.items import new_id
from realtime_widget.local.parts import Parts
from realtime_widget.local.refusal import Refusal
from realtime_widget.local.transcription import TranscriptionConnection
from realtime_widget.protocol.codec import encode

__all__ = ["Server"]

logger = logging.getLogger("realtime_widget.local")

MAX_FRAME_BYTES = 32 * 1024 * 1024
"""15 MiB of audio are 20 MiB of base64."""
REFUSED_CLOSE_CODE = 4000
_SECRET_PROTOCOL = "openai-insecure-api-key."
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Server:
    """Listen on `host`:`port` (0 = a free one) and serve every client with the same parts."""

    def __init__(
        self,
        parts: Parts,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        options: ConnectionOptions | None = None,
    ) -> None:
        self._parts = parts
        self._host = host
        self._port = port
        self._options = options or ConnectionOptions()
        self._secrets = ClientSecrets()
        self._sockets: set[web.WebSocketResponse] = set()
        self._runner: web.AppRunner | None = None

    @property
    def base_url(self) -> str:
        """The address for clients, such as `http://127.0.0.1:8000/v1`."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}/v1"

    @property
    def n_connections(self) -> int:
        """How many clients are connected."""
        return len(self._sockets)

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: The port is taken or not allowed.
        """
        app = web.Application(client_max_size=MAX_FRAME_BYTES, middlewares=[_errors_as_json])
        app.router.add_get("/v1/realtime", self._serve_socket)
        app.router.add_post("/v1/realtime/client_secrets", self._create_secret)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        try:
            await site.start()
        except BaseException:
            await self.close()
            raise
        self._port = self._runner.addresses[0][1]
        logger.info("= offline engine at %s", self.base_url)

    async def close(self) -> None:
        """Tell the clients, stop listening and close the parts; idempotent."""
        for socket in list(self._sockets):
            with contextlib.suppress(Exception):
                await socket.close(code=aiohttp.WSCloseCode.GOING_AWAY, message=b"The engine is closing.")
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()
        await self._parts.close()

    # -- requests ----------------------------------------------------------------------------------------

    async def _create_secret(self, request: web.Request) -> web.Response:
        try:
            body = await request.json() if request.can_read_body else {}
        except ValueError:
            raise Refusal("The body is not valid JSON.", code="invalid_json") from None
        answer = self._secrets.create(body, model=DEFAULT_MODEL, voices=self._parts.voices)
        return web.json_response(answer)

    async def _serve_socket(self, request: web.Request) -> web.StreamResponse:
        if not _is_websocket(request):
            raise web.HTTPUpgradeRequired(text="Connect with a WebSocket.")
        grant = self._secrets.find(_secret_of(request))
        # No heartbeat: a client on loopback that is gone is known, a busy one must not be dropped.
        socket = web.WebSocketResponse(max_msg_size=MAX_FRAME_BYTES, compress=False, protocols=("realtime",))
        await socket.prepare(request)
        if _wants_to_talk_to_a_transcriber(request):
            await _turn_away(socket, request.query["model"])
            return socket
        self._sockets.add(socket)
        try:
            await self._talk(socket, request, grant)
        finally:
            self._sockets.discard(socket)
        return socket

    def _connection(self, request: web.Request, grant: Grant | None) -> Connection:
        if request.query.get("intent") == "transcription":
            session = _granted(grant, "transcription")
            return TranscriptionConnection(self._parts, model="", session=session, options=self._options)
        session = _granted(grant, "realtime")
        model = request.query.get("model") or session.get("model") or DEFAULT_MODEL
        session["model"] = model
        return Connection(self._parts, model=model, session=session, options=self._options)

    async def _talk(self, socket: web.WebSocketResponse, request: web.Request, grant: Grant | None) -> None:
        connection = self._connection(request, grant)
        logger.info("< client connected")
        sending = asyncio.create_task(_send_all(connection, socket))
        try:
            connection.start()
            async for message in socket:
                if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    await connection.receive(message.data)
        finally:
            await connection.close()
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            logger.info("> client gone")


def _granted(grant: Grant | None, kind: str) -> dict[str, Any]:
    """Return the session that a secret brings along, if it is for one of this kind."""
    session = dict(grant.session) if grant and grant.session["type"] == kind else {}
    for key in ("id", "expires_at"):
        session.pop(key, None)
    return session


async def _send_all(connection: Connection, socket: web.WebSocketResponse) -> None:
    """Send what the connection says until it is over, then end the socket."""
    with contextlib.suppress(ConnectionError, RuntimeError):
        await connection.outbox.run(socket.send_str)
    if not socket.closed:
        await socket.close(code=aiohttp.WSCloseCode.GOING_AWAY, message=b"The session is over.")


def _wants_to_talk_to_a_transcriber(request: web.Request) -> bool:
    query = request.query
    return query.get("intent") != "transcription" and transcriber(query.get("model", "")) != transcriber("")


async def _turn_away(socket: web.WebSocketResponse, model: str) -> None:
    """Refuse a conversation with a model that only writes down: accept, tell why, close."""
    refusal = Refusal(
        f'Model "{model}" is not supported in realtime mode. Connect with ?intent=transcription and name '
        "it in audio.input.transcription.",
        code="invalid_model",
        param="model",
    )
    await socket.send_str(encode({"type": "error", "event_id": new_id("event"), "error": refusal.to_wire()}))
    await socket.close(code=REFUSED_CLOSE_CODE, message=b"invalid_request_error.invalid_model")


def _is_websocket(request: web.Request) -> bool:
    return request.headers.get("Upgrade", "").lower() == "websocket"


def _secret_of(request: web.Request) -> str | None:
    """Return the key or secret that a client presents, in the header or as a subprotocol."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer" and value:
        return value.strip()
    for protocol in request.headers.get("Sec-WebSocket-Protocol", "").split(","):
        if protocol.strip().startswith(_SECRET_PROTOCOL):
            return protocol.strip().removeprefix(_SECRET_PROTOCOL)
    return None


def _is_foreign(headers: Mapping[str, str]) -> bool:
    """Tell whether a page of another machine asks: any web site can reach loopback through its visitor."""
    origin = headers.get("Origin")
    return origin is not None and urlsplit(origin).hostname not in _LOOPBACK


@web.middleware
async def _errors_as_json(request: web.Request, handler: Any) -> web.StreamResponse:
    """Answer what goes wrong as the API does: `{"error": {…}}`."""
    try:
        if _is_foreign(request.headers):
            raise web.HTTPForbidden(text="The offline engine answers pages of this machine only.")
        response: web.StreamResponse = await handler(request)
        return response
    except Refusal as refusal:
        status = 401 if refusal.code == "invalid_api_key" else 400
        return web.json_response({"error": refusal.to_wire()}, status=status)
    except web.HTTPException as error:
        detail = Refusal(error.text or error.reason, code=None)
        return web.json_response({"error": detail.to_wire()}, status=error.status)
