"""What there is to know of a session's conversation besides what was said in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING, Any

import msgspec

from ..data import About

if TYPE_CHECKING:
    from .core import SessionCore

__all__ = ["about"]


def about(core: SessionCore, *, conversation_id: str, title: str, noted: Mapping[str, Any]) -> About:
    """Return it as of now; no key and no header is in it."""
    config = core.protocol.config
    return About(
        id=conversation_id,
        kind=config.kind,
        title=title,
        engine=core.engine.name,
        engine_kind=core.engine.kind,
        model="" if core.engine.kind == "local" else config.model,
        # By way of JSON: what is written to a file is the same after it is read again.
        settings=json.loads(msgspec.json.encode(config.to_wire())),
        metadata=dict(noted),
        created_at=core.began_at,
        duration_ms=core.protocol.now_ms,
        version=_version(),
    )


@cache
def _version() -> str:
    try:
        return metadata.version("realtime-widget")
    except metadata.PackageNotFoundError:  # a source tree that was never installed
        return ""
