"""The verbs of a conversation, as coroutines on the I/O thread."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from typing import Any

from ..config import TurnDetection, check_keywords
from ..data import Turn
from ..errors import ConfigError, RealtimeError, RefusedError
from ..protocol.objects import ContentPart, Item
from ..protocol.protocol import RealtimeProtocol
from ..tools import Tool, tool
from .base_verbs import UPDATE_LIMIT_S, BaseVerbs, check_model
from .images import image_url
from .reactions import end_reason
from .reports import of_silence

__all__ = ["Verbs"]

_RESPOND_OPTIONS = (
    "conversation", "input", "instructions", "max_output_tokens", "metadata", "output", "output_modalities",
    "reasoning", "tool_choice", "tools", "voice",
)  # fmt: skip


class Verbs(BaseVerbs):
    """What a user, a panel or a script can do in a conversation."""

    async def ask(self, text: str, timeout_s: float) -> Turn:
        """Send text and return the assistant's turn that answers it."""
        core = self._core
        core.need_connection()
        item, key = _text_item(text), _new_key()
        core.waits.answer(key)
        core.act(lambda protocol: protocol.respond(key, items=[item]))
        finished = await core.waits.answered(key, timeout_s=timeout_s)
        with core.lock:
            turns = [turn for item_id in finished.item_ids if (turn := core.data.turn(item_id)) is not None]
        if not turns:
            raise of_silence(finished.status, end_reason(core, finished.response_id))
        return turns[-1]

    async def send_text(self, text: str, respond: bool) -> None:
        """Add the user's text; with `respond` it is answered."""
        await self._send_item(_text_item(text), respond=respond)

    async def send_image(self, image: Any, text: str | None, respond: bool) -> None:
        """Add a picture."""
        parts = [ContentPart(type="input_image", image_url=image_url(image))]
        if text:
            parts.insert(0, ContentPart(type="input_text", text=text))
        await self._send_item(Item(type="message", role="user", content=parts), respond=respond)

    async def _send_item(self, item: Item, *, respond: bool) -> None:
        self._core.need_connection()
        if respond:
            self._core.act(lambda protocol: protocol.respond(_new_key(), items=[item]))
        else:
            self._core.act(lambda protocol: protocol.create_item(item))

    async def commit(self) -> None:
        """Make the sound so far the user's turn, after all that is still being sent."""
        self._core.need_connection()
        await self._core.waits.until(lambda: not (self._core.feed.busy or self._core.source.ends))
        self._commit()

    def _commit(self) -> str | None:
        self._core.sound_in.take_unanswered()  # with a commit by hand nobody answers by himself
        return self._core.act(RealtimeProtocol.commit)

    async def respond(self, options: Mapping[str, Any]) -> None:
        """Ask for an answer."""
        check_keywords(options, list(_RESPOND_OPTIONS))
        self._core.need_connection()
        wire = dict(options)
        if "output" in wire:
            wire["output_modalities"] = [wire.pop("output")]
        if "voice" in wire:
            wire["audio"] = {"output": {"voice": wire.pop("voice")}}
        if "tools" in wire:
            wire["tools"] = [_definition(each) for each in wire["tools"]]
        self._check({"type": "response.create", "response": wire})
        self._core.act(lambda protocol: protocol.respond(_new_key(), options=wire))

    # -- configuration ------------------------------------------------------------------------------------

    async def _update(self, options: Mapping[str, Any]) -> None:
        core = self._core
        before, tools_before = core.protocol.config, list(core.registry.values())
        after = before.merge(**{name: value for name, value in options.items() if name != "tools"})
        self._check_update(before, after)
        if before.speed != after.speed and core.live:
            await self._between_answers()
        if options.get("tools") is not None:
            # Made before any is taken away: one that can't be a tool leaves the others alone.
            self._replace_tools([tool(each) for each in options["tools"]])
        try:
            await self._announce(after.merge(tools=tuple(core.registry.wire_tools())))
        except RefusedError:
            if options.get("tools") is not None:
                self._replace_tools(tools_before)
            raise
        finally:
            core.publish([])
        self._finish_speech(before.turn_detection, after.turn_detection)

    def _finish_speech(self, before: TurnDetection, after: TurnDetection) -> None:
        """Make a turn of what is being said while detection is turned off: nobody else will any more."""
        core = self._core
        if before is None or after is not None or not (core.live and core.user_speaks):
            return
        if self._commit() is not None and before.create_response:
            core.act(lambda protocol: protocol.respond(_new_key()))

    def _replace_tools(self, tools: list[Tool]) -> None:
        self._core.registry.clear()
        for each in tools:
            self._core.registry.add(each)

    def _check_update(self, before: Any, after: Any) -> None:
        check_model(self._core, before, after)
        locked = self._core.live and self._core.protocol.voice_locked
        if before.voice != after.voice and locked:
            raise RefusedError(
                "The voice can't change once the model has spoken.",
                remedy="Stop the session and start it again with another voice.",
                code="cannot_update_voice",
                recoverable=True,
            )

    async def _between_answers(self) -> None:
        """Wait until no answer is being made: in the middle of one its speed can't change."""
        core = self._core
        try:
            await asyncio.wait_for(
                core.waits.until(lambda: core.protocol.sequencer.active is None), UPDATE_LIMIT_S
            )
        except TimeoutError:
            raise RefusedError(
                "The speed can't change in the middle of an answer.",
                remedy="Wait for its end with session.settle(), or stop it with session.interrupt().",
                code="speed_between_answers",
                recoverable=True,
            ) from None

    def announce_tools(self) -> None:
        """Tell the server about changed tools, if it knows others; problems go to the error line."""
        core = self._core
        core.publish([])
        if not core.live or core.status == "connecting" or not core.registry.changed:
            return

        async def announce() -> None:
            try:
                async with self._updating:
                    config = core.protocol.config.merge(tools=tuple(core.registry.wire_tools()))
                    await self._announce(config)
            except RealtimeError as error:
                core.report(error)

        core.spawn(announce())

    # -- push to talk -------------------------------------------------------------------------------------

    def press(self) -> None:
        """Begin a turn by hand: the answer falls silent and what lay in the buffer is dropped."""
        core = self._core
        if not core.live or core.status == "connecting" or core.talking:
            return
        core.talking = True
        core.act(lambda protocol: protocol.floor.on_press())
        core.act(RealtimeProtocol.clear)
        core.hearing.begin(cancel=True)
        core.set_trait("listening", True)

    def release(self, *, keep: bool = True) -> None:
        """End the turn: one commit and one answer; nothing if it was too short, or not to be kept."""
        core = self._core
        if not core.talking:
            return
        core.talking = False
        core.set_trait("listening", False)
        core.act(lambda protocol: protocol.floor.on_release())
        if not keep:
            core.act(RealtimeProtocol.clear)
        elif self._commit() is not None:
            core.act(lambda protocol: protocol.respond(_new_key()))
            return
        core.act(lambda protocol: protocol.floor.release())  # nothing was said


def _new_key() -> str:
    return f"ask_{secrets.token_hex(8)}"


def _definition(given: Any) -> Any:
    """Return a tool as the API takes it: a function with any further key is refused, and its answer too."""
    if not isinstance(given, Mapping):
        return tool(given).wire()
    if given.get("type") != "function":
        return dict(given)
    return {key: given[key] for key in ("type", "name", "description", "parameters") if key in given}


def _text_item(text: Any) -> Item:
    if not isinstance(text, str) or not text.strip():
        raise ConfigError(f"There is nothing to say in {text!r}.", remedy="Pass a sentence.")
    return Item(type="message", role="user", content=[ContentPart(type="input_text", text=text)])
