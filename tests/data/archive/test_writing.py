import os
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from realtime_widget.audio import Clip
from realtime_widget.data import Conversation
from realtime_widget.data.archive import read_archive, write_archive
from realtime_widget.data.archive import writing as module
from realtime_widget.errors import ConfigError, FileError

from .made import ABOUT, assert_same, conversation, noise, saved, sounding


def test_saved_loaded_and_saved_it_is_the_same_to_the_byte(tmp_path: Path) -> None:
    whole = conversation()
    data = saved(whole, tmp_path / "talk.rtw")
    again = read_archive(tmp_path / "talk.rtw")
    assert_same(whole, again)
    assert saved(again, tmp_path / "again.rtw") == data
    assert saved(whole, tmp_path / "twice.RTW") == data


def test_it_is_a_zip_that_every_tool_reads(tmp_path: Path) -> None:
    saved(conversation(), tmp_path / "talk.rtw")
    with zipfile.ZipFile(tmp_path / "talk.rtw") as file:
        assert file.testzip() is None
        assert file.namelist() == [
            "manifest.json",
            *(f"tables/{name}.parquet" for name in ("transcript", "tool_calls", "usage", "latency")),
            "events.jsonl",
            "audio/turn-0000.flac",
            "audio/turn-0001.flac",
            "audio/recording.flac",
        ]


def test_an_empty_conversation_can_be_saved(tmp_path: Path) -> None:
    saved(Conversation(about=ABOUT), tmp_path / "talk.rtw")
    assert_same(Conversation(about=ABOUT), read_archive(tmp_path / "talk.rtw"))


def test_without_sound_the_words_are_there(tmp_path: Path) -> None:
    whole = conversation()
    data = saved(whole, tmp_path / "talk.rtw", audio=False)
    again = read_archive(tmp_path / "talk.rtw")
    assert again.turns == whole.turns and not again.damage
    assert not any(len(turn.audio) for turn in again.turns) and not len(again.recording())
    assert b"fLaC" not in data


def test_it_can_be_saved_onto_the_file_that_it_came_from(tmp_path: Path) -> None:
    path = tmp_path / "talk.rtw"
    whole = conversation()
    data = saved(whole, path)
    assert saved(read_archive(path), path) == data
    again = read_archive(path)
    path.unlink()
    assert_same(again, whole)


@pytest.mark.parametrize(
    "clip",
    [
        Clip(noise(1), 24_000),
        Clip(noise(70_000), 48_000),
        Clip(noise(100, 8), 8_000),
        Clip(noise(100, 9), 24_000),  # more channels than FLAC knows
        Clip(noise(100), 655_350),
        Clip(noise(100), 1_000_000),  # a rate beyond what FLAC knows
    ],
)
def test_every_clip_comes_back_as_it_was(clip: Clip, tmp_path: Path) -> None:
    saved(sounding(clip), tmp_path / "talk.rtw")
    assert read_archive(tmp_path / "talk.rtw").turns[0].audio == clip


def test_half_a_character_is_saved_as_a_mark(tmp_path: Path) -> None:
    whole = conversation()
    (first, *rest) = whole.tool_calls
    saved(replace(whole, tool_calls=(replace(first, output="a\ud83d"), *rest)), tmp_path / "talk.rtw")
    assert read_archive(tmp_path / "talk.rtw").tool_calls[0].output == "a\ufffd"


@pytest.mark.parametrize("name", ["talk", "talk.zip", "talk.wav"])
def test_another_suffix_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\.rtw"):
        write_archive(conversation(), tmp_path / name)


def test_without_pyarrow_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved(conversation(), tmp_path / "talk.rtw")
    monkeypatch.setitem(sys.modules, "pyarrow", None)  # as if it weren't installed
    assert_same(read_archive(tmp_path / "talk.rtw"), conversation())  # to read one needs nothing
    with pytest.raises(ConfigError, match=r"pyarrow.*realtime-widget\[data\]"):
        write_archive(conversation(), tmp_path / "talk.rtw")


def test_what_fails_leaves_the_older_file(tmp_path: Path) -> None:
    path = tmp_path / "talk.rtw"
    data = saved(conversation(), path)
    bad = replace(conversation(), about=replace(ABOUT, metadata={"x": object()}))
    with pytest.raises(ConfigError, match="metadata"):
        write_archive(bad, path)
    assert path.read_bytes() == data and os.listdir(tmp_path) == ["talk.rtw"]
    with pytest.raises(FileError, match="no folder"):
        write_archive(conversation(), tmp_path / "none" / "talk.rtw")


def test_a_number_that_no_file_holds_is_told(tmp_path: Path) -> None:
    whole = conversation()
    bad = replace(whole.usage[0], input_text_tokens=2**70)
    with pytest.raises(ConfigError, match="row of usage"):
        write_archive(replace(whole, usage=(bad,)), tmp_path / "talk.rtw")


def test_more_than_a_file_holds_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = conversation()
    for limit, value in (("MAX_ROWS", 1), ("MAX_TABLE_BYTES", 1), ("MAX_CLIP_SAMPLES", 1)):
        with monkeypatch.context() as patch, pytest.raises(ConfigError, match=r"at most|longer"):
            patch.setattr(module, limit, value)
            write_archive(whole, tmp_path / "talk.rtw")
    monkeypatch.setattr(module, "MAX_EVENTS_BYTES", 600)
    saved(whole, tmp_path / "talk.rtw")
    again = read_archive(tmp_path / "talk.rtw")
    assert again.events == whole.events[-len(again.events) :] and 0 < len(again.events) < len(whole.events)
    assert again.n_events_dropped == 17 + len(whole.events) - len(again.events)
