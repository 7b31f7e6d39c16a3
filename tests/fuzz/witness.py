"""A conversation under attack, and everything that reads it; what was complete must stay as it was."""

import json
import random
import threading
from typing import Any

import msgspec

from realtime_widget import testing as t
from realtime_widget.config import ServerVAD, SessionConfig
from realtime_widget.data import SessionData
from realtime_widget.protocol import changes as ch
from realtime_widget.protocol.protocol import RealtimeProtocol
from realtime_widget.protocol.requests import KEY
from realtime_widget.session.reports import of_problem
from realtime_widget.widget.patches import TurnPatches

from ..protocol.recorded import sound, spoken
from ..protocol.sdk import CLIENT_TYPES
from .damage import Frame

__all__ = ["Witness"]

KEPT_IDS = ("keep_u1", "keep_f1", "keep_a1", "keep_u2", "keep_a2")


class Witness:
    """A protocol with its tables, recording and page; raises AssertionError when something was lost."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.config = SessionConfig(
            turn_detection=rng.choice(["semantic_vad", "server_vad", None, ServerVAD(create_response=False)]),
            output=rng.choice(["audio", "audio", "text"]),
        )
        self.protocol = RealtimeProtocol(self.config, keep_assistant_audio=True)
        self.data = SessionData(self.protocol, threading.RLock())
        self.patches = TurnPatches(self.data)
        self.now_ms = 0.0
        self.answered: set[str | None] = set()
        self.sent: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self.at(0)
        if rng.random() < 0.5:
            self.protocol.attach_player(True)
        self.open()

    # -- feeding -----------------------------------------------------------------------------------------

    def at(self, ms: float) -> None:
        """Let time pass."""
        self.now_ms += ms
        self.protocol.at(self.now_ms, 1_800_000_000 + self.now_ms / 1_000)

    def open(self) -> None:
        """Connect and configure."""
        self.protocol.connection_opened()
        self.feed(json.dumps(t.session_created()), json.dumps(t.session_updated()))
        self.protocol.resume()
        self.settle()

    def feed(self, *frames: Frame) -> None:
        """Receive frames."""
        for frame in frames:
            self.protocol.receive_message(frame)
            self.settle()

    def say(self, events: list[dict[str, Any]]) -> None:
        """Receive events that are as they should be."""
        self.at(5)
        self.feed(*map(json.dumps, events))

    def settle(self) -> None:
        """Hand on what came of it, as a session does."""
        entries, changes = self.protocol.events_received(), self.protocol.changes()
        self.sent += [json.loads(frame) for frame in self.protocol.messages_to_send()]
        self.data.take(entries, changes)
        for change in changes:
            match change:
                case ch.ItemChanged():
                    self.patches.item_changed(change.item_id)
                case ch.ItemRemoved():
                    self.patches.item_removed(change.item_id)
                case ch.CallReady():
                    self.patches.call_began(change.call_id)
                    self.calls.append(change.call_id)
                case ch.AnswerFinished():
                    self.answered.add(change.key)
                case ch.Problem():
                    str(of_problem(change.error, fatal=change.fatal))
                case _:
                    pass

    # -- reading -----------------------------------------------------------------------------------------

    def look(self) -> None:
        """Read as a page does, a few times a second."""
        patch = self.patches.take()
        if patch is not None:
            msgspec.json.encode(patch)
        self.protocol.playback.is_playing(self.now_ms)
        _ = (self.protocol.sequencer.busy, self.protocol.voice_locked, self.protocol.owed_since_ms)

    def read(self) -> None:
        """Read everything there is."""
        message, left = self.patches.snapshot("page")
        msgspec.json.encode(message)
        while left:
            msgspec.json.encode(self.patches.older("page", left))
        for table in self.data.tables:
            assert len(table.rows()) == len(table)
            table._repr_html_().encode()
            msgspec.json.encode(table.to_dicts(), enc_hook=str)
        for turn in self.data.transcript:
            assert turn.role in ("user", "assistant", "system") or turn.role, turn
            assert turn.audio.samples.ndim == 1
        assert self.data.recording.samples.shape[1] == 2
        _ = (self.data.transcript.text, self.data.transcript.last_response, self.data.usage.cost_usd)

    def tabulate(self) -> None:
        """Make a dataframe of every table."""
        for table in self.data.tables:
            assert len(table.df) == len(table)

    # -- what must hold ----------------------------------------------------------------------------------

    def begin(self) -> None:
        """Have a conversation that is complete: what comes later must not touch it."""
        self.protocol.append_audio(sound(2_000))
        call = t.function_call("rows", {"city": "Rome"}, call_id="keep_call", item_id="keep_f1")
        self.say(t.user_turn("How many rows?", item_id="keep_u1", start_ms=0, end_ms=500))
        self.say(t.call_response(call, response_id="keep_r1", previous="keep_u1"))
        self.protocol.tool_output("keep_call", "3")
        self.settle()
        self.say(spoken("keep_a1", "Three rows.", "keep_r2", "keep_f1", metadata=None))
        self.say(t.user_turn("Thanks.", item_id="keep_u2", previous="keep_a1", start_ms=900, end_ms=1_500))
        self.say(spoken("keep_a2", "Any time.", "keep_r3", "keep_u2", metadata=None, pcm=sound(20, 700)))
        self.at(5_000)
        for item_id in ("keep_a1", "keep_a2"):
            self.protocol.playback.report(item_id, 0, 24 * 20, self.now_ms, finished=True)
        self._kept = self._complete()
        assert [row[2] for row in self._kept[0]] == ["How many rows?", "Three rows.", "Thanks.", "Any time."]

    def _complete(self) -> tuple[list[Any], list[Any], list[Any]]:
        turns = [turn for turn in self.data.transcript if turn.id in KEPT_IDS]
        calls = [call for call in self.data.tool_calls if call.call_id == "keep_call"]
        bills = [row for row in self.data.usage if row.response_id.startswith("keep_")]
        return (
            [(turn.id, turn.role, turn.text, turn.status, turn.audio.samples.tobytes()) for turn in turns],
            [(call.arguments_text, call.output, call.status) for call in calls],
            sorted(bills, key=lambda row: row.response_id),
        )

    def check(self) -> None:
        """Raise unless everything complete is as it was, and what is there is consistent."""
        turns, calls, bills = self._complete()
        assert turns == self._kept[0], f"turns: {turns} != {self._kept[0]}"
        assert calls == self._kept[1], f"calls: {calls}"
        assert bills == self._kept[2], f"bills: {bills}"
        talk = self.protocol.conversation
        order = list(talk.order)
        assert len(set(order)) == len(order), "an item stands twice"
        missing = [
            item.id for item in talk.items.values() if not item.out_of_band and item.id not in set(order)
        ]
        assert not missing, f"items without a place: {missing}"
        shown = [turn.id for turn in self.data.transcript]
        assert shown == [item.id for item in talk if item.is_turn], "the table shows other turns"
        assert {command.get("type") for command in self.sent} <= CLIENT_TYPES

    def recover(self, n: int) -> None:
        """Raise unless a new connection to a sane server works as if nothing had been."""
        self.protocol.connection_lost("enough", resumes=self.rng.random() < 0.5)
        self.settle()
        self.open()
        self.sent.clear()
        key, item_id = f"last_{n}", f"last_a{n}"
        self.protocol.respond(key)
        self.settle()
        for _ in range(100):
            if create := [
                c for c in self.sent if (c.get("response") or {}).get("metadata", {}).get(KEY) == key
            ]:
                break
            self._answer_others()
            self.at(1_000)
            self.settle()
        else:
            raise AssertionError(f"nothing is asked any more; sent: {[c['type'] for c in self.sent]}")
        metadata = create[0]["response"]["metadata"]
        self.say(spoken(item_id, "Still here.", f"last_r{n}", None, metadata=metadata))
        assert key in self.answered, "the answer isn't told"
        turn = self.data.turn(item_id)
        assert turn is not None and turn.text == "Still here.", turn

    def _answer_others(self) -> None:
        # Requests of before the break are asked again first, one at a time.
        for command in list(self.sent):
            if command["type"] == "response.create":
                self.sent.remove(command)
                metadata = command.get("response", {}).get("metadata")
                name = f"other_{len(self.protocol.sequencer.responses)}"
                self.say(t.text_response("Sorry?", item_id=f"{name}_a", response_id=name, metadata=metadata))
