"""What every test of a widget gets: a judge of all that its session sends, and a front end."""

from pathlib import Path

import pytest

from realtime_widget.widget import front_end
from realtime_widget.widget.front_end import FrontEndWidget

from ..strict import strict_commands  # noqa: F401


@pytest.fixture(autouse=True)
def built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The tests of the Python side run without a built bundle too."""
    if FrontEndWidget._esm:
        return
    for name in ("widget.js", "widget.css", "loader.js"):
        (tmp_path / name).write_text("")
    monkeypatch.setattr(front_end, "STATIC", tmp_path)
    monkeypatch.setattr(front_end, "_LOADER", tmp_path / "loader.js")
    monkeypatch.setattr(FrontEndWidget, "_esm", "export default {}")
