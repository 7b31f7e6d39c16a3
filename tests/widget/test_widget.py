"""The panel as Jupyter sees it: traits, saved state, display."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from realtime_widget import RealtimeSession, RealtimeWidget
from realtime_widget.errors import RealtimeError
from realtime_widget.widget import front_end
from tests.session.saved import saved_talk
from tests.widget.pages import answering, caught_up

KEY = "sk-test-1234567890abcdef"


@pytest.fixture
def session() -> Iterator[RealtimeSession]:
    with answering("The secret word is xylophone.") as engine:
        session = RealtimeSession(
            engine=engine.url, api_key=KEY, instructions="Guard the zebra.", title="Zoo"
        )
        yield session
        session.stop()


def test_a_session_has_one_panel(session: RealtimeSession) -> None:
    panel = session.panel()
    assert isinstance(panel, RealtimeWidget)
    assert session.panel() is panel
    assert panel.session is session
    assert session._repr_mimebundle_() == panel._repr_mimebundle_()


def test_nothing_is_synced_but_what_the_panel_is_a_panel_of(session: RealtimeSession) -> None:
    synced = set(session.panel().traits(sync=True))
    of_every_widget = {"layout", "tabbable", "tooltip"}
    ours = {name for name in synced if not name.startswith("_")} - of_every_widget
    assert ours == {"kind", "session_id", "parts", "compact", "replays"}


def test_what_a_notebook_saves_has_no_key_no_words_and_no_sound(session: RealtimeSession) -> None:
    panel = session.panel()
    session.start()
    session.ask("where is the rhinoceros")
    assert session.transcript.last_response
    state = json.dumps(panel.get_state(), default=repr)
    for secret in (KEY, "rhinoceros", "xylophone", "zebra"):
        assert secret not in state
    assert len(state) < 6_000


def test_the_display_reads_the_same_each_time(session: RealtimeSession) -> None:
    panel = session.panel()
    assert repr(panel) == f"RealtimeWidget({session!r})"
    assert "0x" not in repr(panel)
    assert KEY not in repr(panel)
    assert "application/vnd.jupyter.widget-view+json" in panel._repr_mimebundle_()[0]


def test_a_message_of_a_page_reaches_the_session(session: RealtimeSession) -> None:
    panel = session.panel()
    panel._handle_msg(
        {
            "content": {"data": {"method": "custom", "content": {"type": "page.ready", "page": "one"}}},
            "buffers": [],
        }
    )
    caught_up(session)
    assert panel._link.owner == "one"


def test_a_message_that_makes_no_sense_raises_nothing(session: RealtimeSession) -> None:
    panel = session.panel()
    for content in ({"type": "nonsense"}, None, 3, {"type": "audio", "page": 1}):
        panel._handle_msg({"content": {"data": {"method": "custom", "content": content}}, "buffers": []})
    caught_up(session)
    assert panel._link.owner is None


def test_a_closed_panel_is_replaced_and_hears_no_more(session: RealtimeSession) -> None:
    panel = session.panel()
    caught_up(session)
    panel._link.receive({"type": "page.ready", "page": "one"}, [])
    panel.close()
    caught_up(session)
    assert panel._link not in session._core.views
    assert not session._core.protocol.playback.has_player
    assert session.panel() is not panel
    assert session.start().ask("hello").text


def test_a_comm_that_breaks_does_not_break_the_conversation(
    session: RealtimeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = session.panel()

    def send(*args: object, **options: object) -> None:
        raise LookupError("shell_parent")

    monkeypatch.setattr(panel.comm, "send", send)
    panel._link.receive({"type": "page.ready", "page": "one"}, [])
    caught_up(session)
    assert session.start().ask("hello").text


def test_without_the_front_end_the_error_says_how_to_get_it(
    session: RealtimeSession, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(front_end, "STATIC", tmp_path)
    with pytest.raises(RealtimeError, match="make build") as caught:
        session.panel()
    assert caught.value.code == "front_end_missing"
    assert session.start().ask("hello").text


def test_the_panel_of_a_saved_conversation_says_so_at_once() -> None:
    assert RealtimeSession.load(saved_talk()).panel().replays is True
    with answering("Hi.") as engine:
        assert RealtimeSession(engine=engine).panel().replays is False
