"""A conversation of thousands of turns: shown at once, complete soon, and no burden while it goes on."""

import json
from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import OpenNotebook
from tests.browser.notebook import LabNotebook

N_TURNS = 3_000
LONG = f"""
from realtime_widget import RealtimeSession
from realtime_widget.testing import ScriptedEngine, text_response

words = "Of all the rows that the table holds these are the ones that were asked for, number"
roles = ("user", "assistant")
history = [
    {{"role": roles[n % 2], "text": f"{{words}} {{n}}. " * (1 + n % 3)}} for n in range({N_TURNS})
]
engine = ScriptedEngine(on={{"response.create": lambda command: text_response("That is all. " * 40)}})
engine.__enter__()
session = RealtimeSession(engine=engine, history=history)
link = session.panel()._link
"""
FROZEN_MS = 2_000  # on a busy machine; 200 ms and less on an idle one
LAST = "session.transcript[-1].id"
# Turns that come into view get their true height, which may move others for a frame or two.
SETTLED = """() => {
  const top = document.querySelector("[data-rtw=transcript]").scrollTop, same = window.lastTop === top;
  window.lastTop = top;
  window.still = same ? (window.still ?? 0) + 1 : 0;
  return window.still > 10;
}"""
# What keeps the page from drawing: tasks of more than 50 ms, as the browser itself counts them.
WATCH = """() => {
  window.watched = { begun: performance.now(), longest_ms: 0, first_ms: null, all_ms: null };
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) watched.longest_ms = Math.max(watched.longest_ms, task.duration);
  }).observe({ type: "longtask" });
  const look = () => {
    const n = document.querySelectorAll("[data-rtw=turn]").length;
    if (n > 0) watched.first_ms ??= performance.now() - watched.begun;
    if (n >= %d) watched.all_ms ??= performance.now() - watched.begun;
    if (watched.all_ms === null) requestAnimationFrame(look);
  };
  look();
}"""


def watched(notebook: LabNotebook) -> dict[str, Any]:
    values: dict[str, Any] = notebook.page.evaluate("() => window.watched")
    return values


def shown(notebook: LabNotebook) -> list[str]:
    ids: list[str] = notebook.page.evaluate(
        "() => [...document.querySelectorAll('[data-rtw=turn]')].map((turn) => turn.dataset.id)"
    )
    return ids


# Only what is in view is looked at: to measure the rest would make the browser lay it out.
IN_VIEW = """() => {
  const list = document.querySelector("[data-rtw=transcript]"), box = list.getBoundingClientRect();
  const seen = (element) => {
    const { top, bottom } = element.getBoundingClientRect();
    return bottom > box.top + 20 && top < box.bottom - 20;
  };
  const turns = [...list.children].filter(seen)
    .flatMap((child) => child.matches(".rtw-group") ? [...child.children].filter(seen) : [child])
    .filter((child) => child.dataset.id);
  return { ids: turns.map((turn) => turn.dataset.id), top: Math.round(turns[0].getBoundingClientRect().top) };
}"""
# The scripted engine gives it the place that it is asked for: the first.
BEFORE_ALL = """session.send_event({
    "type": "conversation.item.create", "previous_item_id": "root",
    "item": {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "first of all"}]},
})"""


def test_thousands_of_turns_show_at_once_and_freeze_nothing(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(LONG, "session")
    notebook.start_cell(0)
    notebook.wait_cell(0)
    kernel, page = notebook.kernel, notebook.page
    assert kernel.value("len(session.transcript)") == N_TURNS
    page.evaluate(WATCH % N_TURNS)
    notebook.start_cell(1)
    page.wait_for_function("() => watched.all_ms !== null", timeout=90_000)
    assert shown(notebook) == kernel.value("[turn.id for turn in session.transcript]")
    figures = watched(notebook)
    assert figures["first_ms"] <= figures["all_ms"], "the latest first"
    assert figures["longest_ms"] < FROZEN_MS, figures
    assert page.evaluate(IN_VIEW)["ids"][-1] == shown(notebook)[-1], "the latest is in view"

    # It goes on at the end, where the reader is.
    page.evaluate("() => { watched.longest_ms = 0 }")
    kernel.value("(session.start(), session.ask('and now?', timeout=60).id)[1]", timeout_s=90)
    expect(notebook.hook("turn")).to_have_count(N_TURNS + 2, timeout=30_000)
    page.wait_for_function(
        f"() => ({IN_VIEW})().ids.at(-1) === {json.dumps(kernel.value(LAST))}", timeout=30_000
    )
    assert watched(notebook)["longest_ms"] < FROZEN_MS, watched(notebook)

    # A reader in the middle stays there, whatever comes above and below.
    notebook.hook("transcript").evaluate("list => { list.scrollTop = list.scrollHeight / 2 }")
    page.wait_for_function(SETTLED, timeout=30_000)
    read = page.evaluate(IN_VIEW)
    expect(notebook.hook("jump")).to_be_visible()
    kernel.value(BEFORE_ALL)
    kernel.value("session.ask('more?', timeout=60).id", timeout_s=90)
    expect(notebook.hook("turn")).to_have_count(N_TURNS + 5, timeout=30_000)
    assert shown(notebook) == kernel.value("[turn.id for turn in session.transcript]")
    now = page.evaluate(IN_VIEW)
    assert (now["ids"][0], abs(now["top"] - read["top"]) <= 2) == (read["ids"][0], True)
    notebook.hook("jump").click()
    page.wait_for_function(
        f"() => ({IN_VIEW})().ids.at(-1) === {json.dumps(kernel.value(LAST))}", timeout=30_000
    )
