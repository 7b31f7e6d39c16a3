"""Events that hypothesis makes up: any JSON with the type of an event, or another one."""

import json
import random
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from realtime_widget.protocol.codec import decode_event

from ..protocol.sdk import SERVER_TYPES
from .damage import ID_KEYS
from .witness import Witness

__all__ = ["events", "structured"]

EACH = 20

text = st.text(max_size=12) | st.sampled_from(
    ["item_1", "resp_1", "call_1", "completed", "message", "root", ""]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
words = (
    "delta",
    "text",
    "transcript",
    "arguments",
    "name",
    "audio",
    "event",
    "label",
    "status",
    "role",
    "type",
)
places = ("output_index", "content_index", "audio_start_ms", "audio_end_ms", "start", "end", "received_at")
parts = st.dictionaries(st.sampled_from(["type", "text", "transcript", "audio", "image_url"]), text | values)
items = st.dictionaries(
    st.sampled_from(["id", "type", "role", "status", "call_id", "name", "arguments", "output", "error"]),
    text | values,
) | st.fixed_dictionaries(
    {"id": text, "type": text}, optional={"content": st.lists(parts, max_size=3) | values}
)
responses = st.fixed_dictionaries(
    {"id": text},
    optional={
        "status": text, "output": st.lists(items, max_size=3), "metadata": values, "usage": values,
        "conversation_id": text | st.none(), "status_details": values,
    },
)  # fmt: skip
fields: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys((*ID_KEYS, *words), text | values),
    **dict.fromkeys(places, st.integers() | st.floats() | values),
    "item": items | values, "response": responses | values, "part": parts | values, "session": values,
    "error": values, "rate_limits": values, "usage": values, "logprobs": values, "languages": values,
}  # fmt: skip
pairs = st.one_of(*(st.tuples(st.just(key), strategy) for key, strategy in fields.items()))
events = st.builds(
    lambda kind, given, more: {**more, **dict(given), "type": kind},
    st.sampled_from(sorted(SERVER_TYPES)) | st.text(max_size=8),
    st.lists(pairs, max_size=6),
    st.dictionaries(text, text, max_size=1),
)


def structured(n_events: int, number: int) -> None:
    """Have a conversation attacked by made-up events, `EACH` at a time."""

    @seed(number)
    @settings(
        max_examples=max(1, n_events // EACH),
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(events, min_size=EACH, max_size=EACH), st.integers(0, 2**16))
    def hold(raw: list[dict[str, Any]], place: int) -> None:
        witness = Witness(random.Random(place))
        witness.begin()
        for event in raw:
            frame = json.dumps(event)
            assert decode_event(frame).type in (event["type"], _plain(event["type"]))
            witness.feed(frame)
        witness.look()
        witness.check()

    hold()


def _plain(kind: str) -> str:
    return kind.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
