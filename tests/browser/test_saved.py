"""A saved notebook tells what was said: to who opens it without its kernel, to code hosts, to nbconvert."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbconvert import HTMLExporter, MarkdownExporter
from playwright.sync_api import Locator, expect

from realtime_widget.data.display.frozen import freeze
from tests.browser.conftest import OpenBrowser, OpenNotebook
from tests.browser.lab import LabServer
from tests.browser.notebook import LabNotebook
from tests.browser.talk import session_cell
from tests.data.talk import Talk

KEY = "sk-test-1234567890abcdef"
SAID = "How many rows for Rome <b>&</b> nothing else"
STATE = "application/vnd.jupyter.widget-state+json"
SHUT_DOWN = "() => window.jupyterapp.shell.currentWidget.context.sessionContext.shutdown()"
# The words that the notebook's model holds, which is what is saved.
IN_MODEL = """words => JSON.stringify(window.jupyterapp.shell.currentWidget.context.model.toJSON().cells
  .map(cell => cell.outputs)).includes(JSON.stringify(words).slice(1, -1))"""
DURATION = """audio => new Promise((told, failed) => {
  audio.onloadedmetadata = () => told(audio.duration);
  audio.onerror = () => failed(audio.error);
  audio.preload = 'auto';
  audio.load();
})"""


@pytest.fixture
def save_state(lab: LabServer) -> Iterator[None]:
    """JupyterLab with "save widget state" switched on."""
    place = lab.settings_dir / "@jupyter-widgets" / "jupyterlab-manager" / "plugin.jupyterlab-settings"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps({"saveState": True}))
    yield
    place.unlink()


def conversation(notebook: LabNotebook) -> Locator:
    return notebook.output(".rtw-saved")


def say(notebook: LabNotebook, words: str, *, n_turns: int) -> str:
    """Type something and wait for the whole answer; gives it."""
    notebook.hook("text").fill(words)
    notebook.hook("text").press("Enter")
    expect(notebook.hook("turn")).to_have_count(n_turns, timeout=40_000)
    notebook.kernel.wait_for(
        f"len(session.transcript) == {n_turns} and session.transcript[-1].status == 'completed'"
    )
    return str(notebook.kernel.value("session.transcript[-1].text"))


def wait_in_model(notebook: LabNotebook, words: str) -> None:
    notebook.page.wait_for_function(IN_MODEL, arg=words, timeout=30_000)


def saved(notebook: LabNotebook) -> tuple[Path, dict[str, Any]]:
    notebook.save()
    path = notebook.server.root / notebook.name
    return path, json.loads(path.read_text(encoding="utf-8"))


def open_without_kernel(notebook: LabNotebook) -> None:
    """Open the file as next week: the kernel is gone, and the new one knows nothing."""
    notebook.page.evaluate(SHUT_DOWN)
    notebook.open()


def said_in(html: str) -> str:
    """The text of a page, as a reader sees it."""
    words: list[str] = []

    class Text(HTMLParser):
        def handle_data(self, data: str) -> None:
            words.append(data)

    Text().feed(html)
    return "".join(words)


@pytest.mark.timeout(400)  # three loads of JupyterLab
def test_what_was_said_reads_without_the_kernel(open_notebook: OpenNotebook, save_state: None) -> None:
    source = session_cell(api_key=KEY).replace(repr(KEY), f"{KEY[::-1]!r}[::-1]")
    notebook = open_notebook(source, "session", "session.panel('captions')")
    notebook.run_all()
    expect(notebook.hook("text")).to_be_visible(timeout=30_000)
    expect(conversation(notebook)).to_have_count(1)
    expect(conversation(notebook)).not_to_be_visible()
    answer = say(notebook, SAID, n_turns=2)
    wait_in_model(notebook, answer)
    expect(conversation(notebook)).not_to_be_visible()

    # Lab routes no updates to the outputs of a page that was loaded anew: there the page writes.
    notebook.reload()
    expect(notebook.hook("turn")).to_have_count(2, timeout=30_000)
    expect(conversation(notebook)).not_to_be_visible()
    later = say(notebook, "What can you do", n_turns=4)
    wait_in_model(notebook, later)

    path, file = saved(notebook)
    state = file["metadata"]["widgets"][STATE]
    models = [model for model in state["state"].values() if model["model_name"] == "AnyModel"]
    assert len(models) == 2
    text = json.dumps(state)
    assert not any(words in text for words in (KEY, "rows for", answer, later))
    assert len(text) < 15_000
    assert KEY not in path.read_text(encoding="utf-8")
    check_conversions(path, SAID, answer, later)

    open_without_kernel(notebook)
    for words in (SAID, answer, later):
        expect(conversation(notebook)).to_contain_text(words, timeout=30_000)
    expect(conversation(notebook)).to_be_visible()
    expect(conversation(notebook).locator("b", has_text="&")).to_have_count(0)
    expect(notebook.output("text=run the cell again").first).to_be_visible(timeout=30_000)
    expect(notebook.hook("start")).to_have_count(0)


def check_conversions(path: Path, *said: str) -> None:
    """With the widgets' state in the file and without it the words are there, once, and as words."""
    with_state = nbformat.read(path, as_version=4)
    without = nbformat.from_dict({**with_state, "metadata": {**with_state.metadata}})
    del without.metadata["widgets"]
    for notebook in (with_state, without):
        page, _ = HTMLExporter().from_notebook_node(notebook)
        text = said_in(re.sub(r"(?s)<(script|style).*?</\1>", "", page))
        assert all(text.count(words) == 1 for words in said)
        markdown, _ = MarkdownExporter().from_notebook_node(notebook)
        assert all(said_in(markdown).count(words) == 1 for words in said)
        assert "<b>&</b>" not in page and "<b>&</b>" not in markdown


def test_in_notebook_7_too(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(session_cell(), "session", host="notebook")
    notebook.run_all()
    answer = say(notebook, "How many rows for Paris", n_turns=2)
    wait_in_model(notebook, answer)
    expect(conversation(notebook)).not_to_be_visible()
    _, file = saved(notebook)
    assert STATE not in json.dumps(file["metadata"])
    open_without_kernel(notebook)
    expect(conversation(notebook)).to_contain_text(answer, timeout=30_000)
    expect(conversation(notebook)).to_be_visible()


def test_a_frozen_conversation_has_its_sound_as_a_page_of_its_own(
    open_browser: OpenBrowser, tmp_path: Path
) -> None:
    talk = Talk()
    talk.typed(0, "u1", SAID)
    talk.said(100, "r1", "a1", "There are 3.", n_ms=2_000)
    freeze(talk.data, title="Rows", audio=True).save(tmp_path / "talk.html")
    page = open_browser().new_page()
    page.goto((tmp_path / "talk.html").as_uri())
    expect(page.locator("p", has_text=SAID)).to_be_visible()
    duration_s = page.locator("audio").evaluate(DURATION)
    assert duration_s == pytest.approx(2.0, abs=0.1)
