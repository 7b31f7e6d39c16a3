"""A check without a front end."""

from realtime_widget.session.findings import CheckLine
from realtime_widget.widget.checks.static import check_html


def test_everything_is_escaped_and_said_in_words() -> None:
    lines = [
        CheckLine(
            id="a", group="engine", title="Engine <b>", status="problem", found="<i>", remedy="Do & go."
        ),
        CheckLine(id="b", group="engine", title="API key", status="ok", found="None is needed."),
    ]
    html = check_html(lines)
    assert "Engine &lt;b&gt;" in html
    assert "&lt;i&gt;" in html
    assert "→ Do &amp; go." in html
    assert "✗ Problem" in html
    assert html.count("<th") == 1, "one heading for the group"
