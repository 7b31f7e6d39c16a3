"""Sound devices while one talks: another one, one unplugged, switches, volume, half-duplex, a test sound."""

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.busy import FRAMES
from tests.browser.conftest import OpenNotebook
from tests.browser.notebook import LabNotebook
from tests.browser.talk import probe, session_cell, speech_file, wait_probe

CHUNKS = "link.microphone['chunks']"
LOST = "link.microphone['lost_samples']"
LABELS = "tracks.map(track => track.label)"
LIMIT_MS = 30_000
UNPLUG = """() => {
  const track = window.soundProbe.tracks.at(-1);
  track.stop();
  track.dispatchEvent(new Event('ended'));
}"""


def heard_from_here_on(notebook: LabNotebook) -> None:
    """Wait until more of the microphone arrives than may have been on its way."""
    now = notebook.kernel.value(CHUNKS)
    notebook.kernel.wait_for(f"{CHUNKS} > {now} + 10", timeout_s=60)


def test_devices_change_and_go_and_the_conversation_does_not_notice(
    open_notebook: OpenNotebook, tmp_path: Path
) -> None:
    wav = speech_file(tmp_path / "quiet.wav", "Hello", before_ms=240_000)
    notebook = open_notebook(session_cell(), "session", microphone=wav)
    notebook.run_all()
    hook = notebook.hook

    # Before the start: a look at the devices and a test sound ask for nothing.
    hook("sound").click()
    for _ in range(20):  # a page that is starved may look away for the second that it lasts
        hook("test-sound").click()
        expect(hook("test-sound")).to_be_enabled(timeout=LIMIT_MS)
        if probe(notebook, "loud_ms"):
            break
    assert probe(notebook, "loud_ms") > 0
    assert probe(notebook, "asked") == 0

    hook("start").click()
    notebook.kernel.wait_for(f"{CHUNKS} > 5")
    expect(hook("input-device-hint")).to_contain_text("In use", timeout=LIMIT_MS)
    names = [name for name in hook("input-device").locator("option").all_inner_texts() if "Fake" in name]
    assert len(names) > 1

    # Another microphone, another processing: one stream at a time, nothing lost, the same connection.
    hook("input-device").select_option(label=names[-1])
    expect(hook("input-device-hint")).to_have_text(f"In use: {names[-1]}", timeout=LIMIT_MS)
    wait_probe(notebook, "p.live() === 1")
    assert probe(notebook, LABELS)[-1] == names[-1]
    heard_from_here_on(notebook)
    hook("echo-cancellation").uncheck()
    wait_probe(notebook, "p.tracks.at(-1).getSettings().echoCancellation === false && p.live() === 1")
    heard_from_here_on(notebook)
    assert notebook.kernel.value(LOST) == 0

    # Unplugged: the panel says so, the session goes on, another one is picked.
    notebook.page.evaluate(UNPLUG)
    expect(hook("mic-error")).to_contain_text(f"“{names[-1]}” went away", timeout=LIMIT_MS)
    assert probe(notebook, "live()") == 0
    assert notebook.kernel.value("session.status") == "connected"
    hook("input-device").select_option(label=names[0])
    expect(hook("mic-error")).to_have_count(0, timeout=LIMIT_MS)
    wait_probe(notebook, "p.live() === 1")
    assert probe(notebook, LABELS)[-1] == names[0]
    heard_from_here_on(notebook)

    the_voice_is_as_loud_as_wanted_and_not_heard_again(notebook)

    assert notebook.kernel.value(LOST) == 0
    assert notebook.kernel.value("len({turn.connection for turn in session.transcript})") == 1
    hook("end").click()
    wait_probe(notebook, "p.live() === 0")
    wait_probe(notebook, "p.taps.every(tap => tap.context.state !== 'running')")


def the_voice_is_as_loud_as_wanted_and_not_heard_again(notebook: LabNotebook) -> None:
    """Loudspeaker, volume, half-duplex, during one long answer."""
    hook = notebook.hook
    outputs = [name for name in hook("output-device").locator("option").all_inner_texts() if "Fake" in name]
    hook("output-device").select_option(label=outputs[-1])
    wait_probe(notebook, "p.taps.at(-1).context.sinkId !== ''")
    hook("half-duplex").check()
    hook("text").fill("What can you do")
    hook("send").click()
    notebook.page.evaluate("() => { window.soundProbe.loud_ms = 0 }")
    wait_probe(notebook, "p.loud_ms > 300")
    notebook.page.evaluate(FRAMES)
    wait_probe(notebook, "p.loud_ms > 1200")
    sent = notebook.page.evaluate("() => window.sentFrames.length")
    assert sent <= 3, "what sounds is not sent: 900 ms would be nine chunks"

    hook("volume-off").click()
    wait_probe(notebook, "p.loudness() < 0.001")
    hook("volume-off").click()
    heard_from_here_on(notebook)
    assert notebook.page.evaluate("() => window.sentFrames.length") > sent
