"""A server of the GA protocol that answers every response.create with one long speech, as fast as it is read.

Run as a process of its own, so that its CPU time is nobody's: `python -m tests.benchmarks.replay
--seconds 60` prints the port and serves until its standard input closes.
"""

import argparse
import asyncio
import base64
import contextlib
import itertools
import json
import random
import sys
from collections.abc import Iterator
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

SAMPLE_RATE = 24_000
CHUNK_MS = 100
APPEND = '{"type":"input_audio_buffer.append"'
CHUNK_BYTES = SAMPLE_RATE * 2 * CHUNK_MS // 1000
# The real server speaks about three words a second; its transcript deltas are words or parts of words.
WORDS = (
    "the ",
    "rows ",
    "of ",
    "this ",
    "table ",
    "are ",
    "sorted ",
    "by ",
    "city, ",
    "and ",
    "then ",
    "counted. ",
)

SESSION: dict[str, Any] = {
    "type": "realtime",
    "object": "realtime.session",
    "id": "sess_replay",
    "model": "replay",
    "output_modalities": ["audio"],
    "instructions": "",
    "tools": [],
    "tool_choice": "auto",
    "max_output_tokens": "inf",
    "truncation": "auto",
    "tracing": None,
    "audio": {
        "input": {
            "format": {"type": "audio/pcm", "rate": SAMPLE_RATE},
            "transcription": None,
            "noise_reduction": None,
            "turn_detection": None,
        },
        "output": {"format": {"type": "audio/pcm", "rate": SAMPLE_RATE}, "voice": "marin", "speed": 1.0},
    },
}


