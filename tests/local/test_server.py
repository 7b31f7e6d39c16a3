import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from openai import AsyncOpenAI

from realtime_widget.local.connection import ConnectionOptions
from realtime_widget.local.responders.base import ToolCall
from realtime_widget.local.responders.demo import DemoResponder
from realtime_widget.local.server import Server
from realtime_widget.local.vad import EnergyVad

from .support import QUICK, Script, b64, burst, modem_parts, tool

TIMEOUT_S = 20


@asynccontextmanager
async def serving(responder: Any = None) -> AsyncIterator[Server]:
    server = Server(modem_parts(responder), options=ConnectionOptions(pace=QUICK, new_vad=EnergyVad))
    await server.start()
    try:
        async with asyncio.timeout(TIMEOUT_S):
            yield server
    finally:
        await server.close()


@asynccontextmanager
async def sdk(server: Server) -> AsyncIterator[Any]:
    """The official client, connected."""
    async with (
        AsyncOpenAI(api_key="local", base_url=server.base_url) as client,
        client.realtime.connect(model="demo") as connection,
    ):
        yield connection


async def until(connection: Any, kind: str) -> Any:
    async for event in connection:
        if event.type == kind:
            return event
    raise AssertionError(f"no {kind}")


def test_official_client_text_turn() -> None:
    async def scenario() -> None:
        async with serving() as server, sdk(server) as connection:
            assert (await connection.recv()).type == "session.created"
            await connection.session.update(session={"type": "realtime", "output_modalities": ["text"]})
            content = [{"type": "input_text", "text": "hello"}]
            await connection.conversation.item.create(
                item={"type": "message", "role": "user", "content": content}
            )
            await connection.response.create()
            done = await until(connection, "response.done")
            assert done.response.output[0].content[0].text == "You said: hello"

    asyncio.run(scenario())


def test_official_client_voice_turn() -> None:
    async def scenario() -> None:
        async with serving() as server, sdk(server) as connection:
            vad = {"type": "server_vad", "silence_duration_ms": 300}
            audio = {"input": {"turn_detection": vad, "transcription": {"model": "gpt-live-transcribe"}}}
            await connection.session.update(session={"type": "realtime", "audio": audio})
            pcm = burst("hello", before_ms=500, after_ms=600)
            for start in range(0, len(pcm), 4800):
                await connection.input_audio_buffer.append(audio=b64(pcm[start : start + 4800]))
            heard, sound = "", b""
            async for event in connection:
                if event.type == "conversation.item.input_audio_transcription.completed":
                    heard = event.transcript
                elif event.type == "response.output_audio.delta":
                    sound += base64.b64decode(event.delta)
                elif event.type == "response.done":
                    break
            assert heard == "hello"
            assert sound == burst("You said: hello")

    asyncio.run(scenario())


def test_official_client_tool_turn() -> None:
    async def scenario() -> None:
        script = Script([ToolCall("rows", '{"city":"Rome"}')], ["Five rows."])
        async with serving(script) as server, sdk(server) as connection:
            rows = tool("rows", "Rows.", city={"type": "string"})
            session = {"type": "realtime", "output_modalities": ["text"], "tools": [rows]}
            await connection.session.update(session=session)
            await connection.response.create()
            call = await until(connection, "response.function_call_arguments.done")
            assert (call.name, json.loads(call.arguments)) == ("rows", {"city": "Rome"})
            await until(connection, "response.done")
            output = {"type": "function_call_output", "call_id": call.call_id, "output": "5"}
            await connection.conversation.item.create(item=output)
            await connection.response.create()
            done = await until(connection, "response.done")
            assert done.response.output[0].content[0].text == "Five rows."
            assert script.requests[1].items[-1].output == "5"

    asyncio.run(scenario())


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_agents_sdk_tool_turn() -> None:
    agents = pytest.importorskip("agents")
    realtime = pytest.importorskip("agents.realtime")

    @agents.function_tool
    def rows(city: str) -> str:
        """Number of rows for a city."""
        return f"5 in {city}"

    async def scenario() -> None:
        async with serving(DemoResponder()) as server:
            agent = realtime.RealtimeAgent(name="A", instructions="Be brief.", tools=[rows])
            config = {"model_settings": {"model_name": "x"}, "tracing_disabled": True}
            url = server.base_url.replace("http", "ws") + "/realtime?model=x"
            session = await realtime.RealtimeRunner(agent, config=config).run(
                model_config={"url": url, "api_key": "local"}
            )
            async with session:
                await session.send_message("how many rows for Rome")
                kinds: list[str] = []
                async for event in session:
                    kinds.append(event.type)
                    assert event.type != "error", event
                    if event.type == "tool_end":
                        assert event.output == "5 in Rome"
                    if event.type == "audio_end":
                        break
                assert kinds.index("tool_start") < kinds.index("tool_end") < kinds.index("audio")

    asyncio.run(scenario())


