import pytest

from realtime_widget.protocol.objects import ErrorDetail
from realtime_widget.protocol.problems import is_benign, is_fatal


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
