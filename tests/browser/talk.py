"""Sessions in notebooks, and what a test asks of them."""

import base64
from pathlib import Path
from typing import Any

import numpy as np

from realtime_widget.local import speak
from tests.browser.microphone import write_microphone
from tests.browser.notebook import LabNotebook

# The engine runs before Start is clicked: what is spoken while it starts would be lost, as it should be.
SESSION = '''
from typing import Literal
from realtime_widget import LocalEngine, RealtimeSession

session = RealtimeSession(title="Rows"{options})
if isinstance(session.engine, LocalEngine):
    session.engine.start()
asked = []

@session.tool
def rows(city: Literal["Berlin", "Paris", "Rome"]) -> int:
    """Number of rows for a city."""
    asked.append(city)
    return {{"Berlin": 12, "Paris": 7, "Rome": 3}}[city]

link = session.panel()._link
'''
TURNS = "[[t.role, t.text, t.status] for t in session.transcript]"
ANSWERS = "[t for t in session.transcript if t.role == 'assistant' and t.audio_ms]"
HEARD = f"[round(t.heard_ms or 0) for t in {ANSWERS}]"
SOUND = f"[round(t.audio_ms) for t in {ANSWERS}]"


def session_cell(*, engine: str = "local", **options: Any) -> str:
    """The cell that makes a session with one tool, on the offline engine unless told otherwise."""
    named = {"engine": engine, **options}
    return SESSION.format(options="".join(f", {name}={value!r}" for name, value in named.items()))


def speech_file(path: Path, *sentences: str, voice: str = "alloy", gap_ms: int = 0, **margins: int) -> Path:
    """The WAV of a microphone that hears sentences; between them `gap_ms` of silence."""
    spoken = [speak(sentence, voice=voice).samples for sentence in sentences]
    gap = np.zeros(24 * gap_ms, dtype=np.int16)
    parts = [part for samples in spoken for part in (samples, gap)]
    return write_microphone(path, np.concatenate(parts[:-1]), 24_000, **{"before_ms": 2_500, **margins})


def say(notebook: LabNotebook, sentence: str, *, voice: str = "alloy", wait: bool = True) -> None:
    """Say a sentence into the page's open microphone, beside its WAV; returns when it is said, or at once."""
    wav = base64.b64encode(speak(sentence, voice=voice).to_wav_bytes()).decode()
    said = "window.soundProbe.say(wav)"
    notebook.page.evaluate(f"wav => {said}" if wait else f"wav => {{ {said} }}", wav)


def answer(place: int) -> str:
    """The expression for how one spoken answer ended, how much of it was heard and how long it is."""
    return f"(lambda t: [t.status, t.heard_ms, t.audio_ms])({ANSWERS}[{place}])"


def commands(kind: str) -> str:
    """The expression for the raw commands of one type that the session sent."""
    return f"[e.raw for e in session.events if e.direction == 'out' and e.type == {kind!r}]"


def probe(notebook: LabNotebook, expression: str) -> Any:
    """Ask the page's sound probe."""
    return notebook.page.evaluate(f"() => window.soundProbe.{expression}")


def wait_probe(notebook: LabNotebook, condition: str, *, timeout_s: float = 20) -> None:
    """Wait until a condition on the sound probe `p` holds."""
    notebook.page.wait_for_function(
        f"() => {{ const p = window.soundProbe; return {condition}; }}", timeout=timeout_s * 1000, polling=20
    )


def all_heard(notebook: LabNotebook, *, timeout_s: float = 40) -> list[int]:
    """Wait until every answer was heard to its end; gives their lengths in ms."""
    notebook.kernel.wait_for(f"{SOUND} and {HEARD} == {SOUND} and not session.speaking", timeout_s=timeout_s)
    lengths: list[int] = notebook.kernel.value(SOUND)
    return lengths
