"""Attacks of some hundred events each, everything that a person or a page does in between, and the checks."""

import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from realtime_widget.config import ServerVAD
from realtime_widget.protocol.objects import ContentPart, Item

from .damage import Damage, Frame
from .witness import KEPT_IDS, Witness

__all__ = ["Failure", "Report", "attack", "run"]

EVENTS_EACH = 400
APPROVAL = {"type": "mcp_approval_response", "id": "m", "approve": True, "approval_request_id": "mcpr_1"}


class Failure(AssertionError):
    """What escaped, and how to see it again."""


@dataclass
class Report:
    """How it went."""

    events: int = 0
    episodes: int = 0
    verbs: int = 0
    seconds: float = 0.0
    kinds: dict[str, int] = field(default_factory=dict)


def run(
    events: int, seed: int, *, first: int = 0, tell: Callable[[Report], object] = lambda report: None
) -> Report:
    """Attack until `events` events were received; each episode depends on nothing but seed and number."""
    report, began = Report(), time.perf_counter()
    while report.events < events:
        number = first + report.episodes
        try:
            attack(seed, number, report)
        except Exception as error:
            again = f"python -m tests.fuzz --seed {seed} --episode {number}"
            raise Failure(f"{type(error).__name__}: {error}\nagain: {again}") from error
        report.episodes += 1
        report.seconds = time.perf_counter() - began
        tell(report)
    return report


def attack(seed: int, number: int, report: Report, *, n_events: int = EVENTS_EACH) -> Witness:
    """Have a conversation, do everything to it, and see what is left."""
    rng = random.Random(f"{seed}/{number}")
    witness = Witness(rng)
    witness.begin()
    damage = Damage(rng, KEPT_IDS)
    n = 0
    while n < n_events:
        for frame in damage.burst():
            witness.feed(frame)
            n += 1
        for _ in range(rng.randrange(3)):
            rng.choice(_VERBS)(witness, damage)
            witness.settle()
            report.verbs += 1
        witness.at(rng.choice([0, 1, 40, 40, 700, 4_000]))
        if rng.random() < 0.3:
            witness.look()
    witness.check()
    witness.read()
    if number % 25 == 0:
        witness.tabulate()
    for connection in range(2):
        witness.recover(connection)
    witness.check()
    report.events += n
    for entry in witness.data.events if number % 10 == 0 else ():
        report.kinds[entry.type[:40]] = report.kinds.get(entry.type[:40], 0) + 1
    return witness


# -- what people, pages and networks do meanwhile ---------------------------------------------------------


def _append(w: Witness, d: Damage) -> None:
    w.protocol.append_audio(bytes(d.rng.choice([0, 1, 2, 960, 4_801, 48_000])), live=d.rng.random() < 0.8)


def _by_hand(w: Witness, d: Damage) -> None:
    d.rng.choice([w.protocol.commit, w.protocol.clear, w.protocol.cancel, w.protocol.probe])()


def _respond(w: Witness, d: Damage) -> None:
    options = d.rng.choice(
        [{}, {}, {"conversation": "none"}, {"metadata": {"a": "b"}}, {"instructions": "x"}]
    )
    items = [_item(d)] if d.rng.random() < 0.5 else []
    w.protocol.respond(f"key_{d.rng.randrange(10**9)}", options=options, items=items)


def _item(d: Damage) -> Item:
    part = ContentPart(type="input_text", text=d.rng.choice(["hello", "", "\u202e", "x" * 500]))
    return Item(type="message", role="user", content=[part])


def _create(w: Witness, d: Damage) -> None:
    w.protocol.create_item(_item(d), d.rng.choice([None, "root", *KEPT_IDS, "nobody"]))


def _output(w: Witness, d: Damage) -> None:
    call_id = d.rng.choice([*w.calls[-5:], "nobody", ""])
    w.protocol.tool_output(call_id, d.rng.choice(["1", "", "{}", "x" * 1_000]))


def _interrupt(w: Witness, d: Damage) -> None:
    if w.protocol.begin_interrupt(cancel=d.rng.random() < 0.5):
        w.at(d.rng.choice([0, 20, 300]))
        w.protocol.finish_interrupt(answered=d.rng.choice([None, True, False]))


def _report(w: Witness, d: Damage) -> None:
    parts = list(w.protocol.playback)
    if parts:
        part = d.rng.choice(parts)
        played = d.rng.choice([0, 1, 240, part.received_samples, 10**12, -5])
        start_ms = d.rng.choice([None, w.now_ms, -1.0, 1e12])
        done = d.rng.random() < 0.5
        w.protocol.playback.report(
            part.item_id, part.content_index, played, w.now_ms, start_ms=start_ms, finished=done
        )
        w.data.touch([part.item_id])


def _player(w: Witness, d: Damage) -> None:
    w.protocol.attach_player(d.rng.random() < 0.5)


def _update(w: Witness, d: Damage) -> None:
    changes: list[dict[str, Any]] = [
        {"instructions": f"Be brief. {d.rng.random()}"}, {"turn_detection": None}, {"transcription": None},
        {"turn_detection": ServerVAD(interrupt_response=False)}, {"turn_detection": "semantic_vad"},
    ]  # fmt: skip
    w.protocol.update(w.protocol.config.merge(**d.rng.choice(changes)))


def _raw(w: Witness, d: Damage) -> None:
    commands: list[dict[str, Any]] = [
        {"type": "response.create"}, {"type": "response.create", "response": {"conversation": "none"}},
        {"type": "response.cancel", "event_id": "mine"},
        {"type": "input_audio_buffer.append", "audio": "AAAA"},
        {"type": "input_audio_buffer.commit"}, {"type": "input_audio_buffer.clear"},
        {"type": "conversation.item.delete", "item_id": "item_3"}, {"type": "output_audio_buffer.clear"},
        {"type": "conversation.item.create", "item": APPROVAL},
        {"type": "conversation.item.retrieve", "item_id": "item_3", "event_id": "q"},
    ]  # fmt: skip
    command = d.rng.choice(commands)
    w.protocol.objection(command)
    w.protocol.send(command)


def _break(w: Witness, d: Damage) -> None:
    w.protocol.connection_lost("gone", resumes=d.rng.random() < 0.7, planned=d.rng.random() < 0.3)
    w.settle()
    w.at(d.rng.choice([10, 2_000]))
    if d.rng.random() < 0.3:
        w.protocol.append_audio(bytes(960))
    w.open()


def _again(w: Witness, d: Damage) -> None:
    """Real events once more, undamaged: a conversation goes on through all of it."""
    frames: list[Frame] = [
        json.dumps({"type": "rate_limits.updated"}),
        json.dumps({"type": "session.updated"}),
    ]
    w.feed(d.rng.choice(frames))


_VERBS: list[Callable[[Witness, Damage], None]] = [
    _append, _append, _by_hand, _by_hand, _respond, _respond, _create, _output, _output, _interrupt,
    _interrupt, _report, _report, _player, _update, _raw, _raw, _break, _again,
]  # fmt: skip
