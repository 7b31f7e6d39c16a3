"""Several panels of one session, and what they may consist of."""

from collections.abc import Iterator

import pytest

from realtime_widget import RealtimeSession, RealtimeWidget
from realtime_widget.errors import ConfigError
from tests.widget.pages import answering, caught_up


@pytest.fixture(autouse=True)
def front_end(monkeypatch: pytest.MonkeyPatch) -> None:
    if not RealtimeWidget._esm:
        monkeypatch.setattr(RealtimeWidget, "_esm", "export default {}")


@pytest.fixture
def session() -> Iterator[RealtimeSession]:
    with answering() as engine:
        session = RealtimeSession(engine=engine.url, api_key="sk-test")
        yield session
        session.stop()


def test_parts_are_panels_of_their_own_that_share_one_link(session: RealtimeSession) -> None:
    full, controls = session.panel(), session.panel("controls", "captions", compact=True)
    assert controls is not full
    assert controls is session.panel("controls", "captions", compact=True)
    assert controls is not session.panel("controls", "captions")
    assert (controls.parts, controls.compact, full.parts) == (["controls", "captions"], True, [])
    assert controls.session_id == full.session_id
    assert controls._link is full._link
    assert RealtimeSession(engine="local").panel().session_id != full.session_id


def test_a_part_that_is_named_twice_counts_once(session: RealtimeSession) -> None:
    assert session.panel("tools", "tools").parts == ["tools"]


@pytest.mark.parametrize("parts", [("transcripts",), ("controls", "everything"), (7,)])
def test_an_unknown_part_is_refused_with_the_names_of_all(
    session: RealtimeSession, parts: tuple[str, ...]
) -> None:
    with pytest.raises(ConfigError, match="controls, transcript, tools, meters, captions, inspector"):
        session.panel(*parts)


def test_when_one_panel_is_closed_the_others_go_on(session: RealtimeSession) -> None:
    full, controls = session.panel(), session.panel("controls")
    link = full._link
    full._receive(full, {"type": "page.ready", "page": "one"}, [])
    caught_up(session)
    assert link.owner == "one"
    full.close()
    caught_up(session)
    assert link in session._core.views
    assert link.owner == "one", "the page lives on, and talks through the other panel"
    controls.close()
    caught_up(session)
    assert link not in session._core.views
    assert link.owner is None


def test_a_panel_after_all_were_closed_shows_the_session_again(session: RealtimeSession) -> None:
    session.panel().close()
    caught_up(session)
    again = session.panel()
    caught_up(session)
    assert again._link in session._core.views
