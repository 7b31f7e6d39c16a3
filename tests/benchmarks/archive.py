"""Files of whole conversations: their size, and what they cost: `python -m tests.benchmarks.archive`."""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from realtime_widget.audio import Clip
from realtime_widget.data import Conversation
from realtime_widget.data.archive import read_archive, write_archive
from realtime_widget.data.turns import Turn, make_turn
from realtime_widget.local.speech import speak
from realtime_widget.protocol.log import LogEntry
from tests.data.conversations import ANSWERED, ASKED, Maker

EVENTS_PER_TURN = 60
SAMPLES_PER_MS = 24


def made(n_turns: int, minutes: float) -> Conversation:
    """Return a conversation of so many turns that sounds for so long, with real speech in it."""
    maker = Maker()
    maker.go_on(n_turns)
    whole = maker.conversation()
    said = sum(turn.audio_ms or 0 for turn in whole.turns)
    stretch = minutes * 60_000 / said if minutes else 0.0
    voices = {
        "user": np.concatenate([speak(text, voice="ash").samples for text in ASKED]),
        "assistant": np.concatenate([speak(text, voice="alloy").samples for text in ANSWERED]),
    }
    turns, sounds, at = [], [], 0
    for turn in whole.turns:
        n = int((turn.audio_ms or 0) * stretch) * SAMPLES_PER_MS
        voice = voices[turn.role]
        sound = np.resize(np.roll(voice, -7_919 * turn.turn), n).copy()
        sounds.append((at, int(turn.role == "assistant"), sound))
        at += n
        turns.append(make_turn(lambda sound=sound: Clip(sound), **_values(turn)))
    return replace(
        whole,
        turns=tuple(turns),
        events=tuple(_event(place) for place in range(n_turns * EVENTS_PER_TURN)),
        recording=lambda: _recording(sounds, at),
    )


def _values(turn: Turn) -> dict[str, Any]:
    return {spec.name: getattr(turn, spec.name) for spec in fields(turn)}


def _event(place: int) -> LogEntry:
    kind = "response.output_audio.delta"
    text = (
        f'{{"type":"{kind}","event_id":"event_{place:020x}","response_id":"resp_{place // 60:020x}",'
        f'"item_id":"item_{place // 60:020x}","output_index":0,"content_index":0,"delta":"<19200 bytes>"}}'
    )
    return LogEntry(
        place * 300.0, "in", kind, f"event_{place:020x}", f"item_{place // 60:020x}", None, 25_800, text
    )


def _recording(sounds: list[tuple[int, int, np.ndarray[Any, Any]]], n: int) -> Clip:
    both = np.zeros((n, 2), dtype=np.int16)
    for begin, side, sound in sounds:
        both[begin : begin + len(sound), side] = sound
    both.flags.writeable = False
    return Clip(both)


def measure(conversation: Conversation, folder: Path, **options: Any) -> str:
    """Save and load, and tell how it went."""
    path = folder / "talk.rtw"
    save_s, _ = _timed(lambda: write_archive(conversation, path, **options))
    load_s, loaded = _timed(lambda: read_archive(path))
    assert loaded.turns == conversation.turns and loaded.events == conversation.events
    hear_s, clip = _timed(loaded.recording)
    again_s, _ = _timed(lambda: write_archive(loaded, folder / "again.rtw", **options))
    assert (folder / "again.rtw").read_bytes() == path.read_bytes()
    sound_mb = (len(clip) * 4 + sum(len(turn.audio) * 2 for turn in loaded.turns)) / 1e6
    return (
        f"{path.stat().st_size / 1e6:7.1f} MB (of {sound_mb:.0f} MB of sound); CPU: saved in {save_s:.1f} s, "
        f"loaded in {load_s:.1f} s, recording decoded in {hear_s:.1f} s, saved again in {again_s:.1f} s"
    )


def _timed(function: Callable[[], Any]) -> tuple[float, Any]:
    began = time.process_time()
    result = function()
    return time.process_time() - began, result


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.archive", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60, help="of speech")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for n_turns, minutes in ((200, options.minutes), (10_000, 0.0), (10_000, options.minutes)):
            told = measure(made(n_turns, minutes), Path(folder))
            peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"{n_turns:6} turns, {minutes:3.0f} min: {told}; {peak_mb:.0f} MB of memory", flush=True)


if __name__ == "__main__":
    main()
