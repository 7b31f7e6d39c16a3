"""What goes wrong on the way from a server: real frames, damaged in every way that one can think of."""

import copy
import json
import random
from collections.abc import Callable, Sequence
from typing import Any

from ..protocol.recorded import RECORDED, Act
from ..protocol.test_strictness import EXAMPLES

__all__ = ["Damage", "Frame"]

Frame = str | bytes
Path = list[Any]

REAL: list[dict[str, Any]] = [
    *(step for recorded in RECORDED for step in recorded.steps if not isinstance(step, Act)),
    *EXAMPLES,
]
TYPES = sorted({event["type"] for event in REAL})
OLDER = [
    "response.text.delta", "response.text.done", "response.audio.delta", "response.audio_transcript.delta",
    "transcription_session.updated", "conversation.item.created", "session.output_audio.delta",
]  # fmt: skip
ID_KEYS = (
    "id", "item_id", "response_id", "call_id", "event_id", "previous_item_id", "approval_request_id",
)  # fmt: skip
STRANGE: list[Any] = [
    None, True, False, 0, -1, 1, 3, 2**31, 2**63, 10**40, -(10**40), 0.1, -0.0, 1e308,
    float("nan"), float("inf"),
    "", " ", "\x00", "null", "completed", "cancelled", "failed", "incomplete", "in_progress", "weird",
    "message",
    "function_call", "mcp_call", "audio", "text", "input_audio", "assistant", "user", "system", "root",
    "\ud83d",
    "\udc00 half", "\U0001f600", "\u202eright to left", "a\u0300", "\ufeff", "\u2028",
    "<script>alert(1)</script>",
    "x" * 5_000, "AAAA", "AAA", "%%%", [], {}, [None], [[]], {"": ""}, {"id": None}, ["a", 1, None], [{}],
    {"type": "message"}, {"id": {"id": []}}, [[[[[[[[[[1]]]]]]]]]],
]  # fmt: skip
JUNK: list[Frame] = [
    "", " ", "\n", "null", "[]", "{}", "0", '"x"', "{", "}", '{"type"', '{"type":}', '{"type": null}', "nan",
    "\ufeff{}", b"", b"\x00", b"\xff\xfe\x00", b"\x80abc", b'{"type": "error"', "[" * 3_000,
    '{"type": "x", "a": ' + "[" * 2_000 + "]" * 2_000 + "}", '{"type": "' + "t" * 20_000 + '"}',
    '{"type": "a", "type": "error"}', '{"type": "error", "error": "e", "error": null}',
]  # fmt: skip


