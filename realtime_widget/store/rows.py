"""Rows of the live tables as rows of the database, and back."""

from __future__ import annotations

import math
import sys
import unicodedata
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, TypeVar, cast

import msgspec
from sqlalchemy import Table

__all__ = ["clean", "fold", "from_row", "to_row"]

T = TypeVar("T")
LARGEST = sys.float_info.max


def to_row(value: Any, table: Table) -> dict[str, Any]:
    """Return the fields of a row by column; those without a column of their own are in `more`."""
    plain = {
        each.name: msgspec.to_builtins(getattr(value, each.name), builtin_types=(datetime,))
        for each in fields(value)
    }
    row = {name: clean(field) for name, field in plain.items() if name in table.c}
    row["more"] = {name: clean(field) for name, field in plain.items() if name not in table.c}
    return row


def from_row(row: Mapping[str, Any], kind: type[T], **others: Any) -> T:
    """Return a row of the live tables; `others` are fields that are read in another way.

    What a newer version of this package wrote beside is left out, what an older one didn't know gets its
    default.
    """
    values = {**(row["more"] or {}), **row, **others}
    known = [each.name for each in fields(cast(Any, kind)) if each.name in values]
    return msgspec.convert({name: values[name] for name in known}, kind)


def clean(value: Any) -> Any:
    """Return a value that every database takes: no zero characters, no halves of one, no infinite numbers."""
    if isinstance(value, str):
        return _clean_text(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else math.copysign(LARGEST, value)
    if isinstance(value, Mapping):
        return {_clean_text(str(name)): clean(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [clean(each) for each in value]
    return value


def _clean_text(text: str) -> str:
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-8", "replace").decode()
    return text


def fold(text: str) -> str:
    """Return words as they are searched: without regard to case, width or spacing, in any language."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(folded.split())
