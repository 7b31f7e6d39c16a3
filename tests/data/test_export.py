import csv
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from realtime_widget.data import Table
from realtime_widget.errors import ConfigError, FileError
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


def test_vtt_has_a_voice_a_caption(talk: Talk, tmp_path: Path) -> None:
    assert saved(talk, tmp_path / "talk.vtt").startswith(
        'WEBVTT\n\n1\n00:00:00.000 --> 00:00:01.000\n<v User>Say "héllo", 1 --&gt; 2 &lt;b&gt;!</v>\n\n2\n'
    )


def test_markdown_shows_what_was_said(tmp_path: Path) -> None:
    talk = Talk()
    talk.typed(0, "u1", "![x](http://a.b/c) **bold** `code` <img src=x>")
    line = saved(talk, tmp_path / "talk.md")
    assert r"!\[x\](http://a.b/c) \*\*bold\*\* \`code\` &lt;img" in line


def test_every_table_can_be_saved(talk: Talk, tmp_path: Path) -> None:
    import pandas as pd

    for table in talk.data.tables:
        for suffix in ("csv", "json", "jsonl", "parquet"):
            table.save(tmp_path / f"table.{suffix}")
        rows = json.loads((tmp_path / "table.json").read_text())
        lines = (tmp_path / "table.jsonl").read_text().splitlines()
        assert [json.loads(line) for line in lines] == rows and len(rows) == len(table)
        frame = pd.read_parquet(tmp_path / "table.parquet")
        assert tuple(frame.columns) == table.columns and len(frame) == len(table)
        cells = list(csv.reader(io.StringIO((tmp_path / "table.csv").read_text())))
        assert tuple(cells[0]) == table.columns and len(cells) == len(table) + 1
    calls = list(csv.DictReader(io.StringIO(saved_table(talk.data.tool_calls, tmp_path / "calls.csv"))))
    assert json.loads(calls[0]["arguments"]) == {"city": "Rome"}
    with pytest.raises(ConfigError, match=r"ToolCalls .*\.csv, \.json, \.jsonl, \.parquet"):
        talk.data.tool_calls.save(tmp_path / "calls.srt")


def saved_table(table: Table[Any], path: Path, **options: Any) -> str:
    table.save(path, **options)
    return path.read_bytes().decode()


def test_what_a_spreadsheet_would_run_is_text_when_asked(tmp_path: Path) -> None:
    talk = Talk()
    texts = ["=1+1", "+49 30", "-5", "@x", "\t=1", "plain", " =1"]
    for place, text in enumerate(texts):
        talk.typed(place, f"u{place}", text)
    path = tmp_path / "talk.csv"

    def read() -> list[str]:
        return [row["text"] for row in csv.DictReader(io.StringIO(path.read_text("utf-8-sig")))]

    talk.data.transcript.save(path)
    assert read() == [turn.text for turn in talk.data.transcript] and path.read_bytes()[:4] == b"turn"
    talk.data.transcript.save(path, spreadsheet=True)
    said = [turn.text for turn in talk.data.transcript]
    assert read() == [f"'{text}" if text[:1] in "=+-@\t" else text for text in said]
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with pytest.raises(ConfigError, match=r"\.csv"):
        talk.data.transcript.save(tmp_path / "talk.json", spreadsheet=True)
    with pytest.raises(ConfigError, match="spreadsheet"):
        talk.data.transcript.save(path, spreadsheet=1)  # type: ignore[arg-type]


def test_what_cant_be_written_leaves_the_older_file(talk: Talk, tmp_path: Path) -> None:
    talk.data.transcript.save(tmp_path / "talk.txt")
    with pytest.raises(FileError, match="no folder"):
        talk.data.transcript.save(tmp_path / "none" / "talk.txt")
    with pytest.raises(FileError, match="folder"):
        (tmp_path / "folder.txt").mkdir()
        talk.data.transcript.save(tmp_path / "folder.txt")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.txt", "talk.txt"]


@pytest.mark.parametrize("suffix", ["txt", "md", "json", "jsonl", "csv", "srt", "vtt", "parquet"])
def test_an_empty_conversation_can_be_saved(suffix: str, tmp_path: Path) -> None:
    Talk().data.transcript.save(tmp_path / f"talk.{suffix}")
    assert (tmp_path / f"talk.{suffix}").exists()


@pytest.mark.parametrize("name", ["talk", "talk.docx"])
def test_another_suffix_is_refused_with_the_valid_ones(talk: Talk, name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\.txt, \.md, \.json, \.jsonl, \.csv, \.srt, \.vtt, \.parquet"):
        talk.data.transcript.save(tmp_path / name)
    assert not (tmp_path / name).exists()


def test_parquet_without_pyarrow_says_what_to_install(
    talk: Talk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)  # as if it weren't installed
    with pytest.raises(ConfigError, match="pip install"):
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
