"""A transcription session: what is said is written down, and nobody answers."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from realtime_widget.local.connection import Connection
from realtime_widget.local.items import new_id
from realtime_widget.local.refusal import Refusal
from realtime_widget.local.session_config import (
    VAD_IN_VAIN,
    default_transcription_session,
    merge_transcription_session,
)
from realtime_widget.protocol import commands as cmd

__all__ = ["TranscriptionConnection"]

_TAKEN = (
    cmd.UpdateSession,
    cmd.AppendInput,
    cmd.CommitInput,
    cmd.ClearInput,
    cmd.RetrieveItem,
    cmd.DeleteItem,
)


class TranscriptionConnection(Connection):
    """Serve one client that wants to have written down what is said."""

    def _first_session(self, model: str, given: Mapping[str, Any]) -> dict[str, Any]:
        expires_at = int(time.time() + self._options.max_session_s)
        base = default_transcription_session(session_id=new_id("sess"), expires_at=expires_at)
        return {**base, **{key: given[key] for key in ("audio", "include") if key in given}}

    def _merge(self, update: Any) -> dict[str, Any]:
        return merge_transcription_session(self._session, update)

    def _apply_session(self) -> None:
        side = self._session["audio"]["input"]
        in_vain = (side["transcription"] or {}).get("model") == VAD_IN_VAIN
        self._input.configure(side["format"], None if in_vain else side["turn_detection"])
        self._hearing.configure(self._session)

    def _wire_session(self) -> dict[str, Any]:
        return self._session

    def _check(self, command: cmd.Command) -> None:
        if not isinstance(command, _TAKEN):
            kind = command.__struct_config__.tag
            raise Refusal(
                f"'{kind}' is not supported in transcription sessions.", code="invalid_event", param="type"
            )

    def _respond_by_itself(self) -> None:
        """Nobody answers."""
