"""What tokens and minutes cost: a table that is data, with its date."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Self

from ..errors import ConfigError

__all__ = ["Price", "PriceTable", "default_prices"]

_SNAPSHOT = re.compile(r"-(\d{4}-\d{2}-\d{2}|\d{4}|latest)")
"""What may follow a model's name without making it another: `gpt-realtime-mini` is no `gpt-realtime`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """Prices of a model in US dollars: per million tokens or per minute of audio; None where none is."""

    text_in: float | None = None
    text_cached: float | None = None
    text_out: float | None = None
    audio_in: float | None = None
    audio_cached: float | None = None
    audio_out: float | None = None
    image_in: float | None = None
    image_cached: float | None = None
    per_minute: float | None = None


@dataclass(frozen=True, slots=True)
class PriceTable:
    """Prices by model, and the date from which they are known."""

    models: Mapping[str, Price]
    date: str | None = None

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a table from a TOML file like the package's own `prices.toml`.

        Raises:
            ConfigError: The file is missing or isn't such a table.
        """
        try:
            return cls.parse(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise ConfigError(f"{os.fspath(path)!r} can't be read: {error.strerror}.") from error

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a table from the text of a TOML file; raises ConfigError."""
        try:
            data = tomllib.loads(text)
            models = {name: _price(name, prices) for name, prices in data.get("models", {}).items()}
        except (tomllib.TOMLDecodeError, AttributeError) as error:
            raise ConfigError(f"This is no price table: {error}.") from error
        date = data.get("date")
        return cls(models, None if date is None else str(date))

    def get(self, model: str | None) -> Price | None:
        """Return a model's prices: by its name, or that of which it is a dated snapshot; None if unknown."""
        name = model or ""
        for known in sorted(self.models, key=len, reverse=True):
            if name == known or (name.startswith(known) and _SNAPSHOT.fullmatch(name, len(known))):
                return self.models[known]
        return None


def _price(name: str, prices: Mapping[str, Any]) -> Price:
    valid = [f.name for f in fields(Price)]
    for key, value in prices.items():
        if key not in valid or isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            message = f"The price {key} = {value!r} of {name!r} is none."
            raise ConfigError(message, remedy=f"Valid are numbers for: {', '.join(valid)}.")
    return Price(**prices)


@cache
def default_prices() -> PriceTable:
    """Return the table that comes with the package."""
    return PriceTable.parse(resources.files(__package__).joinpath("prices.toml").read_text(encoding="utf-8"))
