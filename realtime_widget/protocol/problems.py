"""Which errors matter: some are noise, some end a session, the rest a person should see."""

from __future__ import annotations

from .objects import ErrorDetail

__all__ = ["ACTIVE_RESPONSE", "is_benign", "is_fatal"]

ACTIVE_RESPONSE = "conversation_already_has_active_response"

_BENIGN = frozenset(
    {
        "response_cancel_not_active",
        "input_audio_buffer_commit_empty",
        "item_truncate_invalid_item_id",
        "item_delete_invalid_item_id",
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


def is_benign(error: ErrorDetail) -> bool:
    """Tell whether an error only says that something was already so."""
    if error.code in _BENIGN or error.type in _BENIGN:
        return True
    return "is already shorter than" in (error.message or "")


def is_fatal(error: ErrorDetail) -> bool:
    """Tell whether an error ends the session: trying again can't help."""
    return error.code in _FATAL or error.type in _FATAL
