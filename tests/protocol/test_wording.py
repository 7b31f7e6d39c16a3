from typing import Any

from realtime_widget.protocol import events as ev
from realtime_widget.protocol.wording import Segment, TokenProbability, Wording


def segment(**fields: Any) -> ev.TranscriptionSegment:
    return ev.TranscriptionSegment(item_id="i1", **fields)


def test_segments_stand_in_the_order_of_their_times_and_come_once() -> None:
    words = Wording()
    words.on_segment(segment(id="s2", speaker="B", start=2.5, end=3.0, text=" Hello. "))
    words.on_segment(segment(id="s1", speaker="A", start=0.0, end=2.0, text="Hi"))
    words.on_segment(segment(id="s1", speaker="A", start=0.0, end=2.0, text="Hi there."))
    assert words.segments == (Segment("A", 0.0, 2.0, "Hi there."), Segment("B", 2.5, 3.0, "Hello."))
    assert words.segmented_text == "Hi there. Hello."


def test_segments_without_ids_or_times_are_kept_too() -> None:
    words = Wording()
    words.on_segment(segment(start=1.0, text="one"))
    words.on_segment(segment(start=2.0, text=None))
    assert [each.text for each in words.segments] == ["one", ""]


def test_the_probabilities_of_the_end_replace_those_of_the_pieces() -> None:
    words = Wording()
    words.on_delta(ev.TranscriptionDelta(logprobs=[{"token": "so", "logprob": -0.5, "bytes": [115]}]))
    words.on_delta(ev.TranscriptionDelta(logprobs=[{"token": " it"}, "odd", None]))
    assert words.logprobs == (TokenProbability("so", -0.5),)
    words.on_completed(ev.TranscriptionCompleted(transcript="So."))
    assert words.logprobs == (TokenProbability("so", -0.5),)
    words.on_completed(ev.TranscriptionCompleted(logprobs=[{"token": "So.", "logprob": -1}]))
    assert words.logprobs == (TokenProbability("So.", -1.0),)


def test_languages_come_as_objects_or_codes_and_may_be_an_empty_list() -> None:
    words = Wording()
    words.on_completed(ev.TranscriptionCompleted(languages=[{"code": "en"}, "de", {"code": None}, 3]))
    assert words.languages == ("en", "de")
    words.on_completed(ev.TranscriptionCompleted(languages=[]))
    assert words.languages == ("en", "de")
