from realtime_widget.local.recogniser.hypothesis import Hypothesis, Segment


def test_a_segment_counts_both_its_ends() -> None:
    assert Segment("word", 10, 10, -1.0).n_frames == 1
    assert Segment("word", 10, 19, -1.0).n_frames == 10


def test_tokens_are_the_words_in_order() -> None:
    segments = (Segment("tell", 0, 5, -1.0), Segment("me", 6, 9, -1.0))
    assert Hypothesis(segments, -2.0, 10, ("T", "EH", "L", "M", "IY")).tokens == ("tell", "me")
    assert Hypothesis((), -2.0, 10, ()).tokens == ()
