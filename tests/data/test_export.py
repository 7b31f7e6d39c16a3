import csv
import io
import json
import sys
from pathlib import Path

import pytest

from realtime_widget.errors import ConfigError
from tests.data.talk import Talk


@pytest.fixture
def talk() -> Talk:
    talk = Talk()
    talk.spoken(0, "u1", words='Say "héllo",\n\n1 --> 2 <b>!')
    talk.called(1050, "r0", "c1")
    talk.answered(1060, "c1")
    talk.said(3_600_000, "r1", "a1", "Héllo.", n_ms=1500)
    return talk


def saved(talk: Talk, path: Path) -> str:
    talk.data.transcript.save(path)
    return path.read_text(encoding="utf-8")


def test_txt_is_the_text(talk: Talk, tmp_path: Path) -> None:
    assert saved(talk, tmp_path / "talk.txt") == talk.data.transcript.text + "\n"


def test_md_has_one_paragraph_a_turn_and_no_html(talk: Talk, tmp_path: Path) -> None:
    assert saved(talk, tmp_path / "talk.md").splitlines() == [
        '**User** (0:00): Say "héllo", 1 --&gt; 2 &lt;b&gt;!',
        "",
        "**Assistant** (60:00): Héllo.",
    ]


def test_json_has_every_column(talk: Talk, tmp_path: Path) -> None:
    rows = json.loads(saved(talk, tmp_path / "TALK.JSON"))
    assert [tuple(row) for row in rows] == [talk.data.transcript.columns] * 2
    assert rows[1]["tool_calls"] == ["c1"] and rows[0]["created_at"].endswith("+00:00")


def test_csv_has_every_column(talk: Talk, tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(saved(talk, tmp_path / "talk.csv"))))
    assert tuple(rows[0]) == talk.data.transcript.columns
    assert rows[0]["text"] == talk.data.transcript[0].text
    assert (rows[1]["tool_calls"], rows[0]["response_id"], rows[1]["end_ms"]) == ("c1", "", "3601800")


def test_srt_has_a_caption_a_turn(talk: Talk, tmp_path: Path) -> None:
    assert saved(talk, tmp_path / "talk.srt") == (
        '1\n00:00:00,000 --> 00:00:01,000\nUser: Say "héllo", 1 → 2 <b>!\n'
        "\n"
        "2\n01:00:00,300 --> 01:00:01,800\nAssistant: Héllo.\n"
    )


@pytest.mark.parametrize("suffix", ["txt", "md", "json", "csv", "srt"])
def test_an_empty_conversation_can_be_saved(suffix: str, tmp_path: Path) -> None:
    saved(Talk(), tmp_path / f"talk.{suffix}")


@pytest.mark.parametrize("name", ["talk", "talk.docx"])
def test_another_suffix_is_refused_with_the_valid_ones(talk: Talk, name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\.txt, \.md, \.json, \.csv, \.srt, \.parquet"):
        talk.data.transcript.save(tmp_path / name)
    assert not (tmp_path / name).exists()


def test_parquet_without_pyarrow_says_what_to_install(
    talk: Talk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)  # as if it weren't installed
    with pytest.raises(ConfigError, match="pip install pyarrow"):
        talk.data.transcript.save(tmp_path / "talk.parquet")


def test_parquet_comes_back_as_it_was(talk: Talk, tmp_path: Path) -> None:
    import pandas as pd

    talk.data.transcript.save(tmp_path / "talk.parquet")
    back = pd.read_parquet(tmp_path / "talk.parquet")
    frame = talk.data.transcript.df
    assert list(back.columns) == list(frame.columns) and back["text"].tolist() == frame["text"].tolist()
    assert [list(calls) for calls in back["tool_calls"]] == [[], ["c1"]]


def test_what_a_transcription_tells_besides_the_words_is_saved_too(tmp_path: Path) -> None:
    talk = Talk()
    segment = {"id": "s1", "speaker": "A", "start": 0.0, "end": 1.0, "text": "Hé."}
    talk.spoken(0, "u1")
    kind = "conversation.item.input_audio_transcription"
    talk.feed(1_100, f"{kind}.segment", item_id="u1", content_index=0, **segment)
    probabilities = [{"token": "Hé.", "logprob": 0.0}]
    talk.transcribed(1_200, "u1", "Hé.", languages=[{"code": "fr"}, {"code": "en"}], logprobs=probabilities)
    plain = {name: value for name, value in segment.items() if name != "id"}
    row = json.loads(saved(talk, tmp_path / "talk.json"))[0]
    assert (row["languages"], row["confidence"], row["segments"]) == (["fr", "en"], 1.0, [plain])
    line = next(csv.DictReader(io.StringIO(saved(talk, tmp_path / "talk.csv"))))
    assert (line["languages"], json.loads(line["segments"])) == ("fr en", [plain])
    talk.data.transcript.save(tmp_path / "talk.parquet")
