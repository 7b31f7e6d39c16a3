"""Which errors matter: some are noise, some end a session or a connection, a person should see the rest."""

from __future__ import annotations

import re

from .objects import ErrorDetail

__all__ = [
    "ACTIVE_RESPONSE",
    "TROUBLED_AFTER",
    "Troubles",
    "is_benign",
    "is_drop",
    "is_fatal",
    "retry_after_s",
]

ACTIVE_RESPONSE = "conversation_already_has_active_response"
TROUBLED_AFTER = 3

_BENIGN = frozenset(
    {
        "response_cancel_not_active",
        "input_audio_buffer_commit_empty",
        "item_truncate_invalid_item_id",
        "item_delete_invalid_item_id",
        "item_retrieve_invalid_item_id",
        "call_id_not_found",
    }
)
_FATAL = frozenset(
    {
        "account_deactivated",
        "beta_api_shape_disabled",
        "billing_hard_limit_reached",
        "credit_balance_exhausted",
        "insufficient_quota",
        "invalid_api_key",
        "invalid_model",
        "model_not_found",
    }
)
_DROP = frozenset({"session_expired"})
_SERVER_ERROR = "server_error"

_AGAIN = re.compile(r"(?:again|retry)\s+(?:in|after)\s+((?:\d+(?:\.\d+)?\s*[a-z]*\s*)+)", re.IGNORECASE)
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|millisecond|s|second|m|minute|h|hour)?", re.IGNORECASE)
_SECONDS = {"ms": 0.001, "millisecond": 0.001, "m": 60.0, "minute": 60.0, "h": 3600.0, "hour": 3600.0}


def is_benign(error: ErrorDetail) -> bool:
    """Tell whether an error only says that something was already so."""
    if error.code in _BENIGN or error.type in _BENIGN:
        return True
    return "is already shorter than" in (error.message or "")


def is_fatal(error: ErrorDetail) -> bool:
    """Tell whether an error ends the session: trying again can't help."""
    return error.code in _FATAL or error.type in _FATAL


def is_drop(error: ErrorDetail) -> bool:
    """Tell whether an error only ends the connection, as was to be expected: a new one goes on."""
    return error.code in _DROP or error.type in _DROP


def is_server_error(error: ErrorDetail) -> bool:
    """Tell whether the server blames itself; after several in a row a connection stays broken."""
    return _SERVER_ERROR in (error.code, error.type)


def retry_after_s(error: ErrorDetail) -> float | None:
    """Return the seconds that an error says to wait ("try again in 1.2s"), None where it says nothing."""
    found = _AGAIN.search(error.message or "")
    if found is None:
        return None
    spans = _SPAN.findall(found.group(1))
    return round(sum(float(number) * _SECONDS.get(unit.lower(), 1.0) for number, unit in spans), 3)


class Troubles:
    """Counts a server's own errors in a row; something that succeeds ends the row."""

    def __init__(self) -> None:
        self.count = 0

    def note(self, error: ErrorDetail | None) -> bool:
        """Take the outcome of something; True when that was one error of the server too many."""
        if error is None:
            self.count = 0
        elif is_server_error(error):
            self.count += 1
        if self.count < TROUBLED_AFTER:
            return False
        self.count = 0
        return True
