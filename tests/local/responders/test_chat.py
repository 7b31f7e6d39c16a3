import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from realtime_widget.errors import AuthenticationError, ConfigError, EngineError
from realtime_widget.local.responders.base import Request, ToolCall
from realtime_widget.local.responders.chat import ChatResponder, chat_messages, chat_request
from realtime_widget.protocol.objects import ContentPart, Item

from ..support import tool

IMAGE = ContentPart(type="input_image", image_url="data:image/png;base64,AA")


def message(role: str, *parts: ContentPart) -> Item:
    return Item(type="message", role=role, content=list(parts))


def said(role: str, text: str) -> Item:
    return message(role, ContentPart(type="input_audio", transcript=text))


def call(call_id: str) -> Item:
    return Item(type="function_call", call_id=call_id, name="f", arguments='{"a":1}')


def output(call_id: str) -> Item:
    return Item(type="function_call_output", call_id=call_id, output="5")


class Endpoint:
    """A chat endpoint that plays what it is given, as server-sent events."""

    def __init__(self, *events: Any, status: int = 200, cut: int = 7) -> None:
        self.events = events
        self.status = status
        self.cut = cut
        self.bodies: list[Any] = []
        self.headers: list[Any] = []

    async def complete(self, request: web.Request) -> web.StreamResponse:
        self.bodies.append(await request.json())
        self.headers.append(dict(request.headers))
        if self.status != 200:
            return web.json_response(self.events[0], status=self.status)
        reply = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await reply.prepare(request)
        lines = [
            ": comment\n\n",
            *(f"data: {json.dumps(event)}\r\n\r\n" for event in self.events),
            "data: [DONE]\n\n",
        ]
        stream = "".join(lines).encode()
        for start in range(0, len(stream), self.cut):
            await reply.write(stream[start : start + self.cut])
        return reply

    async def models(self, request: web.Request) -> web.Response:
        return web.json_response({"data": [{"id": "first"}, {"id": "second"}]})


@asynccontextmanager
async def serving(endpoint: Endpoint) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/v1/chat/completions", endpoint.complete)
    app.router.add_get("/v1/models", endpoint.models)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    finally:
        await runner.cleanup()


def ask(endpoint: Endpoint, request: Request | None = None, **options: Any) -> list[Any]:
    async def scenario() -> list[Any]:
        async with serving(endpoint) as url:
            responder = ChatResponder(url, **options)
            return [
                piece async for piece in responder.respond(request or Request(items=(said("user", "hi"),)))
            ]

    return asyncio.run(scenario())


def delta(**fields: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": fields}]}


def piece(index: int, **function: str) -> dict[str, Any]:
    return delta(tool_calls=[{"index": index, "function": function}])


def test_text_streams() -> None:
    endpoint = Endpoint(
        delta(role="assistant", content=""), delta(content="Hé"), delta(content="llo"), {"choices": []}
    )
    assert ask(endpoint, model="m", api_key="secret", options={"temperature": 0}) == ["Hé", "llo"]
    assert endpoint.bodies[0] == {
        "model": "m",
        "messages": [{"role": "user", "content": "hi"}],
        "stream": True,
        "temperature": 0,
    }
    assert endpoint.headers[0]["Authorization"] == "Bearer secret"


def test_calls_are_put_together() -> None:
    endpoint = Endpoint(
        delta(content="Well. "),
        piece(0, name="f", arguments=""),
        piece(0, arguments='{"a"'),
        piece(1, name="g"),
        piece(0, arguments=":1}"),
    )
    assert ask(endpoint) == ["Well. ", ToolCall("f", '{"a":1}'), ToolCall("g", "{}")]
    assert endpoint.bodies[0]["model"] == "first"


@pytest.mark.parametrize(
    ("endpoint", "kind", "words"),
    [
        (
            Endpoint({"error": {"message": "bad key secret"}}, status=401),
            AuthenticationError,
            r"401: bad key \*\*\*",
        ),
        (Endpoint({"error": "no such model"}, status=404), EngineError, "404: no such model"),
        (Endpoint(delta(content="a"), {"error": {"message": "overloaded"}}), EngineError, "overloaded"),
    ],
)
def test_errors_say_what_the_endpoint_says(endpoint: Endpoint, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words) as caught:
        ask(endpoint, api_key="secret")
    assert "secret" not in str(caught.value)


def test_an_endpoint_that_is_not_there() -> None:
    async def scenario() -> None:
        async for _ in ChatResponder("http://127.0.0.1:9/v1", "m").respond(Request()):
            pass

    with pytest.raises(EngineError, match="can't be reached"):
        asyncio.run(scenario())


def test_history_with_calls_images_and_silence() -> None:
    items = (
        said("user", "look"),
        message("user", ContentPart(type="input_text", text="this"), IMAGE),
        message("assistant", ContentPart(type="output_audio")),
        call("c1"),
        call("c2"),
        output("c1"),
        message("assistant", ContentPart(type="output_audio", transcript="Five.")),
    )
    messages = chat_messages(Request(instructions="Be nice.", items=items))
    assert [entry["role"] for entry in messages] == [
        "system",
        "user",
        "user",
        "assistant",
        "tool",
        "tool",
        "assistant",
    ]
    assert messages[2]["content"][1] == {
        "type": "image_url",
        "image_url": {"url": "data:image/png;base64,AA", "detail": "auto"},
    }
    assert [entry["id"] for entry in messages[3]["tool_calls"]] == ["c1", "c2"]
    assert messages[4]["content"] == "5"
    assert "no output" in messages[5]["content"]
    assert messages[6]["content"] == "Five."


def test_tools_and_choices() -> None:
    wire = tool("f", "F.", a={"type": "integer"})
    for choice, expected in (
        ("required", "required"),
        ({"type": "function", "name": "f"}, {"type": "function", "function": {"name": "f"}}),
    ):
        body = chat_request(Request(tools=(wire,), tool_choice=choice, max_output_tokens=50), "m")
        assert body["tools"][0]["function"]["parameters"] == wire["parameters"]
        assert body["tool_choice"] == expected
        assert body["max_tokens"] == 50
    assert "tools" not in chat_request(Request(), "m")


def test_addresses_and_repr() -> None:
    responder = ChatResponder("http://x/v1/chat/completions/", api_key="secret")
    assert repr(responder) == "ChatResponder('http://x/v1', model=None)"
    with pytest.raises(ConfigError):
        ChatResponder("x/v1")
