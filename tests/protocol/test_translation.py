import json
from typing import Any

import pytest

from realtime_widget.protocol.changes import CommandSettled, Problem, SessionConfigured, SoundBilled
from realtime_widget.protocol.commands import UpdateSession
from realtime_widget.protocol.translation import TranslationProtocol

from .interpreting import Interpreter, event, session, sound, source, target

TONE = b"\1\2" * 2_400  # 100 ms


def appended(talk: Interpreter) -> list[int]:
    """Lengths (ms) of the sound that was sent since the last look; negative what is silence."""
    sent = [command for command in talk.sent() if command["type"] == "session.input_audio_buffer.append"]
    lengths = []
    for command in sent:
        n_ms = len(command["audio"]) * 3 // 4 // 48
        lengths.append(-n_ms if not command["audio"].strip("A=") else n_ms)
    return lengths


# -- configuration ---------------------------------------------------------------------------------------


def test_it_is_configured_without_a_type() -> None:
    talk = Interpreter(connected=False, language="de", noise_reduction="near_field")
    event_id = talk.protocol.connection_opened()
    assert talk.sent() == [
        {
            "type": "session.update",
            "event_id": event_id,
            "session": {
                "audio": {
                    "input": {
                        "transcription": {"model": "gpt-realtime-whisper"},
                        "noise_reduction": {"type": "near_field"},
                    },
                    "output": {"language": "de"},
                }
            },
        }
    ]
    talk.feed(event("session.created", session=session()))
    assert not talk.changes(CommandSettled)
    talk.feed(event("session.updated", session=session("de")))
    assert [settled.event_id for settled in talk.changes(CommandSettled)] == [event_id]
    assert [change.created for change in talk.changes(SessionConfigured)] == [True, False]


def test_updates_tell_only_what_changes() -> None:
    talk = Interpreter()
    protocol = talk.protocol
    assert protocol.update(protocol.config.merge(language="fr", transcription=None))
    assert talk.sent()[0]["session"] == {
        "audio": {"input": {"transcription": None}, "output": {"language": "fr"}}
    }
    assert protocol.update(protocol.config.merge()) is None
    assert talk.sent() == []


def test_a_probe_is_an_update_of_nothing() -> None:
    talk = Interpreter()
    assert talk.protocol.probe()
    (command,) = talk.sent()
    assert command["session"] == {}


def test_a_refused_update_is_settled_by_its_error() -> None:
    talk = Interpreter()
    event_id = talk.protocol.update(talk.protocol.config.merge(language="fr"))
    error = {"type": "invalid_request_error", "message": "No.", "event_id": event_id, "code": "invalid_value"}
    talk.feed(event("error", error=error))
    settled = talk.changes(CommandSettled)[-1]
    assert settled.error is not None
    assert settled.error.message == "No."


# -- sound in --------------------------------------------------------------------------------------------


def test_sound_goes_out_under_its_own_name() -> None:
    talk = Interpreter()
    talk.protocol.append_audio(TONE)
    (command,) = talk.sent()
    assert command["type"] == "session.input_audio_buffer.append"
    assert "event_id" not in command
    (entry,) = [one for one in talk.protocol.events_received() if one.type == command["type"]]
    assert entry.raw["audio"] == "<4800 bytes>"


def test_silence_is_sent_while_nothing_else_is() -> None:
    talk = Interpreter()
    for now_ms in range(0, 2_001, 100):
        talk.at(now_ms)
    assert appended(talk) == [-200] * 10
    assert talk.protocol.input_audio.appended_ms == 2_000


def test_a_microphone_that_sends_needs_no_silence() -> None:
    talk = Interpreter()
    talk.hear(until_ms=3_000)
    assert appended(talk) == [100] * 30
    talk.at(3_300)
    assert appended(talk) == []  # it may be late
    talk.at(3_450)
    assert appended(talk) == [-200, -200]
    talk.at(3_600)
    assert appended(talk) == [-200]
    assert talk.protocol.input_audio.appended_ms == 3_600


def test_a_burst_is_followed_by_silence_at_once() -> None:
    talk = Interpreter()
    talk.protocol.append_audio(TONE * 100, live=False)
    appended(talk)
    talk.at(600)
    assert appended(talk) == [-200] * 3


