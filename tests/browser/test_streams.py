"""Other widgets' streams and the kernel's sound in the microphone's place, and the voice as such a stream."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenNotebook
from tests.browser.notebook import LabNotebook
from tests.browser.talk import ANSWERS, all_heard, probe, session_cell, speech_file, wait_probe

STREAMS = """
import base64
from ipywebrtc import AudioRecorder, AudioStream, CameraStream

file = AudioStream.from_file({page_file!r})
camera = CameraStream(constraints={{"audio": True, "video": False}})
session.audio_in = file
recorder = AudioRecorder(stream=session.audio_out)
"""
LOUDEST = """async webm => {
  const bytes = Uint8Array.from(atob(webm), letter => letter.charCodeAt(0));
  const sound = await new OfflineAudioContext(1, 1, 48000).decodeAudioData(bytes.buffer);
  return sound.getChannelData(0).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}"""
RECORDED = "base64.b64encode(recorder.audio.value).decode()"


def do(notebook: LabNotebook, target: str, name: str, value: str) -> None:
    """Assign in the kernel."""
    notebook.kernel.value(f"setattr({target}, {name!r}, {value})")


def chunks_after(notebook: LabNotebook, n_chunks: int) -> Any:
    return notebook.kernel.wait_for(f"link.microphone['chunks'] > {n_chunks} and link.microphone['chunks']")


@pytest.mark.timeout(300)
def test_a_stream_is_heard_in_the_microphone_s_place_and_the_voice_is_recorded(
    open_notebook: OpenNotebook, tmp_path: Path
) -> None:
    page_file = speech_file(tmp_path / "page.wav", "How many rows for Berlin", before_ms=1_500)
    kernel_file = speech_file(tmp_path / "kernel.wav", "How many rows for Rome", before_ms=100, after_ms=100)
    quiet = speech_file(tmp_path / "quiet.wav", "How many rows for Paris", before_ms=60_000)
    notebook = open_notebook(
        session_cell(), STREAMS.format(page_file=str(page_file)), "session", microphone=quiet
    )
    notebook.run_all()
    expect(notebook.hook("start")).to_be_visible()
    do(notebook, "recorder", "recording", "True")

    notebook.hook("start").click()
    expect(notebook.hook("source")).to_have_text("Sound comes from the AudioStream.", timeout=60_000)
    # What a busy machine does to a page's sound may cost words, but not the turn and its answer.
    notebook.kernel.wait_for(ANSWERS, timeout_s=60)
    all_heard(notebook)
    assert probe(notebook, "asked") == 0, "a stream is heard without asking for the microphone"
    do(notebook, "recorder", "recording", "False")
    notebook.kernel.wait_for("len(recorder.audio.value) > 1000")
    assert notebook.page.evaluate(LOUDEST, notebook.kernel.value(RECORDED)) > 0.05

    n_chunks = notebook.kernel.value("link.microphone['chunks']")
    do(notebook, "session", "audio_in", "camera")
    wait_probe(notebook, "p.asked === 1")  # the camera's own asking, not ours
    expect(notebook.hook("source")).to_have_text("Sound comes from the CameraStream.", timeout=30_000)
    chunks_after(notebook, chunks_after(notebook, n_chunks))

    do(notebook, "session", "audio_in", repr(str(kernel_file)))
    expect(notebook.hook("source")).to_have_text("Sound comes from kernel.wav.", timeout=30_000)
    notebook.kernel.wait_for("asked[-1:] == ['Rome']", timeout_s=60)

    notebook.hook("end").click()
    expect(notebook.hook("start")).to_be_visible(timeout=30_000)
    notebook.hook("start").click()
    notebook.kernel.wait_for("session._core.source.busy")  # a file is said anew with each start
    assert probe(notebook, "asked") == 1
    assert probe(notebook, "live()") == 1, "the camera's stream is its own widget's to end"
