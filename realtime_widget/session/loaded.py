"""Saved conversations as sessions: the same tables, sound and panel, a player, and nobody to talk with."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NoReturn

from ..config.reading import read_config
from ..data import About, Conversation, StillData, Turn
from ..data.replay.stage import Stage
from ..engines import Endpoint, Engine
from ..errors import ConfigError, SessionError
from ..tools import ToolRegistry
from .audio_in import MICROPHONE
from .base import BaseSession
from .core import SessionCore
from .inputs import Chunks
from .io_thread import io_thread
from .player import Player
from .session import RealtimeSession
from .transcription import TranscriptionSession
from .translation import TranslationSession
from .verbs import Verbs

__all__ = ["LoadedCore", "LoadedSession", "LoadedTranscription", "LoadedTranslation", "load"]


def refusal() -> SessionError:
    """Return the error for what needs somebody to talk with."""
    return SessionError(
        "This is a saved conversation: nobody is there to talk with.",
        remedy="To go on with it: RealtimeSession(history=session).",
        code="saved_conversation",
    )


class SavedEngine(Engine):
    """Who answered, as a name; nothing is behind it any more."""

    def __init__(self, about: About) -> None:
        self.kind = about.engine_kind or "url"
        self.name = about.engine or "a saved conversation"

    async def open(self, *, model: str) -> Endpoint:
        """Refuse: there is nothing to connect to."""
        raise refusal()


class LoadedCore(SessionCore):
    """A saved conversation as the I/O thread sees it: it never connects, and a player moves what is shown."""

    data: StillData

    def __init__(self, *args: Any, data: StillData, **options: Any) -> None:
        super().__init__(*args, data=data, **options)
        self._stage = Stage(data)
        self.player = Player(self, io_thread())
        for turn in data.transcript:
            if turn.status != "in_progress":
                self.told.tell(turn.id)  # so streams give all of them, and end

    @property
    def shown(self) -> Stage:
        """The conversation as it stands at the player's moment."""
        return self._stage

    @property
    def now_ms(self) -> float:
        """The session's clock, which stands still."""
        return self.data.conversation.about.duration_ms or self._stage.score.duration_ms

    @property
    def thinking(self) -> bool:
        """Whether an answer was being made at the player's moment."""
        return self.player is not None and self.player.playing and self._stage.thinking

    @property
    def by_hand(self) -> bool:
        """Whether nobody but the user ends his turns: nobody does any more."""
        return False

    async def start(self) -> None:
        """Refuse: there is nothing to connect to."""
        raise refusal()

    async def stop(self) -> None:
        """Let the player stand still."""
        if self.player is not None:
            self.player.pause()

    def need_connection(self) -> None:
        """Refuse what needs a connection."""
        raise refusal()

    async def interrupt(self, *, cancel: bool) -> None:
        """Refuse: no answer is being given."""
        raise refusal()


class SavedVerbs(Verbs):
    """What can be done in a saved conversation: none of what changes it."""

    async def ask(self, text: str, timeout_s: float) -> Turn:
        """Refuse."""
        raise refusal()

    async def send_text(self, text: str, respond: bool) -> None:
        """Refuse."""
        raise refusal()

    async def send_image(self, image: Any, text: str | None, respond: bool) -> None:
        """Refuse."""
        raise refusal()

    async def send_audio(self, chunks: Chunks, realtime: bool) -> None:
        """Refuse."""
        raise refusal()

    async def send_event(self, event: Any) -> None:
        """Refuse."""
        raise refusal()

    async def commit(self) -> None:
        """Refuse."""
        raise refusal()

    async def respond(self, options: Mapping[str, Any]) -> None:
        """Refuse."""
        raise refusal()

    async def mute(self, muted: bool) -> None:
        """Refuse."""
        raise refusal()

    async def update(self, options: Mapping[str, Any]) -> None:
        """Refuse."""
        raise refusal()

    def press(self) -> None:
        """Do nothing: there is no microphone."""

    def release(self, *, keep: bool = True) -> None:
        """Do nothing: there is no microphone."""


