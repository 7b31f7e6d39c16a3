import base64
import io
import re
from pathlib import Path

import pytest

from realtime_widget.data.display import frozen
from realtime_widget.data.display.frozen import freeze
from realtime_widget.errors import AudioError, ConfigError
from tests.data.talk import Talk


@pytest.fixture
def talk() -> Talk:
    talk = Talk()
    talk.typed(0, "u1", "How many <rows>?")
    talk.said(100, "r1", "a1", "There are 3.", n_ms=2000)
    return talk


def sounds(html: str) -> list[bytes]:
    return [base64.b64decode(data) for data in re.findall(r'src="data:audio/\w+;base64,([^"]+)"', html)]


def test_it_is_the_whole_conversation_without_sound(talk: Talk) -> None:
    for place in range(500):
        talk.typed(5000 + place, f"i{place}", "z" * 500)
    result = freeze(talk.data, title="Rows")
    assert str(result) == result.text == result._repr_mimebundle_()["text/plain"]
    assert result._repr_mimebundle_()["text/html"] == result.html
    assert "left out" not in result.text and "How many <rows>?" in result.text
    assert "How many &lt;rows&gt;?" in result.html and "audio" not in result.html
    assert re.fullmatch(r"FrozenConversation\(502 turns, 51\d kB\)", repr(result))


def test_turns_with_sound_get_players_that_carry_it(talk: Talk) -> None:
    soundfile = pytest.importorskip("soundfile")
    result = freeze(talk.data, audio=True)
    (sound,) = sounds(result.html)
    samples, rate = soundfile.read(io.BytesIO(sound))
    assert len(samples) / rate == pytest.approx(2.0, abs=0.1)
    assert len(sound) < 2 * 48_000 / 4
    assert result.html.count("<audio") == 1
    assert 0 < result.n_audio_bytes < result.n_bytes
    assert re.search(r"Sound: \d+ kB\.", result.html) and "of it sound" in repr(result)
    assert result.html.endswith("</div>")


def test_without_soundfile_the_sound_is_larger_and_that_is_said(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object) -> bytes:
        raise AudioError("Writing .opus files needs the package soundfile.")

    monkeypatch.setattr(frozen, "encode", refuse)
    result = freeze(talk.data, audio=True)
    (sound,) = sounds(result.html)
    assert sound[:4] == b"RIFF" and "soundfile" in result.html


def test_where_nothing_was_recorded_there_is_no_player() -> None:
    talk = Talk()
    talk.typed(0, "u1", "Hello")
    result = freeze(talk.data, audio=True)
    assert "<audio" not in result.html and "No sound was recorded." in result.html


def test_it_is_saved_as_a_page_or_as_text(talk: Talk, tmp_path: Path) -> None:
    result = freeze(talk.data, title="<Rows>")
    result.save(tmp_path / "talk.html")
    page = (tmp_path / "talk.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>") and "<title>&lt;Rows&gt;</title>" in page
    assert result.html in page
    result.save(tmp_path / "talk.txt")
    assert (tmp_path / "talk.txt").read_text(encoding="utf-8") == result.text + "\n"
    with pytest.raises(ConfigError, match=r"\.html or \.txt"):
        result.save(tmp_path / "talk.pdf")
