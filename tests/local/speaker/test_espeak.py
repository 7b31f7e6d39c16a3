import pytest

from realtime_widget.local.speaker.voices import VOICES

pytestmark = pytest.mark.speech
espeak = pytest.importorskip("realtime_widget.local.speaker.espeak")


@pytest.fixture(scope="module")
def library() -> "espeak.Espeak":
    return espeak.Espeak()


def said(library: "espeak.Espeak", text: str, *, stop_after: int = 10**9) -> tuple[int, list["espeak.Word"]]:
    """Return the number of samples and the words announced."""
    pcm, words = bytearray(), []

    def on_speech(samples: bytes, announced: list["espeak.Word"]) -> bool:
        pcm.extend(samples)
        words.extend(announced)
        return len(pcm) < stop_after

    library.speak(text, VOICES["alloy"], 165, on_speech)
    return len(pcm) // 2, words


def test_words_are_announced_where_they_stand_and_when_they_sound(library: "espeak.Espeak") -> None:
    n_samples, words = said(library, "There are twelve rows")
    assert [word.position for word in words] == [0, 10, 17]  # "there are" is one to it
    samples = [word.sample for word in words]
    assert samples == sorted(samples)
    assert samples[-1] < n_samples
    assert 0.5 < n_samples / library.sample_rate < 4


def test_a_listener_that_has_enough_stops_it(library: "espeak.Espeak") -> None:
    whole, _ = said(library, "one two three four five six seven eight nine ten")
    short, _ = said(library, "one two three four five six seven eight nine ten", stop_after=1)
    assert 0 < short < whole / 3


def test_an_unknown_voice_is_a_lookup_error(library: "espeak.Espeak") -> None:
    from realtime_widget.local.speaker.voices import EspeakVoice

    with pytest.raises(LookupError, match="nobody"):
        library.speak("hi", EspeakVoice("nobody"), 165, lambda pcm, words: True)


def test_phonemes_are_in_the_ipa(library: "espeak.Espeak") -> None:
    assert "ə" in library.phonemes("banana")
    assert library.phonemes("") == ""
    assert len(library.phonemes("one. two. three.").split()) == 3
