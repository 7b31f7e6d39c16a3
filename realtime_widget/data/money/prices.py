"""What tokens and minutes cost: a table that is data, with its date."""

from __future__ import annotations

import json
import math
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Self

from ...config.numbers import is_number
from ...errors import ConfigError
from ..display.html import table_html

__all__ = ["Price", "PriceTable", "default_prices", "price_table"]

_HOME = __package__.rpartition(".")[0]  # the package's own prices lie beside the tables, easy to find
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


@dataclass(frozen=True, slots=True, repr=False)
class PriceTable:
    """Prices by model, and the date from which they are known.

    Attributes:
        models: The prices by name; a dated snapshot of a model costs what the model costs.
        date: When they were looked up, such as `"2026-09"`.
        own: The models whose prices were put over those of another table.
    """

    models: Mapping[str, Price]
    date: str | None = None
    own: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"PriceTable({self._title()})"

    def _repr_html_(self) -> str:
        names = [field.name for field in fields(Price)]
        rows = [[model, *(getattr(price, name) for name in names)] for model, price in self.models.items()]
        title = f"{self._title()}; US dollars per million tokens, or per minute"
        return table_html(title, ["model", *names], rows)

    def _title(self) -> str:
        parts = [f"{len(self.models)} models"]
        if self.date is not None:
            parts.append(f"prices of {self.date}")
        if self.own:
            parts.append(f"{len(self.own)} of them your own")
        return ", ".join(parts)

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
        known = self.named(model)
        return None if known is None else self.models[known]

    def named(self, model: str | None) -> str | None:
        """Return the name under which a model's prices stand here; None if unknown."""
        name = model or ""
        for known in sorted(self.models, key=len, reverse=True):
            if name == known or (name.startswith(known) and _SNAPSHOT.fullmatch(name, len(known))):
                return known
        return None

    def merge(self, prices: PriceTable | Mapping[str, Mapping[str, Any] | Price]) -> PriceTable:
        """Return this table with other prices put over it: what isn't named stays as it is here.

        Args:
            prices: Another table, or prices by model: `{"gpt-realtime-2.1": {"audio_in": 35.2}}`.

        Raises:
            ConfigError: A price has an unknown name, or is no number.
        """
        if not isinstance(prices, PriceTable):
            prices = PriceTable({name: _price(name, given) for name, given in _checked(prices).items()})
        models = dict(self.models)
        for name, price in prices.models.items():
            given = {key: value for key, value in asdict(price).items() if value is not None}
            models[name] = replace(self.get(name) or Price(), **given)
        return PriceTable(models, prices.date or self.date, self.own | frozenset(prices.models))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it as a TOML file, to be changed and given as `prices=`.

        Raises:
            ConfigError: The file can't be written.
        """
        lines = [] if self.date is None else [f"date = {json.dumps(self.date)}"]
        for name, price in self.models.items():
            # A string of JSON is one of TOML, too.
            lines += ["", f"[models.{json.dumps(name, ensure_ascii=False)}]"]
            lines += [f"{key} = {value}" for key, value in asdict(price).items() if value is not None]
        try:
            Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")
        except OSError as error:
            raise ConfigError(f"{os.fspath(path)!r} can't be written: {error.strerror}.") from error


def price_table(prices: Any) -> PriceTable:
    """Return the table that the option `prices=` means.

    Args:
        prices: None for the package's table; a path of a TOML file, or prices by model, which are put over
            it; a `PriceTable`, which takes its place.

    Raises:
        ConfigError: It is none of these, or isn't a price table.
    """
    if prices is None:
        return default_prices()
    if isinstance(prices, PriceTable):
        return prices
    if isinstance(prices, str | os.PathLike):
        return default_prices().merge(PriceTable.load(prices))
    return default_prices().merge(_checked(prices))


def _checked(prices: Any) -> Mapping[str, Any]:
    if isinstance(prices, Mapping) and all(isinstance(name, str) for name in prices):
        return prices
    raise ConfigError(
        f"prices must be a path, a mapping or a PriceTable, not {prices!r}.",
        remedy="Give prices by model, e.g. {'gpt-realtime-2.1': {'audio_in': 32, 'audio_out': 64}}.",
    )


def _price(name: str, prices: Any) -> Price:
    if isinstance(prices, Price):
        return prices
    if not isinstance(prices, Mapping):
        raise ConfigError(f"The prices of {name!r} must be a mapping, not {prices!r}.")
    valid = [f.name for f in fields(Price)]
    for key, value in prices.items():
        if key not in valid or not is_number(value) or not 0 <= value < math.inf:
            message = f"The price {key} = {value!r} of {name!r} is none."
            raise ConfigError(message, remedy=f"Valid are numbers for: {', '.join(valid)}.")
    return Price(**prices)


@cache
def default_prices() -> PriceTable:
    """Return the table that comes with the package."""
    return PriceTable.parse(resources.files(_HOME).joinpath("prices.toml").read_text(encoding="utf-8"))
