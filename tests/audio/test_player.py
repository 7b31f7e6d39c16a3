import base64
import io
import re
import sys
import wave
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from realtime_widget.audio import Clip, Mark, Recording
from realtime_widget.audio import player as player_module


def tone(seconds, rate=24_000, channels=1):
    samples = (np.sin(np.arange(int(seconds * rate)) * 0.1) * 8000).astype(np.int16)
    return Clip(samples if channels == 1 else np.stack([samples] * channels, axis=1), rate)


def sound_of(page):
    kind, data = re.search(r'src="data:([^;]+);base64,([A-Za-z0-9+/=]+)"', page).groups()
    return kind, base64.b64decode(data)


def test_a_short_clip_is_carried_as_it_is():
    page = tone(1)._repr_html_()
    assert sound_of(page) == ("audio/wav", tone(1).to_wav_bytes())
    assert "1.0 s · 24 kHz · mono" in page
    assert len(re.findall("<svg", page)) == 1


def test_it_is_well_formed_and_small():
    for clip in (tone(2), tone(2, channels=2), tone(2, channels=6), tone(0.001)):
        page = clip._repr_html_()
        ET.fromstring(page.replace("<audio controls ", '<audio controls="" '))
        assert len(page) < 1.4 * clip.samples.nbytes + 12_000


def test_a_longer_clip_is_compressed():
    pytest.importorskip("soundfile")
    clip = tone(30, channels=2)
    kind, data = sound_of(clip._repr_html_())
    assert kind == "audio/ogg"
    assert len(data) < clip.samples.nbytes / 5
    assert Clip(*player_module_decode(data)).duration_ms == pytest.approx(30_000, abs=1)


def player_module_decode(data):
    from realtime_widget.audio.codecs import decode

    return decode(data)


def test_without_soundfile_it_is_not_compressed(monkeypatch):
    monkeypatch.setitem(sys.modules, "soundfile", None)
    kind, data = sound_of(tone(15)._repr_html_())
    assert kind == "audio/wav"
    with wave.open(io.BytesIO(data)) as file:
        assert file.getnframes() == 15 * 24_000
    monkeypatch.setattr(player_module, "WAV_MAX_BYTES", 600_000)
    assert "<audio" not in tone(15)._repr_html_()


def test_what_is_too_long_says_what_to_do(monkeypatch):
    monkeypatch.setattr(player_module, "MAX_MS", 1000)
    monkeypatch.setattr(player_module, "PLAIN_MAX_BYTES", 1000)
    monkeypatch.setattr(player_module, "WAV_MAX_BYTES", 1000)
    page = tone(2)._repr_html_()
    assert "<audio" not in page
    assert "clip.save(" in page
    assert "clip[:60_000]" in page
    assert "<svg" in page, "it is seen all the same"


def test_an_empty_clip_shows_no_player():
    assert "<audio" not in Clip(np.zeros(0, np.int16))._repr_html_()


def test_an_odd_rate_is_no_obstacle():
    assert sound_of(tone(30, rate=11_111)._repr_html_())[0] in ("audio/ogg", "audio/wav")


def test_a_recording_names_its_sides():
    recording = Recording(tone(1, channels=2).samples, 24_000, (Mark(0, "user", 0, 500, "<b>Hi"),))
    page = recording._repr_html_()
    assert "user</span>" in page
    assert "assistant</span>" in page
    assert "1 turn" in page
    assert "<b>" not in page


@pytest.mark.parametrize(
    ("seconds", "words"), [(2.34, "2.3 s · 1 kHz · mono"), (65, "1:05 min"), (3700, "1:01:40 h")]
)
def test_lengths_in_words(seconds, words):
    assert words in player_module.describe(Clip(np.zeros(int(seconds * 1000), np.int16), 1000))
