"""Ephemeral secrets: `POST /v1/realtime/client_secrets` and the sessions that begin with one."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from realtime_widget.local.checks import choice, integer, record
from realtime_widget.local.items import new_id
from realtime_widget.local.refusal import Refusal, invalid_type
from realtime_widget.local.session_config import (
    VOICES,
    default_session,
    default_transcription_session,
    merge_session,
    merge_transcription_session,
)

__all__ = ["ClientSecrets", "Grant"]

DEFAULT_LIFE_S = 600
MAX_SECRETS = 1000
_BODY_FIELDS = ("expires_after", "session")
_EXPIRES_AFTER = record({"anchor": choice("created_at"), "seconds": integer(10, 7200)})


@dataclass(frozen=True, slots=True)
class Grant:
    """What a secret brings along: the session's configuration, until `expires_at` (Unix seconds)."""

    session: Mapping[str, Any]
    expires_at: int


class ClientSecrets:
    """Make secrets and look them up; the oldest are forgotten first."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._grants: dict[str, Grant] = {}

    def create(self, body: Any, *, model: str, voices: Collection[str] = VOICES) -> dict[str, Any]:
        """Return the answer to a request: `value`, `expires_at` and the effective `session`.

        Raises:
            Refusal: The body isn't valid.
        """
        if not isinstance(body, dict):
            raise invalid_type("body", "an object", body)
        for key in body:
            if key not in _BODY_FIELDS:
                raise Refusal(f"Unknown parameter: '{key}'.", code="unknown_parameter", param=key)
        life_s = _EXPIRES_AFTER(body.get("expires_after") or {}, "expires_after").get(
            "seconds", DEFAULT_LIFE_S
        )
        session = _first_session(body.get("session") or {"type": "realtime"}, model, voices)
        grant = Grant(session, int(self._clock()) + life_s)
        value = f"ek_{secrets.token_hex(16)}"
        self._grants[value] = grant
        while len(self._grants) > MAX_SECRETS:
            del self._grants[next(iter(self._grants))]
        return {"value": value, "expires_at": grant.expires_at, "session": session}

    def find(self, value: str | None) -> Grant | None:
        """Return what a secret brings along; None when it isn't one of ours.

        Raises:
            Refusal: It has expired.
        """
        grant = self._grants.get(value or "")
        if grant is not None and grant.expires_at <= self._clock():
            raise Refusal("The client secret has expired. Create another one.", code="invalid_api_key")
        return grant


def _first_session(given: Any, model: str, voices: Collection[str]) -> dict[str, Any]:
    session_id = new_id("sess")
    if isinstance(given, dict) and given.get("type") == "transcription":
        written = default_transcription_session(session_id=session_id, expires_at=0)
        return merge_transcription_session(written, given)
    base = default_session(session_id=session_id, model=model, expires_at=0)
    return merge_session(base, given, voices=voices, may_set_model=True)
