"""What the real service would refuse, or what a client must not do: noted, so that a test can be strict."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .talk import Talk

Command = dict[str, Any]

FIELDS: dict[str, set[str]] = {
    "session.update": {"session"},
    "input_audio_buffer.append": {"audio", "pcm"},
    "input_audio_buffer.commit": set(),
    "input_audio_buffer.clear": set(),
    "conversation.item.create": {"item", "previous_item_id"},
    "conversation.item.delete": {"item_id"},
    "conversation.item.retrieve": {"item_id"},
    "conversation.item.truncate": {"item_id", "content_index", "audio_end_ms"},
    "response.create": {"response"},
    "response.cancel": {"response_id"},
}
CONTENT = {
    "user": {"input_text", "input_audio", "input_image"},
    "assistant": {"output_text"},
    "system": {"input_text"},
}


def complaint(talk: "Talk", command: Command) -> str | None:
    """Return what is wrong with a command, or None."""
    kind = command["type"]
    if kind not in FIELDS:
        return "no such client event"
    extra = set(command) - FIELDS[kind] - {"type", "event_id"}
    if extra:
        return f"unknown fields {sorted(extra)}"
    if kind != "session.update" and not talk.seen["before session.updated"]:
        return "before the configuration was acknowledged"
    check = _CHECKS.get(kind)
    return None if check is None else check(talk, command)


def _update(talk: "Talk", command: Command) -> str | None:
    session = command["session"]
    if session.get("type") != "realtime":
        return "without its type"
    voice = session.get("audio", {}).get("output", {})
    return "the voice, after it was used" if "voice" in voice and talk.voice_used else None


def _item(talk: "Talk", command: Command) -> str | None:
    item = command["item"]
    if len(item.get("id") or "") > 32:
        return "an id longer than 32"
    if item["type"] == "message":
        wrong = {part["type"] for part in item["content"]} - CONTENT[item["role"]]
        return f"{sorted(wrong)} in an item of the {item['role']}" if wrong else None
    if item["type"] == "function_call_output":
        calls = [each for each in talk.items.values() if each["type"] == "function_call"]
        if item["call_id"] not in {call["call_id"] for call in calls}:
            return "an output without its call"
        outputs = [each for each in talk.items.values() if each["type"] == "function_call_output"]
        if item["call_id"] in {output["call_id"] for output in outputs}:
            return "a second output of a call"
    return None


def _truncate(talk: "Talk", command: Command) -> str | None:
    end_ms, generated_ms = command["audio_end_ms"], talk.audio_ms.get(command["item_id"])
    if generated_ms is None:
        return "an item without sound of its own"
    if not isinstance(end_ms, int) or not 0 < end_ms <= generated_ms:
        return f"{end_ms} ms of {generated_ms}"
    return None


def _response(talk: "Talk", command: Command) -> str | None:
    if (command.get("response") or {}).get("conversation") == "none":
        return None
    if talk.answer is not None:
        return "while a response is active"
    outputs = {each["call_id"] for each in talk.items.values() if each["type"] == "function_call_output"}
    calls = {each["call_id"] for each in talk.items.values() if each["type"] == "function_call"}
    return "while a call has no output" if calls - outputs else None


_CHECKS = {
    "session.update": _update,
    "conversation.item.create": _item,
    "conversation.item.truncate": _truncate,
    "response.create": _response,
}
