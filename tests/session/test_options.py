"""The options that every kind of session has."""

import inspect
from typing import Any

import pytest

from realtime_widget import RealtimeSession, TranscriptionSession, TranslationSession
from realtime_widget.errors import ConfigError
from realtime_widget.session.base import BaseSession
from realtime_widget.session.limits import LimitOptions
from realtime_widget.session.options import OPTIONS, session_options

RIGHT: dict[str, Any] = {
    "record": True,
    "records": (True, False, "user"),
    "api_key": None,
    "connect_timeout": 1,
    "reconnect": True,
    "rollover_minutes": None,
    "max_minutes": None,
    "budget_usd": None,
    "starts_per_minute": 10,
    "title": "Talk",
    "on_close": "mute",
    "half_duplex": False,
    "audio_in": "microphone",
    "metadata": {},
    "prices": None,
    "store": None,
}


@pytest.mark.parametrize(
    ("option", "match"),
    [
        ({"record": "all"}, r"record must be True, False or 'user', not 'all'"),
        ({"record": "assistant"}, "record must be"),
        ({"api_key": 5}, "api_key must be a string or a function"),
        ({"connect_timeout": True}, "connect_timeout must be a number"),
        ({"connect_timeout": float("nan")}, "more than 0 seconds"),
        ({"prices": 3}, "prices must be a path, a mapping or a PriceTable"),
        ({"prices": {"m": {"text": 1}}}, "The price text = 1 of 'm' is none"),
        ({"reconnect": 1}, "reconnect must be True or False"),
        ({"rollover_minutes": 0}, "rollover_minutes must be more than 0"),
        ({"rollover_minutes": True}, "rollover_minutes must be more than 0"),
        ({"max_minutes": -1}, "max_minutes must be"),
        ({"budget_usd": "much"}, "budget_usd must be"),
        ({"starts_per_minute": 1.5}, "starts_per_minute must be a whole number"),
        ({"on_close": "end"}, "on_close must be one of 'keep', 'mute', 'stop'"),
        ({"half_duplex": "yes"}, "half_duplex must be True or False"),
        ({"audio_in": None}, "audio_in: Can.t take NoneType"),
    ],
)
def test_wrong_options_name_what_is_right(option: dict[str, Any], match: str) -> None:
    with pytest.raises(ConfigError, match=match):
        session_options(**{**RIGHT, **option})


def test_right_options_pass_in_the_units_of_the_core() -> None:
    given = {"record": "user", "api_key": lambda: "key", "rollover_minutes": 2, "max_minutes": 5}
    options = session_options(**{**RIGHT, **given})
    assert options["record"] == "user"
    assert options["rollover_s"] == 120
    assert options["limits"] == LimitOptions(max_minutes=5)
    assert session_options(**RIGHT)["rollover_s"] is None


@pytest.mark.parametrize("kind", [RealtimeSession, TranscriptionSession, TranslationSession])
def test_every_kind_has_them_all(kind: type[BaseSession]) -> None:
    assert set(OPTIONS) <= inspect.signature(kind).parameters.keys()
