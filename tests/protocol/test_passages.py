import pytest

from realtime_widget.protocol.passages import Passage


def passage(text: str, *, start_ms: float = 0.0, words_ms: float = 1_000.0) -> Passage:
    return Passage("p", start_ms, words_ms, words_ms, 0.0, text)


@pytest.mark.parametrize(
    ("text", "gap_ms", "over"),
    [
        ("half a sentence", 200, False),
        ("half a sentence", 1_400, False),
        ("half a sentence", 1_600, True),
        ("A whole one.", 200, False),
        ("A whole one.", 800, True),
        ("A question? ", 800, True),
        ('He said "yes!"', 800, True),
        ("3.5", 800, False),
        ("元気です。", 800, True),
        ("元気ですか\uff1f", 800, True),
        ("", 9_000, False),
        ("  ", 9_000, False),
        ("It goes back.", -600, False),
    ],
)
def test_a_passage_ends_with_a_pause(text: str, gap_ms: float, over: bool) -> None:
    assert passage(text).is_over(1_000 + gap_ms) is over


def test_who_makes_no_pause_gets_a_passage_with_a_sentence_now_and_then() -> None:
    assert passage("On and on.", words_ms=20_000).is_over(20_000)
    assert not passage("On and on", words_ms=20_000).is_over(20_000)


def test_words_and_sound_move_its_end() -> None:
    one = passage("Hello")
    one.add_words(" you", 1_400, 50.0)
    assert (one.text, one.words_ms, one.end_ms, one.seen_ms) == ("Hello you", 1_400, 1_400, 50.0)
    one.see(3_000, 60.0)
    assert (one.words_ms, one.end_ms, one.seen_ms) == (1_400, 3_000, 60.0)
    one.add_words("!", 800, 70.0)  # what comes late doesn't move it back
    assert (one.words_ms, one.end_ms) == (1_400, 3_000)


def test_sound_without_words_ends_with_a_pause_too() -> None:
    assert passage("").is_broken_off(2_600)
    assert not passage("").is_broken_off(2_400)
    assert not passage("Words").is_broken_off(9_000)


def test_nothing_for_a_while_ends_it() -> None:
    one = passage("Hello")
    one.see(1_000, 500.0)
    assert not one.is_past(3_400)
    assert one.is_past(3_500)
