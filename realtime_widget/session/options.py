"""The options that every kind of session has beside its configuration, checked when a session is made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..config.checks import check_bool, check_choice
from ..config.numbers import is_number
from ..data.money.prices import price_table
from ..errors import ConfigError
from .audio_in import checked_source
from .limits import LimitOptions
from .storing import open_store

__all__ = ["OPTIONS", "session_options"]

OPTIONS = (
    "engine", "api_key", "headers", "record", "connect_timeout", "reconnect", "rollover_minutes",
    "max_minutes", "budget_usd", "starts_per_minute", "title", "on_close", "half_duplex",
    "audio_in", "metadata", "store",
)  # fmt: skip
"""Their names, for messages about unknown ones."""

ON_CLOSE = ("keep", "mute", "stop")
"""What becomes of the microphone and the session when nobody sees a panel any more."""


def session_options(
    *,
    record: Any,
    records: tuple[bool | str, ...],
    api_key: Any,
    connect_timeout: Any,
    reconnect: Any,
    rollover_minutes: Any,
    max_minutes: Any,
    budget_usd: Any,
    starts_per_minute: Any,
    title: Any,
    on_close: Any,
    half_duplex: Any,
    audio_in: Any,
    metadata: Any,
    prices: Any,
    store: Any,
) -> dict[str, Any]:
    """Return what a `BaseSession` takes of them; `records` are the values that `record` may have.

    Raises:
        ConfigError: Names the wrong value and the right ones.
    """
    if record not in records:
        *others, last = map(repr, records)
        raise ConfigError(f"record must be {', '.join(others)} or {last}, not {record!r}.")
    if api_key is not None and not isinstance(api_key, str) and not callable(api_key):
        raise ConfigError("api_key must be a string or a function that returns one.")
    _check_seconds(connect_timeout)
    check_bool("reconnect", reconnect)
    if rollover_minutes is not None and not (is_number(rollover_minutes) and rollover_minutes > 0):
        raise ConfigError(f"rollover_minutes must be more than 0, or None, not {rollover_minutes!r}.")
    check_choice("on_close", on_close, ON_CLOSE)
    check_bool("half_duplex", half_duplex)
    return {
        "record": record,
        "connect_timeout": connect_timeout,
        "reconnect": reconnect,
        "rollover_s": None if rollover_minutes is None else 60 * rollover_minutes,
        "limits": LimitOptions(
            max_minutes=max_minutes, budget_usd=budget_usd, starts_per_minute=starts_per_minute
        ),
        "title": title,
        "on_close": on_close,
        "half_duplex": half_duplex,
        "audio_in": checked_source(audio_in),
        "metadata": _checked_metadata(metadata),
        "price_table": price_table(prices),
        "store": open_store(store),  # the last: what else is wrong is found before a file is made
    }


def _checked_metadata(metadata: Any) -> dict[str, Any]:
    if not isinstance(metadata, Mapping) or not all(isinstance(name, str) for name in metadata):
        raise ConfigError(
            f"metadata must map names to values, not {metadata!r}.",
            remedy="Pass what you want to find the conversation by, e.g. {'project': 'demo', 'take': 3}.",
        )
    try:
        # A copy that nobody else changes, and the certainty that it can be written to a file.
        copy: dict[str, Any] = json.loads(json.dumps(dict(metadata), allow_nan=False))
    except (TypeError, ValueError) as error:
        raise ConfigError(f"metadata must be plain JSON values: {error}.") from error
    return copy


def _check_seconds(connect_timeout: Any) -> None:
    if not is_number(connect_timeout):
        raise ConfigError(f"connect_timeout must be a number of seconds, not {connect_timeout!r}.")
    if not connect_timeout > 0:
        raise ConfigError(f"connect_timeout must be more than 0 seconds, not {connect_timeout!r}.")
