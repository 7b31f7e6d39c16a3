"""Seven ways to fail: in each the panel says what to do, and what can be done without a microphone goes on.

Each leaves a picture in test-results/failures/.
"""

from dataclasses import replace

from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenNotebook
from tests.browser.failures import ENGINES, panel_of, picture
from tests.browser.lab import OTHER_NAME
from tests.browser.notebook import LabNotebook
from tests.browser.talk import session_cell, wait_probe

WAIT_MS = 40_000
TALL = (1280, 1500)
END_TRACKS = """() => {
  for (const track of window.soundProbe.tracks) {
    track.stop();
    track.dispatchEvent(new Event("ended"));
  }
}"""


def hook(panel: Locator, name: str) -> Locator:
    """A part of one panel."""
    return panel.locator(f'[data-rtw~="{name}"]')


def say(panel: Locator, text: str) -> None:
    """Type something and send it."""
    hook(panel, "text").fill(text)
    hook(panel, "text").press("Enter")


def check_lines(panel: Locator) -> dict[str, str]:
    """Open the check of a panel and wait for its end; gives each line's status."""
    hook(panel, "check-open").first.click()
    expect(hook(panel, "check")).to_have_attribute("data-ended", "", timeout=WAIT_MS)
    lines = hook(panel, "check-line").evaluate_all("all => all.map(e => [e.dataset.line, e.dataset.status])")
    return dict(lines)


def test_a_key_that_is_missing_or_refused_an_engine_that_is_dead_a_microphone_that_vanishes(
    open_notebook: OpenNotebook,
) -> None:
    notebook = open_notebook(ENGINES, session_cell(), "missing", "refused", "dead", "session", viewport=TALL)
    notebook.run_all()

    panel = panel_of(notebook, "No key")
    say(panel, "Hello")
    error = hook(panel, "error")
    expect(error).to_contain_text("No OpenAI API key was found.", timeout=WAIT_MS)
    expect(error).to_contain_text("Set the environment variable OPENAI_API_KEY, pass api_key=")
    expect(hook(panel, "text")).to_have_value("Hello"), "what could not be sent isn't lost"
    picture(notebook.page, panel, "missing-key")
    notebook.kernel.value("os.environ.update(OPENAI_API_KEY='sk-test-5678')")
    hook(panel, "send").click()
    expect(hook(panel, "turn")).to_have_count(2, timeout=WAIT_MS)
    expect(error).to_have_count(0)

    panel = panel_of(notebook, "Wrong key")
    hook(panel, "start").click()
    error = hook(panel, "error")
    expect(error).to_contain_text("refused the key (HTTP 401)", timeout=WAIT_MS)
    expect(error).to_contain_text("Check OPENAI_API_KEY or api_key=")
    picture(notebook.page, panel, "refused-key")
    lines = check_lines(panel)
    assert (lines["key"], lines["answer"]) == ("problem", "ok"), "the server is there, the key is wrong"
    assert lines["secure"] == lines["device"] == "ok"
    assert lines["echo"] in ("ok", "note", "problem"), "it was measured; how fast, a busy machine decides"
    picture(notebook.page, panel, "refused-key-check")
    hook(panel, "start").click()
    say(panel, "Hello")
    expect(hook(panel, "turn")).to_have_count(2, timeout=WAIT_MS)

    panel = panel_of(notebook, "No engine")
    hook(panel, "start").click()
    error = hook(panel, "error")
    expect(error).to_contain_text("nobody listens there", timeout=WAIT_MS)
    expect(error).to_contain_text('Check the address and that the server runs, or use engine="local".')
    picture(notebook.page, panel, "dead-engine")
    notebook.kernel.value("globals().update(engine=LocalEngine(port=port)) or engine.start()")
    hook(panel, "start").click()
    say(panel, "Tell me a joke")
    expect(hook(panel, "turn")).to_have_count(2, timeout=WAIT_MS)

    panel = panel_of(notebook, "Rows")
    hook(panel, "start").click()
    wait_probe(notebook, "p.live() > 0")
    notebook.kernel.wait_for("session.status == 'connected'")
    notebook.page.evaluate(END_TRACKS)
    line = hook(panel, "mic-error")
    expect(line).to_contain_text("went away", timeout=WAIT_MS)
    expect(line).to_contain_text("Pick another one")
    say(panel, "How many rows for Paris")
    notebook.kernel.wait_for("asked == ['Paris']")
    expect(panel).to_contain_text("rows for Paris: 7", timeout=WAIT_MS)
    picture(notebook.page, panel, "vanished-device")
    assert notebook.kernel.value("session.status") == "connected"


