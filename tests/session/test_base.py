"""What every kind of session shares: common options, the panel, the end of a session that is let go."""

from typing import Any

import pytest

from realtime_widget import RealtimeSession
from realtime_widget.errors import ConfigError
from realtime_widget.session.base import BaseSession, check_options

RIGHT: dict[str, Any] = {
    "record": True,
    "records": (True, False, "user"),
    "api_key": None,
    "connect_timeout": 1,
}


@pytest.mark.parametrize(
    ("option", "match"),
    [
        ({"record": "all"}, r"record must be True, False or 'user', not 'all'"),
        ({"record": "assistant"}, "record must be"),
        ({"api_key": 5}, "api_key must be a string or a function"),
        ({"connect_timeout": True}, "connect_timeout must be a number"),
        ({"connect_timeout": float("nan")}, "more than 0 seconds"),
    ],
)
def test_common_options_are_checked(option: dict[str, Any], match: str) -> None:
    with pytest.raises(ConfigError, match=match):
        check_options(**{**RIGHT, **option})


def test_right_options_pass() -> None:
    check_options(**RIGHT)
    check_options(**{**RIGHT, "record": "user", "api_key": lambda: "key", "connect_timeout": 0.5})


def test_a_session_is_known_by_its_kind() -> None:
    session = RealtimeSession(engine="ws://127.0.0.1:1/v1")
    assert isinstance(session, BaseSession)
    assert repr(session) == "RealtimeSession(127.0.0.1, disconnected, 0 turns)"
