"""Stand between a client and the engine, pass everything on, and keep every event of both sides."""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import dataclass
from typing import Any, Self

import aiohttp
from aiohttp import WSMsgType, web

LIMIT_S = 30
# What concerns one hop only, or is made anew by it.
_HOP = {"connection", "content-length", "host", "transfer-encoding", "upgrade"}


@dataclass(frozen=True)
class Recorded:
    """One event, by whom it was sent, and on which connection (1, 2, …)."""

    connection: int
    by_engine: bool
    event: dict[str, Any]

    @property
    def kind(self) -> str:
        """Its type."""
        return str(self.event["type"])


class Recorder:
    """Serve at `base_url` what the engine at `engine_url` serves."""

    def __init__(self, engine_url: str) -> None:
        self._engine_url = engine_url
        self._records: list[Recorded] = []
        self._n_connections = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="recorder", daemon=True)
        self._runner: web.AppRunner | None = None
        self.base_url = ""

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._start())
        return self

    def __exit__(self, *exception: object) -> None:
        assert self._runner is not None
        self._run(self._runner.cleanup())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(LIMIT_S)
        self._loop.close()

    @property
    def records(self) -> tuple[Recorded, ...]:
        """All that was said so far."""
        return tuple(self._records)

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(LIMIT_S)

    async def _start(self) -> None:
        app = web.Application()
        app.router.add_get("/v1/realtime", self._pass_socket)
        app.router.add_route("*", "/{path:.*}", self._pass_request)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.base_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/v1"

    def _target(self, request: web.Request) -> str:
        return self._engine_url.removesuffix("/v1") + request.path_qs

    async def _pass_request(self, request: web.Request) -> web.Response:
        async with (
            aiohttp.ClientSession(trust_env=False) as session,
            session.request(
                request.method, self._target(request), headers=_passed(request), data=await request.read()
            ) as answer,
        ):
            body = await answer.read()
            return web.Response(status=answer.status, body=body, content_type=answer.content_type)

    async def _pass_socket(self, request: web.Request) -> web.WebSocketResponse:
        headers = {k: v for k, v in _passed(request).items() if not k.lower().startswith("sec-websocket")}
        protocols = [
            p.strip() for p in request.headers.get("Sec-WebSocket-Protocol", "").split(",") if p.strip()
        ]
        async with (
            aiohttp.ClientSession(trust_env=False) as session,
            session.ws_connect(
                self._target(request), headers=headers, protocols=protocols, max_msg_size=0
            ) as engine,
        ):
            taken = [engine.protocol] if engine.protocol else []
            client = web.WebSocketResponse(max_msg_size=0, protocols=taken)
            await client.prepare(request)
            self._n_connections += 1
            number = self._n_connections
            tasks = [
                asyncio.create_task(self._pump(engine, client, number, by_engine=True)),
                asyncio.create_task(self._pump(client, engine, number, by_engine=False)),
            ]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await client.close(code=engine.close_code or 1000)
        return client

    async def _pump(self, source: Any, sink: Any, number: int, *, by_engine: bool) -> None:
        async for message in source:
            if message.type == WSMsgType.TEXT:
                self._records.append(Recorded(number, by_engine, json.loads(message.data)))
                await sink.send_str(message.data)
            elif message.type == WSMsgType.BINARY:
                await sink.send_bytes(message.data)


def _passed(request: web.Request) -> dict[str, str]:
    return {name: value for name, value in request.headers.items() if name.lower() not in _HOP}
