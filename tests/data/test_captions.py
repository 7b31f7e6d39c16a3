import itertools
import re
from dataclasses import replace

from realtime_widget.data.captions import MOST_CHARACTERS, captions, srt, vtt
from realtime_widget.data.turns import Turn
from tests.data.talk import Talk


def turns(*given: tuple[int | None, int | None, str]) -> list[Turn]:
    talk = Talk()
    talk.typed(0, "u1", "x")
    turn = talk.data.transcript[0]
    return [replace(turn, start_ms=start, end_ms=end, heard_text=text) for start, end, text in given]


def test_captions_ascend_and_last() -> None:
    found = captions(
        turns((5_000, 6_000, "b"), (0, 9_000, "a"), (None, None, "c"), (7_000, 7_000, "d"), (-5, None, "e"))
    )
    assert [(caption.words, caption.start_ms) for caption in found] == [
        ("a", 0), ("c", 0), ("e", 0), ("b", 5_000), ("d", 7_000),
    ]  # fmt: skip
    assert all(caption.end_ms >= caption.start_ms + 500 for caption in found)


def test_a_long_turn_is_several_captions_by_the_share_of_its_words() -> None:
    words = "word " * 100
    found = captions(turns((1_000, 61_000, words)))
    assert all(len(caption.words) <= MOST_CHARACTERS for caption in found) and len(found) > 5
    assert " ".join(caption.words for caption in found) == words.strip()
    assert (found[0].start_ms, found[-1].end_ms) == (1_000, 61_000)
    assert all(one.end_ms == other.start_ms for one, other in itertools.pairwise(found))
    assert all(caption.start_ms < caption.end_ms for caption in captions(turns((0, 0, "x" * 1_000))))


def test_nothing_in_a_text_breaks_the_formats() -> None:
    text = "a\n\n00:00:01.000 --> 00:00:02.000\n<v Eve>x</v> & NOTE \0"
    given = turns((3_600_000, 360_000_000, text), (0, 1, "  \n"))
    assert vtt(given) == (
        "WEBVTT\n\n1\n01:00:00.000 --> 100:00:00.000\n"
        "<v User>a 00:00:01.000 --&gt; 00:00:02.000 &lt;v Eve&gt;x&lt;/v&gt; &amp; NOTE</v>\n"
    )
    assert srt(given).splitlines()[2] == "User: a 00:00:01.000 → 00:00:02.000 <v Eve>x</v> & NOTE"
    assert len(re.findall("-->", srt(given))) == 1 and vtt([]) == "WEBVTT\n" and srt([]) == ""
