"""Frames that no server should send: the conversation goes on over them, or over a new connection."""

import json

import pytest

from .mischief import (
    announced,
    binary,
    byte_by_byte,
    bytes_on_the_line,
    flooded,
    fragmented,
    frame,
    said,
)
from .scene import scene
from .talk import Fault

MIDDLE = "after response.output_audio_transcript.delta#4"
STRANGER = {"type": "weather.changed", "event_id": "w1", "text": "stürmisch ☂ 🌊", "deep": [1, None]}
LARGE = 15 * 1024 * 1024


def large(event: dict[str, object]) -> bytes:
    return json.dumps({**event, "padding": "x" * LARGE}).encode()


def retrieved() -> bytes:
    part = {"type": "input_audio", "audio": "AAAA" * (LARGE // 4), "transcript": None}
    item = {"id": "item_far", "type": "message", "role": "user", "status": "completed", "content": [part]}
    return json.dumps({"type": "conversation.item.retrieved", "item": item}).encode()


HARMLESS = {
    "truncated JSON": frame(b'{"type":"response.output_audio.delta","response_id":"resp_'),
    "JSON with a tail": frame(b'{"type":"weather.changed"} and more'),
    "invalid UTF-8": frame(b'{"type":"weather.changed","text":"\xff\xfe\xc3"}'),
    "no JSON at all": frame(b"<html>502 Bad Gateway</html>"),
    "empty frame": frame(b""),
    "a binary frame with an event": binary(json.dumps(STRANGER).encode()),
    "a binary frame with rubbish": binary(bytes(range(256))),
    "an empty binary frame": binary(b""),
    "a JSON array": frame(b"[1, 2, 3]"),
    "a JSON number": frame(b"42"),
    "null": frame(b"null"),
    "an object without type": frame(b'{"event_id":"e1"}'),
    "a type that is no string": frame(b'{"type":["response.done"]}'),
    "a type of no length": frame(b'{"type":""}'),
    "a hundred thousand brackets": frame(b"[" * 100_000),
    "deep nesting in an unknown event": frame(b'{"type":"x","a":' + b"[" * 900 + b"]" * 900 + b"}"),
    "half a surrogate": frame(b'{"type":"weather.changed","text":"\\ud83c"}'),
    "wrong types everywhere": said(
        {"type": "response.done", "response": {"id": "resp_none", "status": 5, "output": "?"}},
        {"type": "response.created", "response": "resp_9"},
        {"type": "conversation.item.added", "item": None},
        {"type": "conversation.item.done", "item": {"id": 7, "type": {}, "content": "text"}},
        {"type": "response.output_audio.delta", "response_id": 1, "item_id": [], "delta": {"a": 1}},
        {"type": "response.output_audio.delta", "response_id": "resp_x", "item_id": "i", "delta": "%%%"},
        {"type": "input_audio_buffer.speech_stopped", "item_id": None, "audio_end_ms": "soon"},
        {"type": "session.updated", "session": "yes"},
        {"type": "error", "error": "everything is broken"},
        {"type": "error"},
    ),
    "an event in five fragments": fragmented(STRANGER, 5),
    "an event byte by byte": byte_by_byte(STRANGER),
    "a frame of 15 MiB": frame(large(STRANGER)),
    "a broken frame of 15 MiB": frame(large(STRANGER)[:-1]),
    "an item with 15 MiB of sound": frame(retrieved()),
    "a flood of 20,000 events": flooded(20_000),
}


@pytest.mark.parametrize("fault", HARMLESS.values(), ids=HARMLESS)
def test_a_strange_frame_in_the_middle_of_an_answer(fault: Fault) -> None:
    with scene() as s:
        s.ask("first")
        s.arm(MIDDLE, fault)
        s.ask("second")
        s.unbroken()


BREAKING = {
    "a frame that is too large for anyone": announced(1 << 40),
    "a frame with reserved bits": bytes_on_the_line(b"\xf1\x02{}"),
    "a frame of an unknown kind": bytes_on_the_line(b"\x87\x02{}"),
    "a masked frame": bytes_on_the_line(b"\x81\x82abcd{}"),
    "HTTP on the line": bytes_on_the_line(b"HTTP/1.1 502 Bad Gateway\r\n\r\n"),
}


@pytest.mark.parametrize("fault", BREAKING.values(), ids=BREAKING)
def test_a_frame_that_breaks_the_connection(fault: Fault) -> None:
    with scene() as s:
        s.ask("first")
        s.arm(MIDDLE, fault)
        s.try_ask("second")
        s.recovered(2)
