import pytest

from realtime_widget.local.speaker.espeak import Word
from realtime_widget.local.speaker.pieces import PieceCutter, split_text
from realtime_widget.local.speaker.voices import VOICES, find_voice, words_per_minute

TEXTS = [
    "",
    " ",
    "One. Two! Three?  Four",
    "no end at all",
    "word " * 500,
    "x" * 1500,
    "a\nb\n\nc.",
    "Dr. No... said \u201cyes.\u201d Then",
    "你好。再见。",
]


@pytest.mark.parametrize("text", TEXTS)
def test_segments_concatenate_to_the_text(text: str) -> None:
    segments = list(split_text(text, 50))
    assert "".join(segments) == text
    assert all(0 < len(segment) <= 50 for segment in segments)


def test_segments_end_with_sentences() -> None:
    assert list(split_text("One. Two! Three")) == ["One. ", "Two! ", "Three"]


def cut(text: str, n_samples: int, words: list[Word], chunk: int = 7) -> list[tuple[int, str]]:
    """Return the pieces as ``(samples, text)``, with each word announced with the samples before it."""
    cutter, pieces = PieceCutter(text), []
    for start in range(0, n_samples, chunk):
        announced = [word for word in words if start <= word.sample < start + chunk]
        pieces += list(cutter.push(bytes(2 * min(chunk, n_samples - start)), announced))
    pieces += list(cutter.flush())
    assert sum(len(pcm) for pcm, _ in pieces) == 2 * n_samples
    return [(len(pcm) // 2, piece) for pcm, piece in pieces]


def test_a_piece_begins_with_its_word() -> None:
    words = [Word(0, 0), Word(4, 30), Word(8, 55)]
    assert cut("one two three", 100, words) == [(30, "one "), (25, "two "), (45, "three")]


def test_what_comes_before_the_first_word_belongs_to_it() -> None:
    assert cut("  one two", 50, [Word(2, 3), Word(6, 20)]) == [(20, "  one "), (30, "two")]


def test_wrong_positions_do_no_harm() -> None:
    words = [Word(0, 0), Word(99, 10), Word(-1, 12), Word(5, 20), Word(4, 30), Word(4, 35)]
    assert cut("one two three", 50, words) == [(30, "one "), (20, "two three")]


def test_parts_of_a_number_are_one_piece() -> None:
    assert cut("is 42 now", 40, [Word(0, 0), Word(3, 10), Word(4, 20), Word(6, 30)]) == [
        (10, "is "),
        (20, "42 "),
        (10, "now"),
    ]


def test_speed_changes_the_rate_within_the_range() -> None:
    voice = find_voice("marin")
    assert words_per_minute(voice, 1.0) == voice.words_per_minute
    assert words_per_minute(voice, 1.5) > words_per_minute(voice, 1.0) > words_per_minute(voice, 0.5)
    assert words_per_minute(voice, 0.0) == words_per_minute(voice, 0.25) >= 80
    assert words_per_minute(voice, 99.0) == words_per_minute(voice, 1.5) <= 450


def test_the_realtime_voices_differ() -> None:
    realtime_names = ("alloy", "ash", "ballad", "cedar", "coral", "echo", "marin", "sage", "shimmer", "verse")
    assert tuple(sorted(VOICES)) == realtime_names
    assert len(set(VOICES.values())) == len(VOICES)
    assert find_voice("de").name == "de"
