"""Both ends of the comm know the same messages: the TypeScript side is read, not trusted."""

import re
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec
import pytest

from realtime_widget import RealtimeSession
from realtime_widget.testing import ScriptedEngine
from realtime_widget.widget import messages, views
from tests.data.talk import Talk

SOURCE = (Path(__file__).parents[2] / "js/src/messages.ts").read_text()
CONSTANTS = dict(re.findall(r'export const (\w+) = "([^"]+)";', SOURCE))
PYTHON = {struct.__struct_config__.tag: struct for struct in messages.PageMessage.__subclasses__()}
KERNEL: list[dict[str, Any]] = [
    messages.state({}),
    messages.snapshot("p", [], revision=0, order=[], n_left=0),
    messages.audio("p", "item", 0, 0),
    messages.audio_end("p", "item", 0),
    messages.audio_clear(1),
    messages.mic_release("p"),
    messages.start_failed("p"),
    messages.ping("p", 1.5),
    messages.gone(),
    messages.route("p", 0, "comm", "main"),
    messages.check_lines(None, [], ended=True),
    messages.check_echo("p", 0),
    messages.saved("digest", data={}, marks={}),
    messages.inspector_rows("p", 1, [], n_events=0, searching=False),
    messages.inspector_raw("p", 0, None),
    messages.player_score("p", [(0.0, 1.0, 0)], 50.0),
    messages.player_sound("p", 0, 1, "audio/ogg"),
]

OF_THE_LINK = {"type", "page", "n"}


def union(name: str) -> dict[str, set[str]]:
    """The messages of a union type in the TypeScript: type → names of its fields."""
    body = SOURCE.split(f"export type {name} =")[1].split(";\n\n")[0]
    found = {}
    for constant, fields in re.findall(r"\{\s*type: typeof (\w+)([^}]*)\}", body):
        found[CONSTANTS[constant]] = {"type", *re.findall(r"(\w+)\??:", fields)}
    return found


def interface(name: str) -> set[str]:
    body = SOURCE.split(f"export interface {name} {{")[1].split("\n}")[0]
    return set(re.findall(r"^  (\w+):", body, re.MULTILINE))


def test_every_type_of_either_side_is_known_to_the_other() -> None:
    assert {message["type"] for message in KERNEL} == set(union("KernelMessage"))
    assert set(PYTHON) == set(union("PageMessage"))
    assert {message["type"] for message in KERNEL} | set(PYTHON) == set(CONSTANTS.values())


@pytest.mark.parametrize("message", KERNEL, ids=lambda message: message["type"])
def test_what_the_kernel_sends_has_the_fields_that_the_page_reads(message: dict[str, Any]) -> None:
    assert set(message) == union("KernelMessage")[message["type"]]


@pytest.mark.parametrize("kind", PYTHON)
def test_what_the_page_sends_has_the_fields_that_the_kernel_reads(kind: str) -> None:
    fields = {field.encode_name for field in msgspec.structs.fields(PYTHON[kind])} | {"type"}
    sent = union("PageMessage")[kind]
    if kind == "settings":  # there the fields are picked from the settings' own type
        assert fields <= interface("Settings") | OF_THE_LINK
    else:
        assert fields == sent | OF_THE_LINK


@pytest.mark.parametrize(("type_name", "struct", "field"), [
    ("MicResult", messages.Start, "mic"),
    ("MicState", messages.Microphone, "state"),
    ("TurnDetection", messages.Settings, "turn_detection"),
])  # fmt: skip
def test_both_sides_know_the_same_words(type_name: str, struct: Any, field: str) -> None:
    line = SOURCE.split(f"export type {type_name} =")[1].split(";")[0]
    hint = get_type_hints(struct)[field]
    literals = [part for part in get_args(hint) if get_args(part)] or [hint]  # an optional one is in a union
    words = {word for literal in literals for word in get_args(literal)}
    assert words == set(re.findall(r'"(\w+)"', line))


def test_the_state_and_the_turns_have_the_fields_of_the_page() -> None:
    with ScriptedEngine() as engine:
        core = RealtimeSession(engine=engine)._core
        state = views.state_view(core, title="", owner=None, notice=None)
    talk = Talk()
    talk.typed(0, "item", "hello")
    talk.data.tool_calls.started(call_id="c", name="f", arguments="{}", response_id="r", version=1, t_ms=0)
    call = talk.data.tool_calls.row("c")
    assert call is not None
    assert set(views.turn_view(talk.data.transcript[0], [])) == interface("TurnView")
    assert set(views.stand_in_view("call:c", call)) == interface("TurnView")
    assert set(views.call_view(call)) == interface("CallView")
    assert set(state) | {"session_id", "on_close", "route"} == interface("State")  # the link knows the rest
    assert set(state["settings"]) == interface("Settings")
    assert set(state["locks"]) == interface("Locks")
    assert {field.encode_name for field in msgspec.structs.fields(messages.PlayedItem)} == interface(
        "PlayedItem"
    )


@pytest.mark.parametrize(
    "content",
    [
        None, 7, "start", [], {}, {"type": "start"}, {"page": "p"}, {"type": "unheard.of", "page": "p"},
        {"type": 3, "page": "p"}, {"type": "start", "page": None},
        {"type": "start", "page": "p", "mic": "maybe"},
        {"type": "audio", "page": "p"}, {"type": "audio", "page": "p", "seq": "x", "first_sample": 0},
        {"type": "played", "page": "p", "items": [{}]}, {"type": "played", "page": "p", "items": None},
        {"type": "ptt", "page": "p", "ptt_id": 1, "phase": "squeeze"}, {"type": "mute", "page": "p"},
        {"type": "settings", "page": "p", "turn_detection": "psychic"},
        {"type": "text", "page": "p", "text": 5},
    ],
    ids=repr,
)  # fmt: skip
def test_nonsense_is_refused_by_name(content: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        messages.parse(content)


def test_what_a_newer_page_adds_is_overlooked() -> None:
    message = messages.parse({"type": "stop", "page": "p", "reason": "tired"})
    assert message == messages.Stop(page="p")
