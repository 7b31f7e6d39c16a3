"""Views, pages and kernels come and go; one microphone, one voice, and no secret anywhere."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import WebSocket, expect

from tests.browser.conftest import OpenNotebook
from tests.browser.lab import LabServer
from tests.browser.notebook import LabNotebook
from tests.browser.talk import all_heard, probe, session_cell, wait_probe

KEY = "sk-test-9f8e7d6c5b4a"
BY_URL = """
import os
from realtime_widget import RealtimeSession
from realtime_widget.local import LocalEngine
session = RealtimeSession(engine=LocalEngine.shared().start(), api_key=lambda: os.environ["A_KEY"])
"""
RESTART = """() => {
  const { sessionContext } = window.jupyterapp.shell.currentWidget.context;
  return sessionContext.session.kernel.restart();
}"""

DIE = """() => {
  const { kernel } = window.jupyterapp.shell.currentWidget.context.sessionContext.session;
  kernel.requestExecute({ code: "import os; os.kill(os.getpid(), 9)" });
}"""


def type_and_wait(notebook: LabNotebook, text: str, turns: int) -> None:
    notebook.hook("text").first.fill(text)
    notebook.hook("text").first.press("Enter")
    expect(notebook.hook("transcript").first.locator('[data-rtw="turn"]')).to_have_count(
        turns, timeout=30_000
    )


def test_two_views_of_a_session_share_one_microphone_and_show_the_same(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(session_cell(), "session", "session.panel()")
    notebook.run_all()
    starts = notebook.hook("start")
    expect(starts).to_have_count(2)
    starts.last.click()
    expect(notebook.hook("mute").filter(visible=True)).to_have_count(2, timeout=20_000)
    assert probe(notebook, "asked") == 1
    type_and_wait(notebook, "How many rows for Rome", 2)
    lengths = all_heard(notebook)
    expect(notebook.hook("turn")).to_have_count(4)
    assert probe(notebook, "loud_ms") < 1.6 * sum(lengths) + 500, "the voice is heard once"
    notebook.hook("end").first.click()
    wait_probe(notebook, "p.live() === 0")
    expect(starts.filter(visible=True)).to_have_count(2)


def test_a_second_page_says_where_the_microphone_is_and_can_take_it(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(session_cell(), "session")
    notebook.run_all()
    notebook.hook("start").click()
    wait_probe(notebook, "p.live() === 1")
    other = notebook.another_page()
    expect(other.output("text=in another tab")).to_be_visible(timeout=20_000)
    assert probe(other, "asked") == 0
    other.hook("mic-on").click()
    wait_probe(other, "p.live() === 1")
    wait_probe(notebook, "p.live() === 0")
    expect(notebook.output("text=in another tab")).to_be_visible()
    # A page that is left gives the microphone back by itself, and the kernel hears of it. Only the event is
    # tried here: what a page sends in its last moment may be lost with it, no browser promises delivery.
    other.page.evaluate("() => { window.dispatchEvent(new PageTransitionEvent('pagehide')) }")
    wait_probe(other, "p.live() === 0")
    notebook.kernel.wait_for("link.owner is None")

    # Of a restart from one tab the other is told, too.
    notebook.page.evaluate(RESTART)
    expect(other.hook("error")).to_contain_text("restarted", timeout=20_000)


def test_a_reload_keeps_the_transcript_and_frees_the_microphone(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(session_cell(), "session")
    notebook.run_all()
    notebook.hook("start").click()
    wait_probe(notebook, "p.live() === 1")
    type_and_wait(notebook, "How many rows for Rome", 2)
    first_page = notebook.kernel.value("link.owner")
    notebook.reload()
    expect(notebook.hook("turn")).to_have_count(2, timeout=20_000)
    expect(notebook.hook("call")).to_have_attribute("data-call-status", "done")
    assert probe(notebook, "asked") == 0, "a reloaded page must not open the microphone by itself"
    notebook.kernel.wait_for(f"link.owner not in (None, {first_page!r})")
    assert notebook.kernel.value("session.status") == "connected"
    notebook.hook("mic-on").click()
    wait_probe(notebook, "p.live() === 1")
    type_and_wait(notebook, "How many rows for Paris", 4)
    assert notebook.kernel.value("asked") == ["Rome", "Paris"]


def test_a_kernel_restart_is_told_and_closes_the_microphone(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(session_cell(), "session")
    notebook.run_all()
    notebook.hook("start").click()
    wait_probe(notebook, "p.live() === 1")
    type_and_wait(notebook, "How many rows for Rome", 2)
    notebook.page.evaluate(RESTART)
    expect(notebook.hook("error")).to_contain_text("restarted")
    wait_probe(notebook, "p.live() === 0")
    expect(notebook.hook("turn")).to_have_count(2)
    expect(notebook.hook("text")).to_have_attribute("placeholder", re.compile("Run the cell again"))

    # One that dies is told by the server, which looks every few seconds.
    notebook.wait_kernel_idle()
    for place in (0, 1):
        notebook.start_cell(place)
        notebook.wait_cell(place)
    notebook.hook("start").click()
    wait_probe(notebook, "p.live() === 1")
    notebook.page.evaluate(DIE)
    wait_probe(notebook, "p.live() === 0", timeout_s=30)
    expect(notebook.hook("error")).to_contain_text("restarted")


@pytest.fixture
def save_widgets(lab: LabServer) -> Iterator[None]:
    """Let JupyterLab save the state of widgets in the notebook, as some people have it do."""
    place = lab.settings_dir / "@jupyter-widgets" / "jupyterlab-manager"
    place.mkdir(parents=True)
    setting = place / "plugin.jupyterlab-settings"
    setting.write_text(json.dumps({"saveState": True}))
    yield
    setting.unlink()
    place.rmdir()


@pytest.mark.usefixtures("save_widgets")
def test_the_key_is_neither_in_the_saved_notebook_nor_in_a_message(open_notebook: OpenNotebook) -> None:
    # A server by its URL gets the key in its header; the key comes from the environment, as it should.
    notebook = open_notebook(BY_URL, "session")
    frames: list[str] = []

    def watch(socket: WebSocket) -> None:
        for event in ("framesent", "framereceived"):
            socket.on(event, lambda payload: frames.append(str(payload)))

    notebook.page.on("websocket", watch)
    notebook.reload()
    notebook.kernel.value(f"__import__('os').environ.update(A_KEY={KEY!r})")
    notebook.run_all()
    type_and_wait(notebook, "Tell me a joke", 2)
    notebook.save()
    saved = Path(notebook.server.root / notebook.name).read_text()
    widgets = json.loads(saved)["metadata"]["widgets"]
    assert widgets["application/vnd.jupyter.widget-state+json"]["state"], "widgets are saved"
    assert "Tell me a joke" not in json.dumps(widgets), "what was said stands beside them"
    assert KEY not in saved
    assert any("Tell me a joke" in frame for frame in frames), "messages are watched"
    assert not any(KEY in frame for frame in frames)
