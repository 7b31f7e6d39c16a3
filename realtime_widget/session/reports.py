"""What an error of the server means for a person: an exception with its code, its words and a remedy."""

from __future__ import annotations

from typing import Any

from ..errors import (
    AuthenticationError,
    EngineError,
    RealtimeError,
    RefusedError,
    ResponseError,
    SessionClosedError,
)
from ..protocol.objects import ErrorDetail
from ..protocol.problems import is_fatal, retry_after_s

__all__ = ["of_objection", "of_problem", "of_refusal", "of_response", "of_silence"]

_CREDIT = "Add credit, or raise the limit in the account's billing settings, then start again."
_LIMIT = "Wait a moment and ask again, or use a smaller model; the account's limits are per minute."
_MODEL = "Check model=: the account may not use it, or this kind of session can't."
_REMEDIES = {
    "account_deactivated": "Ask whoever owns the account.",
    "beta_api_shape_disabled": "Don't send the header OpenAI-Beta: the beta protocol is gone.",
    "billing_hard_limit_reached": _CREDIT,
    "credit_balance_exhausted": _CREDIT,
    "DeploymentNotFound": "Name a transcription model that is deployed: transcription=…, or None for none.",
    "inference_rate_limit_exceeded": _LIMIT,
    "connection_lost": "Ask again once the session is connected anew; what came is in session.transcript.",
    "insufficient_quota": _CREDIT,
    "invalid_api_key": "Check the key.",
    "invalid_model": _MODEL,
    "model_not_found": _MODEL,
    "rate_limit_exceeded": _LIMIT,
    "request_unanswered": "Ask again; stop and start the session if that doesn't help.",
    "server_error": "Ask again; after several failures in a row the session connects anew by itself.",
}
_BY_KIND: dict[type[RealtimeError], str] = {
    EngineError: "Correct what the message names, then start again.",
    RealtimeError: "Look at the end of session.events.df for what it is about.",
    RefusedError: "Correct what the message names; everything stays as it was.",
    ResponseError: "Ask again; what came of it is in session.transcript.",
}
_SILENCES = {
    "content_filter": "The content filter stopped it: ask in other words.",
    "max_output_tokens": "It ran into max_output_tokens, which counts calls and reasoning too: allow more.",
}
_KEYS = ("invalid_api_key", "account_deactivated")


def of_problem(error: ErrorDetail, *, fatal: bool, response_id: str | None = None) -> RealtimeError:
    """Return the exception for an error that nobody waits for."""
    if fatal and code_of(error) in _KEYS:
        return _make(AuthenticationError, f"The server refused the key: {said(error)}", error)
    if fatal:
        return _make(EngineError, f"The server ended the session: {said(error)}", error)
    if response_id is not None:
        return of_response(error)
    message = f"The server reported a problem: {said(error)}"
    return _make(RealtimeError, message, error, recoverable=True)


def of_response(error: ErrorDetail) -> RealtimeError:
    """Return the exception for a response that failed."""
    return _make(ResponseError, f"The response failed: {said(error)}", error, recoverable=not is_fatal(error))


def of_refusal(what: str, error: ErrorDetail) -> RealtimeError:
    """Return the exception for an error that answers a command."""
    if error.code == "connection_lost":
        return SessionClosedError(
            f"The connection ended before {what} was acknowledged.", remedy="Start again."
        )
    return _make(RefusedError, f"The server refused {what}: {said(error)}", error, recoverable=True)


def of_objection(error: ErrorDetail) -> RealtimeError:
    """Return the exception for what isn't even sent, since it would be refused."""
    message = f"Not sent, for the server would refuse it: {said(error)}"
    return _make(RefusedError, message, error, recoverable=True)


def of_silence(status: str, reason: str | None) -> RealtimeError:
    """Return the exception for a response that ended without an answer, though it didn't fail."""
    why = f"{status}, {reason}" if reason else status
    remedy = _SILENCES.get(reason or "", "Ask again, or look at session.events.df.")
    return ResponseError(
        f"The model gave no answer (the response ended as {why}).",
        remedy=remedy,
        code=reason or (status if status != "completed" else None),
        recoverable=True,
    )


def said(error: ErrorDetail) -> str:
    """Return what the server said."""
    return error.message or code_of(error) or "an error without a message"


def code_of(error: ErrorDetail) -> str | None:
    """Return the code of an error: of the two fields in which servers write it, the one that says more."""
    if error.type in _REMEDIES and error.code not in _REMEDIES:
        return error.type
    return error.code or error.type


def _make(kind: type[RealtimeError], message: str, error: ErrorDetail, **options: Any) -> RealtimeError:
    code = code_of(error)
    wait_s = retry_after_s(error)
    remedy = _REMEDIES.get(code or "") or _BY_KIND.get(kind)
    if remedy == _LIMIT and wait_s is not None:
        remedy = f"Ask again in {wait_s:g} s, or use a smaller model; the account's limits are per minute."
    return kind(message, remedy=remedy, code=code, retry_after=wait_s, **options)
