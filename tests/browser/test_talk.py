"""The whole path: from the microphone to the table, and from the engine to the loudspeaker."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenNotebook
from tests.browser.talk import TURNS, all_heard, probe, session_cell, speech_file, wait_probe


@pytest.mark.parametrize(
    ("voice", "city", "count"), [("alloy", "Berlin", "12"), ("cedar", "Paris", "7")]
)
def test_a_spoken_request_calls_a_function_and_is_answered_aloud(
    open_notebook: OpenNotebook, tmp_path: Path, voice: str, city: str, count: str
) -> None:
    wav = speech_file(tmp_path / "request.wav", f"How many rows for {city}", voice=voice)
    notebook = open_notebook(session_cell(), "session", microphone=wav)
    notebook.run_all()
    expect(notebook.hook("start")).to_be_visible()
    assert probe(notebook, "asked") == 0, "showing a panel must not ask for the microphone"

    notebook.hook("start").click()
    expect(notebook.hook("turn")).to_have_count(2, timeout=40_000)
    lengths = all_heard(notebook)
    user, answer = notebook.kernel.value(TURNS)
    assert user[0] == "user"
    assert f"how many rows for {city}".lower() in user[1].lower()
    assert answer[0] == "assistant"
    assert count in answer[1]
    assert notebook.kernel.value("asked") == [city]
    assert notebook.kernel.value("session.transcript.df.role.tolist()") == ["user", "assistant"]
    assert notebook.kernel.value("session.tool_calls.df.arguments.tolist()") == [{"city": city}]
    assert probe(notebook, "loud_ms") > 0.4 * sum(lengths), "the voice was rendered"
    expect(notebook.hook("turn").last).to_contain_text(count)
    expect(notebook.hook("call")).to_have_attribute("data-call-status", "done")

    assert probe(notebook, "live()") == 1
    notebook.hook("end").click()
    expect(notebook.hook("start")).to_be_visible()
    wait_probe(notebook, "p.live() === 0")
    assert notebook.kernel.wait_for("session.status == 'disconnected'")
    assert notebook.kernel.value("len(session.transcript.df)") == 2
