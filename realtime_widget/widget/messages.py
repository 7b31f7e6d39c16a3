"""The comm messages between kernel and page; mirrored by `js/src/messages.ts`.

Sound travels beside a message as one binary buffer: 16-bit mono PCM at 24 kHz.
"""

from __future__ import annotations

import functools
import operator
from typing import Annotated, Any, Literal

import msgspec

__all__ = [
    "PageMessage",
    "audio",
    "audio_clear",
    "audio_end",
    "check_echo",
    "check_lines",
    "gone",
    "mic_release",
    "parse",
    "ping",
    "player_score",
    "player_sound",
    "route",
    "saved",
    "snapshot",
    "start_failed",
    "state",
    "turns",
]  # fmt: skip


class PageMessage(msgspec.Struct, frozen=True, tag_field="type", kw_only=True):
    """Base of what a page sends; `page` names the loaded page, `n` counts its messages from 0."""

    page: str
    n: int | None = None


class PageReady(PageMessage, frozen=True, tag="page.ready"):
    """A page loaded the panel; it wants the whole state."""

    secure: bool = True
    has_microphone: bool = True


class PageHide(PageMessage, frozen=True, tag="page.hide"):
    """A page goes away; its microphone is closed."""


class RouteProbe(PageMessage, frozen=True, tag="route.probe"):
    """A page asks where the kernel handles what it sends this way."""

    probe_id: int
    via: Literal["comm", "control"] = "comm"


class Beat(PageMessage, frozen=True, tag="beat"):
    """The answer to a `ping`: the page is still there, and what its clock says.

    Times are ms of the page's own steady clock; `ping_ms` is the ping's, given back. `skew_ms` is by how much
    the date differs from that clock.
    """

    ping_ms: float | None = None
    received_ms: float = 0.0
    answered_ms: float = 0.0
    skew_ms: float = 0.0


class Unseen(PageMessage, frozen=True, tag="page.unseen"):
    """The last displayed view of this page is gone; the page lives on."""


class Start(PageMessage, frozen=True, tag="start"):
    """Start was pressed; `mic` tells whether the microphone is open, or why not."""

    mic: Literal["open", "denied", "unavailable", "none"] = "none"
    detail: str | None = None


class Stop(PageMessage, frozen=True, tag="stop"):
    """End was pressed."""


class Microphone(PageMessage, frozen=True, tag="mic"):
    """The microphone's state changed."""

    state: Literal["open", "closed", "denied", "lost", "unavailable"]
    detail: str | None = None


class Text(PageMessage, frozen=True, tag="text"):
    """Something was typed."""

    text: str


class Interrupt(PageMessage, frozen=True, tag="interrupt"):
    """Interrupt was pressed; the page is silent already."""


class Mute(PageMessage, frozen=True, tag="mute"):
    """The microphone was muted or unmuted."""

    muted: bool


class Settings(PageMessage, frozen=True, tag="settings"):
    """A control was changed; what isn't given stays."""

    voice: str | None = None
    turn_detection: Literal["semantic_vad", "server_vad", "none"] | None = None
    instructions: str | None = None


class PushToTalk(PageMessage, frozen=True, tag="ptt"):
    """Push-to-talk was pressed or let go; sound flows in between."""

    ptt_id: int | str
    phase: Literal["press", "release", "cancel"]


class Audio(PageMessage, frozen=True, tag="audio"):
    """A chunk of the microphone; `seq` and `first_sample` (at 24 kHz) count from its opening.

    `captured_ms` is when its first sample was captured, by the page's clock. What is missing before it was
    held back by the page, where it says `resumed`.
    """

    seq: int
    first_sample: int
    captured_ms: float | None = None
    resumed: bool = False


class PlayedItem(msgspec.Struct, frozen=True):
    """How much of a part was heard, in samples at 24 kHz, and since when, by the page's clock."""

    item_id: str
    played_samples: int
    content_index: int = 0
    started_ms: float | None = None
    finished: bool = False


class Played(PageMessage, frozen=True, tag="played"):
    """What was heard so far; with `clear_id` the answer to an `audio.clear`."""

    items: list[PlayedItem]
    clear_id: int | None = None


class CheckRun(PageMessage, frozen=True, tag="check.run"):
    """A page wants the kernel's lines of a check; looked at once more with `again`."""

    again: bool = False


class CheckEcho(PageMessage, frozen=True, tag="check.echo"):
    """A page wants this message back, its sound too."""

    echo_id: int


class CheckedLine(msgspec.Struct, frozen=True):
    """One thing that a page looked at."""

    id: str
    group: Literal["page", "comm", "versions"]
    title: str
    status: Literal["ok", "note", "problem", "skipped", "pending"]
    found: str = ""
    remedy: str = ""


class CheckPage(PageMessage, frozen=True, tag="check.page"):
    """What a page found, for whoever reads the check in Python."""

    lines: list[CheckedLine]


class SavedGet(PageMessage, frozen=True, tag="saved.get"):
    """A page wants the conversation for its notebook file, if it isn't the one that it has."""

    digest: str = ""


class InspectorOpen(PageMessage, frozen=True, tag="inspector.open"):
    """A page wants to see events; said again every now and then, as long as it does.

    `query_id` names what it asks for; `after` is the number of the last event that it has of it.
    """

    query_id: int
    after: int | None = None
    text: str = ""
    direction: Literal["all", "in", "out", "local"] = "all"


class InspectorClose(PageMessage, frozen=True, tag="inspector.close"):
    """A page wants to see no more events."""


class InspectorRaw(PageMessage, frozen=True, tag="inspector.raw"):
    """A page wants to see the whole of one event."""

    number: int


