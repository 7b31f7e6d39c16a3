import numpy as np
import pytest

from realtime_widget.local.grammar import Grammar, SpokenWord
from realtime_widget.local.speech import speak

pytestmark = pytest.mark.speech
decoders = pytest.importorskip("realtime_widget.local.recogniser.decoders")

SENTENCE = "tell me a joke"


@pytest.fixture(scope="module")
def pcm() -> bytes:
    """A sentence at the decoders' rate, with a little noise around it."""
    said = speak(SENTENCE).resample(decoders.SAMPLE_RATE).samples.ravel()
    noise = np.random.default_rng(0).integers(-10, 11, len(said) + 6400)
    noise[3200:-3200] += said
    return bytes(noise.astype("<i2").tobytes())


@pytest.fixture(scope="module")
def decoder() -> "decoders.GrammarDecoder":
    words = {"glorb~0~0": SpokenWord("glorb~0~0", "glorb", "GLORB-1")}
    rules = {
        "utterance": "tell me a ( joke | story ) | play glorb~0~0",
        "likeliest": "tell me a joke",
    }
    made = decoders.GrammarDecoder(Grammar(rules, words=words))
    assert made.missing() == ["glorb"]
    made.load({"glorb": "G L AO R B"})
    return made


def test_a_sentence_is_decoded_with_its_phones_and_times(
    decoder: "decoders.GrammarDecoder", pcm: bytes
) -> None:
    heard = decoder.decode_rule(pcm, "utterance")
    assert heard is not None
    assert heard.tokens == ("tell", "me", "a", "joke")
    assert heard.phones[:3] == ("T", "EH", "L")
    assert heard.n_frames == pytest.approx(len(pcm) / 320, abs=10)
    starts = [segment.start for segment in heard.segments]
    assert starts == sorted(starts)


def test_the_same_audio_scores_about_the_same_whatever_came_before(
    decoder: "decoders.GrammarDecoder", pcm: bytes
) -> None:
    first = decoder.decode_rule(pcm, "utterance")
    decoder.decode_rule(pcm[: len(pcm) // 2], "utterance")
    again = decoder.decode_rule(pcm, "utterance")
    assert first is not None
    assert again is not None
    assert again.tokens == first.tokens
    assert again.log_score == pytest.approx(first.log_score, abs=0.02)


def test_rules_are_separate_and_unknown_ones_hear_nothing(
    decoder: "decoders.GrammarDecoder", pcm: bytes
) -> None:
    assert decoder.decode_rule(pcm, "likeliest") is not None
    assert decoder.decode_rule(pcm, "nothing") is None
    assert decoder.accepts(("tell", "me", "a", "story"), "utterance")
    assert not decoder.accepts(("tell", "me", "a", "story"), "likeliest")
    assert not decoder.accepts(("tell", "me"), "utterance")


def test_guesses_come_while_it_is_spoken(decoder: "decoders.GrammarDecoder", pcm: bytes) -> None:
    decoder.decode_rule(pcm, "utterance")  # its means are settled by now
    decoder.begin_partial()
    guesses = [decoder.feed_partial(pcm[start : start + 6400]) for start in range(0, len(pcm), 6400)]
    decoder.end_partial()
    assert guesses[-1] == "Tell me a joke"
    assert any(guess and guess != guesses[-1] for guess in guesses)


def test_words_that_no_one_can_pronounce_are_left_out(pcm: bytes) -> None:
    mute = decoders.GrammarDecoder(Grammar({"utterance": "tell me a joke | xzqx"}))
    mute.load({})
    heard = mute.decode_rule(pcm, "utterance")
    assert heard is not None
    assert heard.tokens[0] == "tell"


def test_free_phones_are_the_phones_themselves(pcm: bytes) -> None:
    heard = decoders.PhoneDecoder().decode(pcm)
    assert heard.tokens == heard.phones
    assert "JH" in heard.phones