def test_a_secret_brings_its_session_along() -> None:
    async def scenario() -> None:
        async with serving() as server, AsyncOpenAI(api_key="local", base_url=server.base_url) as client:
            secret = await client.realtime.client_secrets.create(
                expires_after={"anchor": "created_at", "seconds": 60},
                session={"type": "realtime", "model": "demo-2", "audio": {"output": {"voice": "cedar"}}},
            )
            assert secret.value.startswith("ek_")
            assert secret.session.audio.output.voice == "cedar"
            url = f"{server.base_url}/realtime"
            protocols = ("realtime", f"openai-insecure-api-key.{secret.value}")
            for options in (
                {"headers": {"Authorization": f"Bearer {secret.value}"}},
                {"protocols": protocols},
            ):
                async with aiohttp.ClientSession() as http, http.ws_connect(url, **options) as socket:
                    session = (await socket.receive_json())["session"]
                    assert session["audio"]["output"]["voice"] == "cedar"
                    assert session["model"] == "demo-2"
                    assert session["expires_at"] > 0

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "code"),
    [
        ("POST", "/realtime/client_secrets", {"data": b"{"}, 400, "invalid_json"),
        ("POST", "/realtime/client_secrets", {"json": {"foo": 1}}, 400, "unknown_parameter"),
        (
            "POST",
            "/realtime/client_secrets",
            {"json": {"session": {"type": "transcription", "voice": "marin"}}},
            400,
            "unknown_parameter",
        ),
        (
            "POST",
            "/realtime/client_secrets",
            {"json": {"expires_after": {"seconds": 5}}},
            400,
            "invalid_value",
        ),
        ("GET", "/realtime?model=x", {}, 426, None),
        ("GET", "/nowhere", {}, 404, None),
        ("GET", "/realtime?model=x", {"headers": {"Origin": "https://example.com"}}, 403, None),
    ],
)
def test_wrong_requests_get_a_json_error(
    method: str, path: str, options: dict[str, Any], status: int, code: str | None
) -> None:
    async def scenario() -> None:
        async with (
            serving() as server,
            aiohttp.ClientSession() as http,
            http.request(method, server.base_url + path, **options) as reply,
        ):
            error = (await reply.json())["error"]
            assert (reply.status, error["code"]) == (status, code)
            assert error["message"]

    asyncio.run(scenario())


def test_a_secret_for_a_transcription_session_opens_one() -> None:
    async def scenario() -> None:
        async with serving() as server, aiohttp.ClientSession() as http:
            audio = {"input": {"transcription": {"model": "whisper-1"}}}
            body = {"session": {"type": "transcription", "audio": audio}}
            reply = await http.post(f"{server.base_url}/realtime/client_secrets", json=body)
            headers = {"Authorization": f"Bearer {(await reply.json())['value']}"}
            for query, kind in (("intent=transcription", "transcription"), ("model=m", "realtime")):
                url = f"{server.base_url}/realtime?{query}"
                async with http.ws_connect(url, headers=headers) as socket:
                    session = (await socket.receive_json())["session"]
                    assert session["type"] == kind
                    words = session["audio"]["input"]["transcription"]
                    assert words == (audio["input"]["transcription"] if kind == "transcription" else None)

    asyncio.run(scenario())


def test_a_model_that_only_writes_down_is_refused_as_one_to_talk_with() -> None:
    async def scenario() -> None:
        async with (
            serving() as server,
            aiohttp.ClientSession() as http,
            http.ws_connect(f"{server.base_url}/realtime?model=gpt-live-transcribe") as socket,
        ):
            error = await socket.receive_json()
            assert error["type"] == "error"
            assert error["error"]["code"] == "invalid_model"
            assert "not supported in realtime mode" in error["error"]["message"]
            assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
            assert socket.close_code == 4000

    asyncio.run(scenario())


def test_large_frames_pass() -> None:
    async def scenario() -> None:
        async with serving() as server, aiohttp.ClientSession() as http:
            url = f"{server.base_url}/realtime?model=x"
            async with http.ws_connect(url, max_msg_size=0) as socket:
                await socket.receive_json()
                off = {"type": "realtime", "audio": {"input": {"turn_detection": None}}}
                await socket.send_json({"type": "session.update", "session": off})
                await socket.receive_json()
                await socket.send_json({"type": "input_audio_buffer.append", "audio": b64(bytes(13_000_000))})
                await socket.send_json({"type": "input_audio_buffer.clear"})
                assert (await socket.receive_json())["type"] == "input_audio_buffer.cleared"
                await socket.send_json({"type": "input_audio_buffer.append", "audio": b64(bytes(16_000_000))})
                assert (await socket.receive_json())["error"]["param"] == "audio"

    asyncio.run(scenario())


def test_one_client_does_not_disturb_another() -> None:
    async def scenario() -> None:
        async with serving() as server, sdk(server) as good:
            async with aiohttp.ClientSession() as http:
                bad = await http.ws_connect(f"{server.base_url}/realtime?model=x")
                await bad.send_str("}{")
                await bad.send_bytes(b"\xff\x00")
                await bad.send_json({"type": "response.create"})
                await bad.receive_json()
                bad._response.connection.transport.abort()  # no close frame: the client is just gone
            await good.response.create(response={"output_modalities": ["text"]})
            assert (await until(good, "response.done")).response.status == "completed"

    asyncio.run(scenario())


def test_close_tells_the_clients_and_can_be_repeated() -> None:
    async def scenario() -> None:
        async with serving() as server, aiohttp.ClientSession() as http:
            socket = await http.ws_connect(f"{server.base_url}/realtime?model=x")
            await socket.receive_json()
            closing = asyncio.create_task(server.close())
            assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
            assert socket.close_code == 1001
            await closing
            await server.close()
            assert server.n_connections == 0

    asyncio.run(scenario())
