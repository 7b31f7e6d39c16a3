"""The core of a transcription session, fed with what servers send in whatever order."""

import json
from typing import Any

import pytest

from realtime_widget import testing as t
from realtime_widget.config import TranscriptionConfig
from realtime_widget.protocol import changes as ch
from realtime_widget.protocol.transcription import TranscriptionProtocol

SECOND = bytes(48_000)


class Session:
    """A protocol under test and everything that it said."""

    def __init__(self, **options: Any) -> None:
        self.protocol = TranscriptionProtocol(TranscriptionConfig(**options))
        self.seen: list[ch.Change] = []
        self.ms = 0.0
        self.event_id = self.do(lambda p: p.connection_opened())

    def do(self, verb: Any) -> Any:
        self.ms += 10
        self.protocol.at(self.ms, 1_790_000_000 + self.ms / 1000)
        result = verb(self.protocol)
        self.seen += self.protocol.changes()
        return result

    def feed(self, *events: Any) -> "Session":
        for event in events:
            for each in event if isinstance(event, list) else [event]:
                self.do(lambda p, each=each: p.receive_message(json.dumps(each)))
        return self

    def say(self, n_s: float = 1.0, span: tuple[float, float] | None = None) -> "Session":
        self.do(lambda p: p.append_audio(bytes(int(n_s * 48_000))))
        self.do(lambda p: p.commit(span))
        return self

    def sent(self) -> list[dict[str, Any]]:
        return [json.loads(text) for text in self.protocol.messages_to_send()]

    def kinds(self) -> list[str]:
        return [command["type"].removeprefix("input_audio_buffer.") for command in self.sent()]

    @property
    def turns(self) -> list[tuple[str, str, str]]:
        return [(state.id, state.text, state.status) for state in self.protocol.conversation]


def refused(session: Session, **error: Any) -> dict[str, Any]:
    detail = {"type": "invalid_request_error", "event_id": session.event_id, **error}
    return {"type": "error", "event_id": "e1", "error": detail}


def test_the_configuration_is_of_its_kind() -> None:
    (update,) = Session(languages="en").sent()
    assert update["type"] == "session.update"
    assert update["session"]["type"] == "transcription"
    assert update["session"]["audio"]["input"]["turn_detection"] is None
    session = Session()
    session.sent()
    session.do(lambda p: p.probe())
    assert session.sent()[0]["session"] == {"type": "transcription"}


def test_words_come_before_the_commit_and_are_final_after_it() -> None:
    session = Session()
    session.do(lambda p: p.append_audio(SECOND))
    session.feed(t.transcription_delta("i1", "so the"), t.transcription_delta("i1", " bird"))
    assert session.turns == [("i1", "so the bird", "in_progress")]
    session.do(lambda p: p.commit())
    assert session.protocol.awaits_words
    session.feed(t.committed("i1"))
    assert session.turns == [("i1", "so the bird", "in_progress")]
    session.feed(t.transcription_completed("i1", "So the bird."))
    assert session.turns == [("i1", "So the bird.", "completed")]
    assert not session.protocol.awaits_words


def test_an_item_event_that_calls_the_item_complete_does_not_finish_its_words() -> None:
    session = Session().say()
    item = {
        "id": "i1",
        "type": "message",
        "role": "user",
        "status": "completed",
        "content": [{"type": "input_audio"}],
    }
    session.feed(
        t.committed("i1"), {"type": "conversation.item.done", "item": item, "previous_item_id": None}
    )
    assert session.turns == [("i1", "", "in_progress")]
    session.feed(t.transcription_completed("i1", ""))
    assert session.turns == [("i1", "", "completed")], "an empty transcript is an end too"


def test_finals_that_come_in_any_order_stand_in_the_order_of_the_turns() -> None:
    session = Session().say().say().say()
    session.feed(t.committed("i1"), t.committed("i2", previous="i1"), t.committed("i3", previous="i2"))
    session.feed(t.transcription_completed("i3", "Three."), t.transcription_completed("i1", "One."))
    assert [status for _, _, status in session.turns] == ["completed", "in_progress", "completed"]
    session.feed(t.transcription_failed("i2", code="DeploymentNotFound"))
    assert session.turns == [("i1", "One.", "completed"), ("i2", "", "failed"), ("i3", "Three.", "completed")]
    (problem,) = [change for change in session.seen if isinstance(change, ch.Problem)]
    assert problem.error.code == "DeploymentNotFound"


def test_a_failure_after_words_closes_the_turn_with_what_is_there() -> None:
    session = Session().say().feed(t.transcription_delta("i1", "so the"), t.committed("i1"))
    session.feed(t.transcription_failed("i1"))
    assert session.turns == [("i1", "so the", "incomplete")]


def test_the_turn_lies_where_its_speech_does() -> None:
    session = Session().say(3, span=(1_200.0, 2_500.0)).say(2)
    session.feed(t.committed("i1"), t.committed("i2", previous="i1"))
    times = [(s.audio_start_ms, s.audio_end_ms) for s in session.protocol.conversation]
    assert times == [(1_200.0, 2_500.0), (3_000.0, 5_000.0)]


