from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from realtime_widget.local.grammar import Grammar, SpokenWord
from realtime_widget.local.recogniser.hypothesis import Hypothesis, Segment
from realtime_widget.local.recogniser.judge import Evidence
from realtime_widget.local.recogniser.listener import Ear, Listener, add_noise, prepare

RATE = 16_000


def tone(ms: int, level: int = 8_000) -> np.ndarray[Any, np.dtype[np.int16]]:
    return (level * np.sin(np.arange(ms * RATE // 1000) / 5)).astype(np.int16)


def silence(ms: int) -> np.ndarray[Any, np.dtype[np.int16]]:
    return np.zeros(ms * RATE // 1000, np.int16)


@pytest.mark.parametrize("quiet", [silence(0), silence(1000), tone(500, level=40)])
def test_silence_is_prepared_to_nothing(quiet: np.ndarray[Any, np.dtype[np.int16]]) -> None:
    assert prepare(quiet) == (b"", 0)


@pytest.mark.parametrize(("before_ms", "after_ms"), [(1000, 1000), (300, 0), (0, 2000), (0, 0)])
def test_speech_is_cut_out_with_the_same_margins_whatever_is_around_it(before_ms: int, after_ms: int) -> None:
    pcm, start_ms = prepare(np.concatenate([silence(before_ms), tone(400), silence(after_ms)]))
    assert len(pcm) / 32 == pytest.approx(800, abs=20)
    assert start_ms == pytest.approx(before_ms - 200, abs=20)
    cut = np.frombuffer(pcm, "<i2")
    assert 0 < np.abs(cut[:1600]).max() < 100  # never digital silence


def test_the_same_audio_is_prepared_the_same() -> None:
    samples = np.concatenate([silence(100), tone(300)])
    assert prepare(samples) == prepare(samples)


def test_noise_stays_within_16_bits() -> None:
    loud = np.full(1000, 32_767, np.int16)
    noisy = np.frombuffer(add_noise(loud, np.random.default_rng(0), 500), "<i2")
    assert noisy.min() > 32_000
    assert noisy.max() == 32_767


class Decoder:
    """A decoder of one grammar that hears what a test wants."""

    def __init__(self, grammar: Grammar, sentence: Hypothesis | None, likely: Hypothesis | None) -> None:
        self.grammar = grammar
        self._heard = {grammar.start: sentence, "likeliest": likely}

    def decode_rule(self, pcm: bytes, rule: str) -> Hypothesis | None:
        return self._heard[rule]

    def accepts(self, tokens: tuple[str, ...], rule: str) -> bool:
        return self._heard[rule] is not None and self._heard[rule].tokens == tokens


class Free:
    """A decoder of anything."""

    def __init__(self, heard: Hypothesis) -> None:
        self._heard = heard

    def decode(self, pcm: bytes) -> Hypothesis:
        return self._heard


def hypothesis(words: str, *, score: float = -0.5, phones: str = "HH AH L OW W AO R L D") -> Hypothesis:
    split = words.split()
    segments = tuple(Segment(word, 20 + 40 * at, 59 + 40 * at, -1.0) for at, word in enumerate(split))
    return Hypothesis(segments, score, 40 + 40 * len(split), tuple(phones.split()))


@pytest.fixture
def listener() -> Iterator[Any]:
    """A listener without models."""
    yield Listener.__new__(Listener)


def heard(listener: Any, decoder: Decoder, opened: Hypothesis, phones: Hypothesis) -> Any:
    listener._open, listener._phones = Free(opened), Free(phones)
    ear = Ear(decoder)  # type: ignore[arg-type]
    ear.take(np.repeat(np.concatenate([silence(300), tone(1500), silence(300)]), 1).tobytes())
    return listener.hear(5, ear)


NEW_YORK = Grammar(
    {"utterance": "weather new~0~0 york~0~1", "likeliest": "weather"},
    words={
        "new~0~0": SpokenWord("new~0~0", "new", "New York"),
        "york~0~1": SpokenWord("york~0~1", "york", ""),
    },
)


def test_a_credible_sentence_is_written_with_its_values_as_one_word(listener: Any) -> None:
    sentence = hypothesis("weather new~0~0 york~0~1", score=-0.1)
    result = heard(listener, Decoder(NEW_YORK, sentence, None), hypothesis("x", score=-1), sentence)
    assert (result.id, result.text, result.uncertain) == (5, "Weather New York", False)
    assert [word for word, _, _ in result.words] == ["weather", "New York"]
    assert result.words[1][2] - result.words[1][1] == pytest.approx(800, abs=10)


def test_an_incredible_one_is_told_by_the_free_words_as_uncertain(listener: Any) -> None:
    sentence = hypothesis("weather new~0~0 york~0~1", score=-3, phones="P")
    free = hypothesis("whatever this was", score=-0.5)
    result = heard(listener, Decoder(NEW_YORK, sentence, None), free, free)
    assert (result.text, result.uncertain) == ("Whatever this was", True)


def test_one_of_the_likeliest_wins_unless_another_fits_better(listener: Any) -> None:
    likely, other = hypothesis("weather", score=-0.5), hypothesis("weather please", score=-0.5)
    free = hypothesis("weather", score=-2)
    assert heard(listener, Decoder(NEW_YORK, other, likely), free, likely).text == "Weather"
    better = hypothesis("weather please", score=-0.2)
    assert heard(listener, Decoder(NEW_YORK, better, likely), free, likely).text == "Weather please"


def test_silence_says_nothing(listener: Any) -> None:
    listener._open = listener._phones = Free(hypothesis("x"))
    assert listener.hear(1, Ear(Decoder(NEW_YORK, None, None))).text == ""  # type: ignore[arg-type]


def test_what_is_longer_than_any_sentence_is_not_one(listener: Any) -> None:
    listener._open = listener._phones = Free(hypothesis("x"))
    decoder: Any = Decoder(NEW_YORK, hypothesis("weather"), None)
    evidence = listener.evidence(bytes(2 * RATE * 16), decoder)
    assert isinstance(evidence, Evidence)
    assert evidence.sentence is None


def test_an_ear_takes_audio_in_any_pieces() -> None:
    pcm = np.repeat(tone(200), 1).tobytes()
    whole, pieces = Ear(None), Ear(None)  # type: ignore[arg-type]
    whole.take(pcm)
    for start in range(0, len(pcm), 333):
        pieces.take(pcm[start : start + 333])
    assert np.array_equal(whole.samples(), pieces.samples())
