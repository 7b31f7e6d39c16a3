import json

from realtime_widget.data import About, StillData
from realtime_widget.data.summary import summary

from .conversations import Maker, conversation

KEYS = [
    "id", "title", "kind", "engine", "model", "created_at", "duration_ms", "turns", "words", "talk_ms",
    "interruptions", "tool_calls", "tool_failures", "latency_ms", "tokens", "cost_usd", "unpriced",
    "prices_of", "errors", "reconnects", "first_words", "last_words", "metadata", "version",
]  # fmt: skip


def test_a_summary_has_its_keys_and_fits_into_json() -> None:
    told = conversation(100, seed=3, metadata={"who": "me"})
    found = summary(StillData(told), told.about)
    assert list(found) == KEYS and json.loads(json.dumps(found)) == found
    assert found["turns"] == {"user": 50, "assistant": 50} and found["reconnects"] == 1
    assert found["created_at"] == "2026-11-21T09:30:00+00:00" and found["metadata"] == {"who": "me"}
    assert found["interruptions"] == sum(turn.interrupted for turn in told.turns) > 0
    assert found["cost_usd"] > 0 and found["tokens"]["cached"] < found["tokens"]["input"]
    assert found["first_words"].startswith("How many") and found["latency_ms"]["n"] == 50


def test_nothing_said_has_a_summary_too() -> None:
    found = summary(StillData(Maker().conversation()), About(id="0" * 32))
    assert list(found) == KEYS and found["turns"] == {"user": 0, "assistant": 0}
    assert found["latency_ms"] == {"n": 0, "p50": None, "p95": None} and found["created_at"] is None
    assert found["first_words"] == "" and found["cost_usd"] == 0 and json.dumps(found)