class Replay:
    """One connection: numbered events, items and responses."""

    def __init__(self, seconds: int) -> None:
        self._n_chunks = seconds * 1000 // CHUNK_MS
        self._event_ids = (f"event_{n:012d}" for n in itertools.count())
        self._numbers = itertools.count(1)
        self._session = SESSION
        self._last_item: str | None = None
        noise = random.Random(0)
        # A handful of different chunks: noise compresses like speech does not, and no compression is on.
        self._audio = [base64.b64encode(noise.randbytes(CHUNK_BYTES)).decode() for _ in range(16)]

    def event(self, kind: str, **fields: Any) -> str:
        """One server event as JSON text."""
        return json.dumps({"type": kind, "event_id": next(self._event_ids), **fields})

    def created(self) -> str:
        return self.event("session.created", session=self._session)

    def answers(self, text: str | bytes) -> Iterator[str]:
        """The events that answer one client event."""
        command = json.loads(text)
        match command["type"]:
            case "session.update":
                self._session = merge(self._session, command["session"])
                yield self.event("session.updated", session=self._session)
            case "conversation.item.create":
                item = {
                    "id": f"item_u{next(self._numbers)}",
                    "object": "realtime.item",
                    "status": "completed",
                }
                yield from self._added({**item, **command["item"]})
            case "input_audio_buffer.commit":
                yield from self._committed()
            case "response.create":
                yield from self._response(command.get("response") or {})

    def _added(self, item: dict[str, Any]) -> Iterator[str]:
        yield self.event("conversation.item.added", previous_item_id=self._last_item, item=item)
        yield self.event("conversation.item.done", previous_item_id=self._last_item, item=item)
        self._last_item = item["id"]

    def _committed(self) -> Iterator[str]:
        item_id = f"item_u{next(self._numbers)}"
        yield self.event("input_audio_buffer.committed", item_id=item_id, previous_item_id=self._last_item)
        content = [{"type": "input_audio", "transcript": None}]
        yield from self._added({"id": item_id, "object": "realtime.item", "type": "message", "role": "user",
                                "status": "completed", "content": content})  # fmt: skip

    def _response(self, options: dict[str, Any]) -> Iterator[str]:
        number = next(self._numbers)
        response_id, item_id = f"resp_{number}", f"item_a{number}"
        response: dict[str, Any] = {
            "id": response_id, "object": "realtime.response", "status": "in_progress", "status_details": None,
            "output": [], "conversation_id": "conv_1", "output_modalities": ["audio"],
            "metadata": options.get("metadata"), "usage": None,
        }  # fmt: skip
        item: dict[str, Any] = {
            "id": item_id, "object": "realtime.item", "type": "message", "role": "assistant",
            "status": "in_progress", "content": [],
        }  # fmt: skip
        of_item = {"response_id": response_id, "output_index": 0}
        of_part = {**of_item, "item_id": item_id, "content_index": 0}

        yield self.event("response.created", response=response)
        yield self.event("response.output_item.added", **of_item, item=item)
        yield self.event("conversation.item.added", previous_item_id=self._last_item, item=item)
        yield self.event("response.content_part.added", **of_part, part={"type": "audio", "transcript": ""})
        said = []
        for n in range(self._n_chunks):
            if n % 3 == 0:
                said.append(WORDS[n // 3 % len(WORDS)])
                yield self.event("response.output_audio_transcript.delta", **of_part, delta=said[-1])
            yield self.event(
                "response.output_audio.delta", **of_part, delta=self._audio[n % len(self._audio)]
            )
        transcript = "".join(said)
        final = {
            **item,
            "status": "completed",
            "content": [{"type": "output_audio", "transcript": transcript}],
        }
        yield self.event("response.output_audio.done", **of_part)
        yield self.event("response.output_audio_transcript.done", **of_part, transcript=transcript)
        yield self.event(
            "response.content_part.done", **of_part, part={"type": "audio", "transcript": transcript}
        )
        yield self.event("conversation.item.done", previous_item_id=self._last_item, item=final)
        self._last_item = item_id
        yield self.event("response.output_item.done", **of_item, item=final)
        yield self.event("response.done", response={**response, "status": "completed", "output": [final],
                                                    "usage": usage(self._n_chunks)})  # fmt: skip


def usage(n_chunks: int) -> dict[str, Any]:
    """Twenty audio tokens a second, as the real server counts its own speech."""
    audio, text = n_chunks * CHUNK_MS // 50, n_chunks // 3
    return {
        "total_tokens": 20 + audio + text, "input_tokens": 20, "output_tokens": audio + text,
        "input_token_details": {
            "text_tokens": 20, "audio_tokens": 0, "image_tokens": 0, "cached_tokens": 0,
            "cached_tokens_details": {"text_tokens": 0, "audio_tokens": 0, "image_tokens": 0},
        },
        "output_token_details": {"text_tokens": text, "audio_tokens": audio},
    }  # fmt: skip


def merge(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """A partial update: what is absent stays, null clears."""
    merged = dict(old)
    for key, value in new.items():
        nested = isinstance(value, dict) and isinstance(old.get(key), dict)
        merged[key] = merge(old[key], value) if nested else value
    return merged


async def main(seconds: int, speed: float) -> None:
    async def connected(socket: ServerConnection) -> None:
        replay = Replay(seconds)
        with contextlib.suppress(ConnectionClosed):  # a client may leave in the middle of an answer
            await socket.send(replay.created())
            async for text in socket:
                if text.startswith(APPEND):
                    continue
                due = asyncio.get_running_loop().time()
                for answer in replay.answers(text):
                    await socket.send(answer)  # waits when the client does not read
                    if speed and answer.startswith('{"type": "response.output_audio.delta"'):
                        due += CHUNK_MS / 1000 / speed
                        await asyncio.sleep(due - asyncio.get_running_loop().time())

    async with serve(
        connected, "127.0.0.1", 0, compression=None, max_size=None, ping_interval=None
    ) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="audio in each response")
    parser.add_argument("--speed", type=float, default=0, help="times real time; 0: as fast as it is read")
    options = parser.parse_args()
    asyncio.run(main(options.seconds, options.speed))