class PlayerMove(PageMessage, frozen=True, tag="player.move"):
    """A person moves the player of a saved conversation; each move uses what it needs of the rest."""

    move: Literal["play", "pause", "seek", "step", "speed"]
    speed: Annotated[float, msgspec.Meta(gt=0, le=100)] = 1.0
    position_ms: float = 0.0
    steps: Annotated[int, msgspec.Meta(ge=-1000, le=1000)] = 1


class PlayerSoundGet(PageMessage, frozen=True, tag="player.sound.get"):
    """A page wants to hear a saved conversation; `packed` if it understands Ogg/Opus."""

    packed: bool = False


_PAGE_MESSAGES: Any = functools.reduce(operator.or_, PageMessage.__subclasses__())


def parse(content: Any) -> PageMessage:
    """Return the message of a page.

    Raises:
        msgspec.ValidationError: Not one of the messages above.
    """
    message: PageMessage = msgspec.convert(content, _PAGE_MESSAGES, strict=False)
    return message


# -- kernel to page --------------------------------------------------------------------------------------


def state(value: dict[str, Any]) -> dict[str, Any]:
    """The whole small state."""
    return {"type": "state", "state": value}


def turns(
    changed: list[dict[str, Any]],
    *,
    revision: int,
    order: dict[str, Any] | None = None,
    removed: list[str] | None = None,
) -> dict[str, Any]:
    """Turns that came or changed, for all pages; `order` says where how many ids make room for others."""
    return {
        "type": "turns",
        "revision": revision,
        "reset": False,
        "order": order,
        "turns": changed,
        "removed": removed or [],
        "n_left": 0,
    }


def snapshot(
    page: str, given: list[dict[str, Any]], *, revision: int, order: list[str] | None, n_left: int
) -> dict[str, Any]:
    """Turns that one page lacked, as of a revision, and how many it still lacks; `order` begins anew."""
    splice = None if order is None else {"at": 0, "cut": 0, "ids": order}
    message = turns(given, revision=revision, order=splice)
    return {**message, "page": page, "reset": order is not None, "n_left": n_left}


def audio(page: str, item_id: str, content_index: int, seq: int) -> dict[str, Any]:
    """A piece of the answer's sound."""
    return {"type": "audio", "page": page, "item_id": item_id, "content_index": content_index, "seq": seq}


def audio_end(page: str, item_id: str, content_index: int) -> dict[str, Any]:
    """No more sound of this part will come."""
    return {"type": "audio.end", "page": page, "item_id": item_id, "content_index": content_index}


def audio_clear(clear_id: int) -> dict[str, Any]:
    """Be silent now, and report what was heard."""
    return {"type": "audio.clear", "clear_id": clear_id}


def start_failed(page: str) -> dict[str, Any]:
    """Tell who pressed Start that nothing begins; why stands in the state."""
    return {"type": "start.failed", "page": page}


def mic_release(page: str) -> dict[str, Any]:
    """Close the microphone."""
    return {"type": "mic", "page": page, "action": "release"}


def gone() -> dict[str, Any]:
    """Say that the kernel ends."""
    return {"type": "gone"}


def ping(page: str, sent_ms: float) -> dict[str, Any]:
    """Ask whether a page is still there, and what its clock says; it gives `sent_ms` back."""
    return {"type": "ping", "page": page, "sent_ms": sent_ms}


def route(page: str, probe_id: int, via: str, handled: str) -> dict[str, Any]:
    """Answer a probe: on which thread its message was handled, `"main"`, `"subshell"` or `"control"`."""
    return {"type": "route", "page": page, "probe_id": probe_id, "via": via, "handled": handled}


def saved(digest: str, *, page: str | None = None, **content: dict[str, Any]) -> dict[str, Any]:
    """Say which conversation the notebook file should hold; for a page that asked, with the output itself."""
    told = {"type": "saved", "digest": digest, **content}
    return told if page is None else {**told, "page": page}


def check_lines(page: str | None, lines: list[dict[str, Any]], *, ended: bool) -> dict[str, Any]:
    """What the kernel found so far; for one page, or for all."""
    told = {"type": "check.lines", "lines": lines, "ended": ended}
    return told if page is None else {**told, "page": page}


def check_echo(page: str, echo_id: int) -> dict[str, Any]:
    """Give a page its message back; its sound goes beside it."""
    return {"type": "check.echo", "page": page, "echo_id": echo_id}


def inspector_rows(
    page: str, query_id: int, rows: list[dict[str, Any]], *, n_events: int, searching: bool
) -> dict[str, Any]:
    """Events that a page asked for, of so many in all; `searching` while older ones are looked through."""
    return {
        "type": "inspector.rows",
        "page": page,
        "query_id": query_id,
        "rows": rows,
        "n_events": n_events,
        "searching": searching,
    }


def inspector_raw(page: str, number: int, text: str | None) -> dict[str, Any]:
    """The JSON of one event; None when it is kept no longer."""
    return {"type": "inspector.raw", "page": page, "number": number, "text": text}


def player_score(page: str, marks: list[tuple[float, float, int]], step_ms: float) -> dict[str, Any]:
    """Who has the word when, in a saved conversation; beside it goes how loud both sides were."""
    return {"type": "player.score", "page": page, "marks": marks, "step_ms": step_ms}


def player_sound(page: str, part: int, n_parts: int, kind: str) -> dict[str, Any]:
    """A part of the sound file of a saved conversation, beside it; without any where nothing sounds."""
    return {"type": "player.sound", "page": page, "part": part, "n_parts": n_parts, "kind": kind}
