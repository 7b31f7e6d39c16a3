"""Kills a talking process at random moments, and looks at what is left in its store.

    python -m tests.store.kills --url sqlite:///talks.db --n 50 --seed 1
    python -m tests.store.kills --url postgresql --n 50 --seed 1 --kernels 3

`postgresql` starts a server of its own; any other URL is used as it is. Each time, everything that the killed
process had told anyone must be in the store, word for word and sample for sample; the store must open and be
whole; and a session that resumes the conversation must begin by telling the engine exactly what was said.
"""

import argparse
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from realtime_widget import RealtimeSession, Store, Turn
from realtime_widget.data import Conversation
from realtime_widget.protocol.history import FOLDED_CHARACTERS, INTRODUCTION
from realtime_widget.testing import ScriptedEngine, text_response

ROOT = Path(__file__).parents[2]
START_LIMIT_S = 120.0
LONGEST_S = 1.5


@dataclass(frozen=True)
class Kill:
    """What one kill left: turns told of, turns stored, which are missing, and what else is wrong."""

    n_told: int
    n_stored: int
    missing: list[str]
    faults: list[str]


def kill_once(url: str, log: Path, seed: int, *, longest_s: float = LONGEST_S) -> list[dict[str, Any]]:
    """Let a process talk, kill it at a random moment, and return what it had told by then."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    talker = subprocess.Popen(
        [sys.executable, "-m", "tests.store.talker", url, str(log), str(seed)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        deadline = time.monotonic() + START_LIMIT_S
        while not (log.exists() and log.read_bytes().count(b"\n") >= 1):
            if talker.poll() is not None or time.monotonic() > deadline:
                said = talker.stderr.read().decode() if talker.stderr and talker.poll() is not None else ""
                raise AssertionError(f"the process didn't come to talk: {said}")
            time.sleep(0.01)
        time.sleep(random.Random(seed).uniform(0.0, longest_s))
    finally:
        talker.send_signal(signal.SIGKILL)
        talker.wait()
        if talker.stderr:
            talker.stderr.close()
    lines = log.read_bytes().split(b"\n")[:-1]  # a line that was cut off told nobody anything
    return [json.loads(line) for line in lines]


def examine(url: str, told: list[dict[str, Any]]) -> Kill:
    """Look at what a killed process left."""
    start, *turns = told
    faults: list[str] = []
    with Store(url) as store:
        if not turns:
            known = start["conversation"] in {row.id for row in store.conversations}
            return Kill(0, len(store.load(start["conversation"]).turns) if known else 0, [], faults)
        conversation = store.load(start["conversation"])
        stored = {turn.id: turn for turn in conversation.turns}
        missing = [each["id"] for each in turns if not _is_there(each, stored.get(each["id"]))]
        order = [turn.id for turn in conversation.turns]
        last_told = {each["id"]: each for each in turns}
        if sorted(last_told, key=lambda id: order.index(id) if id in order else -1) != [
            id for id in order if id in last_told
        ]:
            faults.append("the order of turns")
        faults += _integrity(store)
        faults += _resumed(store, conversation)
    return Kill(len(last_told), len(stored), missing, faults)


def _is_there(told: dict[str, Any], turn: Turn | None) -> bool:
    if turn is None or turn.role != told["role"] or not turn.text.startswith(told["text"]):
        return False
    samples = turn.audio.samples[: told["n_samples"]]
    return zlib.crc32(samples.tobytes()) == told["crc"]


def _integrity(store: Store) -> list[str]:
    if not store.url.startswith("sqlite"):
        return []
    path = store.url.removeprefix("sqlite:///")
    connection = sqlite3.connect(path)
    try:
        found = connection.execute("PRAGMA integrity_check").fetchall()
        loose = connection.execute("PRAGMA foreign_key_check").fetchall()
    finally:
        connection.close()
    return [f"integrity: {found} {loose}"] if found != [("ok",)] or loose else []


def _resumed(store: Store, conversation: Conversation) -> list[str]:
    """Resume the conversation; the engine must be told what was said, before anything else."""
    engine = ScriptedEngine(on={"response.create": lambda command: text_response("Going on.")})
    with engine, RealtimeSession(engine=engine, store=store, resume=conversation.about.id) as session:
        session.ask("Where were we?")
    again = store.load(conversation.about.id)
    faults = []
    if [turn.text for turn in again.turns] != [
        *(turn.text for turn in conversation.turns), "Where were we?", "Going on.",
    ]:  # fmt: skip
        faults.append("what was said after resuming")
    items = [command["item"] for command in engine.of_type("conversation.item.create")]
    if items[-1]["content"][0]["text"] != "Where were we?":
        faults.append("the order of what was told")
    return faults + _told_exactly(conversation, items[:-1])


def _told_exactly(conversation: Conversation, items: list[dict[str, Any]]) -> list[str]:
    messages = [item for item in items if item["type"] == "message"]
    summary = ""
    if messages and messages[0]["role"] == "system":
        summary = messages.pop(0)["content"][0]["text"]
    said = [
        (turn.role, words.strip())
        for turn in conversation.turns
        if (words := turn.heard_text if turn.interrupted else turn.text).strip()
    ]
    found = [(item["role"], item["content"][0]["text"]) for item in messages]
    cut = len(said) - len(found)
    faults = [] if said[cut:] == found else ["the last turns"]
    if cut:
        faults += _summed_up(summary, said[:cut])
    calls = {call.call_id for call in conversation.tool_calls if call.output is not None}
    outputs = [item["call_id"] for item in items if item["type"] == "function_call_output"]
    whole = [item["call_id"] for item in items if item["type"] == "function_call"]
    lost = not cut and set(outputs) != _placed(conversation, calls)
    if outputs != whole or not set(outputs) <= calls or lost:
        faults.append("the calls")
    return faults


def _placed(conversation: Conversation, calls: set[str]) -> set[str]:
    return {call_id for turn in conversation.turns for call_id in turn.tool_calls} & calls


def _summed_up(summary: str, said: list[tuple[str, str]]) -> list[str]:
    lines = [f"{role.capitalize()}: {words}" for role, words in said]
    kept = [line for line in summary.split("\n") if re.match(r"(User|Assistant): ", line)]
    whole = summary.startswith(INTRODUCTION) and (kept == lines[len(lines) - len(kept) :])
    return [] if whole and (kept == lines or len(summary) > FOLDED_CHARACTERS // 2) else ["the summary"]


def run(
    url: str, n: int, seed: int, *, kernels: int = 1, longest_s: float = LONGEST_S, quiet: bool = False
) -> list[Kill]:
    """Kill `n` times, `kernels` at a time that write to the same store; the conversations gather in it."""
    kills: list[Kill] = []
    with tempfile.TemporaryDirectory() as place, ThreadPoolExecutor(kernels) as pool:

        def kill(number: int) -> list[dict[str, Any]]:
            return kill_once(url, Path(place) / f"{number}.log", seed * 1000 + number, longest_s=longest_s)

        for begin in range(0, n, kernels):
            for told in list(pool.map(kill, range(begin, min(n, begin + kernels)))):
                kills.append(examine(url, told))
                if not quiet:
                    _say(_line(len(kills), kills[-1]))
    return kills


def _line(number: int, kill: Kill) -> str:
    wrong = f"  MISSING {kill.missing}  {kill.faults}" if kill.missing or kill.faults else ""
    return f"{number:3d}  told {kill.n_told:3d}  stored {kill.n_stored:3d}{wrong}"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description="Kill a talking process, and look at its store.")
    parser.add_argument("--url", default="sqlite")
    parser.add_argument("--n", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kernels", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        if options.url == "sqlite":
            kills = run(f"sqlite:///{place}/talks.db", options.n, options.seed, kernels=options.kernels)
        elif options.url == "postgresql":
            from .postgres import running_server

            with running_server(Path(place)) as url:
                kills = run(url, options.n, options.seed, kernels=options.kernels)
        else:
            kills = run(options.url, options.n, options.seed, kernels=options.kernels)
    told, missing = sum(kill.n_told for kill in kills), sum(len(kill.missing) for kill in kills)
    faulty = sum(bool(kill.faults) for kill in kills)
    _say(f"{len(kills)} kills: {told} turns told of, {missing} missing; {faulty} with other faults")
    return int(bool(missing or faulty))


if __name__ == "__main__":
    sys.exit(main())
