"""Items of a conversation: what a client may send, and how the server writes them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import msgspec

from realtime_widget.local.refusal import Refusal, invalid_value, missing
from realtime_widget.protocol.objects import ContentPart, Item

__all__ = ["accept_item", "new_id", "wire_item", "wire_part"]

MAX_ID_LENGTH = 32
_IMAGE_PREFIXES = ("data:image/png;base64,", "data:image/jpeg;base64,", "data:image/jpg;base64,")

_CONTENT: dict[str, dict[str, str]] = {
    # role → part type → the field that the part must have
    "system": {"input_text": "text"},
    "user": {"input_text": "text", "input_audio": "audio", "input_image": "image_url"},
    "assistant": {"output_text": "text", "output_audio": "transcript"},
}
_REQUIRED: dict[str, tuple[str, ...]] = {
    "message": ("role", "content"),
    "function_call": ("name", "arguments"),
    "function_call_output": ("call_id", "output"),
}


def new_id(prefix: str) -> str:
    """Return a fresh id such as `item_…`."""
    return f"{prefix}_{secrets.token_hex(10)}"


def accept_item(item: Item, path: str = "item") -> Item:
    """Return an item from a client as the server keeps it: with an id, complete and checked.

    Raises:
        Refusal: It isn't an item that a client may create.
    """
    if not item.type:
        raise missing(f"{path}.type")
    if item.type not in _REQUIRED:
        names = ", ".join(f"'{name}'" for name in _REQUIRED)
        raise invalid_value(f"{path}.type", item.type, f"Supported values are: {names}.")
    for name in _REQUIRED[item.type]:
        if getattr(item, name) is None:
            raise missing(f"{path}.{name}")
    for name in ("id", "call_id"):
        if len(getattr(item, name) or "") > MAX_ID_LENGTH:
            raise Refusal(
                f"Invalid '{path}.{name}': string too long. Expected a string with maximum length "
                f"{MAX_ID_LENGTH}.",
                code="string_above_max_length",
                param=f"{path}.{name}",
            )
    content = _accept_content(item, path) if item.type == "message" else None
    if item.type == "function_call_output" and not isinstance(item.output, str):
        raise Refusal(
            f"Invalid type for '{path}.output': expected a string.",
            code="invalid_type",
            param=f"{path}.output",
        )
    call_id = item.call_id or (new_id("call") if item.type == "function_call" else None)
    return msgspec.structs.replace(
        item,
        id=item.id or new_id("item"),
        object="realtime.item",
        status="completed" if item.status not in ("incomplete",) else item.status,
        content=content,
        call_id=call_id,
    )


def _accept_content(item: Item, path: str) -> list[ContentPart]:
    allowed = _CONTENT.get(item.role or "")
    if allowed is None:
        names = ", ".join(f"'{name}'" for name in _CONTENT)
        raise invalid_value(f"{path}.role", item.role, f"Supported values are: {names}.")
    for index, part in enumerate(item.content or ()):
        where = f"{path}.content[{index}]"
        if not part.type:
            raise missing(f"{where}.type")
        if part.type not in allowed:
            names = ", ".join(f"'{name}'" for name in allowed)
            raise invalid_value(f"{where}.type", part.type, f"Supported values are: {names}.")
        field = allowed[part.type]
        if getattr(part, field) is None:
            raise missing(f"{where}.{field}")
        if item.role == "assistant" and part.audio is not None:
            raise Refusal(
                "Assistant audio can't be created, only assistant text.",
                code="invalid_value",
                param=f"{where}.audio",
            )
        if part.type == "input_image" and not (part.image_url or "").startswith(_IMAGE_PREFIXES):
            raise invalid_value(
                f"{where}.image_url",
                part.image_url,
                "Expected a base64-encoded data URL of a PNG or JPEG image.",
            )
    return list(item.content or ())


def wire_item(
    item: Item, *, audio: Mapping[int, bytes] | None = None, object_name: bool = True
) -> dict[str, Any]:
    """Return an item as an event carries it; `audio` by content index is put in where given."""
    wire: dict[str, Any] = {"id": item.id, "type": item.type, "status": item.status or "completed"}
    if object_name:
        wire["object"] = "realtime.item"
    if item.type == "message":
        wire["role"] = item.role
        wire["content"] = [
            _wire_content(part, (audio or {}).get(index)) for index, part in enumerate(item.content or ())
        ]
    elif item.type == "function_call":
        wire |= {"name": item.name, "call_id": item.call_id, "arguments": item.arguments or ""}
    elif item.type == "function_call_output":
        wire |= {"call_id": item.call_id, "output": item.output}
    return wire


def _wire_content(part: ContentPart, audio: bytes | None) -> dict[str, Any]:
    wire: dict[str, Any] = {"type": part.type}
    if part.type in ("input_text", "output_text"):
        wire["text"] = part.text or ""
    elif part.type in ("input_audio", "output_audio"):
        wire["transcript"] = part.transcript
    elif part.type == "input_image":
        wire |= {"image_url": part.image_url, "detail": part.detail or "auto"}
    if audio is not None:
        wire["audio"] = audio
    return wire


def wire_part(kind: str, words: str) -> dict[str, Any]:
    """Return the part of `response.content_part.*`: of type `text` or `audio`."""
    return {"type": "text", "text": words} if kind == "text" else {"type": "audio", "transcript": words}
