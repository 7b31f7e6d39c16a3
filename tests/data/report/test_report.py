from functools import cache
from pathlib import Path

import pytest

from realtime_widget.data import StillData
from realtime_widget.data.report import Report, make_report
from realtime_widget.errors import ConfigError, FileError
from tests.data.conversations import Maker, conversation


@cache
def of(n_turns: int = 6, title: str = "Mine") -> Report:
    """One report for many tests: nothing changes it, and pictures take their time."""
    told = conversation(n_turns, title=title)
    return make_report(StillData(told), told.about)


def test_a_report_shows_itself_and_has_its_pictures_in_it() -> None:
    report = of()
    bundle = report._repr_mimebundle_()
    assert bundle["text/html"].count("<img ") == 2 and "<picture>" not in bundle["text/html"]
    assert report.html.count("<picture>") == 2 and report.html.count("data:image/png;base64,") == 4
    assert bundle["text/plain"] == repr(report) and repr(report).startswith(
        "Report('Mine', 2026-11-21 09:30 UTC"
    )
    assert report.summary["turns"]["user"] == 3 and report.title == "Mine"


def test_its_pictures_in_a_cell_are_light_or_dark() -> None:
    told = conversation(2)
    data = StillData(told)
    dark = make_report(data, told.about, theme="dark")._repr_mimebundle_()["text/html"]
    light = make_report(data, told.about)._repr_mimebundle_()["text/html"]
    assert dark.count("<img ") == light.count("<img ") == 2 and dark != light
    with pytest.raises(ConfigError, match="no theme 'sepia'"):
        make_report(data, told.about, theme="sepia")


def test_it_is_saved_as_a_page_or_as_markdown_with_files(tmp_path: Path) -> None:
    report = of()
    report.save(tmp_path / "talk.html")
    assert (tmp_path / "talk.html").read_text(encoding="utf-8") == report.html
    report.save(tmp_path / "my talk.md")
    text = (tmp_path / "my talk.md").read_text(encoding="utf-8")
    assert "](my%20talk_files/timeline.png)" in text and "](" not in report.markdown
    assert sorted(file.name for file in (tmp_path / "my talk_files").iterdir()) == [
        "latency.png",
        "timeline.png",
    ]
    with pytest.raises(ConfigError, match=r"\.html or \.md"):
        report.save(tmp_path / "talk.pdf")


def test_what_cant_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="there is no folder"):
        of().save(tmp_path / "nowhere" / "talk.html")
    (tmp_path / "talk_files").write_text("in the way")
    with pytest.raises(FileError, match="Can't make the folder"):
        of().save(tmp_path / "talk.md")


def test_nothing_said_is_saved_without_files(tmp_path: Path) -> None:
    of(0).save(tmp_path / "talk.md")
    assert [file.name for file in tmp_path.iterdir()] == ["talk.md"]


def test_a_wrong_path_is_refused_before_anything_is_drawn(tmp_path: Path) -> None:
    told = conversation(2)
    with pytest.raises(ConfigError):
        make_report(StillData(told), told.about, tmp_path / "talk.docx")
    assert make_report(StillData(told), told.about, tmp_path / "talk.md").title == "Rows and temperatures"
    assert (tmp_path / "talk.md").exists()


def test_it_stays_as_it_was_when_more_is_said() -> None:
    maker = Maker()
    maker.go_on(2)
    told = maker.conversation()
    report = make_report(StillData(told), told.about)
    maker.go_on(2)
    assert report.summary["turns"]["user"] == 1
