import pytest

from realtime_widget.local.recogniser.hypothesis import Hypothesis, Segment
from realtime_widget.local.recogniser.judge import Evidence, distance, judge


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("abc", "abc", 0), ("abc", "abd", 1 / 3), ("", "", 0), ("abc", "", 1), ("ab", "xaby", 0.5)],
)
def test_distance_is_a_share(one: str, other: str, expected: float) -> None:
    assert distance(one, other) == pytest.approx(expected)


def hypothesis(phones: str, log_score: float, *, n_frames: int = 150) -> Hypothesis:
    """Return a hypothesis of two seconds, of which its words take ``n_frames``."""
    segments = (Segment("words", 20, 19 + n_frames, -1.0),)
    return Hypothesis(segments, log_score, 200, tuple(phones.split()))


HELLO = "HH AH L OW DH EH R HH AW AA R Y UW"
OTHER = "P L IY Z S T AA P DH AH N OY Z"


def test_a_sentence_that_free_phones_and_words_confirm_is_credible() -> None:
    sentence = hypothesis(HELLO, -0.5)
    credible, confidence = judge(Evidence(sentence, hypothesis(HELLO, -1.2), hypothesis(HELLO, -0.3)))
    assert credible
    assert confidence > 0.9


def test_a_sentence_that_nothing_confirms_is_not() -> None:
    sentence = hypothesis(HELLO, -1.2)
    credible, confidence = judge(Evidence(sentence, hypothesis(OTHER, -1.0), hypothesis(OTHER, -0.3)))
    assert not credible
    assert confidence < 0.1


def test_a_word_that_leaves_most_of_the_time_unexplained_is_not() -> None:
    sentence = hypothesis("S T AA P", -1.0, n_frames=30)
    assert not judge(Evidence(sentence, hypothesis(OTHER, -1.3), hypothesis(OTHER, -0.3), likely=True))[0]


def test_no_sentence_is_not_credible() -> None:
    assert judge(Evidence(None, hypothesis(HELLO, -1), hypothesis(HELLO, -1))) == (False, 0.0)
