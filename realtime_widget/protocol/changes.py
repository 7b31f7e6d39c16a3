"""What the core tells the outside after each event: frozen records, drained in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .objects import ErrorDetail, Session, TranscriptionUsage, Usage

__all__ = [
    "AnswerFinished",
    "AudioCompleted",
    "AudioReceived",
    "CallReady",
    "CallsAbandoned",
    "Change",
    "CommandSettled",
    "ItemChanged",
    "ItemRemoved",
    "Problem",
    "ResponseFinished",
    "ResponseStarted",
    "ServerTroubled",
    "SessionConfigured",
    "SoundBilled",
    "SpeechChanged",
    "TranscriptionBilled",
]


@dataclass(frozen=True, slots=True)
class SessionConfigured:
    """The server told its effective configuration; `created` on the first event of a connection."""

    session: Session
    created: bool


@dataclass(frozen=True, slots=True)
class ItemChanged:
    """An item came, grew, was placed or became final."""

    item_id: str


@dataclass(frozen=True, slots=True)
class ItemRemoved:
    """An item is no longer part of the conversation."""

    item_id: str


@dataclass(frozen=True, slots=True)
class AudioReceived:
    """Sound of an answer to play: 16-bit mono PCM at 24 kHz."""

    item_id: str
    content_index: int
    pcm: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class AudioCompleted:
    """All sound of a part has come."""

    item_id: str
    content_index: int


@dataclass(frozen=True, slots=True)
class SpeechChanged:
    """The user began or stopped to speak; `interrupts` when that silences the answer being played."""

    speaking: bool
    item_id: str
    interrupts: bool = False


@dataclass(frozen=True, slots=True)
class ResponseStarted:
    """A response began."""

    response_id: str


@dataclass(frozen=True, slots=True)
class ResponseFinished:
    """A response ended, with what it cost."""

    response_id: str
    status: str
    usage: Usage | None
    error: ErrorDetail | None


@dataclass(frozen=True, slots=True)
class TranscriptionBilled:
    """What the transcription of a user's item cost; billed apart from responses."""

    item_id: str
    usage: TranscriptionUsage


@dataclass(frozen=True, slots=True)
class SoundBilled:
    """How much sound a model has been sent that is paid by the minute; `seconds` grow until it is `final`."""

    billed_id: str
    model: str
    seconds: float
    final: bool = False


@dataclass(frozen=True, slots=True)
class CallReady:
    """The model called a function; its arguments are whole."""

    call_id: str
    name: str
    arguments: str
    response_id: str | None


@dataclass(frozen=True, slots=True)
class CallsAbandoned:
    """Calls of a cancelled or failed response, which nobody waits for any more."""

    call_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnswerFinished:
    """An answer is complete: the last response of a chain of tool calls is done.

    `key` is the request's key, None for an answer that the server started by itself.
    """

    key: str | None
    response_id: str
    status: str
    item_ids: tuple[str, ...]
    error: ErrorDetail | None


@dataclass(frozen=True, slots=True)
class CommandSettled:
    """The server carried out a command (`error` None) or refused it."""

    event_id: str
    error: ErrorDetail | None
    result: Any = None


@dataclass(frozen=True, slots=True)
class Problem:
    """An error that a person should see; `fatal` when the session can't go on.

    `response_id` is that of the response that failed, if it was one.
    """

    error: ErrorDetail
    fatal: bool
    response_id: str | None = None


@dataclass(frozen=True, slots=True)
class ServerTroubled:
    """The server failed several times in a row: its connection is broken, and only a new one helps."""

    error: ErrorDetail


Change = (
    SessionConfigured
    | ItemChanged
    | ItemRemoved
    | AudioReceived
    | AudioCompleted
    | SpeechChanged
    | ResponseStarted
    | ResponseFinished
    | TranscriptionBilled
    | SoundBilled
    | CallReady
    | CallsAbandoned
    | AnswerFinished
    | CommandSettled
    | Problem
    | ServerTroubled
)
