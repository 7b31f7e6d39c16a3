"""The responses of a connection: at most one writes to the conversation, any number run beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from realtime_widget.local.conversation import Conversation, Entry
from realtime_widget.local.generation import Generation, Pace
from realtime_widget.local.items import accept_item
from realtime_widget.local.parts import Parts
from realtime_widget.local.phrases import Sayable
from realtime_widget.local.refusal import Refusal
from realtime_widget.local.responders.base import Request
from realtime_widget.local.response_writer import Emit, ResponseSettings, ResponseWriter
from realtime_widget.local.session_config import check_response
from realtime_widget.local.usage import TokenCount, context_tokens, usage_object
from realtime_widget.protocol.objects import Item

__all__ = ["Responses"]


class Responses:
    """Create, cancel and count responses."""

    def __init__(
        self,
        emit: Emit,
        conversation: Conversation,
        parts: Parts,
        *,
        conversation_id: str,
        pace: Pace,
        has_room: Any,
        listen: Callable[[Entry], None],
        on_done: Callable[[Generation], None],
    ) -> None:
        """Prepare; `listen` begins to recognise the audio of an item that a client made."""
        self.active: Generation | None = None
        self._emit = emit
        self._conversation = conversation
        self._parts = parts
        self._conversation_id = conversation_id
        self._pace = pace
        self._has_room = has_room
        self._listen = listen
        self._on_done = on_done
        self._running: set[Generation] = set()
        self._has_spoken = False
        self._cached = TokenCount()

    @property
    def has_spoken(self) -> bool:
        """Whether any audio was produced, so that the voice is fixed."""
        return self._has_spoken or any(running.writer.audio_ms > 0 for running in self._running)

    def create(self, options: Any, session: Mapping[str, Any], sayable: Sayable) -> Generation:
        """Start a response.

        Raises:
            Refusal: An option isn't valid, or another response writes to the conversation.
        """
        checked = check_response(options, session, voices=self._parts.voices, has_spoken=self.has_spoken)
        settings = self._settings(checked, session)
        if settings.conversation_id is not None and self.active is not None:
            raise Refusal(
                f"Conversation already has an active response in progress: {self.active.writer.id}. "
                "Wait until the response is finished before creating a new one.",
                code="conversation_already_has_active_response",
            )
        entries = self._context(checked)
        writer = ResponseWriter(self._emit, self._conversation, settings)
        generation = Generation(
            writer,
            self._parts,
            make_request=lambda: _request(settings, entries, sayable),
            make_usage=lambda written: self._usage(written, entries),
            on_done=self._done,
            has_room=self._has_room,
            pace=self._pace,
        )
        self._running.add(generation)
        if writer.in_conversation:
            self.active = generation
        generation.start()
        return generation

    def cancel(self, response_id: str | None) -> None:
        """Stop a response; without an id the one that writes to the conversation.

        Raises:
            Refusal: It doesn't run.
        """
        generation = self.active
        if response_id is not None:
            generation = next((g for g in self._running if g.writer.id == response_id), None)
        if generation is None:
            raise Refusal("Cancellation failed: no active response found", code="response_cancel_not_active")
        generation.stop("client_cancelled")

    def interrupt(self) -> None:
        """Stop the response that writes to the conversation, if any: the user speaks."""
        if self.active is not None:
            self.active.stop("turn_detected")

    async def close(self) -> None:
        """Stop everything without a word."""
        running = list(self._running)
        for generation in running:
            generation.drop()
        await asyncio.gather(*(generation.settled() for generation in running))

    # -- one response ------------------------------------------------------------------------------------

    def _settings(self, options: Mapping[str, Any], session: Mapping[str, Any]) -> ResponseSettings:
        output = {**session["audio"]["output"], **options.get("audio", {}).get("output", {})}
        merged = {**session, **options}
        in_conversation = options.get("conversation", "auto") == "auto"
        return ResponseSettings(
            modality=merged["output_modalities"][0],
            voice=output["voice"],
            speed=output["speed"],
            audio_format=output["format"],
            instructions=merged["instructions"],
            tools=tuple(merged["tools"]),
            tool_choice=merged["tool_choice"],
            max_output_tokens=merged["max_output_tokens"],
            metadata=options.get("metadata"),
            conversation_id=self._conversation_id if in_conversation else None,
        )

    def _context(self, options: Mapping[str, Any]) -> list[Entry]:
        """Return what the response is made from: the conversation, or the `input` of its options."""
        given = options.get("input")
        if given is None:
            return list(self._conversation)
        return [self._input_entry(raw, f"response.input[{index}]") for index, raw in enumerate(given)]

    def _input_entry(self, raw: Mapping[str, Any], path: str) -> Entry:
        if raw.get("type") == "item_reference":
            entry = self._conversation.get(str(raw.get("id")))
            if entry is None:
                raise Refusal(
                    f"Item with id '{raw.get('id')}' not found in the conversation.",
                    code="invalid_value",
                    param=f"{path}.id",
                )
            return entry
        try:
            item = msgspec.convert(raw, Item)
        except msgspec.ValidationError as error:
            raise Refusal(f"Invalid '{path}': {error}", code="invalid_value", param=path) from None
        entry = Entry(accept_item(item, path))
        self._listen(entry)
        return entry

    def _usage(self, writer: ResponseWriter, entries: Sequence[Entry]) -> dict[str, Any]:
        settings = writer.settings
        context = context_tokens(settings.instructions, settings.tools, entries)
        usage = usage_object(context, self._cached, writer.tokens)
        if writer.in_conversation:
            self._cached = context
        return usage

    def _done(self, generation: Generation) -> None:
        self._running.discard(generation)
        self._has_spoken = self._has_spoken or generation.writer.audio_ms > 0
        if self.active is generation:
            self.active = None
        self._on_done(generation)


async def _request(settings: ResponseSettings, entries: Sequence[Entry], sayable: Sayable) -> Request:
    """Wait until what the user said is understood, and put the request together."""
    heard = [future for entry in entries for future in entry.heard.values()]
    if heard:
        await asyncio.wait(heard)
    newest = next((entry for entry in reversed(entries) if entry.item.role == "user"), None)
    for future in newest.heard.values() if newest else ():
        if not future.cancelled():
            future.result()  # what can't be understood can't be answered: its error is the response's
    limit = settings.max_output_tokens
    return Request(
        instructions=settings.instructions,
        items=tuple(entry.as_understood() for entry in entries),
        tools=settings.tools,
        tool_choice=settings.tool_choice,
        sayable=sayable,
        uncertain=newest is not None and newest.is_uncertain(),
        modality=settings.modality,
        max_output_tokens=limit if isinstance(limit, int) else None,
    )