def test_a_halt_of_ours_is_not_made_up_for_without_end() -> None:
    talk = Interpreter()
    talk.at(3_600_000)
    assert appended(talk) == [-200] * 10


def test_no_silence_before_the_configuration_nor_after_the_end() -> None:
    talk = Interpreter(connected=False)
    talk.protocol.connection_opened()
    talk.at(5_000)
    assert appended(talk) == []
    talk = Interpreter()
    talk.protocol.close()
    talk.at(5_000)
    assert [command["type"] for command in talk.sent()] == ["session.close"]
    talk.protocol.close()
    assert talk.sent() == []


def test_raw_sound_counts_too() -> None:
    talk = Interpreter()
    talk.protocol.send({"type": "session.input_audio_buffer.append", "audio": "AAAA" * 1_600})
    assert talk.protocol.input_audio.appended_ms == 100
    talk.protocol.send({"type": "session.input_audio_buffer.append", "audio": "?"})
    assert talk.protocol.input_audio.appended_ms == 100
    shown = [entry.raw.get("audio") for entry in talk.protocol.events_received()]
    assert "<4800 bytes>" in shown


# -- what comes back -------------------------------------------------------------------------------------


def test_the_example_of_the_reference() -> None:
    talk = Interpreter(language="de").hear(until_ms=1_200)
    talk.feed(source("Good ", 800), target("Guten ", 1_200), sound(TONE * 4, 1_200))
    talk.hear(until_ms=1_800)
    talk.feed(source("morning.", 1_200), target("Morgen.", 1_600), sound(TONE * 4, 1_600))
    talk.protocol.close()
    talk.feed(event("session.closed"))
    assert talk.protocol.closed
    assert talk.turns == [("user", "Good morning.", "completed"), ("assistant", "Guten Morgen.", "completed")]
    assert talk.protocol.playback.get(talk.items[1].id).received_samples == 8 * 2_400  # type: ignore[union-attr]


def test_unknown_events_and_garbage_are_data() -> None:
    talk = Interpreter()
    talk.feed(
        {"type": "session.mood", "mood": 1},
        "{",
        "[]",
        {"type": "session.output_audio.delta", "delta": "?", "elapsed_ms": "soon"},
        {"type": "session.output_transcript.delta", "delta": None},
        {"type": "session.input_transcript.delta"},
        {"type": "response.done", "response": {"id": "r", "output": [{"id": "x", "type": "message"}]}},
    )
    types = [entry.type for entry in talk.protocol.events_received()]
    assert "session.mood" in types
    assert "invalid" in types
    assert not [item for item in talk.items if item.is_turn and item.text]


def test_positions_may_be_missing() -> None:
    talk = Interpreter().hear(until_ms=1_000)
    words = event("session.output_transcript.delta", delta="Hola.")
    talk.feed(words).hear(until_ms=4_000).feed(words)
    talk.feed(event("session.closed"))
    assert [text for _, text, _ in talk.turns] == ["Hola.", "Hola."]


@pytest.mark.parametrize(
    ("shape", "n_samples"),
    [
        ({"sample_rate": 24_000}, 4_800),
        ({"channels": 2}, 2_400),
        ({"sample_rate": 48_000, "channels": 2}, 1_200),
    ],
)
def test_sound_of_another_shape_is_converted(shape: dict[str, Any], n_samples: int) -> None:
    talk = Interpreter()
    talk.feed(target("Hola.", 0), sound(TONE * 2, 0, **shape))
    part = talk.protocol.playback.get(talk.items[0].id)
    assert part is not None
    assert part.received_samples == pytest.approx(n_samples, abs=60)


def test_sound_is_in_no_record() -> None:
    talk = Interpreter()
    talk.feed(sound(TONE, 200))
    (entry,) = [one for one in talk.protocol.events_received() if one.type == "session.output_audio.delta"]
    assert entry.raw["delta"] == "<4800 bytes>"
    assert entry.raw["elapsed_ms"] == 200


# -- the end of a connection -----------------------------------------------------------------------------


