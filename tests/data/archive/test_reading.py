import hashlib
import random
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from realtime_widget.audio import Clip
from realtime_widget.data import StillData
from realtime_widget.data.archive import DamagedFileWarning, read_archive
from realtime_widget.data.archive.parquet import write_rows
from realtime_widget.data.archive.sounds import sound_file
from realtime_widget.data.tool_calls import ToolCall
from realtime_widget.data.turns import Turn
from realtime_widget.errors import AudioError, FileError, FileFormatError

from .made import a_call, assert_same, conversation, damaged, loaded, members, noise, packed, saved

REMADE = "The recording is missing, and made anew of the sounds of the turns."
TRANSCRIPT, CALLS = "tables/transcript.parquet", "tables/tool_calls.parquet"


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return saved(conversation(), tmp_path_factory.mktemp("good") / "talk.rtw")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "talk.rtw"


def test_what_was_packed_anew_by_another_tool_is_the_same(good: bytes, path: Path) -> None:
    assert_same(replace(conversation(), n_events_dropped=0), loaded(packed(members(good)), path))


def test_a_file_that_isnt_there_and_a_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"No such file"):
        read_archive(tmp_path / "none.rtw")
    with pytest.raises(FileError, match="directory"):
        read_archive(tmp_path)


@pytest.mark.parametrize("data", [b"", b"hello", b"PK\5\6" + bytes(18), b"RIFF" + bytes(1_000)])
def test_what_is_no_conversation_is_told(data: bytes, path: Path) -> None:
    with pytest.raises(FileFormatError, match=r"talk\.rtw.*no conversation"):
        loaded(data, path)


def test_a_later_version_is_told_with_what_to_do(good: bytes, path: Path) -> None:
    with pytest.raises(FileFormatError, match=r"version 9 .*pip install --upgrade"):
        loaded(packed(members(good), format_version=9), path)


# -- damage ------------------------------------------------------------------------------------------------


def test_a_cut_off_file_gives_what_can_be_saved(good: bytes, path: Path) -> None:
    whole = conversation()
    cut = damaged(good[: good.index(b"audio/recording.flac")], path)
    assert cut.turns == whole.turns and cut.damage == (REMADE,)
    assert [turn.audio for turn in cut.turns] == [turn.audio for turn in whole.turns]
    assert cut.recording() == whole.recording()
    cut = damaged(good[: good.index(b"audio/turn-0001")], path)
    assert "The sound is missing of turn 1." in cut.damage and len(cut.turns[0].audio)
    cut = damaged(good[: good.index(b"events.jsonl")], path)
    assert cut.turns == whole.turns and not cut.events and cut.about == whole.about
    cut = damaged(good[: good.index(b"tables/usage.parquet")], path)
    assert cut.turns == whole.turns and cut.tool_calls == whole.tool_calls and not cut.usage
    with pytest.raises(FileFormatError, match="nothing of the conversation"):
        loaded(good[: good.index(TRANSCRIPT.encode())], path)


def test_only_the_directory_cut_off_is_no_loss(good: bytes, path: Path) -> None:
    assert_same(conversation(), loaded(good[: good.index(b"PK\1\2") + 5], path))


def test_without_the_manifest_the_words_are_there(good: bytes, path: Path) -> None:
    at = good.index(b"manifest.json") + 40
    lost = damaged(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :], path)
    whole = conversation()
    assert lost.turns == whole.turns and lost.events == whole.events and lost.recording() == whole.recording()
    assert len(lost.about.id) == 32 and lost.damage == ("Its title, settings and metadata are lost.",)
    assert damaged(path.read_bytes(), path).about.id == lost.about.id


def test_damage_is_remembered_by_the_next_file_and_told_once(good: bytes, path: Path) -> None:
    cut = damaged(good[: good.index(b"audio/recording.flac")], path)
    again = loaded(saved(cut, path), path)  # it would warn
    assert again.damage == cut.damage and again.turns == cut.turns
    assert again.recording() == cut.recording()


