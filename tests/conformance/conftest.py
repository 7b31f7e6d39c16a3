"""One engine for all clients; each client has a recorder of its own before it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile

import pytest

from realtime_widget.local import speak
from tests.conformance.clients import CLIENTS, ROOT, Client, Run, run_driver
from tests.conformance.recorder import Recorder

SENTENCES = {"question": "What time is it?", "interjection": "Tell me a joke."}
TEXTS = {
    "question": "What can you do?",
    "weather": "What is the weather in Paris?",
    "long": "Count to 99.",
    "shorter": "Count to 50.",
}
VOICE = "ash"


@pytest.fixture(scope="session")
def engine_url() -> Iterator[str]:
    """The offline engine as a process, on a free port: it must complain of nothing, and end cleanly."""
    command = [sys.executable, "-m", "realtime_widget.local", "--port", "0"]
    with TemporaryFile("w+") as complaints:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, text=True, cwd=ROOT)
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if line:
                yield line.split()[-1]
            process.terminate()
            process.wait(60)
        finally:
            process.kill()
            process.communicate()
        complaints.seek(0)
        assert (process.returncode, complaints.read()) == (0, "")
        assert line, "the offline engine ended before it listened"


@pytest.fixture(scope="session")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what to say (`NAME.pcm`: 16 bits, mono, 24 kHz) and what to write (`texts.json`)."""
    folder = tmp_path_factory.mktemp("speech")
    for name, sentence in SENTENCES.items():
        samples = speak(sentence, voice=VOICE).samples
        (folder / f"{name}.pcm").write_bytes(samples.astype("<i2").tobytes())
    (folder / "texts.json").write_text(json.dumps(TEXTS))
    return folder


@pytest.fixture(scope="session", params=CLIENTS, ids=lambda client: client.name)
def run(request: pytest.FixtureRequest, engine_url: str, speech: Path) -> Run:
    """What came of all turns of one client."""
    client: Client = request.param
    if not client.is_installed:
        pytest.skip(f"{client.name} isn't installed: make conformance does that")
    with Recorder(engine_url) as recorder:
        reports, errors = run_driver(client, recorder.base_url, speech)
    return Run(client, reports, recorder.records, errors)
