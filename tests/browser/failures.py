"""The seven ways in which a conversation can fail to begin, in real notebooks, and their pictures."""

from pathlib import Path

from playwright.sync_api import Locator, Page

from tests.browser.notebook import LabNotebook

PICTURES = Path("test-results") / "failures"
PANEL = "section.rtw"

# Three engines that don't answer as they should; what mends each is done by the tests.
ENGINES = """
import os
import socket
from realtime_widget import LocalEngine, RealtimeSession
from realtime_widget.engines import EnvironmentKey, OpenAIEngine
from realtime_widget.testing import ScriptedEngine, refuse, text_response

os.environ.pop("OPENAI_API_KEY", None)
answers = {"response.create": lambda command: text_response("Hello to you.")}
service = ScriptedEngine(on=answers)
missing = RealtimeSession(
    engine=OpenAIEngine(EnvironmentKey("OPENAI_API_KEY"), base_url=service.url), title="No key"
)

no = refuse(401, {"error": {"message": "Incorrect API key provided.", "code": "invalid_api_key"}})
strict = ScriptedEngine(no, reconnects=[[no]], on=answers)  # Start and a check are refused, then none
refused = RealtimeSession(engine=strict.url, api_key="sk-test-1234", title="Wrong key")

with socket.socket() as unused:
    unused.bind(("127.0.0.1", 0))
    port = unused.getsockname()[1]
dead = RealtimeSession(engine=f"http://127.0.0.1:{port}/v1", title="No engine")
"""


def panel_of(notebook: LabNotebook, title: str) -> Locator:
    """The panel with a title."""
    return notebook.output(PANEL).filter(has=notebook.page.locator("h2").get_by_text(title, exact=True))


def picture(page: Page, panel: Locator, name: str) -> Path:
    """Take a picture of a panel as it stands; returns where it lies."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    path = PICTURES / f"{name}.png"
    panel.scroll_into_view_if_needed()
    panel.screenshot(path=path)
    return path
