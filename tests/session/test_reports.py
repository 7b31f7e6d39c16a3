"""Errors of the server in a person's words."""

import pytest

from realtime_widget.errors import (
    AuthenticationError,
    EngineError,
    RealtimeError,
    RefusedError,
    ResponseError,
    SessionClosedError,
)
from realtime_widget.protocol.objects import ErrorDetail
from realtime_widget.session.reports import of_problem, of_refusal, of_response


@pytest.mark.parametrize(
    ("code", "fatal", "kind"),
    [
        ("invalid_api_key", True, AuthenticationError),
        ("account_deactivated", True, AuthenticationError),
        ("insufficient_quota", True, EngineError),
        ("model_not_found", True, EngineError),
        ("odd", False, RealtimeError),
        (None, False, RealtimeError),
    ],
)
@pytest.mark.parametrize("field", ["code", "type"])
def test_a_problem_has_its_class_its_words_and_a_remedy(
    code: str | None, fatal: bool, kind: type[Exception], field: str
) -> None:
    made = of_problem(ErrorDetail(**{field: code, "message": "Because."}), fatal=fatal)  # type: ignore[arg-type]
    assert type(made) is kind
    assert "Because." in str(made)
    assert made.remedy
    assert made.code == code
    assert made.recoverable is not fatal


def test_what_has_no_words_still_says_something() -> None:
    assert "without a message" in str(of_problem(ErrorDetail(), fatal=False))
    assert "odd" in str(of_problem(ErrorDetail(code="odd"), fatal=False))


def test_of_code_and_type_the_one_counts_that_says_more() -> None:
    error = ErrorDetail(type="insufficient_quota", code="x")
    assert of_problem(error, fatal=True).code == "insufficient_quota"
    assert of_problem(ErrorDetail(type="invalid_request_error", code="x"), fatal=False).code == "x"


@pytest.mark.parametrize("code", ["rate_limit_exceeded", "inference_rate_limit_exceeded"])
def test_a_limit_says_when_to_ask_again(code: str) -> None:
    made = of_response(ErrorDetail(code=code, message="Limit reached. Please try again in 1.2s."))
    assert type(made) is ResponseError
    assert (made.code, made.retry_after, made.recoverable) == (code, 1.2, True)
    assert "1.2 s" in str(made.remedy)
    assert of_response(ErrorDetail(code=code)).remedy


def test_a_failed_response_is_one_though_nobody_waits_for_it() -> None:
    assert type(of_problem(ErrorDetail(code="odd"), fatal=False, response_id="r")) is ResponseError
    assert not of_response(ErrorDetail(code="insufficient_quota")).recoverable


def test_a_refusal_names_what_was_refused() -> None:
    made = of_refusal("the change", ErrorDetail(code="invalid_value", message="No such voice."))
    assert type(made) is RefusedError
    assert made.message == "The server refused the change: No such voice."
    assert made.remedy
    assert type(of_refusal("the change", ErrorDetail(code="connection_lost"))) is SessionClosedError


def test_a_missing_deployment_says_how_to_name_one() -> None:
    made = of_problem(ErrorDetail(code="DeploymentNotFound", message="No such deployment."), fatal=False)
    assert "transcription=" in str(made.remedy)
    assert made.code == "DeploymentNotFound"
