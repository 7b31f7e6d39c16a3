"""What a server would refuse, said before anything is sent.

Some refusals name no command, so nobody could be told; some take the rest of an update along. Whoever sends
raw commands hears of these at once. Everything else is the server's to judge.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .conversation import Conversation
from .objects import ErrorDetail

__all__ = ["MAX_METADATA", "Objections"]

MAX_EVENT_ID = 512
MAX_ID = 32
MAX_METADATA = 15  # the API takes 16; one of them is ours
MAX_METADATA_KEY = 64
MAX_METADATA_VALUE = 512
MAX_AUDIO_BASE64 = 20 * 1024 * 1024  # 15 MiB of sound


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


class Objections:
    """Looks at raw commands, knowing the conversation so far."""

    def __init__(
        self, conversation: Conversation, *, voice: Callable[[], Any], responding: Callable[[], bool]
    ) -> None:
        """Make a judge.

        Args:
            conversation: What was said so far.
            voice: Tells the voice that can't change any more; None while it can.
            responding: Tells whether an answer runs.
        """
        self._conversation = conversation
        self._voice = voice
        self._responding = responding
        self._calls: set[str] = set()  # that were told by raw commands

    def to(self, command: Mapping[str, Any]) -> ErrorDetail | None:
        """Return why a command would be refused, None where nothing is known against it."""
        event_id = command.get("event_id")
        if event_id is not None and not (isinstance(event_id, str) and len(event_id) <= MAX_EVENT_ID):
            return _refusal("event_id", f"must be a string of at most {MAX_EVENT_ID} characters")
        check = _CHECKS.get(str(command.get("type")))
        return check(self, command) if check is not None else None

    # -- one for each kind of command --------------------------------------------------------------------

    def _update(self, command: Mapping[str, Any]) -> ErrorDetail | None:
        session = command.get("session")
        if not isinstance(session, Mapping) or not isinstance(session.get("type"), str):
            return _refusal(
                "session.type", "is missing: every update needs it", code="missing_required_parameter"
            )
        output = _object(_object(session.get("audio")).get("output"))
        if "speed" in output and self._responding():
            return _refusal("session.audio.output.speed", "can't change in the middle of an answer")
        return self._voice_in(output, "session.audio.output.voice")

    def _respond(self, command: Mapping[str, Any]) -> ErrorDetail | None:
        response = _object(command.get("response"))
        output = _object(_object(response.get("audio")).get("output"))
        if "speed" in output:
            return _refusal("response.audio.output.speed", "is an option of the session, not of one answer")
        return _metadata(response.get("metadata")) or self._voice_in(output, "response.audio.output.voice")

    def _voice_in(self, output: Mapping[str, Any], param: str) -> ErrorDetail | None:
        fixed = self._voice()
        if fixed is None or output.get("voice") in (None, fixed):
            return None
        return _refusal(param, "can't change once the model has spoken", code="cannot_update_voice")

    def _create(self, command: Mapping[str, Any]) -> ErrorDetail | None:
        item = _object(command.get("item"))
        item_id, call_id, kind = item.get("id"), item.get("call_id"), item.get("type")
        for name, value in (("id", item_id), ("call_id", call_id if kind == "function_call" else None)):
            if value is not None and not (isinstance(value, str) and 0 < len(value) <= MAX_ID):
                return _refusal(f"item.{name}", f"must be a string of 1 to {MAX_ID} characters")
        known = self._conversation.items.get(item_id or "")
        if known is not None and known.placed:
            return _refusal("item.id", "is that of another item", code="item_create_duplicate_item_id")
        if kind == "function_call_output":
            return self._output(call_id)
        if kind == "function_call" and call_id:
            self._calls.add(call_id)
        elif item.get("role") == "assistant" and any(
            _object(part).get("type") in ("output_audio", "audio") for part in item.get("content") or ()
        ):
            return _refusal("item.content", "can't hold the assistant's sound: send its words as output_text")
        return None

    def _output(self, call_id: Any) -> ErrorDetail | None:
        items = self._conversation.items.values()
        made = any(item.call_id == call_id for item in items if item.kind == "function_call")
        if not call_id or not (made or call_id in self._calls):
            return _refusal("item.call_id", f"names no call of this conversation: {call_id!r}")
        return None

    def _truncate(self, command: Mapping[str, Any]) -> ErrorDetail | None:
        end_ms = command.get("audio_end_ms")
        if not isinstance(end_ms, int) or isinstance(end_ms, bool) or end_ms < 0:
            return _refusal("audio_end_ms", "must be a whole number of milliseconds", code="invalid_type")
        return None

    def _append(self, command: Mapping[str, Any]) -> ErrorDetail | None:
        if isinstance(audio := command.get("audio"), str) and len(audio) > MAX_AUDIO_BASE64:
            return _refusal("audio", "must be at most 15 MiB of sound")
        return None


_CHECKS: dict[str, Callable[[Objections, Mapping[str, Any]], ErrorDetail | None]] = {
    "session.update": Objections._update,
    "response.create": Objections._respond,
    "conversation.item.create": Objections._create,
    "conversation.item.truncate": Objections._truncate,
    "input_audio_buffer.append": Objections._append,
}


def _metadata(metadata: Any) -> ErrorDetail | None:
    if metadata is None:
        return None
    if not isinstance(metadata, Mapping) or len(metadata) > MAX_METADATA:
        return _refusal("response.metadata", f"must be a mapping with at most {MAX_METADATA} entries")
    for key, value in metadata.items():
        if not isinstance(key, str) or len(key) > MAX_METADATA_KEY:
            return _refusal("response.metadata", f"must have keys of at most {MAX_METADATA_KEY} characters")
        if not isinstance(value, str) or len(value) > MAX_METADATA_VALUE:
            limit = f"must have strings of at most {MAX_METADATA_VALUE} characters"
            return _refusal(f"response.metadata.{key}", limit)
    return None


def _refusal(param: str, what: str, *, code: str = "invalid_value") -> ErrorDetail:
    return ErrorDetail(type="invalid_request_error", code=code, param=param, message=f"{param} {what}.")
