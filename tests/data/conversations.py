"""Made-up conversations as values, with all that may occur in one; the same for the same seed."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from realtime_widget.data import About, Conversation, ToolCall, Turn
from realtime_widget.data.latency import LatencyRow
from realtime_widget.data.usage import UsageRow
from realtime_widget.protocol.log import LogEntry, log_local

BEGAN = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
ASKED = (
    "How many rows are there for Rome?",
    "And in Paris?",
    "Which city has the highest mean temperature in July?",
    "Could you plot that, please?",
    "Wait, leave out the nights.",
    "Hm, and how sure are you of that?",
    "Thanks!",
)
ANSWERED = (
    "There are three hundred and twelve rows for Rome.",
    "Two hundred and eighty.",
    "Rome, with 31.2 degrees. Palermo comes close, though its series has a gap of nine days in the middle.",
    "I have drawn it below: one line for each city, the shaded part is the range of the last ten years.",
    "Without the nights Palermo is ahead, by half a degree.",
    "Not very: with the gap filled in it could be either of the two.",
    "You're welcome.",
)
SETTINGS = {
    "type": "realtime",
    "instructions": "You are a terse data analyst.",
    "output_modalities": ["audio"],
}


class Maker:
    """Makes a conversation turn by turn, on a clock of its own."""

    def __init__(self, seed: int = 1, *, typed: bool = False, tools: bool = True) -> None:
        self.random = random.Random(seed)
        self.typed = typed
        self.tools = tools
        self.ms = 1200.0
        self.connection = 1
        self.turns: list[Turn] = []
        self.calls: list[ToolCall] = []
        self.usage: list[UsageRow] = []
        self.latency: list[LatencyRow] = []
        self.events: list[LogEntry] = [log_local(0, "connection.opened", {}, 1)]

    def turn(self, role: str, words: str, start_ms: float, end_ms: float | None, **more: Any) -> Turn:
        n = len(self.turns)
        sounding = not self.typed and end_ms is not None
        length = round(end_ms - start_ms) if sounding and end_ms is not None else None
        values: dict[str, Any] = {
            "turn": n, "id": f"item_{n:05}", "role": role, "text": words, "heard_text": words,
            "status": "completed" if end_ms is not None else "in_progress", "start_ms": round(start_ms),
            "end_ms": None if end_ms is None else round(end_ms), "audio_ms": length, "heard_ms": length,
            "interrupted": False, "tool_calls": (), "response_id": None,
            "created_at": BEGAN + timedelta(milliseconds=start_ms), "connection": self.connection,
        }  # fmt: skip
        turn = Turn(**{**values, **more})
        self.turns.append(turn)
        return turn

    def ask(self, words: str) -> float:
        length = 0 if self.typed else 700 + 62 * len(words)
        self.turn("user", words, self.ms, self.ms + length)
        self.ms += length
        return self.ms

    def call(self, name: str, response_id: str, status: str = "done", duration_ms: float = 420.0) -> str:
        call_id = f"call_{len(self.calls):05}"
        error = (
            None
            if status == "done"
            else "KeyError: 'Rome' is no city of this table"
            if status == "failed"
            else status
        )
        running = status == "running"
        self.calls.append(
            ToolCall(
                call_id, name, None if running else "312", None if running else error, status, self.ms,
                None if running else duration_ms, response_id, len(self.turns), 1,
                arguments_text='{"city":"Rome"}',
            )
        )  # fmt: skip
        self.ms += 0 if running else duration_ms
        return call_id

    def answer(
        self, words: str, *, cut_at: float | None = None, calls: tuple[tuple[str, str], ...] = ()
    ) -> None:
        response_id = f"resp_{len(self.latency):05}"
        end_of_speech_ms = self.ms
        self.ms += self.random.uniform(150, 300)
        committed_ms, created_ms = self.ms, self.ms + 40
        took = [self.random.uniform(120, 1800) for _ in calls]
        ids = []
        for (name, status), duration_ms in zip(calls, took, strict=True):
            self.ms += 180
            ids.append(self.call(name, response_id, status, duration_ms))
            created_ms = self.ms + 40
        tool_ms = sum(took)
        self.ms += self.random.uniform(300, 900)
        length = self.random.uniform(500, 900) if self.typed else 400.0 + 58 * len(words)
        heard = length if cut_at is None else length * cut_at
        status = "completed" if cut_at is None else "interrupted"
        told = words if cut_at is None else words[: int(len(words) * cut_at)].rstrip()
        start_ms = self.ms
        self.turn(
            "assistant", words, start_ms, start_ms + heard, status=status, interrupted=cut_at is not None,
            heard_text=told, response_id=response_id, tool_calls=tuple(ids),
            audio_ms=None if self.typed else round(length), heard_ms=None if self.typed else round(heard),
        )  # fmt: skip
        self.latency.append(
            LatencyRow(
                turn=len(self.turns) - 1, response_id=response_id,
                speech_end_ms=None if self.typed else end_of_speech_ms, committed_ms=committed_ms,
                created_ms=created_ms, first_token_ms=start_ms - 180,
                first_audio_ms=None if self.typed else start_ms - 90,
                first_heard_ms=None if self.typed else start_ms, done_ms=start_ms + heard / 3,
                voice_to_voice_ms=None if self.typed else start_ms - end_of_speech_ms,
                tool_ms=tool_ms, connection=self.connection, begun_ms=committed_ms + 40,
                first_text_ms=start_ms - 180, tool_wait_ms=sum(took),
            )
        )  # fmt: skip
        n = 400 + 30 * len(self.latency)
        self.usage.append(
            UsageRow(
                response_id=response_id, model="gpt-realtime-2.1", input_text_tokens=n,
                input_audio_tokens=n // 2, cached_text_tokens=n // 2, cached_audio_tokens=n // 4,
                output_text_tokens=len(words) // 4, output_audio_tokens=round(length / 50),
                cost_usd=round(n * 8e-6 + length * 1e-6, 6), input_tokens=n + n // 2,
                output_tokens=len(words) // 4 + round(length / 50),
            )
        )  # fmt: skip
        self.ms = start_ms + heard

    def lose(self, gap_ms: float = 1400.0) -> None:
        self.events.append(log_local(self.ms, "connection.lost", {"reason": "1006"}, self.connection))
        self.ms += gap_ms
        self.connection += 1
        self.events.append(log_local(self.ms, "connection.opened", {}, self.connection))

    def go_on(self, n_turns: int) -> None:
        """Talk for so many turns, with all that occurs."""
        for pair in range(n_turns // 2):
            place = pair % len(ASKED)
            rest = self.random.random()
            cut = self.random.uniform(0.25, 0.7) if rest < 0.18 else None
            if self.turns and self.turns[-1].interrupted:
                # Who interrupts begins before the voice is silent.
                self.ms = (self.turns[-1].end_ms or 0) - self.random.uniform(200, 500)
            self.ask(ASKED[place])
            calls: tuple[tuple[str, str], ...] = ()
            if self.tools and place in (0, 2, 3):
                calls = (("rows" if place == 0 else "mean_temperature", "failed" if rest > 0.9 else "done"),)
                calls += (("draw_lines", "done"),) if place == 3 else ()
            self.answer(ANSWERED[place], cut_at=cut if not self.typed else None, calls=calls)
            self.ms += self.random.uniform(300, 2500)
            if pair % 40 == 39:
                self.lose()

    def conversation(self, **about: Any) -> Conversation:
        known: dict[str, Any] = {
            "id": "0" * 32, "title": "Rows and temperatures", "engine": "OpenAI", "engine_kind": "openai",
            "model": "gpt-realtime-2.1", "settings": SETTINGS, "created_at": BEGAN, "duration_ms": self.ms,
            "version": "0.1.0",
        }  # fmt: skip
        return Conversation(
            about=About(**{**known, **about}), turns=tuple(self.turns), tool_calls=tuple(self.calls),
            events=tuple(self.events), usage=tuple(self.usage), latency=tuple(self.latency),
        )  # fmt: skip


def conversation(n_turns: int = 12, seed: int = 1, *, typed: bool = False, **about: Any) -> Conversation:
    """Return a conversation of so many turns."""
    maker = Maker(seed, typed=typed)
    maker.go_on(n_turns)
    return maker.conversation(**about)
