"""What answers: the request a responder gets, and what it may yield."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from realtime_widget.protocol.objects import Item

if TYPE_CHECKING:
    from realtime_widget.local.phrases import Sayable

__all__ = ["Request", "Responder", "ToolCall", "item_text"]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """Call one of the session's tools; `arguments` is the JSON text of an object."""

    name: str
    arguments: str = "{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Ask for one response.

    Attributes:
        items: The context in order; spoken words are in the parts' `transcript`.
        tools: The tools as on the wire: `type`, `name`, `description`, `parameters`.
        tool_choice: `"auto"`, `"none"`, `"required"` or `{"type": "function", "name": …}`.
        uncertain: The recogniser wasn't sure of the newest spoken words.
        modality: `"audio"` when the answer will be spoken, else `"text"`.
        max_output_tokens: The limit that the server keeps anyway, or None.
    """

    instructions: str = ""
    items: tuple[Item, ...] = ()
    tools: tuple[dict[str, Any], ...] = ()
    tool_choice: Any = "auto"
    sayable: Sayable | None = None
    uncertain: bool = False
    modality: str = "audio"
    max_output_tokens: int | None = None

    @property
    def text(self) -> str:
        """The newest input: the user's words, or the outputs of the tools that were called since."""
        outputs = []
        for item in reversed(self.items):
            if item.type == "function_call_output":
                outputs.append(item.output if isinstance(item.output, str) else str(item.output))
            elif item.type == "message" and item.role == "user":
                return "\n".join(reversed(outputs)) if outputs else item_text(item)
        return "\n".join(reversed(outputs))


@runtime_checkable
class Responder(Protocol):
    """Answer a request."""

    def respond(self, request: Request) -> AsyncIterator[str | ToolCall]:
        """Stream the answer: pieces of text, and calls of tools.

        What it raises becomes a failed response with the error's text. It is closed (`aclose`) as soon as
        the response is cancelled.
        """


def item_text(item: Item) -> str:
    """Return all words of a message, written or spoken."""
    return " ".join(words for part in item.content or () if (words := (part.words or "").strip()))