def test_any_cut_and_any_change_gives_an_error_or_what_can_be_saved(good: bytes, path: Path) -> None:
    dice = random.Random(11)
    whole = conversation()
    texts = {turn.text for turn in whole.turns}
    n_loaded = 0
    for _ in range(150):
        data = bytearray(good[: dice.choice((len(good), dice.randrange(len(good))))])
        for _ in range(dice.choice((0, 1, 1, 4, 40)) if data else 0):
            data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
        path.write_bytes(data)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DamagedFileWarning)
            try:
                read = read_archive(path)
            except FileFormatError:
                continue
        n_loaded += 1
        # What comes back is what was saved, word for word and sample for sample.
        assert {turn.text for turn in read.turns} <= texts
        assert {call.output for call in read.tool_calls} <= {call.output for call in whole.tool_calls}
        assert all(not len(t.audio) or t.audio == whole.turns[t.turn].audio for t in read.turns)
        assert read.damage or (read.turns == whole.turns and read.events == whole.events)
    assert n_loaded > 30


# -- malice ------------------------------------------------------------------------------------------------


def test_texts_are_text(good: bytes, path: Path) -> None:
    data = StillData(loaded(good, path))
    assert "&lt;script&gt;" in data.transcript._repr_html_()
    assert "<script>" not in data.transcript._repr_html_() + data.tool_calls._repr_html_()


def test_rows_that_dont_fit_one_another_are_mended(good: bytes, path: Path) -> None:
    turns = conversation().turns
    rows = [replace(turns[0], turn=7), replace(turns[1], turn=3), replace(turns[1], turn=9), turns[2]]
    calls = [a_call(turn=3), a_call(call_id="c2", turn=99), a_call(turn=5)]
    content = {
        **members(good),
        TRANSCRIPT: write_rows(Turn, rows),
        CALLS: write_rows(ToolCall, calls),
    }
    read = damaged(packed(content), path)
    assert [turn.turn for turn in read.turns] == [0, 1, 2]
    assert [(call.call_id, call.turn) for call in read.tool_calls] == [("c9", 1), ("c2", None)]
    assert all(0 <= row.turn < len(read.turns) for row in read.latency)
    assert len(StillData(read).transcript.df) == 3 and len(StillData(read).latency.df) == len(read.latency)


def test_times_where_no_clock_goes_cost_their_row(good: bytes, path: Path) -> None:
    first, second, *_ = conversation().turns
    rows = [replace(first, start_ms=2**62), second]
    read = damaged(packed({**members(good), TRANSCRIPT: write_rows(Turn, rows)}), path)
    assert [turn.id for turn in read.turns] == ["a1"] and read.turns[0].audio == second.audio
    assert "1 row of transcript couldn't be read." in read.damage


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        (TRANSCRIPT, lambda _: b"PAR1" + bytes(100) + b"PAR1", "The table transcript is missing"),
        (CALLS, lambda data: data[:-20], "The table tool_calls is missing"),
        ("events.jsonl", lambda data: b"[" * 100_000 + b"\n" + data, "1 row of events"),
        ("events.jsonl", lambda data: b'{"t_ms":1e999}\n' + data, "1 row of events"),
    ],
)
def test_members_with_right_checksums_and_wrong_content_are_told(
    good: bytes, path: Path, name: str, content: Callable[[bytes], bytes], told: str
) -> None:
    of_good = members(good)
    read = damaged(packed({**of_good, name: content(of_good[name])}), path)
    assert any(note.startswith(told) for note in read.damage)


def test_a_sound_that_is_none_is_told_when_it_is_asked_for(good: bytes, path: Path) -> None:
    wrong = {**members(good), "audio/turn-0001.flac": b"fLaC" + bytes(50)}
    wrong["audio/recording.flac"] = sound_file(Clip(noise(10)))[1]
    read = loaded(packed(wrong), path)
    with pytest.raises(AudioError, match=r"The sound of turn 1 in talk\.rtw can't be read"):
        _ = read.turns[1].audio
    with pytest.raises(AudioError, match="has 1 channels instead of 2"):
        read.recording()
    assert len(read.turns[0].audio)


def test_members_that_arent_known_or_named_are_ignored(good: bytes, path: Path) -> None:
    content = {**members(good), "tables/secrets.parquet": b"x", "../../talk.txt": b"y"}
    assert_same(replace(conversation(), n_events_dropped=0), loaded(packed(content), path))
    named = {name: {"sha256": hashlib.sha256(data).hexdigest()} for name, data in content.items()}
    del named["audio/turn-0001.flac"]
    assert not len(loaded(packed(content, members=named), path).turns[1].audio)
