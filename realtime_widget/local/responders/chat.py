"""Let any OpenAI-compatible chat endpoint answer, streaming and with tools."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec

from realtime_widget.errors import AuthenticationError, ConfigError, EngineError
from realtime_widget.local.responders.base import Request, ToolCall
from realtime_widget.protocol.objects import ContentPart, Item

__all__ = ["ChatResponder", "chat_messages", "chat_request"]

CONNECT_TIMEOUT_S = 10.0
SILENCE_TIMEOUT_S = 120.0
"""A local model may think for long before its first word."""
NO_OUTPUT = "(no output: the call was not answered)"


class ChatResponder:
    """Answer with a language model behind `/chat/completions`.

    Args:
        url: Base URL, such as `http://127.0.0.1:11434/v1`, or the whole address.
        model: Its name for the endpoint; None to take the first one that the endpoint lists.
        api_key: Sent as a bearer token, and shown nowhere.
        options: Further fields of the request, such as `temperature`.
    """

    def __init__(
        self,
        url: str,
        model: str | None = None,
        api_key: str | None = None,
        *,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ConfigError(
                f"{url!r} is no address of a chat endpoint.",
                remedy="Use one such as http://127.0.0.1:11434/v1.",
            )
        self._base_url = url.rstrip("/").removesuffix("/chat/completions")
        self._host = parts.hostname or "the endpoint"
        self._model = model
        self._api_key = api_key
        self._options = dict(options or {})
        self.note = f"Speech on this machine; {model or 'a language model'} at {self._host} answers."

    def __repr__(self) -> str:
        """Name the endpoint, never the key."""
        return f"ChatResponder({self._base_url!r}, model={self._model!r})"

    async def respond(self, request: Request) -> AsyncIterator[str | ToolCall]:
        """Stream the model's answer; its calls come at the end.

        Raises:
            EngineError: The endpoint can't be reached or refuses.
        """
        import aiohttp

        headers = {"Authorization": f"Bearer {self._api_key}"} if self._api_key else {}
        timeout = aiohttp.ClientTimeout(total=None, connect=CONNECT_TIMEOUT_S, sock_read=SILENCE_TIMEOUT_S)
        try:
            async with aiohttp.ClientSession(headers=headers, timeout=timeout) as client:
                model = self._model or await self._first_model(client)
                body = {**chat_request(request, model), **self._options}
                async with client.post(f"{self._base_url}/chat/completions", json=body) as reply:
                    await self._check(reply)
                    async for piece in _answer(_server_sent(reply.content)):
                        yield piece
        except (aiohttp.ClientError, TimeoutError) as error:
            raise EngineError(
                f"The chat endpoint at {self._host} can't be reached or broke off ({type(error).__name__}).",
                remedy="Check that it runs and that its address is right.",
                code="chat_unreachable",
            ) from error

    async def _first_model(self, client: Any) -> str:
        async with client.get(f"{self._base_url}/models") as reply:
            await self._check(reply)
            listed = (await reply.json(content_type=None)).get("data") or []
        if not listed:
            raise EngineError(
                f"The chat endpoint at {self._host} lists no model.",
                remedy="Name one: ChatResponder(url, model=…).",
            )
        self._model = str(listed[0]["id"])
        return self._model

    async def _check(self, reply: Any) -> None:
        if reply.status < 400:
            return
        detail = _error_text(await reply.text())
        message = f"The chat endpoint at {self._host} answered {reply.status}: {detail}"
        if self._api_key:
            message = message.replace(self._api_key, "***")
        if reply.status in (401, 403):
            raise AuthenticationError(message, remedy="Check api_key= of the ChatResponder.")
        raise EngineError(message, code=f"chat_http_{reply.status}")


# -- the request -------------------------------------------------------------------------------------------


def chat_request(request: Request, model: str) -> dict[str, Any]:
    """Return the body of a request for a chat completion."""
    body: dict[str, Any] = {"model": model, "messages": chat_messages(request), "stream": True}
    tools = [tool for tool in request.tools if tool.get("type", "function") == "function"]
    if tools:
        keys = ("name", "description", "parameters")
        functions = [{key: tool[key] for key in keys if tool.get(key) is not None} for tool in tools]
        body["tools"] = [{"type": "function", "function": function} for function in functions]
        body["tool_choice"] = _tool_choice(request.tool_choice)
    if request.max_output_tokens is not None:
        body["max_tokens"] = request.max_output_tokens
    return body


def _tool_choice(choice: Any) -> Any:
    if isinstance(choice, Mapping):
        return {"type": "function", "function": {"name": choice.get("name")}}
    return choice


def chat_messages(request: Request) -> list[dict[str, Any]]:
    """Return a conversation as chat messages; every call is followed by its output, as endpoints demand."""
    messages: list[dict[str, Any]] = []
    if request.instructions:
        messages.append({"role": "system", "content": request.instructions})
    outputs = {item.call_id: item.output for item in request.items if item.type == "function_call_output"}
    items = [item for item in request.items if item.type in ("message", "function_call")]
    index = 0
    while index < len(items):
        calls = _run_of_calls(items, index)
        if calls:
            messages += _call_messages(calls, outputs)
            index += len(calls)
            continue
        message = _message(items[index])
        if message is not None:
            messages.append(message)
        index += 1
    return messages


def _run_of_calls(items: Sequence[Item], start: int) -> list[Item]:
    end = start
    while end < len(items) and items[end].type == "function_call":
        end += 1
    return list(items[start:end])


def _call_messages(calls: Sequence[Item], outputs: Mapping[str | None, Any]) -> list[dict[str, Any]]:
    asked = [
        {
            "id": call.call_id,
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments or "{}"},
        }
        for call in calls
    ]
    answered = [
        {"role": "tool", "tool_call_id": call.call_id, "content": str(outputs.get(call.call_id, NO_OUTPUT))}
        for call in calls
    ]
    return [{"role": "assistant", "content": None, "tool_calls": asked}, *answered]


def _message(item: Item) -> dict[str, Any] | None:
    parts = [part for part in map(_content, item.content or ()) if part is not None]
    if not parts:
        return None  # an answer that was cut before it said anything
    if all(part["type"] == "text" for part in parts):
        return {"role": item.role, "content": "\n".join(part["text"] for part in parts)}
    return {"role": item.role, "content": parts}


def _content(part: ContentPart) -> dict[str, Any] | None:
    if part.type == "input_image" and part.image_url:
        return {"type": "image_url", "image_url": {"url": part.image_url, "detail": part.detail or "auto"}}
    words = (part.words or "").strip()
    return {"type": "text", "text": words} if words else None


# -- the answer --------------------------------------------------------------------------------------------


async def _server_sent(content: Any) -> AsyncIterator[dict[str, Any]]:
    """Yield the JSON objects of a stream of server-sent events."""
    pending = b""
    async for chunk in content.iter_any():
        *lines, pending = (pending + chunk).split(b"\n")
        for line in lines:
            data = line.strip().removeprefix(b"data:").strip()
            if not line.strip().startswith(b"data:") or not data:
                continue
            if data == b"[DONE]":
                return
            value = msgspec.json.decode(data)
            if isinstance(value, dict):
                yield value


async def _answer(events: AsyncIterator[dict[str, Any]]) -> AsyncIterator[str | ToolCall]:
    """Yield the text as it comes and then the calls, put together from their pieces."""
    calls: dict[int, list[str]] = {}
    async for event in events:
        if event.get("error"):
            raise EngineError(f"The chat endpoint broke off: {_error_text(event)}", code="chat_failed")
        for choice in event.get("choices") or ():
            delta = choice.get("delta") or {}
            if delta.get("content"):
                yield str(delta["content"])
            for position, piece in enumerate(delta.get("tool_calls") or ()):
                call = calls.setdefault(piece.get("index", position), ["", ""])
                function = piece.get("function") or {}
                call[0] += function.get("name") or ""
                call[1] += function.get("arguments") or ""
    for _, (name, arguments) in sorted(calls.items()):
        yield ToolCall(name, arguments or "{}")


def _error_text(body: Any) -> str:
    """Return the message of an error answer, of whatever shape."""
    value = body
    if isinstance(body, str):
        try:
            value = msgspec.json.decode(body)
        except msgspec.DecodeError:
            return body.strip()[:300] or "no reason given"
    error = value.get("error", value) if isinstance(value, Mapping) else value
    message = error.get("message") if isinstance(error, Mapping) else error
    return str(message)[:300]
