"""Voilà: the panel talks, and it is heard while the kernel is busy, by the control channel."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenBrowser
from tests.browser.talk import probe, session_cell, speech_file, wait_probe
from tests.browser.visit import visiting
from tests.browser.voila import VoilaKernel, voila_app

# Ends when the function is called, by somebody who is heard although this runs.
BUSY = "waited = __import__('threading').Event(); was_heard = waited.wait(60)"
CALL = "session.on('tool_call', lambda call: waited.set())"


def test_a_person_is_answered_also_while_the_kernel_is_busy(
    open_browser: OpenBrowser, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    wav = speech_file(tmp_path / "request.wav", "How many rows for Berlin", after_ms=300_000)
    cells = (session_cell(), "session")
    with (
        voila_app(tmp_path, cells) as app,
        visiting(open_browser, request, app.url, microphone=wav) as visit,
    ):
        expect(visit.hook("start")).to_be_visible(timeout=60_000)
        [kernel_id] = app.kernel_ids()
        kernel = VoilaKernel(app, kernel_id)
        assert probe(visit, "asked") == 0, "showing a panel must not ask for the microphone"
        expect(visit.page.locator(".rtw-saved")).to_be_hidden()  # what the file tells, the panel tells too

        visit.hook("start").click()
        expect(visit.hook("turn")).to_have_count(2, timeout=60_000)
        expect(visit.hook("call")).to_have_attribute("data-call-status", "done")
        expect(visit.hook("turn").first).to_contain_text("How many rows for Berlin", ignore_case=True)
        expect(visit.hook("turn").last).to_contain_text("12", timeout=30_000)
        wait_probe(visit, "p.loud_ms > 300")
        assert kernel.value("[turn.role for turn in session.transcript]") == ["user", "assistant"]
        assert kernel.value("asked") == ["Berlin"]
        kernel.wait_for("session.health.page.route == 'control'")
        expect(visit.page.get_by_text("You can talk while a cell runs")).to_be_visible()

        kernel.value(CALL)
        kernel.start(BUSY)
        visit.hook("text").fill("How many rows for Rome")
        visit.hook("text").press("Enter")
        expect(visit.hook("turn")).to_have_count(4, timeout=30_000)
        assert kernel.value("was_heard", timeout_s=90) is True, "the page was heard while a cell ran"

        expect(visit.checked("host")).to_contain_text("Voilà", timeout=30_000)
        visit.hook("end").click()
        wait_probe(visit, "p.live() === 0")
        kernel.wait_for("session.status == 'disconnected'")
        kernel.close()
