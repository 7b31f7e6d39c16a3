"""The panel for marimo, with marimo's own comms and without its server."""

from typing import Any

import pytest
from ipywidgets import Widget
from marimo._plugins.ui._impl.anywidget.init import init_marimo_widget

from realtime_widget.widget import RealtimeWidget
from realtime_widget.widget import marimo as module
from realtime_widget.widget.marimo import ReactiveWidget, panel_kind
from tests.widget.pages import answering, talking


@pytest.fixture
def in_marimo(monkeypatch: pytest.MonkeyPatch) -> None:
    """Widgets get marimo's comms, as they do in its notebooks."""
    monkeypatch.setattr(module, "running_marimo", lambda *, shown: module)
    monkeypatch.setattr(Widget, "_widget_construction_callback", staticmethod(init_marimo_widget))


def value(panel: Any) -> dict[str, Any]:
    """What `mo.ui.anywidget(panel).value` is made of."""
    state: dict[str, Any] = panel.get_state()
    return state


def test_outside_of_marimo_nothing_of_a_conversation_is_a_trait() -> None:
    assert panel_kind() is RealtimeWidget
    assert not {"turns_done", "transcript"} & set(RealtimeWidget.class_trait_names())


@pytest.mark.usefixtures("in_marimo")
def test_the_value_holds_the_transcript_and_no_message_does() -> None:
    with talking(answering("Hi there.")) as (session, _):
        panel = session.panel()
        assert isinstance(panel, ReactiveWidget)
        assert value(panel)["transcript"] == []
        with session:
            session.ask("Hello")
        assert [(turn["role"], turn["text"], turn["status"]) for turn in value(panel)["transcript"]] == [
            ("user", "Hello", "completed"),
            ("assistant", "Hi there.", "completed"),
        ]
        assert panel.transcript == value(panel)["transcript"]
        assert "transcript" not in panel.get_state(["turns_done"])
        assert "transcript" not in panel.trait_names(sync=True)


@pytest.mark.usefixtures("in_marimo")
def test_a_cell_that_runs_again_gets_a_panel_of_its_own() -> None:
    with talking() as (session, _):
        first = session.panel()
        assert session.panel() is first
        first.comm.close()  # as marimo does before the cell runs again
        assert first.gone
        second = session.panel()
        assert second is not first
        assert not second.gone
        first._post({"type": "state"}, [])
        assert first.comm is None, "a panel without a page takes its leave"
