"""Talk for an hour in a process of its own, as fast as the other side answers, and tell what that took.

    python -m tests.session.long_talk ws://127.0.0.1:8000/v1 60 true

prints a line of JSON: how much the process grew after the first minutes, and how much of that is sound.
"""

import asyncio
import gc
import json
import random
import sys
import threading
import time
from typing import Any

import psutil

from realtime_widget import RealtimeSession
from realtime_widget.protocol.changes import AudioCompleted, AudioReceived

CHUNK_MS = 40
TURN_S = 12  # six seconds of the user, six of the assistant
WARM_UP_TURNS = 10
LIMIT_S = 240.0
SPEECH_CHUNKS, PAUSE_CHUNKS, LISTENING_CHUNKS = 150, 10, 140


def double(number: int) -> int:
    """Double a number."""
    return 2 * number


class Page:
    """A view with a loudspeaker, which plays all at the pace of the replay and tells so."""

    has_player = True

    def __init__(self, core: Any) -> None:
        self._core = core
        self._received: dict[str, int] = {}

    def publish(self, changes: list[Any]) -> None:
        for change in changes:
            if isinstance(change, AudioReceived):
                n = self._received[change.item_id] = (
                    self._received.get(change.item_id, 0) + len(change.pcm) // 2
                )
                self._report(change.item_id, n, finished=False)
            elif isinstance(change, AudioCompleted):
                self._report(change.item_id, self._received.pop(change.item_id, 0), finished=True)

    def _report(self, item_id: str, n: int, *, finished: bool) -> None:
        played = {"item_id": item_id, "content_index": 0, "played_samples": n, "started_ms": None}
        loop = asyncio.get_running_loop()
        loop.call_soon(self._core.hearing.played, [{**played, "finished": finished}], None)

    def silence(self, clear_id: int) -> None:
        return


class LongConversation:
    """Speaks into a session's microphone as a page does, turn by turn."""

    def __init__(self, url: str, *, record: bool) -> None:
        self.session = RealtimeSession(engine=url, turn_detection="server_vad", tools=[double], record=record)
        self.core = self.session._core
        self.answered = threading.Semaphore(0)
        self.session.on("turn", self._turn)
        self.session._io.call(self._attach())
        sound = random.Random(2).randbytes(48 * CHUNK_MS)
        self.speech = [sound] * SPEECH_CHUNKS + [bytes(48 * CHUNK_MS)] * PAUSE_CHUNKS
        self.listening = [bytes(48 * CHUNK_MS)] * LISTENING_CHUNKS

    def _turn(self, turn: Any) -> None:
        if turn.role == "assistant":
            self.answered.release()

    async def _attach(self) -> None:
        self.core.views.append(Page(self.core))
        self.core.act(lambda protocol: protocol.playback.attach(True, self.core.now_ms))

    async def _microphone(self, chunks: list[bytes]) -> None:
        for chunk in chunks:
            self.core.microphone(bytes(bytearray(chunk)))  # an object of its own, as from a page
            await asyncio.sleep(0)

    def turn(self) -> None:
        self.session._io.call(self._microphone(self.speech))
        assert self.answered.acquire(timeout=LIMIT_S), "no answer"
        self.session._io.call(self._microphone(self.listening))

    def roll_over(self) -> None:
        """Change connections at a quiet point, now instead of in 55 minutes."""
        self.session.settle(LIMIT_S)
        rollover = self.core.lifecycle.rollover
        n = self.core.lifecycle.reconnects
        rollover.after_s = 0.01
        deadline = time.monotonic() + LIMIT_S
        while self.core.lifecycle.reconnects == n or self.session.status != "connected":
            assert time.monotonic() < deadline, "no rollover"
            time.sleep(0.02)
        rollover.after_s = None


def memory() -> int:
    gc.collect()
    return int(psutil.Process().memory_info().rss)


def sound_bytes(talk: LongConversation) -> int:
    return int(talk.session.health.record_bytes)


def run(url: str, minutes: float, record: bool) -> dict[str, Any]:
    talk = LongConversation(url, record=record)
    n_turns = round(minutes * 60 / TURN_S)
    with talk.session:
        for n in range(n_turns):
            if n == WARM_UP_TURNS:
                talk.session.transcript.df, talk.session.events.df  # noqa: B018  a reader has looked once
                rss, sound = memory(), sound_bytes(talk)
                begin_s, cpu_s = time.monotonic(), time.process_time()
            if n == n_turns // 2:
                talk.roll_over()
            talk.turn()
        took_s, cpu_s = time.monotonic() - begin_s, time.process_time() - cpu_s
        grown, recorded = memory() - rss, sound_bytes(talk) - sound
        turns = list(talk.session.transcript)
    return {
        "grown_bytes": grown,
        "recorded_bytes": recorded,
        "filed_bytes": talk.session.health.record_file_bytes,
        "pace": (n_turns - WARM_UP_TURNS) * TURN_S / took_s,
        "cpu_s": cpu_s,
        "turns": len(turns),
        "texts": [turn.text for turn in turns],
        "statuses": sorted({turn.status for turn in turns}),
        "connections": talk.core.lifecycle.reconnects + 1,
        "calls": len(talk.session.tool_calls),
        "problem": None if talk.session.error is None else str(talk.session.error),
    }


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1], float(sys.argv[2]), sys.argv[3] == "true")))  # noqa: T201