def test_what_broke_off_is_incomplete_and_nothing_is_told_again() -> None:
    talk = Interpreter().hear(until_ms=2_000)
    talk.feed(source("I was", 1_600), target("Yo", 1_800))
    talk.protocol.connection_lost("gone", resumes=True)
    assert talk.turns == [("user", "I was", "incomplete"), ("assistant", "Yo", "incomplete")]
    talk.hear(until_ms=3_000)
    assert talk.sent() == []
    assert talk.protocol.input_audio.lost_ms == 1_000
    talk.protocol.connection_opened()
    talk.feed(event("session.updated", session=session()))
    talk.protocol.resume()
    assert [command["type"] for command in talk.sent()] == ["session.update"]
    assert talk.protocol.input_audio.appended_ms == 0
    talk.hear(until_ms=3_500)
    talk.feed(source("Hello.", 400), event("session.closed"))
    last = talk.items[-1]
    assert talk.protocol.input_audio.to_clock(last.audio_start_ms or 0) == pytest.approx(3_000)
    assert [item.connection for item in talk.items] == [1, 1, 2]


def test_an_update_made_in_between_is_settled_by_the_next_configuration() -> None:
    talk = Interpreter()
    talk.protocol.connection_lost("gone", resumes=True)
    event_id = talk.protocol.update(talk.protocol.config.merge(language="fr"))
    talk.protocol.connection_opened()
    (command,) = talk.sent()
    assert command["session"]["audio"]["output"] == {"language": "fr"}
    talk.feed(event("session.updated", session=session("fr")))
    assert event_id in [settled.event_id for settled in talk.changes(CommandSettled)]


def test_the_first_refusal_is_a_problem_when_nobody_waits() -> None:
    talk = Interpreter()
    talk.feed(event("error", error={"type": "server_error", "message": "Oh."}))
    (problem,) = talk.changes(Problem)
    assert not problem.fatal


def test_a_server_that_opens_a_conversation_is_the_wrong_one() -> None:
    talk = Interpreter(connected=False)
    talk.protocol.connection_opened()
    talk.feed({"type": "session.created", "session": {"id": "s", "type": "realtime"}})
    (problem,) = talk.changes(Problem)
    assert problem.fatal
    talk.feed({"type": "session.created", "session": {"id": "s"}})
    assert not talk.changes(Problem)


def test_nobody_interrupts_an_interpreter() -> None:
    talk = Interpreter()
    talk.feed(target("Hola", 0), sound(TONE, 0))
    assert not talk.protocol.begin_interrupt(cancel=True)
    assert talk.sent() == []


# -- what it costs ---------------------------------------------------------------------------------------


def test_both_models_are_paid_by_the_minute_of_sound() -> None:
    talk = Interpreter().hear(until_ms=60_000)
    talk.protocol.connection_lost("over")
    rows = {row["model"]: row for row in talk.data().usage.to_dicts()}
    assert rows["gpt-realtime-translate"]["seconds"] == 60
    assert rows["gpt-realtime-translate"]["cost_usd"] == pytest.approx(0.034)
    assert rows["gpt-realtime-whisper"]["cost_usd"] == pytest.approx(0.017)
    assert rows["gpt-realtime-translate"]["response_id"] == "sess_1"


def test_bills_grow_with_the_sound_and_each_connection_has_its_own() -> None:
    talk = Interpreter(transcription=None).hear(until_ms=5_000)
    seconds = [bill.seconds for bill in talk.changes(SoundBilled)]
    assert seconds == sorted(seconds)
    assert len(seconds) in (5, 6)
    talk.protocol.connection_lost("", resumes=True)
    talk.protocol.connection_opened()
    renamed = {**session(), "id": "sess_2"}
    talk.feed(event("session.created", session=renamed), event("session.updated", session=renamed))
    talk.protocol.resume()
    talk.hear(until_ms=6_000)
    assert {bill.billed_id for bill in talk.changes(SoundBilled)} == {"sess_1", "sess_2"}


def test_it_is_a_protocol_as_any_other_to_who_drives_it() -> None:
    protocol: Any = Interpreter().protocol
    assert isinstance(protocol, TranslationProtocol)
    assert protocol.send(UpdateSession(session={})) is not None
    assert json.loads(protocol.messages_to_send()[0])["session"] == {}
    assert not protocol.voice_locked
    assert protocol.sequencer.busy is False
