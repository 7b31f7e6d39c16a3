"""The conversation in the notebook file, written as a kernel writes it."""

import gc
import sys
import weakref
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from realtime_widget import RealtimeSession
from realtime_widget.widget.host import COLAB_CALL
from realtime_widget.widget.saved import MOVED, PANEL_WORDS, PART_WORDS
from tests.session.helpers import wait_until
from tests.widget.pages import Pages, answering, caught_up

VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    """A shell as a kernel has it."""
    shell = InteractiveShell.instance()
    shell.kernel = object()
    yield shell
    InteractiveShell.clear_instance()


@pytest.fixture
def session() -> Iterator[RealtimeSession]:
    with answering("Hi <b>there</b>.") as engine:
        session = RealtimeSession(engine=engine.url, title="Zoo")
        yield session
        session.stop()


class Cell:
    """Runs something as a cell; `displays` are outputs as a front end has them, updates included."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self.displays: list[dict[str, Any]] = []
        self.updates: list[str] = []

    def run(self, action: Any) -> list[dict[str, Any]]:
        """Return what is displayed anew."""
        n = len(self.displays)
        with capture_output() as output:
            action()
            self._shell.events.trigger("post_run_cell", None)
        self._take(output.outputs)
        return self.displays[n:]

    def _take(self, outputs: list[Any]) -> None:
        for output in outputs:
            place = (output.transient or {}).get("display_id")
            told = {"id": place, "data": output.data, "metadata": output.metadata}
            if output.update:
                self.updates.append(place)
                for old in self.displays:
                    if old["id"] == place:
                        old.update(told)
            else:
                self.displays.append(told)


def html(display: dict[str, Any]) -> str:
    return str(display["data"]["text/html"])


def test_beside_the_panel_stands_the_conversation(session: RealtimeSession, shell: InteractiveShell) -> None:
    cell = Cell(shell)
    panel, saved = cell.run(session._ipython_display_)
    assert panel["data"].keys() == {VIEW, "text/plain"}
    assert panel["data"]["text/plain"] == PANEL_WORDS
    assert saved["data"].keys() == {"text/html", "text/plain"}
    assert "Nothing was said yet." in html(saved) and "Zoo" in html(saved)

    cell.run(lambda: session.start().ask("What's <up>?"))
    assert "What&#x27;s &lt;up&gt;?" in html(saved) and "Hi &lt;b&gt;there&lt;/b&gt;." in html(saved)
    assert "Assistant: Hi <b>there</b>." in saved["data"]["text/plain"]
    assert set(cell.updates) == {saved["id"]}

    n = len(cell.updates)
    cell.run(lambda: None)
    assert len(cell.updates) == n, "without news nothing is written"


def test_a_host_that_shows_no_panel_yet_tells_how_to_get_it(
    session: RealtimeSession, shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = session.panel()
    widgets = SimpleNamespace(_installed_url=None)
    colab = SimpleNamespace(_widgets=widgets, enable_custom_widget_manager=lambda: None)
    monkeypatch.setitem(sys.modules, "google.colab.output", colab)
    limit, saved = Cell(shell).run(panel._ipython_display_)
    assert limit["data"].keys() == {"text/plain"}
    assert COLAB_CALL in limit["data"]["text/plain"]
    assert "Zoo" in html(saved)


def test_it_is_written_when_a_turn_has_ended_and_at_the_end(
    session: RealtimeSession, shell: InteractiveShell
) -> None:
    cell = Cell(shell)
    cell.run(session._ipython_display_)
    with capture_output() as output:
        session.start()
        session.ask("Hello")
        wait_until(lambda: any("Hi &lt;b&gt;" in o.data["text/html"] for o in output.outputs))
        session.stop()
    assert all(o.update for o in output.outputs)


def test_only_the_panel_that_was_shown_last_has_it(session: RealtimeSession, shell: InteractiveShell) -> None:
    cell = Cell(shell)
    _, first = cell.run(session._ipython_display_)
    _, second = cell.run(session.panel()._ipython_display_)
    assert html(first) == html(second), "as long as nothing was said, nothing is changed either"
    cell.run(lambda: session.start().ask("Hello"))
    assert MOVED in html(first) and "Hello" not in html(first)
    assert "Hello" in html(second)


def test_parts_that_tell_no_words_have_none_unless_nothing_else_does(
    session: RealtimeSession, shell: InteractiveShell
) -> None:
    cell = Cell(shell)
    assert len(cell.run(session.panel("controls")._ipython_display_)) == 2
    (captions,) = cell.run(session.panel("captions")._ipython_display_)
    assert captions["data"]["text/plain"] == PART_WORDS
    assert len(cell.run(session.panel("transcript", "tools")._ipython_display_)) == 2


def test_displays_of_a_session_that_was_not_started_are_the_same_each_time(shell: InteractiveShell) -> None:
    def displays() -> list[dict[str, Any]]:
        session = RealtimeSession(engine="ws://127.0.0.1:9", title="Zoo")
        shown = Cell(shell).run(session._ipython_display_)
        return [{k: v for k, v in each["data"].items() if k != VIEW} for each in shown]

    assert displays() == displays()


def test_outside_a_notebook_its_name_is_printed(
    session: RealtimeSession, capsys: pytest.CaptureFixture[str]
) -> None:
    session._ipython_display_()
    assert capsys.readouterr().out == f"{session.panel()!r}\n"
    assert not session.panel()._link.saved.placed


def test_one_bundle_has_it_all_for_hosts_that_ask_for_one(session: RealtimeSession) -> None:
    session.start().ask("Hello")
    bundle, _ = session._repr_mimebundle_()
    assert bundle.keys() == {VIEW, "text/html", "text/plain"}
    assert "You: Hello" in bundle["text/plain"] and "Hi &lt;b&gt;" in bundle["text/html"]


def test_a_page_hears_what_the_file_should_tell_and_may_ask_for_it(
    session: RealtimeSession, shell: InteractiveShell
) -> None:
    cell = Cell(shell)
    cell.run(session._ipython_display_)
    pages = Pages()
    pages.link = session.panel()._link
    session._io.post(pages.link.wires.add, pages.take)
    pages.link.receive({"type": "page.ready", "page": "one"}, [], wire=pages.take)
    caught_up(session)
    cell.run(lambda: session.start().ask("Hello"))
    told = pages.wait("saved")
    assert "data" not in told and "Hello" not in str(told)

    pages.say("saved.get", digest="")
    answer = pages.wait("saved", lambda message: "data" in message)
    assert answer["page"] == "one" and "Hello" in answer["data"]["text/plain"]
    marks = answer["marks"]["realtime_widget"]
    assert marks == {"session": pages.link.session_id, "digest": answer["digest"]}
    assert cell.displays[1]["metadata"] == answer["marks"]

    n = len(pages.of("saved"))
    pages.say("saved.get", digest=answer["digest"])
    caught_up(session)
    assert len(pages.of("saved")) == n, "who has it is told nothing"


def test_a_notebook_keeps_no_session_alive(shell: InteractiveShell) -> None:
    session = RealtimeSession(engine="ws://127.0.0.1:9")
    Cell(shell).run(session._ipython_display_)
    saved = weakref.ref(session.panel()._link.saved)
    session.panel().close()
    n = len(shell.events.callbacks["post_run_cell"])
    del session
    for _ in range(3):
        gc.collect()
    assert saved() is None
    assert len(shell.events.callbacks["post_run_cell"]) == n - 1
