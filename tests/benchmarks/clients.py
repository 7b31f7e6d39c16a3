"""Three clients of the replay server, each measured in a process of its own.

`python -m tests.benchmarks.clients NAME --url ws://127.0.0.1:PORT/v1 --turns 10` prints one JSON object: CPU
seconds of the whole process (all threads, user and system) from the first turn to the last, and what it kept.
"""

import argparse
import asyncio
import base64
import json
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

QUESTION = "Tell me about the table."


@dataclass
class Measured:
    """What one client cost and what it kept."""

    name: str
    cpu_s: float = 0.0
    wall_s: float = 0.0
    audio_bytes: int = 0
    transcript_chars: int = 0
    peak_rss_bytes: int = 0


@contextmanager
def measuring(result: Measured) -> Iterator[None]:
    """Add the CPU and wall time of the block; importing and connecting stay outside."""
    before, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    yield
    after = resource.getrusage(resource.RUSAGE_SELF)
    result.wall_s = time.perf_counter() - started
    result.cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def bare(url: str, turns: int) -> Measured:
    """The least one can write: websockets, msgspec, and a dictionary of what was said."""
    import msgspec
    import websockets

    class Event(msgspec.Struct):
        type: str
        item_id: str = ""
        delta: str = ""

    decode = msgspec.json.Decoder(Event).decode
    audio: dict[str, list[bytes]] = {}
    transcript: dict[str, list[str]] = {}

    async def turn(socket: Any) -> None:
        content = [{"type": "input_text", "text": QUESTION}]
        item = {"type": "message", "role": "user", "content": content}
        await socket.send(json.dumps({"type": "conversation.item.create", "item": item}))
        await socket.send(json.dumps({"type": "response.create"}))
        async for message in socket:
            event = decode(message)
            if event.type == "response.output_audio.delta":
                audio.setdefault(event.item_id, []).append(base64.b64decode(event.delta))
            elif event.type == "response.output_audio_transcript.delta":
                transcript.setdefault(event.item_id, []).append(event.delta)
            elif event.type == "response.done":
                return

    async def scenario() -> Measured:
        result = Measured("bare")
        async with websockets.connect(f"{url}/realtime?model=replay", max_size=None, proxy=None) as socket:
            await socket.recv()
            await socket.send(json.dumps({"type": "session.update", "session": {"type": "realtime"}}))
            await socket.recv()
            with measuring(result):
                for _ in range(turns):
                    await turn(socket)
        result.audio_bytes = sum(len(chunk) for chunks in audio.values() for chunk in chunks)
        result.transcript_chars = sum(len(text) for texts in transcript.values() for text in texts)
        return result

    return asyncio.run(scenario())


def session(url: str, turns: int) -> Measured:
    """Ours, with everything kept: turns, events, usage, latency, the recording."""
    from realtime_widget import RealtimeSession

    result = Measured("session")
    with RealtimeSession(engine=url, turn_detection=None) as running:
        with measuring(result):
            for _ in range(turns):
                running.ask(QUESTION, timeout=300)
        answers = [turn for turn in running.transcript if turn.role == "assistant"]
        result.audio_bytes = sum(turn.audio.samples.nbytes for turn in answers)
        result.transcript_chars = sum(len(turn.text) for turn in answers)
    return result


def agents(url: str, turns: int) -> Measured:
    """The OpenAI Agents SDK's realtime session, its audio events kept."""
    from agents.realtime import RealtimeAgent, RealtimeRunner

    audio: list[bytes] = []
    transcript: dict[str, int] = {}

    async def turn(running: Any) -> None:
        await running.send_message(QUESTION)
        async for event in running:
            if event.type == "audio":
                audio.append(event.audio.data)
            elif event.type == "raw_model_event" and event.data.type == "transcript_delta":
                transcript[event.data.item_id] = transcript.get(event.data.item_id, 0) + len(event.data.delta)
            elif event.type == "raw_model_event" and event.data.type == "turn_ended":
                return

    async def scenario() -> Measured:
        result = Measured("agents")
        settings: Any = {"model_settings": {"model_name": "replay"}, "tracing_disabled": True}
        runner = RealtimeRunner(RealtimeAgent(name="assistant"), config=settings)
        connection: Any = {"url": f"{url}/realtime?model=replay", "headers": {}}
        async with await runner.run(model_config=connection) as running:
            with measuring(result):
                for _ in range(turns):
                    await turn(running)
        result.audio_bytes = sum(map(len, audio))
        result.transcript_chars = sum(transcript.values())
        return result

    return asyncio.run(scenario())


CLIENTS: dict[str, Callable[[str, int], Measured]] = {"bare": bare, "session": session, "agents": agents}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=CLIENTS)
    parser.add_argument("--url", required=True)
    parser.add_argument("--turns", type=int, default=10)
    options = parser.parse_args()
    result = CLIENTS[options.name](options.url, options.turns)
    result.peak_rss_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps(asdict(result)))


if __name__ == "__main__":
    main()
