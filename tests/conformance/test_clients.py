"""Five clients that know nothing of the offline engine talk with it as with the real thing."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.conformance.clients import CLIENTS, Client, Run, execute
from tests.conformance.conftest import SENTENCES

pytestmark = pytest.mark.timeout(600)

# A client that cancels on its own, too late: the server's turn detection has done it by itself.
BENIGN = ("response_cancel_not_active",)
OPENAI = CLIENTS[0]
STRICT = [client for client in CLIENTS if client.validator]


def words(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9']+", text.lower()))


def test_text_turn(run: Run) -> None:
    facts = run.facts("text")
    assert "demo voice" in facts["answer"], run.told


def test_voice_turn(run: Run) -> None:
    facts = run.facts("voice")
    assert words(facts["heard"]) == words(SENTENCES["question"]), run.told
    assert re.fullmatch(r"It is \d+:\d\d in the \w+\.", facts["answer"]), run.told
    assert facts["audio_ms"] > 500, run.told


def test_tool_turn(run: Run) -> None:
    facts = run.facts("tool")
    assert facts["cities"] == ["Paris"], run.told
    assert "drizzle" in facts["answer"], run.told
    assert facts["audio_ms"] > 500, run.told


@pytest.mark.parametrize("turn", ["barge_in", "barge_in_late"])
def test_barge_in_turn(run: Run, turn: str) -> None:
    facts = run.facts(turn)
    assert facts["interrupted"], run.told
    assert words(facts["heard"]) == words(SENTENCES["interjection"]), run.told
    assert facts["audio_ms"] > 500, run.told


@pytest.mark.parametrize("run", [OPENAI], indirect=True, ids=lambda client: client.name)
def test_transcription_session(run: Run) -> None:
    assert words(run.facts("transcription")["heard"]) == words(SENTENCES["question"]), run.told


def test_what_the_client_cuts_is_cut(run: Run) -> None:
    cuts = [_cut(event) for event in run.sent("conversation.item.truncate", by_engine=False)]
    assert len(cuts) == 2, run.told  # one for each time that it was interrupted
    assert cuts == [_cut(event) for event in run.sent("conversation.item.truncated", by_engine=True)], (
        run.told
    )


def _cut(event: dict[str, object]) -> list[object]:
    return [event[name] for name in ("item_id", "content_index", "audio_end_ms")]


def test_the_engine_refuses_nothing(run: Run) -> None:
    refused = [event["error"]["code"] for event in run.sent("error", by_engine=True)]
    assert [code for code in refused if code not in BENIGN] == [], run.told


def test_every_event_is_valid(run: Run) -> None:
    events = [record.event for record in run.records if record.by_engine]
    assert len(events) > 100, run.told
    for client in STRICT:
        assert verdict(client, events) == [], run.told


@pytest.mark.parametrize("client", STRICT, ids=lambda client: client.name)
def test_the_models_that_check_are_strict(client: Client) -> None:
    started = {"type": "input_audio_buffer.speech_started", "event_id": "e", "item_id": "i"}
    assert verdict(client, [{**started, "audio_start_ms": 5}]) == []
    assert verdict(client, [started]) != []


def verdict(client: Client, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what a client's models have against events."""
    if not client.is_installed:
        pytest.skip(f"{client.name} isn't installed: make conformance does that")
    assert client.validator is not None
    done = execute([client.interpreter, client.validator], stdin=json.dumps(events))
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["checked"] == len(events)
    wrong: list[dict[str, Any]] = answer["wrong"]
    return wrong
