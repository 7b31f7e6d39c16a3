"""Which rows of a table are wanted: by turn, by role, by time, and by what is in a column."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..config.numbers import is_number, is_whole
from ..errors import ConfigError
from .columns import Column
from .joining import Joins

__all__ = ["Turns", "Wanted", "chooser"]

Turns = int | slice | Iterable[int]
ROLES = ("user", "assistant", "system")

Keep = Callable[[Any], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What `where` was asked for; None where it doesn't matter."""

    turn: Turns | None = None
    role: str | Collection[str] | None = None
    since_ms: float | None = None
    until_ms: float | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)


def chooser(
    wanted: Wanted,
    spec: Sequence[Column],
    moment: str | None,
    turns_of: Callable[[Any, Joins], Collection[int]],
    joins: Joins | None,
) -> Keep:
    """Return a function that tells whether a row is wanted.

    Args:
        wanted: What is asked for.
        spec: The columns.
        moment: The column that tells when a row was; None where that is when its turn began.
        turns_of: Tells which turns a row belongs to.
        joins: How the rows of all tables hang together; None for rows that have nothing to do with turns.

    Raises:
        ConfigError: There is no such column or role, or a turn is no number.
    """
    tests = [_equals(column, value) for column, value in _columns(wanted.columns, spec)]
    when = next((column.read for column in spec if column.name == moment), None)
    timed = wanted.since_ms is not None or wanted.until_ms is not None
    if joins is not None:
        tests += _of_turns(wanted, turns_of, joins)
        when = when or (lambda row: joins.start_ms(turns_of(row, joins)))
    elif wanted.turn is not None or wanted.role is not None or (timed and when is None):
        raise ConfigError("These rows belong to no turns.", remedy="Choose them by their columns.")
    if timed and when is not None:
        tests.append(_within(when, _ms("since_ms", wanted.since_ms), _ms("until_ms", wanted.until_ms)))
    return lambda row: all(test(row) for test in tests)


def _of_turns(
    wanted: Wanted, turns_of: Callable[[Any, Joins], Collection[int]], joins: Joins
) -> Iterator[Keep]:
    if wanted.turn is not None:
        numbers = _numbers(wanted.turn, len(joins))
        yield lambda row: not numbers.isdisjoint(turns_of(row, joins))
    if wanted.role is not None:
        roles = _roles(wanted.role)
        yield lambda row: any(joins.role(turn) in roles for turn in turns_of(row, joins))


def _columns(asked: Mapping[str, Any], spec: Sequence[Column]) -> list[tuple[Column, Any]]:
    known = {column.name: column for column in spec}
    for name in asked:
        if name not in known:
            raise ConfigError(
                f"There is no column {name!r} here.",
                remedy=f"The columns are {', '.join(known)}. Besides: turn, role, since_ms, until_ms.",
            )
    return [(known[name], value) for name, value in asked.items()]


def _equals(column: Column, value: Any) -> Keep:
    read = column.value
    if isinstance(value, list | set | frozenset | range):
        return lambda row: read(row) in value
    return lambda row: bool(read(row) == value)


def _within(when: Callable[[Any], float | None], since_ms: float | None, until_ms: float | None) -> Keep:
    def test(row: Any) -> bool:
        at_ms = when(row)
        if at_ms is None:
            return False
        return (since_ms is None or at_ms >= since_ms) and (until_ms is None or at_ms < until_ms)

    return test


def _numbers(turns: Turns, n: int) -> frozenset[int]:
    """Return the numbers of turns; those below 0 count from the end, as in a list."""
    if isinstance(turns, slice):
        return frozenset(range(*turns.indices(n)))
    given: Any = [turns] if is_whole(turns) else turns
    if isinstance(given, Iterable) and not isinstance(given, str):
        numbers = list(given)
        if all(map(is_whole, numbers)):
            return frozenset(int(number) if number >= 0 else n + int(number) for number in numbers)
    raise ConfigError(
        f"{turns!r} tells no turns.",
        remedy="Give a number, a list of them, a range, or a slice: turn=slice(3, 8).",
    )


def _roles(asked: Any) -> frozenset[str]:
    roles = list(asked) if isinstance(asked, list | tuple | set | frozenset) else [asked]
    for role in roles:
        if role not in ROLES:
            raise ConfigError(f"There is no role {role!r}.", remedy=f"The roles are {', '.join(ROLES)}.")
    return frozenset(roles)


def _ms(name: str, ms: Any) -> float | None:
    if ms is not None and not is_number(ms):
        raise ConfigError(f"{name}={ms!r} is no time.", remedy="Give milliseconds on the session's clock.")
    return None if ms is None else float(ms)
