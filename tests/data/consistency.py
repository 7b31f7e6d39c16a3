"""What must hold of the tables of any conversation, whoever the server is; and a server that makes it hard.

`Wild` makes up a conversation from a seed: turns of both sides, spoken and typed, tools in parallel and in a
row, answers that fail or are interrupted, transcripts that come early, late, twice or never. It keeps its own
books, of bytes and of tokens, to compare with.
"""

import random
import tomllib
from collections import defaultdict
from importlib.resources import files
from itertools import pairwise
from typing import Any

import pandas as pd

from tests.data.talk import Talk, message, pcm

PRICES = tomllib.loads(files("realtime_widget.data").joinpath("prices.toml").read_text())["models"]
MODEL = "gpt-realtime-2.1"
WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
TRANSCRIBED = "conversation.item.input_audio_transcription.completed"


class Wild:
    """A conversation made up from a seed, and what is to be found of it."""

    def __init__(self, seed: int, *, player: bool) -> None:
        self.random = random.Random(seed)
        self.player = player
        self.talk = Talk(player=player, model=MODEL)
        self.talk.feed(0, "session.created", session={"id": "sess_1", "model": MODEL})
        self.ms = 100.0
        self.n_bytes: dict[str, int] = defaultdict(int)
        self.n_appended = 0
        self.bills: dict[str, dict[str, Any]] = {}
        self.calls: dict[str, str] = {}
        self.late: list[tuple[str, str]] = []
        self._n = 0

    def make(self, n: int) -> "Wild":
        """Go on for so many exchanges."""
        for _ in range(n):
            self._question()
            self._answer(depth=self.random.choice([0, 0, 0, 1, 2]))
            if self.late and self.random.random() < 0.4:
                self._transcribe(*self.late.pop(self.random.randrange(len(self.late))))
        return self

    def _id(self, kind: str) -> str:
        self._n += 1
        return f"{kind}_{self._n}"

    def _chance(self, share: float) -> bool:
        return self.random.random() < share

    def _later(self, most_ms: int) -> float:
        self.ms += self.random.randint(0, most_ms)
        return self.ms

    # -- the user ----------------------------------------------------------------------------------------

    def _question(self) -> None:
        item_id = self._id("item")
        self._later(500)
        if self._chance(0.25):
            self.talk.typed(self.ms, item_id, " ".join(self.random.sample(WORDS, 3)))
            return
        words = " ".join(self.random.sample(WORDS, 4))
        n_ms = 100 * self.random.randint(1, 4)
        early = self._chance(0.1)
        if early:
            self._transcribe(item_id, words)
        self.talk.spoken(self.ms, item_id, n_ms=n_ms)
        self.n_appended += n_ms * 48
        self.ms = self.talk.ms
        choice = self.random.random()
        if choice < 0.5:
            self._transcribe(item_id, words)
        elif choice < 0.8:
            self.late.append((item_id, words))

    def _transcribe(self, item_id: str, words: str) -> None:
        # The same words again are the same bill again.
        seconds = self.random.randint(1, 5)
        usage = self.bills.setdefault(item_id, {"type": "duration", "seconds": seconds})
        for _ in range(self.random.choice([1, 1, 2])):
            self.talk.feed(
                self._later(20), TRANSCRIBED, item_id=item_id, content_index=0, transcript=words, usage=usage
            )

    # -- the assistant -----------------------------------------------------------------------------------

    def _answer(self, depth: int) -> None:
        if depth:
            self._call()
            self._answer(depth - 1)
        elif self._chance(0.15):
            self._write()
        else:
            self._speak()

    def _usage(self, response_id: str) -> dict[str, Any]:
        text, audio, image = (self.random.randint(0, 900) for _ in range(3))
        cached = [self.random.randint(0, count) for count in (text, audio, image)]
        made = [self.random.randint(0, 300) for _ in range(2)]
        usage = {
            "total_tokens": text + audio + image + sum(made),
            "input_tokens": text + audio + image,
            "output_tokens": sum(made),
            "input_token_details": {
                "text_tokens": text,
                "audio_tokens": audio,
                "image_tokens": image,
                "cached_tokens": sum(cached),
                "cached_tokens_details": dict(
                    zip(("text_tokens", "audio_tokens", "image_tokens"), cached, strict=True)
                ),
            },
            "output_token_details": {"text_tokens": made[0], "audio_tokens": made[1]},
        }
        self.bills[response_id] = usage
        return usage

    def _write(self) -> None:
        response_id, item_id = self._id("resp"), self._id("item")
        self.talk.wrote(self._later(300), response_id, item_id, "Some text.", usage=self._usage(response_id))
        self.ms = self.talk.ms

    def _call(self) -> None:
        response_id = self._id("resp")
        self.talk.created(self._later(300), response_id)
        call_ids = [self._id("call") for _ in range(self.random.choice([1, 1, 2, 3]))]
        for call_id in call_ids:
            self.calls[call_id] = response_id
            self.talk.calls(self._later(50), response_id, call_id)
        self.talk.over(self._later(50), response_id, usage=self._usage(response_id))
        self.random.shuffle(call_ids)
        for call_id in call_ids:
            self.talk.answered(self._later(100), call_id, duration_ms=float(self.random.randint(1, 90)))

    def _speak(self) -> None:
        talk, response_id, item_id = self.talk, self._id("resp"), self._id("item")
        ids = {"response_id": response_id, "item_id": item_id, "content_index": 0}
        text = " ".join(self.random.choices(WORDS, k=8))
        talk.created(self._later(300), response_id)
        talk.begun(self._later(50), response_id, item_id)
        begun_ms, n_samples = self.ms, 0
        for word in text.split():
            talk.words(self._later(30), response_id, item_id, word + " ")
            sound = pcm(self.random.randint(1, 200))
            talk.sound(self._later(30), response_id, item_id, sound)
            self.n_bytes[item_id] += len(sound)
            n_samples += len(sound) // 2
            if self.player and self._chance(0.3):
                self._report(item_id, begun_ms, n_samples)
            if self._chance(0.03):
                self._interrupt(response_id, item_id, text)
                return
        status = "failed" if self._chance(0.05) else "completed"
        item = {**message(item_id, text), "status": "incomplete" if status == "failed" else "completed"}
        talk.feed(self.ms, "response.output_audio.done", **ids)
        talk.feed(self.ms, "response.output_audio_transcript.done", **ids, transcript=text)
        talk.feed(self.ms, "conversation.item.done", previous_item_id=None, item=item)
        talk.feed(self.ms, "response.output_item.done", response_id=response_id, item=item)
        talk.over(self._later(50), response_id, item, status=status, usage=self._usage(response_id))
        if self._chance(0.15):
            self._later(300)
            self._cut(self._chance(0.5))
        elif self._chance(0.6):
            self.ms += n_samples / 24
            if self.player and self._chance(0.7):
                self._report(item_id, begun_ms, n_samples, finished=True)

    def _report(self, item_id: str, begun_ms: float, n_samples: int, *, finished: bool = False) -> None:
        played = n_samples if finished else min(n_samples, int(max(0.0, self.ms - begun_ms) * 24))
        with self.talk.lock:
            self.talk.at(self.ms)
            self.talk.protocol.playback.report(
                item_id, 0, played, self.ms, start_ms=begun_ms, finished=finished
            )
        self.talk.data.touch([item_id])

    def _cut(self, answered: bool | None) -> None:
        if self.talk.do(self.ms, "begin_interrupt", cancel=True):
            self.talk.do(self._later(100), "finish_interrupt", answered=answered)

    def _interrupt(self, response_id: str, item_id: str, text: str) -> None:
        self._cut(self.random.choice([None, False, True]) if self.player else None)
        late = pcm(self.random.randint(1, 100))  # on its way when the server heard of it
        self.talk.sound(self._later(20), response_id, item_id, late)
        self.n_bytes[item_id] += len(late)
        item = {**message(item_id, text[: len(text) // 2]), "status": "incomplete"}
        self.talk.feed(self.ms, "response.output_item.done", response_id=response_id, item=item)
        more = {"status": "cancelled", "usage": self._usage(response_id)}
        self.talk.over(self._later(50), response_id, item, **more)


def cost_by_hand(usage: dict[str, Any], model: str) -> float:
    """Return what the raw usage of an event costs, by the price list alone."""
    price = PRICES[model]
    if usage.get("type") == "duration":
        return float(usage["seconds"] / 60 * price["per_minute"])
    given, made = usage["input_token_details"], usage["output_token_details"]
    total = 0.0
    for kind in ("text", "audio", "image"):
        cached = given["cached_tokens_details"][f"{kind}_tokens"]
        total += (given[f"{kind}_tokens"] - cached) * price[f"{kind}_in"] + cached * price[f"{kind}_cached"]
        total += made.get(f"{kind}_tokens", 0) * price.get(f"{kind}_out", 0.0)
    return total / 1e6


def check_joins(data: Any) -> None:
    """Assert that no row of a table (of a session or its data) is lost when it is joined with another one."""
    turns, calls, bills = data.transcript.df, data.tool_calls.df, data.usage.df
    latency, events = data.latency.df, data.events.df
    assert turns["turn"].tolist() == list(range(len(turns))) and turns["id"].is_unique
    answers = turns[turns["role"] == "assistant"]
    both = latency.merge(turns, on="turn", suffixes=("", "_of_turn"))
    assert len(both) == len(latency) == len(answers)
    assert (both["role"] == "assistant").all()
    assert (both["response_id"].fillna("") == both["response_id_of_turn"].fillna("")).all()
    assert calls["call_id"].is_unique
    told = turns[["turn", "tool_calls"]].explode("tool_calls").dropna()
    placed = calls.dropna(subset=["turn"])
    pairs = told.merge(placed, left_on=["turn", "tool_calls"], right_on=["turn", "call_id"])
    assert len(pairs) == len(told) == len(placed)
    known = set(events["item_id"].dropna()) | set(events["response_id"].dropna())
    assert set(turns["id"]) <= known and set(answers["response_id"].dropna()) <= known
    assert set(calls["response_id"].dropna()) <= known and set(bills["response_id"]) <= known
    assert bills["response_id"].is_unique
    for table in (data.transcript, data.tool_calls, data.usage, data.latency, data.events):
        frame = table.df
        assert len(pd.concat([table.where(turn=[]).df, frame])) == len(frame)
        assert len(table.to_polars()) == len(table.to_arrow()) == len(table) == len(frame)


def check_times(data: Any) -> None:
    """Assert that times run forward, and that nobody heard more than came."""
    turns = list(data.transcript)
    for before, after in pairwise(turns):
        # One that was cut before it could sound would have begun later than what interrupted it.
        assert before.start_ms <= after.start_ms or before.interrupted, (before, after)
    for turn in turns:
        assert turn.start_ms is not None and (turn.end_ms is None or turn.start_ms <= turn.end_ms), turn
        assert (turn.heard_ms or 0) <= (turn.audio_ms or 0), turn
        assert turn.text.startswith(turn.heard_text) or not turn.interrupted, turn
    for row in data.latency:
        told = (row.created_ms, row.first_token_ms, row.first_audio_ms, row.done_ms)
        moments = [ms for ms in told if ms is not None]
        assert moments == sorted(moments), row
        assert row.tool_ms >= 0
    times = [entry.t_ms for entry in data.events]
    assert times == sorted(times)