def test_a_refused_commit_takes_its_span_along() -> None:
    session = Session().say(1, span=(100.0, 900.0))
    session.feed(t.error(code="input_audio_buffer_commit_empty"))
    assert not session.protocol.awaits_words
    session.say(1).feed(t.committed("i1"))
    assert session.protocol.conversation.items["i1"].audio_start_ms == 0.0


def test_words_that_are_still_open_begin_where_the_speech_did() -> None:
    session = Session().say(1)
    session.feed(t.committed("i1"))
    session.do(lambda p: p.append_audio(SECOND))
    session.feed(t.transcription_delta("i2", "so"))
    assert session.protocol.conversation.items["i2"].audio_start_ms == 1_000.0
    session.protocol.conversation.speech_ms = 1_400.0
    session.feed(t.cleared(), t.transcription_delta("i3", "so"))
    assert session.protocol.conversation.items["i3"].audio_start_ms == 1_400.0


def test_transcription_without_a_bill_is_billed_by_its_length() -> None:
    session = Session().say(2.5)
    session.feed(t.committed("i1"), {**t.transcription_completed("i1", "Hi."), "usage": None})
    (bill,) = [change for change in session.seen if isinstance(change, ch.TranscriptionBilled)]
    assert (bill.usage.type, bill.usage.seconds) == ("duration", 2.5)
    session.feed({**t.transcription_completed("i1", "Hi."), "usage": None})
    assert sum(isinstance(change, ch.TranscriptionBilled) for change in session.seen) == 1


@pytest.mark.parametrize(
    ("options", "error", "kept"),
    [
        (
            {"model": "mine", "turn_detection": "server_vad"},
            {"code": None, "message": "Turn detection is not supported for this transcription model"},
            "delay",
        ),
        (
            {"delay": "low"},
            {"code": "unknown_parameter", "param": "session.audio.input.transcription.delay"},
            "x",
        ),
        ({"logprobs": True}, {"code": "invalid_value", "param": "session.include[0]"}, "x"),
    ],
)
def test_what_a_server_does_not_take_is_left_out(options: Any, error: Any, kept: str) -> None:
    session = Session(**options)
    session.sent()
    session.feed(refused(session, **error))
    (again,) = session.sent()
    assert again["event_id"] == session.event_id
    assert again["session"]["audio"]["input"]["turn_detection"] is None
    assert "delay" not in again["session"]["audio"]["input"]["transcription"]
    assert again["session"]["include"] == []
    assert not [change for change in session.seen if isinstance(change, ch.CommandSettled)]
    (problem,) = [change for change in session.seen if isinstance(change, ch.Problem)]
    assert problem.error.code == "option_dropped"
    session.feed(t.session_updated())
    assert [change.error for change in session.seen if isinstance(change, ch.CommandSettled)] == [None]


def test_a_refusal_that_nothing_helps_against_is_one() -> None:
    session = Session()
    session.feed(refused(session, code="invalid_value", param="session.audio.input.transcription.language"))
    (settled,) = [change for change in session.seen if isinstance(change, ch.CommandSettled)]
    assert settled.error is not None


def test_a_new_connection_hears_what_was_not_written_down_and_nothing_else() -> None:
    session = Session().say(1).say(2, span=(1_500.0, 2_500.0))
    session.feed(t.session_updated(), t.committed("i1"), t.transcription_completed("i1", "One."))
    session.feed(t.committed("i2", previous="i1"))
    session.do(lambda p: p.append_audio(SECOND[:24_000]))
    session.sent()
    session.do(lambda p: p.connection_lost("gone", resumes=True))
    session.do(lambda p: p.connection_opened())
    session.feed(t.session_updated())
    session.do(lambda p: p.resume())
    kinds = session.kinds()
    assert "conversation.item.create" not in kinds
    assert kinds[0] == "session.update"
    assert kinds.count("commit") == 1
    assert kinds[-1] == "append", "what was being said goes on"
    session.feed(t.committed("i1"), t.transcription_completed("i1", "Two."))
    assert [(text, status) for _, text, status in session.turns] == [
        ("One.", "completed"),
        ("Two.", "completed"),
    ]
    second = list(session.protocol.conversation)[-1]
    assert (second.audio_start_ms, second.audio_end_ms) == (1_500.0, 2_500.0)


def test_without_a_new_connection_what_was_not_written_down_is_incomplete() -> None:
    session = Session().say(1).feed(t.committed("i1"))
    session.do(lambda p: p.connection_lost("gone"))
    assert session.turns == [("i1", "", "incomplete")]
    assert not session.protocol.awaits_words


def test_a_turn_that_was_given_up_may_still_get_its_words() -> None:
    session = Session().say(1).feed(t.committed("i1"))
    session.do(lambda p: p.give_up("i1"))
    session.do(lambda p: p.give_up("unknown"))
    assert session.turns == [("i1", "", "incomplete")]
    session.feed(t.transcription_completed("i1", "Late."))
    assert session.turns == [("i1", "Late.", "completed")]
