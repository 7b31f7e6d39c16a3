import queue
import re
import sys
import threading
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from realtime_widget.data.display.drawing import Drawing
from realtime_widget.data.display.live import show_picture
from realtime_widget.data.display.marimo import running_marimo
from tests.data.talk import Talk

LIMIT_S = 10.0
say = print


def in_mode(mode: str | None) -> SimpleNamespace:
    """marimo in a mode of its own; None outside of its notebooks."""
    return SimpleNamespace(app_meta=lambda: SimpleNamespace(mode=mode))


@pytest.mark.parametrize(
    ("mode", "shown", "runs"),
    [("edit", True, True), ("run", True, True), ("script", False, True), (None, False, False)],
)
def test_marimo_is_found_where_it_runs(
    monkeypatch: pytest.MonkeyPatch, mode: str | None, shown: bool, runs: bool
) -> None:
    marimo = in_mode(mode)
    monkeypatch.setitem(sys.modules, "marimo", marimo)
    assert (running_marimo() is marimo) == shown
    assert (running_marimo(shown=False) is marimo) == runs


def test_marimo_that_is_half_loaded_or_not_at_all_is_not_running(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "marimo", SimpleNamespace())
    assert running_marimo(shown=False) is None
    monkeypatch.delitem(sys.modules, "marimo")
    assert running_marimo(shown=False) is None


class Html:
    """What marimo shows."""

    def __init__(self, text: str) -> None:
        self.text = text

    def _mime_(self) -> tuple[str, str]:
        return "text/html", self.text


class Cell:
    """marimo as a live view sees it: one cell, its output, and threads that end when it runs again."""

    def __init__(self) -> None:
        self.painted: queue.Queue[Html] = queue.Queue()
        self.Html = self.as_html = self.plain_text = lambda shown: Html(str(shown))
        self.output = SimpleNamespace(replace=self.painted.put)
        self.should_exit = False
        self.threads: list[threading.Thread] = []

    def app_meta(self) -> SimpleNamespace:
        return SimpleNamespace(mode="edit")

    def current_thread(self) -> "Cell":
        return self

    def vstack(self, parts: list[Html]) -> Html:
        return Html(" + ".join(part.text for part in parts))

    def Thread(self, *, target: Callable[[], None], daemon: bool) -> threading.Thread:
        self.threads.append(threading.Thread(target=target, daemon=daemon))
        return self.threads[-1]


@pytest.fixture
def cell(monkeypatch: pytest.MonkeyPatch) -> Cell:
    cell = Cell()
    monkeypatch.setitem(sys.modules, "marimo", cell)
    return cell


def test_a_live_table_is_the_output_of_its_cell_and_follows(cell: Cell) -> None:
    conversation, due = Talk(), []
    conversation.data.schedule = lambda delay_s, function: due.append(function)
    view = conversation.data.transcript.live()
    assert "0 turns" in view._mime_()[1]  # type: ignore[attr-defined]
    assert "0 turns" in cell.painted.get(timeout=LIMIT_S).text
    conversation.typed(0, "u1", "<b>hello</b>")
    conversation.typed(1, "u2", "hello")
    [repaint] = due
    repaint()
    html = cell.painted.get(timeout=LIMIT_S).text
    assert "2 turns" in html and "<b>" not in html and cell.painted.empty()
    view.stop()
    cell.threads[0].join(LIMIT_S)
    assert not cell.threads[0].is_alive() and not view.running


def test_a_function_is_drawn_with_what_it_prints_and_with_its_mistakes(cell: Cell) -> None:
    conversation = Talk()

    def draw(talk: Talk) -> int:
        say("turns:")
        return 10 // len(talk.data.transcript)

    follow = conversation.data.transcript.subscribe
    view = show_picture(Drawing(draw, lambda: conversation), follow, lambda delay_s, repaint: repaint())
    wrong = cell.painted.get(timeout=LIMIT_S).text
    assert re.match(r"turns:\n \+ <pre[^>]*>ZeroDivisionError", wrong)
    conversation.typed(0, "u1", "hello")
    assert cell.painted.get(timeout=LIMIT_S).text == "turns:\n + 10"
    view.stop()


def test_a_live_table_ends_when_its_cell_runs_again(cell: Cell) -> None:
    conversation = Talk()
    conversation.data.schedule = lambda delay_s, function: function()
    view = conversation.data.events.live()
    cell.painted.get(timeout=LIMIT_S)
    cell.should_exit = True
    conversation.typed(0, "u1", "hello")
    cell.threads[0].join(LIMIT_S)
    assert not view.running and cell.painted.empty()


def test_what_nobody_schedules_is_shown_once(cell: Cell) -> None:
    view = Talk().data.transcript.live()
    assert not view.running and not cell.threads
