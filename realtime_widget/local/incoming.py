"""From a frame to a command, or to the reason why it is none."""

from __future__ import annotations

from typing import Any

import msgspec

from realtime_widget.local.refusal import Refusal, refusal_of, unknown
from realtime_widget.protocol import commands as cmd
from realtime_widget.protocol.codec import decode_command

__all__ = ["event_id_of", "read_command"]

MAX_EVENT_ID_LENGTH = 512


def read_command(data: str | bytes) -> tuple[cmd.Command, str | None]:
    """Return a command and its `event_id`.

    Raises:
        Refusal: It isn't one.
    """
    try:
        command = decode_command(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if not isinstance(error, msgspec.DecodeError):
            raise Refusal("The event is not valid JSON.", code="invalid_event") from None
        raise refusal_of(error, _plain(data)) from None
    event_id = command.event_id
    if event_id is not None and len(event_id) > MAX_EVENT_ID_LENGTH:
        raise Refusal(
            f"Invalid 'event_id': longer than {MAX_EVENT_ID_LENGTH} characters.",
            code="string_above_max_length",
            param="event_id",
            echo=False,
        )
    if not isinstance(command, cmd.AppendInput):  # the hot path; its fields are checked by the codec
        for key in _plain(data) or {}:
            if key != "type" and key not in command.__struct_fields__:
                raise unknown(key)
    return command, event_id


def _plain(data: str | bytes) -> Any:
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def event_id_of(data: str | bytes) -> str | None:
    """Return the `event_id` of a frame that may be no command; None when it has none that can be echoed."""
    raw = _plain(data)
    event_id = raw.get("event_id") if isinstance(raw, dict) else None
    return event_id if isinstance(event_id, str) and len(event_id) <= MAX_EVENT_ID_LENGTH else None
