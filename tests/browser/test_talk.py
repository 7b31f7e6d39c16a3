"""The whole path: from the microphone to the table, and from the engine to the loudspeaker."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenNotebook
from tests.browser.notebook import LabNotebook
from tests.browser.talk import (
    TURNS,
    all_heard,
    answer,
    commands,
    probe,
    session_cell,
    speech_file,
    wait_probe,
)


def test_a_spoken_request_calls_a_function_and_is_answered_aloud(
    open_notebook: OpenNotebook, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    wav = speech_file(tmp_path / "request.wav", "How many rows for Berlin")
    notebook = open_notebook(session_cell(), "session", microphone=wav)
    notebook.run_all()
    expect(notebook.hook("start")).to_be_visible()
    assert probe(notebook, "asked") == 0, "showing a panel must not ask for the microphone"

    notebook.hook("start").click()
    expect(notebook.hook("turn")).to_have_count(2, timeout=40_000)
    lengths = all_heard(notebook)
    user, said = notebook.kernel.value(TURNS)
    assert user[0] == "user"
    assert "how many rows for berlin" in user[1].lower()
    assert said[0] == "assistant"
    assert "12" in said[1]
    assert notebook.kernel.value("asked") == ["Berlin"]
    assert notebook.kernel.value("session.transcript.df.role.tolist()") == ["user", "assistant"]
    assert notebook.kernel.value("session.tool_calls.df.arguments.tolist()") == [{"city": "Berlin"}]
    assert notebook.kernel.value("link.microphone['lost_samples']") == 0
    assert probe(notebook, "loud_ms") > 0.4 * sum(lengths), "the voice was rendered"
    record_property("latency", notebook.kernel.value("session.latency.to_dicts()"))  # a note, no promise
    _times_are_the_pages(notebook)
    expect(notebook.hook("turn").last).to_contain_text("12")
    expect(notebook.hook("call")).to_have_attribute("data-call-status", "done")

    assert probe(notebook, "live()") == 1
    notebook.hook("end").click()
    expect(notebook.hook("start")).to_be_visible()
    wait_probe(notebook, "p.live() === 0")
    assert notebook.kernel.wait_for("session.status == 'disconnected'")
    assert notebook.kernel.value("len(session.transcript.df)") == 2


def _times_are_the_pages(notebook: LabNotebook) -> None:
    """The page's clock is known within what is said, and times in the room are on the session's clock."""
    # On one computer both dates are the same, so the truth is known: to the ms that a page's date counts in.
    page_ms = "Date.now() - performance.timeOrigin - performance.now()"
    kernel_ms = "1000 * (__import__('time').time() - __import__('time').monotonic())"
    clock = notebook.kernel.value("session.health.to_dict()['page']['clock']")
    truth_ms = notebook.page.evaluate(page_ms) - notebook.kernel.value(kernel_ms)
    assert abs(clock["offset_ms"] - truth_ms) <= clock["error_ms"] + 3
    [row] = notebook.kernel.value("session.latency.to_dicts()")
    assert row["first_heard_ms"] >= row["first_audio_ms"] >= row["created_ms"] > row["begun_ms"]
    assert row["first_heard_error_ms"] >= 0 and row["speech_end_error_ms"] >= 0
    assert row["committed_ms"] > row["speech_end_ms"]
    stages = notebook.kernel.value("session.latency.breakdown().filter(like='_ms').loc[0].to_dict()")
    total_ms = stages.pop("total_ms")
    assert total_ms == sum(stages.values()) == row["voice_to_voice_ms"] > stages["tools_ms"] > 0
    assert notebook.kernel.value("session.latency.summary().loc['voice_to_voice_ms', 'p50']") == total_ms


def test_a_typed_request_needs_no_microphone(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(session_cell(), "session")
    notebook.run_all()
    notebook.hook("text").fill("How many rows for Rome")
    notebook.hook("text").press("Enter")
    expect(notebook.hook("turn")).to_have_count(2, timeout=30_000)
    lengths = all_heard(notebook)
    assert notebook.kernel.value("asked") == ["Rome"]
    user, said = notebook.kernel.value(TURNS)
    assert user == ["user", "How many rows for Rome", "completed"]
    assert "3" in said[1]
    assert probe(notebook, "loud_ms") > 0.4 * sum(lengths)
    assert probe(notebook, "asked") == 0

    notebook.hook("suggestion").first.click()
    expect(notebook.hook("turn")).to_have_count(4, timeout=30_000)
    assert len(notebook.kernel.value("asked")) == 2


def test_speech_interrupts_an_answer_where_it_was_heard(open_notebook: OpenNotebook, tmp_path: Path) -> None:
    # The first answer takes some 15 s; the second sentence falls into it, also where it is slow to begin.
    wav = speech_file(
        tmp_path / "barge.wav", "What can you do", "How many rows for Paris", voice="cedar", gap_ms=9_000
    )
    notebook = open_notebook(session_cell(), "session", microphone=wav)
    notebook.run_all()
    notebook.hook("start").click()
    expect(notebook.hook("turn")).to_have_count(4, timeout=60_000)
    status, heard_ms, audio_ms = notebook.kernel.wait_for(answer(0))
    assert status == "interrupted"
    assert 0 < heard_ms < audio_ms
    [truncate] = notebook.kernel.value(commands("conversation.item.truncate"))
    assert truncate["audio_end_ms"] == pytest.approx(heard_ms, abs=2)
    assert notebook.kernel.value("asked") == ["Paris"]
    expect(notebook.hook("turn").nth(1)).to_have_attribute("data-turn-status", "interrupted")
    expect(notebook.hook("turn").nth(1).locator("del")).to_be_visible()