def test_a_denied_permission_and_an_insecure_page(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(session_cell(), "session", permit=False, viewport=TALL)
    notebook.run_all()
    panel = panel_of(notebook, "Rows")
    hook(panel, "start").click()
    line = hook(panel, "mic-error")
    expect(line).to_contain_text("was not allowed to use the microphone", timeout=WAIT_MS)
    expect(line).to_contain_text("Allow the microphone for this page (icon beside the address)")
    expect(hook(panel, "notice")).to_have_count(0)
    say(panel, "How many rows for Paris")
    notebook.kernel.wait_for("asked == ['Paris']")
    assert notebook.kernel.value("session.panel()._link.microphone['chunks']") == 0
    expect(panel).to_contain_text("rows for Paris: 7", timeout=WAIT_MS)
    picture(notebook.page, panel, "denied-permission")

    # Another notebook over plain http, under a name that isn't this machine's own.
    server = replace(notebook.server, url=notebook.server.url.replace("127.0.0.1", OTHER_NAME))
    server.write_notebook("insecure.ipynb", [session_cell(), "session"])
    other = LabNotebook(server, notebook.page.context.new_page(), "insecure.ipynb").open()
    assert other.page.evaluate("() => isSecureContext") is False
    other.run_all()
    panel = panel_of(other, "Rows")
    hook(panel, "start").click()
    line = hook(panel, "mic-error")
    port = server.url.rpartition(":")[2]
    expect(line).to_contain_text(f"{OTHER_NAME}:{port}", timeout=WAIT_MS)
    expect(line).to_contain_text("https")
    expect(line).to_contain_text(f"ssh -L {port}:localhost:{port} {OTHER_NAME}")
    say(panel, "How many rows for Rome")
    other.kernel.wait_for("asked == ['Rome']")
    expect(panel).to_contain_text("rows for Rome: 3", timeout=WAIT_MS)
    picture(other.page, panel, "insecure-page")
    lines = check_lines(panel)
    assert lines["secure"] == lines["audio"] == "problem"
    assert lines["permission"] == lines["device"] == "skipped", "one reason, told once"
    assert lines["answer"] == "ok"
    picture(other.page, panel, "insecure-page-check")
    other.close()


def test_no_microphone_at_all_and_a_check_in_a_cell(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(
        session_cell(), "import realtime_widget\nfound = realtime_widget.check('local')\nfound", "session",
        device=False, viewport=TALL,
    )  # fmt: skip
    notebook.run_all()
    shown = notebook.hook("check").first
    expect(shown).to_have_attribute("data-ended", "", timeout=WAIT_MS)
    notebook.kernel.wait_for("any(line.id == 'secure' for line in found)")
    lines = {line["id"]: line for line in notebook.kernel.value("found.to_dicts()")}
    assert lines["host"]["found"].startswith("JupyterLab 4")
    assert lines["nodelay"]["status"] == "ok", "the server's extension is on"
    assert lines["busy"]["status"] == "ok"
    assert "p95" in lines["echo"]["found"]
    assert lines["device"]["status"] == "problem"
    assert "Plug one in" in lines["device"]["remedy"]
    assert notebook.kernel.value("found.ok") is False
    picture(notebook.page, shown, "check")

    panel = panel_of(notebook, "Rows")
    hook(panel, "start").click()
    line = hook(panel, "mic-error")
    expect(line).to_contain_text("No microphone was found.", timeout=WAIT_MS)
    expect(line).to_contain_text("Plug one in and turn the microphone on again, or go on by typing.")
    say(panel, "How many rows for Paris")
    notebook.kernel.wait_for("asked == ['Paris']")
    assert notebook.kernel.value("session.status") == "connected"
    assert notebook.kernel.value("session.panel()._link.microphone['chunks']") == 0
    expect(panel).to_contain_text("rows for Paris: 7", timeout=WAIT_MS)
    picture(notebook.page, panel, "no-device")
