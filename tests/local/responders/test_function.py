import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from realtime_widget.errors import ConfigError
from realtime_widget.local.responders.base import Request, ToolCall
from realtime_widget.local.responders.function import FunctionResponder
from realtime_widget.protocol.objects import ContentPart, Item

HELLO = Request(
    items=(Item(type="message", role="user", content=[ContentPart(type="input_text", text="hello")]),)
)


def answer(function: Any) -> list[Any]:
    async def scenario() -> list[Any]:
        return [piece async for piece in FunctionResponder(function).respond(HELLO)]

    return asyncio.run(scenario())


def shout(text: str) -> str:
    return text.upper()


async def shout_later(text: str) -> str:
    await asyncio.sleep(0)
    return text.upper()


def shout_slowly(text: str) -> Iterator[str | ToolCall]:
    yield text.upper()
    yield ToolCall("f", "{}")


async def shout_and_wait(text: str) -> AsyncIterator[str]:
    yield text.upper()
    await asyncio.sleep(0)
    yield "!"


def count(request: Request) -> int:
    return len(request.items)


def look(what: Request) -> list[str]:
    return [item.type for item in what.items]


@pytest.mark.parametrize(
    ("function", "pieces"),
    [
        (shout, ["HELLO"]),
        (shout_later, ["HELLO"]),
        (shout_slowly, ["HELLO", ToolCall("f", "{}")]),
        (shout_and_wait, ["HELLO", "!"]),
        (count, ["1"]),
        (look, ["message"]),
        (lambda text: None, []),
        (str.title, ["Hello"]),
    ],
)
def test_functions_of_every_kind(function: Any, pieces: list[Any]) -> None:
    assert answer(function) == pieces


def test_a_plain_function_runs_in_a_worker_thread() -> None:
    names: list[str] = []

    def note(text: str) -> Iterator[str]:
        names.append(threading.current_thread().name)
        yield "x"

    answer(note)
    assert names != [threading.current_thread().name]


def test_its_exception_comes_through() -> None:
    def fail(text: str) -> str:
        raise ValueError(text)

    with pytest.raises(ValueError, match="hello"):
        answer(fail)


def test_what_is_no_function_of_one_argument_is_refused() -> None:
    with pytest.raises(ConfigError):
        FunctionResponder("x")  # type: ignore[arg-type]
    with pytest.raises(ConfigError):
        FunctionResponder(lambda: "x")
