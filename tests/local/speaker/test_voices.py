import pytest

from realtime_widget import config
from realtime_widget.local.speaker.voices import RATE_RANGE, VOICES, EspeakVoice, find_voice, words_per_minute


def test_every_voice_of_the_api_has_a_face_of_its_own() -> None:
    assert set(VOICES) == set(config.VOICES)
    assert len(set(VOICES.values())) == len(VOICES)


def test_any_other_name_is_a_voice_of_espeak_itself() -> None:
    assert find_voice("cedar") is VOICES["cedar"]
    assert find_voice("fr+f2") == EspeakVoice("fr+f2")


@pytest.mark.parametrize("speed", [0.0, 0.25, 1.0, 1.5, 9.0])
def test_rates_stay_within_what_espeak_takes(speed: float) -> None:
    low, high = RATE_RANGE
    assert low <= words_per_minute(VOICES["verse"], speed) <= high
    assert words_per_minute(VOICES["verse"], 1.0) == VOICES["verse"].words_per_minute
