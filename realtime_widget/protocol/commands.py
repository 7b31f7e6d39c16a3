"""The 11 client events of the GA Realtime API as immutable structs; here they are called commands.

What must be on the wire has no default; what is None is left out. Session and response objects are plain
mappings, since in a `session.update` an explicit null ("turn detection off") differs from an absent key.
"""

from __future__ import annotations

from typing import Any

import msgspec

from .objects import Item

__all__ = [
    "COMMAND_TYPES",
    "AppendInput",
    "CancelResponse",
    "ClearInput",
    "ClearOutput",
    "Command",
    "CommitInput",
    "CreateItem",
    "CreateResponse",
    "DeleteItem",
    "RetrieveItem",
    "TruncateItem",
    "UpdateSession",
]


class Command(msgspec.Struct, frozen=True, tag_field="type", kw_only=True, omit_defaults=True):
    """Base of all commands. `event_id` (at most 512 characters) comes back in an error that refuses it."""

    event_id: str | None = None

    @property
    def type(self) -> str:
        """The wire name of this command."""
        return str(self.__struct_config__.tag)


class UpdateSession(Command, tag="session.update", frozen=True):
    """Change the session's configuration; `session` must carry its `type`, and only what changes."""

    session: dict[str, Any]


class AppendInput(Command, tag="input_audio_buffer.append", frozen=True):
    """Add audio (raw bytes in the session's input format, at most 15 MiB) to the input buffer."""

    audio: bytes


class CommitInput(Command, tag="input_audio_buffer.commit", frozen=True):
    """Make the input buffer (at least 100 ms) a user item; starts no response."""


class ClearInput(Command, tag="input_audio_buffer.clear", frozen=True):
    """Drop what the input buffer holds."""


class ClearOutput(Command, tag="output_audio_buffer.clear", frozen=True):
    """Cut playback at the server (WebRTC and SIP only)."""


class CreateItem(Command, tag="conversation.item.create", frozen=True):
    """Add an item; without `previous_item_id` at the end, with `"root"` at the start."""

    item: Item
    previous_item_id: str | None = None


class RetrieveItem(Command, tag="conversation.item.retrieve", frozen=True):
    """Ask for an item, audio included."""

    item_id: str


class TruncateItem(Command, tag="conversation.item.truncate", frozen=True):
    """Cut an assistant's audio at `audio_end_ms` (a whole number, never past what was received)."""

    item_id: str
    content_index: int
    audio_end_ms: int


class DeleteItem(Command, tag="conversation.item.delete", frozen=True):
    """Remove an item."""

    item_id: str


class CreateResponse(Command, tag="response.create", frozen=True):
    """Ask for a response; refused while another one writes to the conversation."""

    response: dict[str, Any] | None = None


class CancelResponse(Command, tag="response.cancel", frozen=True):
    """Stop a response; without an id the one that writes to the conversation."""

    response_id: str | None = None


COMMAND_TYPES: dict[str, type[Command]] = {
    str(kind.__struct_config__.tag): kind for kind in Command.__subclasses__()
}
"""Wire name → struct, for all commands."""