class _Loaded(BaseSession):
    """What saved conversations of all kinds share."""

    core_kind = LoadedCore
    verbs_kind = SavedVerbs
    _core: LoadedCore

    def _load(self, conversation: Conversation, tools: ToolRegistry | None = None) -> None:
        about = conversation.about
        self._about = about
        BaseSession.__init__(
            self,
            read_config(about.kind, about.settings, model=about.model),
            engine=SavedEngine(about),
            record=False,
            connect_timeout=1.0,
            title=about.title,
            on_close="keep",
            audio_in=MICROPHONE,
            metadata=dict(about.metadata),
            tools=tools,
            data=StillData(conversation),
        )
        self.conversation_id = about.id

    @property
    def player(self) -> Player:
        """Lets the conversation take place again: `play pause step seek`, with or without a panel."""
        player = self._core.player
        assert player is not None  # the core makes it
        return player

    @property
    def about(self) -> About:
        """What there is to know of the conversation besides what was said, with title and notes as of now."""
        return replace(self._about, title=self.title, metadata=dict(self.metadata))

    @property
    def conversation(self) -> Conversation:
        """The whole conversation as one value."""
        return replace(self._core.data.conversation, about=self.about)

    @property
    def audio_in(self) -> Any:
        """What the session hears: nothing any more."""
        return self._audio_in.given

    @audio_in.setter
    def audio_in(self, source: Any) -> NoReturn:
        raise refusal()

    @property
    def audio_out(self) -> NoReturn:
        """The voice as a stream of the page, which a saved conversation hasn't got; use `recording`."""
        raise refusal()

    def __repr__(self) -> str:
        minutes, seconds = divmod(round(self.player.duration_ms / 1000), 60)
        length = f"{minutes}:{seconds:02d}"
        return f"{type(self).__name__}({self.title!r}, {len(self.transcript)} turns, {length})"


class LoadedSession(_Loaded, RealtimeSession):
    """A conversation that was saved, and as a session that is over: `RealtimeSession.load(…)` makes it.

    Tables, sound, pictures, reports and the panel are those of the session that it was. What needs a
    connection raises SessionError. `RealtimeSession(history=session)` goes on with it.
    """

    def __init__(self, conversation: Conversation) -> None:
        self.tools = ToolRegistry(())
        self._load(conversation, self.tools)

    def tool(self, function: Callable[..., Any] | None = None, /, **options: Any) -> NoReturn:
        """Refuse: nobody is there to call it."""
        raise refusal()


# Their cores and verbs do what only a session with a connection can.
class LoadedTranscription(_Loaded, TranscriptionSession):  # type: ignore[misc]
    """A transcription that was saved."""

    def __init__(self, conversation: Conversation) -> None:
        self._load(conversation)


class LoadedTranslation(_Loaded, TranslationSession):  # type: ignore[misc]
    """A translation that was saved."""

    def __init__(self, conversation: Conversation) -> None:
        self._load(conversation)


_KINDS: dict[str, Callable[[Conversation], Any]] = {
    "realtime": LoadedSession,
    "transcription": LoadedTranscription,
    "translation": LoadedTranslation,
}


def load(source: Conversation | str | os.PathLike[str]) -> Any:
    """Return a saved conversation as a session of its kind.

    Raises:
        ConfigError: Neither a path nor a conversation.
    """
    if isinstance(source, str | os.PathLike):
        from ..data.archive import read_archive

        source = read_archive(source)
    if not isinstance(source, Conversation):
        raise ConfigError(
            f"load takes the path of a file that session.save() wrote, or a Conversation, not {source!r}.",
            remedy='RealtimeSession.load("talk.rtw")',
        )
    if source.about.kind not in _KINDS:
        raise ConfigError(
            f"There is no kind of session {source.about.kind!r}: is the file of a newer version?"
        )
    return _KINDS[source.about.kind](source)
