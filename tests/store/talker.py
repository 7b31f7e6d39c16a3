"""A process that talks as fast as it can, with tools and interruptions, until somebody kills it.

    python -m tests.store.talker URL LOG SEED

What its user is told of goes to LOG, a line each, on the disk before anything else happens: the turns that
`on("turn")` gives, and those that `ask()` returns.
"""

import json
import os
import random
import sys
import zlib
from typing import Any

from realtime_widget import RealtimeSession, Turn
from realtime_widget.testing import ScriptedEngine, audio_response, call_response, text_response, user_turn


class Log:
    """Lines that a killed process leaves whole."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def line(self, **fields: Any) -> None:
        os.write(self._file, json.dumps(fields).encode() + b"\n")
        os.fsync(self._file)

    def turn(self, turn: Turn, via: str) -> None:
        sound = turn.audio
        self.line(
            via=via,
            id=turn.id,
            role=turn.role,
            text=turn.text,
            interrupted=turn.interrupted,
            n_samples=len(sound),
            crc=zlib.crc32(sound.samples.tobytes()),
        )


def engine_of(chance: random.Random) -> ScriptedEngine:
    """An engine that answers aloud, in writing, or with a call, as it comes."""
    count = 0

    def answer(command: Any) -> Any:
        nonlocal count
        count += 1
        kind = chance.choice(("aloud", "aloud", "written", "call"))
        if kind == "call":
            return call_response(("rows", {"city": f"City {count}"}))
        words = f"Answer {count}: " + "word " * chance.randint(1, 12) + "end"
        return audio_response(words) if kind == "aloud" else text_response(words)

    return ScriptedEngine(on={"response.create": answer})


def main(url: str, path: str, seed: int) -> None:
    chance, log = random.Random(seed), Log(path)
    engine = engine_of(chance)
    session = RealtimeSession(engine=engine, store=url, metadata={"seed": seed}, starts_per_minute=None)

    @session.tool
    def rows(city: str) -> str:
        return f"{len(city)} rows in {city}"

    session.on("turn", lambda turn: log.turn(turn, "turn"))
    session.start()
    log.line(via="start", conversation=session.conversation_id)
    count = 0
    while True:
        count += 1
        kind = chance.choice(("ask", "ask", "ask", "speak", "interrupt", "note"))
        if kind == "ask":
            log.turn(session.ask(f"Question {count} with 100% of_it"), "ask")
        elif kind == "speak":
            engine.push(user_turn(f"Spoken {count}"), audio_response(f"Answer to what was spoken {count}"))
        elif kind == "interrupt":
            session.send_text(f"Interrupted {count}")
            session.interrupt()
        else:
            session.send_text(f"Note {count}", respond=False)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
