"""Check events (a JSON array on stdin) against every strict model that this environment has."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from pydantic import TypeAdapter, ValidationError


def adapters() -> dict[str, TypeAdapter[Any]]:
    """Return the models of the server's events, by the package they come from."""
    from openai import VERSION
    from openai.types.realtime import RealtimeServerEvent

    found: dict[str, TypeAdapter[Any]] = {f"openai {VERSION}": TypeAdapter(RealtimeServerEvent)}
    try:
        from agents.realtime.openai_realtime import get_server_event_type_adapter
        from agents.version import __version__
    except ImportError:
        return found
    return {**found, f"openai-agents {__version__}": get_server_event_type_adapter()}


def problems(check: Callable[[Any], Any], event: dict[str, Any]) -> list[str]:
    """Return what is wrong with an event; what other types would have wanted is left out."""
    # A first item has no previous one: the API says null, the models say string, and the clients that
    # validate put in a string themselves.
    known = {**event, "previous_item_id": ""} if event.get("previous_item_id", "") is None else event
    try:
        check(known)
    except ValidationError as error:
        others = {e["loc"][0] for e in error.errors() if e["loc"][-1] == "type" and len(e["loc"]) == 2}
        own = [e for e in error.errors() if e["loc"][0] not in others] or error.errors()
        return [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in own[:5]]
    return []


def main() -> None:
    """Write how many events were checked by what, and which aren't valid."""
    events = json.load(sys.stdin)
    checks = adapters()
    wrong = [
        {"by": name, "event": json.dumps(event)[:1500], "problems": found}
        for name, adapter in checks.items()
        for event in events
        if (found := problems(adapter.validate_python, event))
    ]
    json.dump({"checked": len(events), "by": list(checks), "wrong": wrong[:20]}, sys.stdout)


if __name__ == "__main__":
    main()
