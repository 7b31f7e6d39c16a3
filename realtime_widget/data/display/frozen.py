"""A conversation that stands by itself, in a notebook or a web page, with its sound where that is wanted."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Any

from ...audio import Clip
from ...audio.codecs import encode
from ...errors import AudioError, ConfigError
from ..tables import Tables
from ..turns import Turn
from .static import Saved, render

__all__ = ["FrozenConversation", "freeze"]

_PAGE = '<!doctype html>\n<meta charset="utf-8">\n<title>{title}</title>\n{body}\n'


@dataclass(frozen=True, slots=True, repr=False)
class FrozenConversation:
    """The whole conversation as it was; a cell shows it, `print` prints it, `save` writes it.

    Attributes:
        html: One HTML element that needs nothing else: no script, no style sheet, no file.
        text: The same as plain text.
        n_turns: How many turns it tells.
        n_audio_bytes: How much of it is sound; 0 without.
        title: Its heading, if any.
    """

    html: str
    text: str
    n_turns: int
    n_audio_bytes: int = 0
    title: str = ""

    @property
    def n_bytes(self) -> int:
        """How much a notebook file grows by it."""
        return len(self.html.encode()) + len(self.text.encode())

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a web page (`.html`) or plain text (`.txt`).

        Raises:
            ConfigError: Another suffix.
        """
        target = Path(path)
        if target.suffix.lower() not in (".html", ".txt"):
            raise ConfigError(
                f"A frozen conversation can't be saved as {target.name!r}.", remedy="Use .html or .txt."
            )
        page = _PAGE.format(title=escape(self.title or "Conversation"), body=self.html)
        whole = page if target.suffix.lower() == ".html" else self.text + "\n"
        target.write_text(whole, encoding="utf-8", newline="")

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        turns = f"{self.n_turns} turn{'' if self.n_turns == 1 else 's'}"
        sound = f", {_size(self.n_audio_bytes)} of it sound" if self.n_audio_bytes else ""
        return f"FrozenConversation({turns}, {_size(self.n_bytes)}{sound})"

    def _repr_mimebundle_(self, **options: Any) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.text}


def freeze(data: Tables, *, title: str = "", audio: bool = False) -> FrozenConversation:
    """Return the whole conversation; with `audio`, each turn that has sound gets a player that carries it."""
    players = _Players()
    saved: Saved = render(data, title=title, limited=False, player=players.of if audio else None)
    frozen = FrozenConversation(saved.html, saved.text, saved.n_turns, players.n_bytes, title)
    if not audio:
        return frozen
    note = f"<p><i>{players.words}</i></p>\n</div>"
    return replace(frozen, html=frozen.html.removesuffix("</div>") + note)


class _Players:
    """Makes players, and counts what they hold."""

    def __init__(self) -> None:
        self.n_bytes = 0
        self._kinds: set[str] = set()

    def of(self, turn: Turn) -> str:
        """Return the player of a turn; nothing for one without sound."""
        clip = turn.audio
        if not len(clip):
            return ""
        kind, sound = _packed(clip)
        source = f"data:{kind};base64,{base64.b64encode(sound).decode('ascii')}"
        self.n_bytes += len(source)
        self._kinds.add(kind)
        return f'<audio controls preload="none" src="{source}"></audio>'

    @property
    def words(self) -> str:
        """What there is to say of the sound."""
        if not self.n_bytes:
            return "No sound was recorded."
        packed = " (WAV; with the package soundfile a tenth of it)" if "audio/wav" in self._kinds else ""
        return f"Sound: {_size(self.n_bytes)}{packed}."


def _packed(clip: Clip) -> tuple[str, bytes]:
    try:
        return "audio/ogg", encode(clip, ".opus")
    except AudioError:  # no soundfile, or one whose library is too old for Opus
        return "audio/wav", clip.to_wav_bytes()


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:.1f} MB" if n_bytes >= 1_000_000 else f"{max(1, round(n_bytes / 1e3))} kB"
