"""A conversation with something in every field, and how two are compared."""

import io
import json
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from realtime_widget.audio import Clip
from realtime_widget.data import About, Conversation
from realtime_widget.data.archive import DamagedFileWarning, read_archive, write_archive
from realtime_widget.data.archive.manifest import manifest_bytes
from realtime_widget.data.archive.packing import Packer
from realtime_widget.data.tool_calls import ToolCall
from realtime_widget.data.turns import make_turn
from realtime_widget.protocol.log import LogEntry
from realtime_widget.protocol.wording import Segment, TokenProbability
from tests.data.talk import ARGUMENTS, Talk

ABOUT = About(
    id="0123456789abcdef" * 2,
    title="A talk",
    engine="OpenAI",
    engine_kind="openai",
    model="gpt-realtime",
    settings={"voice": "marin", "temperature": 0.8, "tools": [{"name": "rows"}], "nothing": None},
    metadata={"take": 3, "tags": ["a", "é"], "deep": {"er": True}},
    created_at=datetime(2026, 9, 21, 14, 13, 20, 123456, tzinfo=UTC),
    duration_ms=5_432.1,
    version="0.1.0",
)
TEXTS = ('{"type": "odd",  "x": 1}', "{not json", "", '{"a":\n1}', ' {"a":1}', '"text"', '{"é":"\\ud83d"}')


def conversation() -> Conversation:
    """Return one with words, sound, a call with its error, odd events, bills and particulars of words."""
    talk = Talk()
    talk.spoken(0, "u1", words='Say "héllo",\n\n1 --> 2 <b>!')
    talk.called(1_050, "r0", "c1")
    talk.answered(1_060, "c1")
    usage = {"input_token_details": {"text_tokens": 5, "audio_tokens": 7}, "input_tokens": 12}
    talk.said(3_600, "r1", "a1", "Héllo.", n_ms=1_500, usage=usage)
    talk.typed(6_000, "u2", "<script>alert(1)</script>")
    talk.wrote(6_100, "r2", "a2", "=1+1")
    talk.data.tool_calls.started("c2", "rows", ARGUMENTS, "r2", 2, 6_150.5)
    talk.data.tool_calls.finished("c2", None, "It broke.", "failed", 0.25, "Traceback\n  …")
    with talk.lock:
        talk.data.events.append(
            [LogEntry(7_000 + n, "in", "odd", None, None, None, 3, t) for n, t in enumerate(TEXTS)]
        )
    whole = Conversation.of(talk.data, ABOUT)
    first, *rest = whole.turns
    told = replace(
        first,
        languages=("fr", "en"),
        segments=(Segment("A", 0.0, 1.5, "Hé"), Segment(None, None, None, "")),
        logprobs=(TokenProbability("Hé", -0.25), TokenProbability(".", 0.0)),
        uncertain=True,
    )
    values = {spec.name: getattr(told, spec.name) for spec in fields(told)}
    return replace(whole, turns=(make_turn(lambda: first.audio, **values), *rest), n_events_dropped=17)


def noise(n: int, channels: int = 1, seed: int = 1) -> np.ndarray[Any, np.dtype[np.int16]]:
    shape = n if channels == 1 else (n, channels)
    return np.random.default_rng(seed).integers(-32_768, 32_767, shape, dtype=np.int16)


def sounding(clip: Clip, recording: Clip | None = None) -> Conversation:
    """Return a conversation of one turn, with a sound."""
    whole = conversation()
    values = {spec.name: getattr(whole.turns[0], spec.name) for spec in fields(whole.turns[0])}
    turns = (make_turn(lambda: clip, **values),)
    sound = whole.recording if recording is None else lambda: recording
    return replace(whole, turns=turns, latency=(), recording=sound)


def saved(whole: Conversation, path: Path, **options: Any) -> bytes:
    write_archive(whole, path, **options)
    return path.read_bytes()


def loaded(data: bytes, path: Path) -> Conversation:
    path.write_bytes(data)
    return read_archive(path)


def damaged(data: bytes, path: Path) -> Conversation:
    """Load a file that is damaged, which is told once."""
    path.write_bytes(data)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        whole = read_archive(path)
    assert [warning.category for warning in told] == [DamagedFileWarning]
    assert all(note in str(told[0].message) for note in whole.damage)
    return whole


def assert_same(one: Conversation, other: Conversation) -> None:
    for spec in fields(Conversation):
        if spec.name != "recording":
            assert getattr(one, spec.name) == getattr(other, spec.name), spec.name
    assert [turn.audio for turn in one.turns] == [turn.audio for turn in other.turns]
    assert one.recording() == other.recording()


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {name: file.read(name) for name in file.namelist() if name != "manifest.json"}


def packed(content: Mapping[str, bytes], known: About = ABOUT, **changes: Any) -> bytes:
    """Return a file of these members with a right manifest, except for `changes`."""
    file = io.BytesIO()
    with Packer() as packer:
        for name, data in content.items():
            packer.add(name, [data], deflate=True)
        manifest = json.loads(manifest_bytes(known, packer.members, n_events_dropped=0, damage=()))
        packer.write(file, "manifest.json", json.dumps({**manifest, **changes}).encode())
    return file.getvalue()


def a_call(**values: Any) -> ToolCall:
    known: dict[str, Any] = {
        "call_id": "c9", "name": "rows", "output": "3", "error": None, "status": "done", "started_ms": 1.0,
        "duration_ms": 2.0, "response_id": None, "turn": None, "version": 1,
    }  # fmt: skip
    return ToolCall(**{**known, **values})
