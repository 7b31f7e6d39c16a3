"""What is known of one item of a conversation, while it grows."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..audio.keeping import Keeper, Track
from .objects import ContentPart, Item
from .wording import Wording

__all__ = ["ItemState", "PartState"]

_AUDIO_KINDS = ("audio", "output_audio", "input_audio")


@dataclass(slots=True)
class PartState:
    """One content part: its words so far and, for an answer, its sound."""

    kind: str = ""
    text: str = ""
    final: bool = False
    uncertain: bool = False
    failed: str | None = None
    audio: Track | None = field(default=None, repr=False)
    n_audio_bytes: int = 0
    odd_byte: bytes = field(default=b"", repr=False)
    billed: bool = False
    image_url: str | None = field(default=None, repr=False)
    wording: Wording | None = field(default=None, repr=False)

    @property
    def particulars(self) -> Wording:
        """What a transcription tells besides the words; made on first use."""
        if self.wording is None:
            self.wording = Wording()
        return self.wording

    def take(self, part: ContentPart, *, final: bool) -> None:
        """Learn from a part of an event; words that are already there win over missing ones."""
        self.kind = part.type or self.kind
        self.image_url = part.image_url or self.image_url
        words = part.words
        # What ends a part replaces the pieces; what begins it is empty and replaces nothing.
        if words and (final or not self.text) and not self.final:
            self.text = words
        if final and (words or self.kind != "input_audio"):
            self.final = True

    def add_audio(self, delta: bytes, keeper: Keeper | None) -> bytes:
        """Take a piece of sound; return its whole samples (half a one waits for its other half).

        Without a keeper it isn't kept.
        """
        whole = self.odd_byte + delta if self.odd_byte else delta
        self.odd_byte = whole[-1:] if len(whole) % 2 else b""
        pcm = whole[:-1] if self.odd_byte else whole
        self.n_audio_bytes += len(pcm)
        if keeper is not None and pcm:
            if self.audio is None:
                self.audio = keeper.track()
            self.audio.append(pcm)
        return pcm

    @property
    def pcm(self) -> bytes:
        """Its sound so far; empty where none is kept."""
        return b"" if self.audio is None else self.audio.read()

    @property
    def is_audio(self) -> bool:
        """Whether this part has, or will have, sound."""
        return self.kind in _AUDIO_KINDS or self.audio is not None


@dataclass(slots=True)
class ItemState:
    """One item; times are ms on the session's clock, `audio_*_ms` on the clock of appended audio.

    Attributes:
        placed: The server gave it a place in the conversation.
        hidden: Not a turn that a person should see (the silent item of an idle time-out).
        out_of_band: Belongs to a response outside the conversation.
        unheard: It was deleted at the server since nobody heard it; our record of it stays.
        connection: Ordinal of the connection that it came over, from 1; 0 for what was said before.
        own_status: The status that the server gave the item itself, apart from its response's.
        response_status: How its response ended.
        whole: An event told all of it.
        failed: The server couldn't run the tool, or list the tools, that the item stands for.
        cut: It was interrupted here, or by the server's word.
        raw: The item as the server told it last.
    """

    id: str
    kind: str
    created_ms: float
    created_at: float
    role: str | None = None
    status: str = "in_progress"
    parts: dict[int, PartState] = field(default_factory=dict)
    response_id: str | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: str = ""
    arguments_whole: bool = False
    output: str | None = None
    audio_start_ms: float | None = None
    audio_end_ms: float | None = None
    committed_ms: float | None = None
    done_ms: float | None = None
    placed: bool = False
    committed: bool = False
    hidden: bool = False
    out_of_band: bool = False
    unheard: bool = False
    cut: bool = False
    own_status: str | None = None
    response_status: str | None = None
    whole: bool = False
    failed: bool = False
    connection: int = 1
    raw: Item | None = field(default=None, repr=False)

    def part(self, content_index: int | None) -> PartState:
        """Return a content part, made on first sight."""
        index = content_index or 0
        part = self.parts.get(index)
        if part is None:
            part = self.parts[index] = PartState()
        return part

    @property
    def text(self) -> str:
        """The words of all parts."""
        return " ".join(words for _, part in sorted(self.parts.items()) if (words := part.text.strip()))

    @property
    def has_content(self) -> bool:
        """Whether any word or sound of it is there."""
        return any(part.text or part.n_audio_bytes for part in self.parts.values())

    @property
    def uncertain(self) -> bool:
        """Whether the recogniser wasn't sure of the words."""
        return any(part.uncertain for part in self.parts.values())

    @property
    def wordings(self) -> list[Wording]:
        """What transcriptions told of its parts besides the words."""
        return [part.wording for _, part in sorted(self.parts.items()) if part.wording is not None]

    @property
    def interrupted(self) -> bool:
        """Whether it was broken off, here or by its response's end."""
        cancelled = self.kind == "message" and self.response_status == "cancelled"
        return self.cut or (cancelled and self.own_status != "completed")

    @interrupted.setter
    def interrupted(self, interrupted: bool) -> None:
        self.cut = interrupted

    @property
    def is_turn(self) -> bool:
        """Whether a person sees it as a turn of the conversation."""
        return self.kind == "message" and not self.hidden and not self.out_of_band

    def take(self, item: Item, *, final: bool) -> None:
        """Learn from an item of an event."""
        self.kind = item.type or self.kind
        self.role = item.role or self.role
        self.call_id = item.call_id or self.call_id
        self.name = item.name or self.name
        if item.arguments and (final or not self.arguments):
            self.arguments = item.arguments
            self.arguments_whole = final
        if item.output is not None:
            self.output = item.output if isinstance(item.output, str) else str(item.output)
        for index, part in enumerate(item.content or ()):
            self.part(index).take(part, final=final)
        if final or self.raw is None:
            self.raw = item
        if final:
            self.own_status = item.status or self.own_status
            self.failed = self.failed or item.error is not None
            self.conclude(whole=True)

    def end(self, response_status: str) -> None:
        """Note how its response ended."""
        self.response_status = self.response_status or response_status
        self.conclude()

    def conclude(self, *, whole: bool = False) -> None:
        """Draw the status from all that is known, in whatever order it came."""
        self.whole = self.whole or whole
        own = self.own_status if self.own_status != "in_progress" else None
        ended = own or ("completed" if self.whole else None)
        if self.failed:
            ended = "failed"
        elif self.response_status == "completed":
            ended = ended or "completed"
        elif self.response_status is not None and self.kind != "message":
            ended = ended or "incomplete"
        elif self.response_status is not None and own != "completed":
            # One that was whole before its response was cut off stays so; one without a status of its own is
            # as whole as its response.
            ended = self.response_status
        self.status = ended or self.status

    def finish(self, status: str) -> None:
        """Set the final status; what is final already stays."""
        if self.status == "in_progress" and status != "in_progress":
            self.own_status = status
            self.conclude(whole=True)
