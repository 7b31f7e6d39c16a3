from typing import Any

import pytest

from realtime_widget.protocol.objects import ErrorDetail
from realtime_widget.protocol.problems import (
    TROUBLED_AFTER,
    Troubles,
    is_benign,
    is_drop,
    is_fatal,
    retry_after_s,
)


@pytest.mark.parametrize("field", ["code", "type"])
def test_codes_are_found_in_either_field(field: str) -> None:
    assert is_fatal(ErrorDetail(**{field: "invalid_api_key"}))
    assert is_benign(ErrorDetail(**{field: "response_cancel_not_active"}))


@pytest.mark.parametrize("code", [None, "server_error", "rate_limit_exceeded", "session_expired", "new_code"])
def test_everything_else_is_for_people_to_see(code: str | None) -> None:
    assert not is_fatal(ErrorDetail(code=code))
    assert not is_benign(ErrorDetail(code=code))


def test_a_cut_past_the_end_is_known_by_its_words() -> None:
    assert is_benign(ErrorDetail(message="Audio content of 1200ms is already shorter than 2160ms"))


@pytest.mark.parametrize("field", ["code", "type"])
def test_the_end_of_the_sixty_minutes_is_a_drop(field: str) -> None:
    error = ErrorDetail(**{field: "session_expired"})
    assert is_drop(error)
    assert not is_fatal(error)
    assert not is_drop(ErrorDetail(code="server_error"))


@pytest.mark.parametrize(
    ("message", "seconds"),
    [
        ("Rate limit reached. Please try again in 1.2s.", 1.2),
        ("Please try again in 350ms. Visit our site.", 0.35),
        ("Try again in 1m20s", 80.0),
        ("Try again in 6h0m30s, or buy more.", 21630.0),
        ("Please retry after 5 seconds.", 5.0),
        ("Please retry after 3", 3.0),
        ("Try again in 2 minutes", 120.0),
        ("Try again in a while", None),
        ("Limit 40000, used 39000, requested 2000.", None),
        (None, None),
    ],
)
def test_how_long_to_wait_stands_in_the_words(message: str | None, seconds: float | None) -> None:
    assert retry_after_s(ErrorDetail(message=message)) == seconds


def test_a_servers_own_errors_count_in_a_row_only() -> None:
    troubles, error = Troubles(), ErrorDetail(type="server_error")
    for _ in range(2):
        assert [troubles.note(error) for _ in range(TROUBLED_AFTER - 1)] == [False] * (TROUBLED_AFTER - 1)
        assert not troubles.note(None)
    assert [troubles.note(error) for _ in range(TROUBLED_AFTER)][-1]
    assert not troubles.note(error), "told once, then counted anew"
    assert not any(troubles.note(ErrorDetail(code="invalid_value")) for _ in range(9))


JUDGED = {
    is_benign: (
        "response_cancel_not_active", "input_audio_buffer_commit_empty", "item_truncate_invalid_item_id",
        "item_delete_invalid_item_id", "item_retrieve_invalid_item_id", "call_id_not_found",
    ),
    is_fatal: (
        "insufficient_quota", "credit_balance_exhausted", "billing_hard_limit_reached", "invalid_api_key",
        "account_deactivated", "invalid_model", "model_not_found", "beta_api_shape_disabled",
    ),
    is_drop: ("session_expired",),
    None: (
        "conversation_already_has_active_response", "item_create_duplicate_item_id", "cannot_update_voice",
        "unsupported_content_type", "invalid_value", "invalid_type", "missing_required_parameter",
        "unknown_parameter", "invalid_event", "rate_limit_exceeded", "inference_rate_limit_exceeded",
        "server_error", "DeploymentNotFound", "server_is_overloaded",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("code", "kind"), [(code, kind) for kind, codes in JUDGED.items() for code in codes])
def test_every_code_of_the_reference_is_noise_an_end_a_drop_or_for_people(code: str, kind: Any) -> None:
    error = ErrorDetail(code=code)
    assert [judge for judge in (is_benign, is_fatal, is_drop) if judge(error)] == ([kind] if kind else [])
