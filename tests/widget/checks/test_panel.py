"""The check inside a panel, for the session's own engine."""

from realtime_widget.testing import ScriptedEngine, refuse
from tests.widget.pages import talking


def test_a_panel_checks_its_own_engine() -> None:
    with talking() as (_, pages):
        pages.say("check.run")
        told = pages.wait("check.lines", lambda message: message["ended"])
        assert told["page"] == "one"
        lines = {line["id"]: line for line in told["lines"]}
        assert lines["answer"]["status"] == "ok"
        assert pages.wait("check.lines", lambda message: not message["ended"])


def test_it_tells_that_the_key_is_refused_and_changes_nothing() -> None:
    with talking(ScriptedEngine(refuse(401, {"error": {"message": "No."}}))) as (session, pages):
        pages.say("check.run", again=True)
        told = pages.wait("check.lines", lambda message: message["ended"])
        [problem] = [line for line in told["lines"] if line["status"] == "problem"]
        assert "refused the key" in problem["found"]
        assert session.status == "disconnected"
        assert session.error is None


def test_an_echo_goes_the_way_of_the_microphone() -> None:
    with talking() as (_, pages):
        pages.say("check.echo", pcm=b"\1\2", echo_id=4)
        assert pages.wait("check.echo")["echo_id"] == 4
        assert pages.sent[-1][1] == [b"\1\2"]
        pages.say("check.page", lines=[])
        pages.say("check.echo", echo_id=5)
        pages.wait("check.echo", lambda message: message["echo_id"] == 5)
