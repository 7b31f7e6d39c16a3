"""The microphone: mute, push-to-talk, and what is said where there is none."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenNotebook
from tests.browser.notebook import LabNotebook
from tests.browser.talk import (
    TURNS,
    answer,
    commands,
    probe,
    say,
    session_cell,
    speech_file,
    wait_probe,
)


def test_mute_closes_the_way_and_interrupt_stops_the_sound(
    open_notebook: OpenNotebook, tmp_path: Path
) -> None:
    wav = speech_file(tmp_path / "quiet.wav", "Hello", before_ms=90_000)
    notebook = open_notebook(session_cell(), "session", microphone=wav)
    notebook.run_all()
    notebook.hook("start").click()
    chunks = "link.microphone['chunks']"
    notebook.kernel.wait_for(f"{chunks} > 5")
    notebook.hook("mute").click()
    notebook.kernel.wait_for("session.muted")
    arrived = notebook.kernel.value(chunks)
    notebook.hook("text").fill("What can you do")
    notebook.hook("send").click()
    wait_probe(notebook, "p.loud_ms > 500")
    assert notebook.kernel.value(chunks) == arrived, "nothing arrives while muted"
    assert probe(notebook, "tracks[0].enabled") is False

    notebook.hook("interrupt").click()
    wait_probe(notebook, "p.loudness() < 0.001", timeout_s=2)
    notebook.kernel.wait_for(f"{answer(-1)}[0] == 'interrupted'")
    _, heard_ms, audio_ms = notebook.kernel.value(answer(-1))
    assert 0 < heard_ms < audio_ms
    [truncate] = notebook.kernel.value(commands("conversation.item.truncate"))
    assert truncate["audio_end_ms"] == pytest.approx(heard_ms, abs=2)
    assert probe(notebook, "loudness()") < 0.001

    notebook.hook("mute").click()
    notebook.kernel.wait_for(f"{chunks} > {arrived} and not session.muted")
    assert notebook.kernel.value("link.microphone['lost_samples']") == 0, "muted is not lost"


def hold_while_spoken(
    notebook: LabNotebook, sentence: str, press: Callable[[], object], release: Callable[[], object]
) -> None:
    """Press when speech is heard already, and let go after it: a person who begins a moment too early."""
    say(notebook, sentence, wait=False)
    wait_probe(notebook, "p.spoken() > 0.02", timeout_s=30)
    press()
    wait_probe(notebook, "!p.saying", timeout_s=30)
    release()


def test_push_to_talk_loses_no_first_word_and_commits_once(
    open_notebook: OpenNotebook, tmp_path: Path
) -> None:
    wav = speech_file(tmp_path / "quiet.wav", "Hello", before_ms=300_000)
    notebook = open_notebook(session_cell(turn_detection=None), "session", microphone=wav)
    notebook.run_all()
    notebook.hook("start").click()
    button, page = notebook.hook("ptt"), notebook.page
    expect(button).to_be_enabled(timeout=60_000)
    button.hover()
    hold_while_spoken(notebook, "How many rows for Berlin", page.mouse.down, page.mouse.up)
    notebook.kernel.wait_for("asked == ['Berlin']")
    assert len(notebook.kernel.value(commands("input_audio_buffer.commit"))) == 1
    assert "how many rows for berlin" in notebook.kernel.value(TURNS)[0][1].lower()

    button.focus()
    keys = page.keyboard
    hold_while_spoken(
        notebook, "How many rows for Rome", lambda: keys.down("Space"), lambda: keys.up("Space")
    )
    notebook.kernel.wait_for("asked == ['Berlin', 'Rome']")
    assert len(notebook.kernel.value(commands("input_audio_buffer.commit"))) == 2
    assert "how many rows for rome" in notebook.kernel.value(TURNS)[2][1].lower()
    assert notebook.kernel.value("link.microphone['lost_samples']") == 0, "between two holds nothing is lost"
