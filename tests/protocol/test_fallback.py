import pytest

from realtime_widget import testing as t
from realtime_widget.protocol import changes as ch
from realtime_widget.protocol.fallback import ALTERNATIVES, Fallback, blames_transcription
from realtime_widget.protocol.objects import ErrorDetail

from .drive import Talk

PLACE = "session.audio.input.transcription"


def transcription(update: dict) -> object:  # type: ignore[type-arg]
    return update["session"]["audio"]["input"]["transcription"]


def configured(talk: Talk) -> tuple[str, dict]:  # type: ignore[type-arg]
    event_id = talk.protocol.connection_opened()
    [update] = talk.sent()
    return event_id, update


def test_one_model_after_the_other_and_then_none() -> None:
    talk = Talk(connected=False, transcription={"model": "made-up", "language": "de"})
    event_id, update = configured(talk)
    asked = []
    while transcription(update) is not None:
        message = f"Model {transcription(update)['model']!r} not found."  # type: ignore[index]
        talk.feed(t.error(message, code="model_not_found", param=f"{PLACE}.model", event_id=event_id))
        before, [update] = update, talk.sent()
        assert update["event_id"] == event_id, "whoever waits for the configuration still does"
        others = {**before["session"]["audio"]["input"], "transcription": transcription(update)}
        assert update["session"]["audio"]["input"] == others
        asked.append(transcription(update))
    assert asked == [*({"model": model} for model in ALTERNATIVES), None]
    assert talk.changes(ch.CommandSettled) == []
    talk.feed(t.session_updated())
    [settled] = talk.changes(ch.CommandSettled)
    assert (settled.event_id, settled.error) == (event_id, None)
    assert talk.protocol.config.transcription is None
    told = talk.changes(ch.Problem)
    assert [problem.fatal for problem in told] == [False] * len(asked)
    assert "made-up" in (told[0].error.message or "")
    assert "won't be written down" in (told[-1].error.message or "")
    assert talk.protocol.update(talk.protocol.config) is None, "what was adopted is what the server knows"


def test_a_delay_is_dropped_before_the_model() -> None:
    talk = Talk(connected=False, transcription={"model": "gpt-live-transcribe", "delay": "low"})
    event_id, _ = configured(talk)
    talk.feed(t.error("Unknown.", code="unknown_parameter", param=f"{PLACE}.delay", event_id=event_id))
    [update] = talk.sent()
    assert transcription(update) == {"model": "gpt-live-transcribe"}
    talk.feed(t.error("Unsupported.", code="invalid_value", param=PLACE, event_id=event_id))
    [update] = talk.sent()
    assert transcription(update) == {"model": "gpt-realtime-whisper"}


def test_what_is_not_about_the_model_is_for_the_user_to_hear() -> None:
    talk = Talk(connected=False, transcription={"model": "gpt-live-transcribe", "prompt": "Jargon."})
    event_id, _ = configured(talk)
    talk.feed(t.error("Bad prompt.", code="invalid_value", param=f"{PLACE}.prompt", event_id=event_id))
    assert talk.sent() == []
    [settled] = talk.changes(ch.CommandSettled)
    assert settled.error is not None


def test_a_change_that_the_user_asked_for_is_refused_and_not_replaced() -> None:
    talk = Talk()
    event_id = talk.protocol.update(talk.protocol.config.merge(transcription="made-up"))
    talk.sent()
    talk.feed(t.error("No such model.", code="model_not_found", param=f"{PLACE}.model", event_id=event_id))
    assert talk.sent() == []
    assert len(talk.changes(ch.CommandSettled)) == 1


@pytest.mark.parametrize(
    ("param", "message", "blamed"),
    [
        (f"{PLACE}.model", "Nothing.", True),
        (PLACE, "Nothing.", True),
        (f"{PLACE}.delay", "Nothing.", True),
        (f"{PLACE}.prompt", "The model takes no prompt.", False),
        ("session.model", "The transcription model …", False),
        (None, "Turn detection is not supported for this transcription model", True),
        (None, "The model `whisper-9` does not exist.", True),
        (None, "The model `gpt-realtime` does not exist.", False),
        (None, "Passing a transcription session update event to a realtime session is not allowed.", False),
        (None, None, False),
    ],
)
def test_which_errors_are_about_the_model(param: str | None, message: str | None, blamed: bool) -> None:
    error = ErrorDetail(param=param, message=message)
    assert blames_transcription(error, {"model": "whisper-9"}) is blamed


def test_no_model_is_tried_twice() -> None:
    fallback, error = Fallback(), ErrorDetail(param=f"{PLACE}.model")
    refused, tried = {"model": ALTERNATIVES[1]}, []
    while refused is not None:
        tried.append(refused["model"])
        refused = fallback.without(refused, error)  # type: ignore[assignment]
    assert sorted(tried) == sorted(ALTERNATIVES)
