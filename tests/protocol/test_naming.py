import pytest

from realtime_widget import testing as t
from realtime_widget.protocol import changes as ch
from realtime_widget.protocol import events as ev
from realtime_widget.protocol.naming import Naming
from realtime_widget.protocol.objects import Item, Response

from .drive import Talk

NAMED = [
    ev.ResponseCreated(response=Response(id="r")),
    ev.ResponseOutputItemAdded(response_id="r", item=Item(id="a")),
    ev.ResponseOutputTextDelta(response_id="r", item_id="a", delta="x"),
    ev.ResponseDone(response=Response(id="r", output=[Item(id="a")])),
    ev.SpeechStarted(item_id="u"), ev.InputAudioCommitted(item_id="u"),
    ev.TranscriptionCompleted(item_id="u"), ev.SessionUpdated(), ev.UnknownEvent("x", {}),
]  # fmt: skip


@pytest.mark.parametrize("event", NAMED, ids=lambda event: event.type)
def test_what_has_a_name_is_left_as_it_is(event: ev.ServerEvent) -> None:
    assert Naming().complete(event) is event


def test_pieces_without_ids_belong_to_the_running_response() -> None:
    naming = Naming()
    created = naming.complete(ev.ResponseCreated())
    assert isinstance(created, ev.ResponseCreated)
    first = naming.complete(ev.ResponseOutputAudioDelta(delta=b"\0\0"))
    second = naming.complete(ev.ResponseOutputAudioTranscriptDelta(delta="x"))
    other = naming.complete(ev.ResponseOutputAudioDelta(output_index=1))
    assert isinstance(first, ev.ResponseOutputAudioDelta)
    assert isinstance(second, ev.ResponseOutputAudioTranscriptDelta)
    assert isinstance(other, ev.ResponseOutputAudioDelta)
    assert first.response_id == second.response_id == other.response_id == created.response.id
    assert first.item_id == second.item_id != other.item_id
    done = naming.complete(ev.ResponseDone(response=Response(output=[Item(), Item(id="b")])))
    assert isinstance(done, ev.ResponseDone)
    assert done.response.id == created.response.id
    assert [item.id for item in done.response.output or ()] == [first.item_id, "b"]
    assert naming.complete(ev.ResponseDone()) == ev.ResponseDone()  # the end of nothing stays nameless


def test_an_item_named_once_needs_no_further_name() -> None:
    naming = Naming()
    naming.complete(ev.ResponseOutputItemAdded(response_id="r", output_index=2, item=Item(id="a")))
    part = naming.complete(ev.ResponseOutputTextDelta(response_id="r", output_index=2, delta="x"))
    assert isinstance(part, ev.ResponseOutputTextDelta)
    assert part.item_id == "a"
    nameless = naming.complete(ev.ResponseOutputItemDone(response_id="r", output_index=3))
    assert isinstance(nameless, ev.ResponseOutputItemDone)
    assert nameless.item.id == "r_item_3"


def test_a_whole_conversation_without_any_id() -> None:
    talk = Talk()
    for question, answer in [("Hello", "Hi."), ("And now?", "Bye.")]:
        talk.feed(
            {"type": "input_audio_buffer.speech_started", "audio_start_ms": 0},
            {"type": "input_audio_buffer.speech_stopped", "audio_end_ms": 900},
            {"type": "input_audio_buffer.committed", "item_id": None},
            {"type": "response.created", "response": {}},
            {"type": "response.audio_transcript.delta", "item_id": None, "delta": answer},
            {"type": "response.audio.delta", "delta": "AAAA"},
            {**t.transcription_completed("", question), "item_id": None},
            {"type": "response.done", "response": {"status": "completed"}},
        )
    assert talk.turns == [
        ("user", "Hello"),
        ("assistant", "Hi."),
        ("user", "And now?"),
        ("assistant", "Bye."),
    ]
    assert len(talk.changes(ch.AudioReceived)) == 2
    assert len(talk.changes(ch.AnswerFinished)) == 2


def test_a_transcript_that_belongs_to_nothing_is_ignored() -> None:
    talk = Talk().feed({**t.transcription_completed("", "Hm?"), "item_id": None})
    assert talk.turns == []


def test_words_without_a_name_belong_to_the_last_commit_and_change_nothing_that_is_whole() -> None:
    talk = Talk().feed(t.user_turn("Thanks.", item_id="u1"))
    nameless = {**t.transcription_completed("u1", "Never mind."), "item_id": -1, "event_id": None}
    talk.feed(nameless)
    assert talk.turns == [("user", "Thanks.")]
    talk.feed(t.committed("u2", previous="u1"), nameless, {**nameless, "transcript": "Again"})
    assert talk.turns == [("user", "Thanks."), ("user", "Never mind.")]