class Damage:
    """An endless source of frames; the same seed gives the same frames."""

    def __init__(self, rng: random.Random, ids: Sequence[str]) -> None:
        self.rng = rng
        self.ids = list(ids)  # that may be mentioned, besides those of the frames themselves
        self._kept: list[Frame] = []

    def burst(self) -> list[Frame]:
        """Return some frames: a stretch of a real conversation, out of joint, or single ones."""
        frames = self._stretch() if self.rng.random() < 0.4 else [self._one() for _ in range(8)]
        self._kept = [*self._kept[-40:], *frames[:4]]
        return frames

    def _stretch(self) -> list[Frame]:
        steps = self.rng.choice(RECORDED).steps
        events = [step for step in steps if not isinstance(step, Act)]
        mark = f"_{self.rng.randrange(30)}"
        frames = [self._damaged(event, mark) for event in events if self.rng.random() < 0.95]
        for _ in range(self.rng.randrange(6)):
            i, j = self.rng.randrange(len(frames)), self.rng.randrange(len(frames))
            frames.insert(j, frames.pop(i) if self.rng.random() < 0.6 else frames[i])
        return frames

    def _damaged(self, event: dict[str, Any], mark: str) -> Frame:
        event = copy.deepcopy(event)
        self._rename(event, mark)
        if self.rng.random() < 0.15:
            self._mutate(event)
        text = json.dumps(event)
        return self._bytes(text) if self.rng.random() < 0.03 else text

    def _one(self) -> Frame:
        luck = self.rng.random()
        if luck < 0.08:
            return self.rng.choice(JUNK)
        if luck < 0.12:
            return self.rng.randbytes(self.rng.randrange(60))
        if luck < 0.18 and self._kept:
            return self.rng.choice(self._kept)
        event = copy.deepcopy(self.rng.choice(REAL))
        self._rename(event, f"_{self.rng.randrange(8)}")
        for _ in range(self.rng.randrange(1, 4)):
            self._mutate(event)
        text = self._written(event)
        return self._bytes(text) if luck > 0.8 else text

    # -- within the structure ----------------------------------------------------------------------------

    def _rename(self, value: Any, mark: str) -> None:
        """Give ids a mark, so that stretches of different conversations meet, and don't always."""
        if isinstance(value, list):
            for entry in value:
                self._rename(entry, mark)
        elif isinstance(value, dict):
            for key, entry in value.items():
                if key in ID_KEYS and isinstance(entry, str) and entry != "root":
                    value[key] = f"{entry}{mark}"
                else:
                    self._rename(entry, mark)

    def _mutate(self, event: dict[str, Any]) -> None:
        self.rng.choice(_MUTATIONS)(self, event)

    def _place(self, event: dict[str, Any]) -> tuple[Any, Any]:
        """Return a container within an event, and a key of it."""
        container: Any = event
        while True:
            keys = list(container) if isinstance(container, dict) else list(range(len(container)))
            key = self.rng.choice(keys)
            inner = container[key]
            if not isinstance(inner, dict | list) or not inner or self.rng.random() < 0.35:
                return container, key
            container = inner

    def _replace(self, event: dict[str, Any]) -> None:
        container, key = self._place(event)
        container[key] = self._strange()

    def _drop(self, event: dict[str, Any]) -> None:
        container, key = self._place(event)
        if len(container) > 1:
            del container[key]

    def _wrap(self, event: dict[str, Any]) -> None:
        container, key = self._place(event)
        container[key] = self.rng.choice([[container[key]], {"value": container[key]}, str(container[key])])

    def _add(self, event: dict[str, Any]) -> None:
        container, _ = self._place(event)
        if isinstance(container, dict):
            container[self.rng.choice(["", "extra", "type", "id", "usage", "\ud800"])] = self._strange()
        else:
            container.append(self._strange())

    def _strange(self) -> Any:
        return copy.deepcopy(self.rng.choice(STRANGE))

    def _swap_type(self, event: dict[str, Any]) -> None:
        event["type"] = self.rng.choice([*TYPES, *OLDER, "future.event"])

    def _mix_ids(self, event: dict[str, Any]) -> None:
        for key in ID_KEYS:
            if key in event and self.rng.random() < 0.7:
                event[key] = self._id()
        for inner in ("item", "response", "error"):
            if isinstance(event.get(inner), dict) and self.rng.random() < 0.5:
                event[inner]["id"] = self._id()

    def _link(self, event: dict[str, Any]) -> None:
        event["previous_item_id"] = self.rng.choice([*self.ids, self._id(), "root", None])

    def _id(self) -> Any:
        numbered = f"{self.rng.choice(['item', 'u1', 'a1', 'r1', 'call_9', 'f1'])}_{self.rng.randrange(30)}"
        return self.rng.choice([numbered, numbered, numbered, "", None, "é\ud800", 7])

    def _deepen(self, event: dict[str, Any]) -> None:
        container, key = self._place(event)
        for _ in range(self.rng.choice([5, 50, 200])):
            container[key] = [container[key]]

    def _merge(self, event: dict[str, Any]) -> None:
        other = self.rng.choice(REAL)
        chosen = {key for key in other if key != "type" and self.rng.random() < 0.4}
        event.update({key: copy.deepcopy(other[key]) for key in chosen})

    # -- within the text ---------------------------------------------------------------------------------

    def _written(self, event: dict[str, Any]) -> str:
        text = json.dumps(event, ensure_ascii=self.rng.random() < 0.8)
        if self.rng.random() < 0.05:  # keys that come twice
            text = (
                text[:-1]
                + f', "item_id": {json.dumps(self._id())}, "type": {json.dumps(event.get("type"))}}}'
            )
        return text

    def _bytes(self, text: str) -> Frame:
        data = bytearray(text.encode("utf-8", "surrogatepass"))
        for _ in range(self.rng.randrange(1, 5)):
            at = self.rng.randrange(len(data) + 1)
            match self.rng.randrange(5):
                case 0:
                    data[at : at + 1] = bytes([self.rng.randrange(256)])
                case 1:
                    del data[at : at + self.rng.randrange(1, 20)]
                case 2:
                    data[at:at] = self.rng.randbytes(self.rng.randrange(1, 6))
                case 3:
                    del data[at:]
                case 4:
                    data[at:at] = data[: self.rng.randrange(40)]
            data = data or bytearray(b" ")
        return bytes(data) if self.rng.random() < 0.5 else data.decode("utf-8", "surrogateescape")


_MUTATIONS: list[Callable[[Damage, dict[str, Any]], None]] = [
    Damage._replace, Damage._replace, Damage._replace, Damage._drop, Damage._drop, Damage._wrap, Damage._add,
    Damage._swap_type, Damage._mix_ids, Damage._mix_ids, Damage._link, Damage._deepen, Damage._merge,
]  # fmt: skip
