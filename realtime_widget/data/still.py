"""The tables of a conversation that is over: the same faces, over rows that don't grow any more."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from ..audio import Recording
from ..protocol.objects import ContentPart, Item
from .conversation import Conversation
from .events import Events
from .latency import Latency, LatencyRow
from .money.prices import PriceTable, default_prices
from .recording import marked
from .tables import Tables
from .tool_calls import ToolCall, ToolCalls
from .transcript import Transcript
from .turns import Turn
from .usage import UsageTable

__all__ = ["StillData"]


class StillTranscript(Transcript):
    """The turns of a conversation that is over."""

    def __init__(self, turns: tuple[Turn, ...], calls: tuple[ToolCall, ...], lock: threading.RLock) -> None:
        super().__init__(lock)
        self._turns = turns
        self._calls = calls
        self._by_id = {turn.id: turn for turn in turns}
        self._ids = tuple(self._by_id)
        self._turn_of_call = {call_id: turn.turn for turn in turns for call_id in turn.tool_calls}

    def _snapshot(self) -> tuple[Turn, ...]:
        return self._turns

    @property
    def turn_of_call(self) -> Mapping[str, int]:
        """The place of the turn that each call belongs to, by call id."""
        return self._turn_of_call

    def turn(self, item_id: str) -> Turn | None:
        """Return the turn of an item, or None."""
        return self._by_id.get(item_id)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all turns, in order."""
        return self._ids

    def items(self) -> list[Item]:
        """Return the conversation as items of the API: what was heard, and calls with their outputs."""
        calls: dict[str, ToolCall] = {call.call_id: call for call in self._calls}
        told: list[Item] = []
        for turn in self._turns:
            own = [call for call_id in turn.tool_calls if (call := calls.get(call_id)) is not None]
            # A call of another response was made for this answer; one of its own came after the words.
            for call in own:
                if call.response_id != turn.response_id:
                    told += _told_call(call)
            told += _told_turn(turn)
            for call in own:
                if call.response_id == turn.response_id:
                    told += _told_call(call)
        return told


def _told_turn(turn: Turn) -> list[Item]:
    words = turn.heard_text if turn.interrupted else turn.text
    if not words.strip():
        return _told_sound(turn)
    kind = "output_text" if turn.role == "assistant" else "input_text"
    return [Item(type="message", role=turn.role, content=[ContentPart(type=kind, text=words.strip())])]


def _told_sound(turn: Turn) -> list[Item]:
    """Return what a user said and nobody wrote down, as the sound that it was."""
    clip = turn.audio if turn.role == "user" else None
    if clip is None or not len(clip):
        return []
    return [Item(type="message", role="user", content=[ContentPart(type="input_audio", audio=clip.to_pcm())])]


def _told_call(call: ToolCall) -> list[Item]:
    if call.output is None:
        return []
    arguments = call.arguments_text if isinstance(call.arguments, dict) else "{}"
    return [
        Item(type="function_call", call_id=call.call_id, name=call.name, arguments=arguments),
        Item(type="function_call_output", call_id=call.call_id, output=call.output),
    ]


class StillLatency(Latency):
    """The latency of a conversation that is over."""

    def __init__(self, rows: tuple[LatencyRow, ...], lock: threading.RLock) -> None:
        super().__init__(lock)
        self._latency = rows

    def _snapshot(self) -> tuple[LatencyRow, ...]:
        return self._latency


class StillData(Tables):
    """The data of a conversation that is over; it reads as that of a session does.

    Args:
        conversation: What to show.
        price_table: Prices for what is yet to be computed; bills keep what they came with.
    """

    def __init__(self, conversation: Conversation, *, price_table: PriceTable | None = None) -> None:
        self.lock = threading.RLock()
        self.conversation = conversation
        self.free = conversation.about.engine_kind == "local"
        self.events = Events(self.lock, n_dropped=conversation.n_events_dropped)
        self.events.append(list(conversation.events))
        self.transcript = StillTranscript(conversation.turns, conversation.tool_calls, self.lock)
        self.tool_calls = ToolCalls(self.transcript, self.lock)
        self.tool_calls.restore(conversation.tool_calls)
        self.usage = UsageTable(price_table or default_prices(), self.lock)
        self.usage.restore(conversation.usage)
        self.latency = StillLatency(conversation.latency, self.lock)
        self.join()

    def take_recording(self) -> Callable[[], Recording]:
        """Return what reads the recording."""
        return marked(self.conversation.recording, self.conversation.turns)
