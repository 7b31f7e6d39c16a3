import pytest

from realtime_widget import testing as t
from realtime_widget.protocol import changes as ch

from .drive import Talk


def test_speech_that_was_never_committed_is_no_turn() -> None:
    talk = Talk().feed(t.speech_started("u1", 0), t.speech_stopped("u1", 500), t.speech_started("u2", 900))
    talk.feed(t.user_turn("Now.", item_id="u2", start_ms=900, end_ms=2_000)[1:])
    assert talk.turns == [("user", "Now.")]
    talk.feed(t.transcription_delta("u1", "ghost"))
    assert talk.turns == [("user", "Now.")]


def test_a_commit_leaves_speech_that_began_after_it_alone() -> None:
    talk = Talk().feed(t.speech_started("u1", 0), t.speech_stopped("u1", 500), t.speech_started("u2", 600))
    talk.feed(t.committed("u1"), t.speech_stopped("u2", 900), t.committed("u2", previous="u1"))
    assert [item.id for item in talk.items] == ["u1", "u2"]
    assert talk.item("u2").audio_start_ms == 600


def test_a_commit_brings_back_what_was_thought_dropped() -> None:
    talk = Talk().feed(t.speech_started("u1", 10), t.speech_started("u2", 600), t.committed("u2"))
    assert [item.id for item in talk.items] == ["u2"]
    talk.feed(t.committed("u1", previous=None), t.transcription_completed("u1", "After all"))
    assert ("user", "After all") in talk.turns
    assert talk.item("u1").audio_start_ms == 10


def test_a_clear_drops_speech_and_live_words() -> None:
    talk = Talk().feed(t.speech_started("u1"), t.transcription_delta("u2", "Well"), t.cleared())
    assert talk.turns == []
    assert {c.item_id for c in talk.changes(ch.ItemRemoved)} == {"u1", "u2"}
    talk.feed(t.transcription_delta("u2", ", no"), t.transcription_completed("u2", "Well, no"))
    assert talk.turns == []


def test_a_clear_keeps_what_is_committed() -> None:
    talk = Talk().feed(t.user_turn("Hello", item_id="u"), t.cleared())
    assert talk.turns == [("user", "Hello")]


def test_a_silent_item_of_an_idle_time_out_is_no_turn() -> None:
    talk = Talk().feed(t.timeout_triggered("u"), t.user_turn("Thank you.", item_id="u", by_hand=True))
    talk.feed(t.text_response("Are you there?", previous="u"))
    assert talk.turns == [("assistant", "Are you there?")]


def test_a_failed_transcription_keeps_what_there_was() -> None:
    talk = Talk().feed(t.user_turn(None, item_id="u", deltas=["Hel"]), t.transcription_failed("u", code="x"))
    part = talk.item("u").parts[0]
    assert (part.text, part.final, part.failed) == ("Hel", True, "The audio could not be transcribed.")


def test_an_empty_transcript_is_final() -> None:
    talk = Talk().feed(t.user_turn("", item_id="u"))
    assert talk.item("u").parts[0].final


def test_each_transcription_is_billed_once() -> None:
    talk = Talk().feed(t.user_turn("Hello", item_id="u"), t.transcription_completed("u", "Hello"))
    [bill] = talk.changes(ch.TranscriptionBilled)
    assert (bill.item_id, bill.usage.type, bill.usage.seconds) == ("u", "duration", 1.0)
    talk.feed({**t.transcription_completed("v", "x"), "usage": None})
    assert talk.changes(ch.TranscriptionBilled) == []


def test_growing_completions_end_with_the_one_that_says_so() -> None:
    talk = Talk().feed(t.user_turn(None, item_id="u"))
    for text, status in [("Hel", "in_progress"), ("Hello", "completed"), ("Hel", "in_progress")]:
        talk.feed({**t.transcription_completed("u", text), "status": status})
    part = talk.item("u").parts[0]
    assert (part.text, part.final) == ("Hello", True)
    assert len(talk.changes(ch.TranscriptionBilled)) == 1


def test_uncertain_words_are_marked() -> None:
    talk = Talk().feed({**t.transcription_completed("u", "maybe"), "uncertain": True})
    assert talk.item("u").uncertain


def test_words_that_come_with_the_item_are_as_good_as_a_transcript() -> None:
    item = t.message("user", "Hello", item_id="u", spoken=True)
    talk = Talk().feed(t.committed("u"), t.item_added(item), t.item_done(item))
    assert talk.turns == [("user", "Hello")]
    assert talk.item("u").parts[0].final


def test_a_commit_without_speech_events_takes_all_that_was_appended() -> None:
    talk = Talk()
    talk.protocol.append_audio(bytes(48 * 400))
    talk.feed(t.committed("u1"))
    talk.protocol.append_audio(bytes(48 * 100))
    talk.feed(t.committed("u2", previous="u1"))
    spans = [(item.audio_start_ms, item.audio_end_ms) for item in talk.items]
    assert spans == [(0, 400), (400, 500)]


@pytest.mark.parametrize("first", ["committed", "speech"])
def test_bounds_of_speech_hold_whichever_event_comes_first(first: str) -> None:
    talk = Talk()
    talk.protocol.append_audio(bytes(48 * 1_000))
    speech = [t.speech_started("u", 200), t.speech_stopped("u", 700)]
    talk.feed(speech, t.committed("u")) if first == "speech" else talk.feed(t.committed("u"), speech)
    assert (talk.item("u").audio_start_ms, talk.item("u").audio_end_ms) == (200, 700)
    assert talk.item("u").committed_ms == talk.now_ms


def test_segments_are_kept_and_stand_for_the_words_until_the_end() -> None:
    def segment(key: str, speaker: str, start: float, text: str) -> dict[str, object]:
        return {
            "type": "conversation.item.input_audio_transcription.segment",
            "item_id": "u1", "id": key, "speaker": speaker, "start": start, "end": start + 1, "text": text,
        }  # fmt: skip

    talk = Talk().feed(t.committed("u1"), segment("s2", "B", 1.5, "Hello."), segment("s1", "A", 0.0, "Hi."))
    assert talk.item("u1").text == "Hi. Hello."
    talk.feed(t.transcription_completed("u1", "Hi! Hello."), segment("s3", "A", 3.0, "Late."))
    assert talk.item("u1").text == "Hi! Hello."
    (words,) = talk.item("u1").wordings
    assert [(each.speaker, each.text) for each in words.segments] == [
        ("A", "Hi."),
        ("B", "Hello."),
        ("A", "Late."),
    ]


def test_probabilities_and_languages_of_the_words_are_kept() -> None:
    delta = t.transcription_delta("u1", "so")
    end = t.transcription_completed("u1", "So.")
    talk = Talk().feed(
        {**delta, "logprobs": [{"token": "so", "logprob": -0.5}]}, {**end, "languages": [{"code": "en"}]}
    )
    (words,) = talk.item("u1").wordings
    assert words.languages == ("en",)
    assert words.logprobs[0].logprob == -0.5


def test_a_clear_leaves_alone_what_is_in_the_conversation_already() -> None:
    item = t.message("user", item_id="u", spoken=True)
    talk = Talk().feed(t.speech_started("u"), t.transcription_completed("u", "Hello."), t.item_added(item))
    talk.feed(t.cleared(), t.committed("u"))
    assert talk.turns == [("user", "Hello.")]
