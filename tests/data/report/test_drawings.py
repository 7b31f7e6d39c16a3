import pytest

from realtime_widget.data import StillData
from realtime_widget.data.report.content import Content
from realtime_widget.data.report.drawings import drawings
from tests.data.conversations import conversation


def test_pictures_come_in_light_and_in_dark() -> None:
    told = conversation(6)
    found = drawings(Content(StillData(told), told.about))
    assert list(found) == ["timeline", "latency"]
    drawing = found["timeline"]
    assert drawing.light.startswith(b"\x89PNG") and drawing.light != drawing.dark and "6 turns" in drawing.alt
    assert drawing.source(dark=True).startswith("data:image/png;base64,") and drawing.size[0] == 960


def test_without_matplotlib_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    told = conversation(6)
    assert drawings(Content(StillData(told), told.about)) == {}


def test_nothing_said_is_no_picture() -> None:
    told = conversation(0)
    assert drawings(Content(StillData(told), told.about)) == {}
