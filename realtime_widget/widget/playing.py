"""The player of a saved conversation in the panel: how it stands, what a person does with it, and its sound.

The kernel's clock leads. A page is told of every change of course and goes on by itself from there; the one
that has the voice plays the sound, a file of the whole conversation, along with it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..errors import RealtimeError
from . import messages

if TYPE_CHECKING:
    from ..session.core import SessionCore
    from ..session.player import Player
    from .link import PageLink

__all__ = ["HANDLERS", "greet", "player_view", "without_position"]

PART_BYTES = 512_000
PART_S = 0.02


def player_view(core: SessionCore) -> dict[str, Any] | None:
    """Return how the player stands; None in a session where people talk."""
    player = core.player
    if player is None:
        return None
    begun = player.conversation_began
    return {
        "playing": player.playing,
        "speed": None if math.isinf(player.speed) else player.speed,
        "position_ms": player.position_ms,
        "duration_ms": player.duration_ms,
        "begun": player.begun,
        "course": player.course,
        "created_at": None if begun is None else begun.isoformat(),
    }


def without_position(view: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return what a page can't work out by itself: while the course stays the same, it knows the position."""
    return None if view is None else {**view, "position_ms": 0.0}


def greet(link: PageLink, page: str) -> None:
    """Tell a page that came who has the word when, where there is a player."""
    player = link.core.player
    if player is None:
        return

    async def tell() -> None:
        marks, levels = await player.overview()
        link.send(messages.player_score(page, marks, levels.step_ms), [levels.values])

    link.run(tell())


def _on_move(link: PageLink, message: messages.PlayerMove) -> None:
    player = link.core.player
    if player is None:
        return
    if message.move == "play":
        link.own(message.page, take_over=True)
    _MOVES[message.move](player, message)


def _set_speed(player: Player, message: messages.PlayerMove) -> None:
    player.speed = message.speed


_MOVES: dict[str, Callable[[Player, messages.PlayerMove], None]] = {
    "play": lambda player, message: player.play(message.speed),
    "pause": lambda player, message: player.pause(),
    "seek": lambda player, message: player.seek(message.position_ms),
    "step": lambda player, message: player.step(message.steps),
    "speed": _set_speed,
}


def _on_sound_get(link: PageLink, message: messages.PlayerSoundGet) -> None:
    player = link.core.player
    if player is None:
        return
    page = message.page

    async def send() -> None:
        try:
            made = await player.sound_file(packed=message.packed)
        except RealtimeError:
            link.send(messages.player_sound(page, 0, 0, ""), [])
            raise
        kind, data = made if made is not None else ("", b"")
        parts = [data[begin : begin + PART_BYTES] for begin in range(0, len(data), PART_BYTES)]
        if not parts:
            link.send(messages.player_sound(page, 0, 0, kind), [])
        for place, part in enumerate(parts):
            told = messages.player_sound(page, place, len(parts), kind)
            link.io.later(place * PART_S, link.send, told, [part])

    link.run(send())


HANDLERS: dict[type[messages.PageMessage], Callable[[PageLink, Any], None]] = {
    messages.PlayerMove: _on_move,
    messages.PlayerSoundGet: _on_sound_get,
}
