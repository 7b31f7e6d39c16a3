"""Transcription sessions against a server of their kind: all that is said is written down, in order."""

import asyncio
import threading
from typing import Any

import pytest

import realtime_widget
from realtime_widget import TranscriptionSession
from realtime_widget.errors import ConfigError, NotConnectedError, RefusedError, WaitTimeoutError
from realtime_widget.local import LocalEngine
from realtime_widget.local.modem import ModemSpeaker, ModemTranscriber, encode
from realtime_widget.testing import (
    ScriptedEngine,
    committed,
    tone,
    transcription_completed,
    transcription_delta,
)

from .helpers import run, wait_until
from .scribe import Scribe

COMMIT, CLEAR = "input_audio_buffer.commit", "input_audio_buffer.clear"


def speak(session: Any, n_ms: int = 500) -> None:
    session.send_audio(tone(n_ms), rate=24_000)


def test_it_is_a_public_name() -> None:
    assert "TranscriptionSession" in realtime_widget.__all__
    assert realtime_widget.TranscriptionSession is TranscriptionSession


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"languges": "en"}, "'languges'.*Did you mean 'languages'"),
        ({"history": ()}, "Unknown option 'history'"),
        ({"keywords": ["<b>"]}, "without < and >"),
        ({"turn_detection": "server_vad"}, "finds no turns"),
        ({"record": "assistant"}, "record must be"),
        ({"api_key": 3}, "api_key"),
        ({"reconnect": 1}, "reconnect must be"),
        ({"max_minutes": 0}, "max_minutes"),
        ({"engine": "opnai"}, "engine must be"),
    ],
)
def test_wrong_options_raise_at_once_and_say_what_is_right(options: dict[str, Any], match: str) -> None:
    with pytest.raises(ConfigError, match=match):
        TranscriptionSession(**{"engine": "ws://127.0.0.1:1/v1", **options})


def test_a_session_of_the_right_kind_is_opened_where_such_are() -> None:
    with Scribe() as server, TranscriptionSession(engine=server.url, languages=["en", "de"]) as session:
        assert server.queries == [{"intent": ["transcription"]}]
        (update,) = server.of_type("session.update")
        assert update["session"]["type"] == "transcription"
        assert update["session"]["audio"]["input"]["turn_detection"] is None
        assert update["session"]["audio"]["input"]["transcription"] == {
            "model": "gpt-live-transcribe",
            "languages": ["en", "de"],
        }
        assert repr(session) == "TranscriptionSession(127.0.0.1, connected, 0 turns)"
        assert session.config.model == "gpt-live-transcribe"


@pytest.mark.parametrize(
    "model", ["gpt-live-transcribe", "gpt-realtime-whisper", "gpt-transcribe", "mine", "whisper-1"]
)
def test_a_source_is_written_down_whoever_finds_its_turns(model: str) -> None:
    with Scribe() as server, TranscriptionSession(engine=server.url, model=model) as session:
        speak(session)
        session.settle(20)
        (turn,) = session.transcript
        assert (turn.text, turn.status, turn.role, turn.languages) == (
            "Turn 0.",
            "completed",
            "user",
            ("en",),
        )
        assert len(server.of_type(COMMIT)) == (0 if model == "whisper-1" else 1)
        speak(session)
        session.settle(20)
        assert [turn.text for turn in session.transcript] == ["Turn 0.", "Turn 1."]
        assert session.transcript.text.count("Turn") == 2
        assert session.error is None


def test_words_show_before_the_turn_is_over() -> None:
    partials: list[str] = []
    with Scribe() as server, TranscriptionSession(engine=server.url, commit=None) as session:
        session.on("partial", lambda turn: partials.append(turn.text))
        speak(session, 600)
        wait_until(lambda: len(session.transcript) and "word2" in session.transcript[0].text)
        assert session.transcript[0].status == "in_progress"
        assert session.transcript.df.text[0].startswith("word1 word2")
        session.commit()
        session.settle(20)
        assert (session.transcript[0].text, session.transcript[0].status) == ("Turn 0.", "completed")
    assert partials == ["word1", "word1 word2"]


def test_finals_are_told_in_the_order_of_the_turns() -> None:
    told: list[str] = []
    with Scribe("reversed") as server, TranscriptionSession(engine=server.url) as session:
        session.on("turn", lambda turn: told.append(turn.text))
        for _ in range(4):
            speak(session)
            wait_until(lambda: not session._core.feed.busy)
        session.settle(20)
        assert [turn.text for turn in session.transcript] == [f"Turn {n}." for n in range(4)]
    assert told == [f"Turn {n}." for n in range(4)]


def test_a_turn_that_fails_holds_up_none_and_is_told_too() -> None:
    told: list[tuple[str, str]] = []
    with Scribe("failed") as server, TranscriptionSession(engine=server.url) as session:
        session.on("turn", lambda turn: told.append((turn.text, turn.status)))
        for _ in range(3):
            speak(session)
        session.settle(20)
        assert session.error is not None
        assert session.error.code == "DeploymentNotFound"
    first, second, third = told
    assert (first, third) == (("Turn 0.", "completed"), ("Turn 2.", "completed"))
    assert second[1] in ("failed", "incomplete")


def test_stopping_waits_for_the_last_words() -> None:
    with Scribe() as server:
        session = TranscriptionSession(engine=server.url, commit=None)
        session.start()
        speak(session)
        session.stop()
        assert session.status == "disconnected"
        assert [turn.text for turn in session.transcript] == ["Turn 0."]
        assert len(server.of_type(COMMIT)) == 1
        session.start()
        session.stop()
        assert len(server.of_type(COMMIT)) == 1, "nothing was left to commit"


def test_stopping_twice_at_once_waits_for_the_last_words_too() -> None:
    with Scribe() as server:
        session = TranscriptionSession(engine=server.url, commit=None).start()
        speak(session, 400)
        wait_until(lambda: server.heard_ms == 400)
        first = threading.Thread(target=session.stop)
        first.start()
        session.stop()
        first.join(20)
        assert [(turn.text, turn.status) for turn in session.transcript] == [("Turn 0.", "completed")]


def test_less_than_a_tenth_of_a_second_is_never_committed() -> None:
    with Scribe() as server:
        for commit in ("vad", 0.5, None):
            with TranscriptionSession(engine=server.url, commit=commit) as session:
                speak(session, 90)
                session.settle(20)
                session.commit()
        assert server.of_type(COMMIT) == []


def test_stopping_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime_widget.session.transcription_core.FINISH_LIMIT_S", 0.3)
    with Scribe("never") as server:
        with TranscriptionSession(engine=server.url) as session:
            speak(session)
            with pytest.raises(WaitTimeoutError):
                session.settle(0.3)
        assert session.status == "disconnected"
        assert [turn.status for turn in session.transcript] == ["incomplete"]
        assert [turn.id for turn in session.stream()] == [session.transcript[0].id]


def test_a_timer_ends_turns_and_the_rest_is_one_too() -> None:
    with Scribe() as server, TranscriptionSession(engine=server.url, commit=0.4) as session:
        speak(session, 1_000)
        session.settle(20)
        assert server.turns_ms == [400, 400, 200]
        spans = [(turn.start_ms, turn.audio_ms) for turn in session.transcript]
        assert [length for _, length in spans] == [400, 400, 200]
        assert [start - spans[0][0] for start, _ in spans] == [0, 400, 800]  # type: ignore[operator]


def test_long_speech_is_cut_also_where_the_server_finds_the_turns() -> None:
    with (
        Scribe() as server,
        TranscriptionSession(engine=server.url, model="whisper-1", max_turn_s=1) as session,
    ):
        speak(session, 1_000)
        session.settle(20)
        before = len(server.turns_ms)
        session.send_audio([tone(1_000)] * 4, rate=24_000, realtime=True)
        session.settle(30)
        assert len(server.turns_ms) - before >= 2


def test_what_no_voice_is_heard_in_is_cut_after_the_longest_turn() -> None:
    with Scribe() as server, TranscriptionSession(engine=server.url, commit="vad", max_turn_s=2) as session:
        speak(session, 5_000)
        session.settle(30)
        assert sum(server.turns_ms) == server.heard_ms
        assert max(server.turns_ms) <= 2_300


def test_a_microphone_ends_its_turn_when_it_is_muted() -> None:
    with Scribe() as server, TranscriptionSession(engine=server.url) as session:
        for _ in range(10):
            session._io.post(session._core.microphone, tone(60))
        wait_until(lambda: server.heard_ms >= 600)
        session.mute()
        session.settle(20)
        assert [turn.text for turn in session.transcript] == ["Turn 0."]
        session._io.post(session._core.microphone, tone(60))
        session.settle(20)
        assert server.heard_ms == 600


def test_push_to_talk_commits_what_was_said_while_it_was_held() -> None:
    with Scribe() as server, TranscriptionSession(engine=server.url, commit=None) as session:
        post = session._io.post
        post(session._core.microphone, tone(200))
        post(session._verbs.press)
        for _ in range(5):
            post(session._core.microphone, tone(60))
        post(session._verbs.release)
        wait_until(lambda: len(session.transcript) and session.transcript[0].status == "completed")
        assert server.turns_ms == [300]
        post(session._verbs.press)
        post(session._core.microphone, tone(200))
        post(lambda: session._verbs.release(keep=False))
        wait_until(lambda: len(server.of_type(CLEAR)) >= 2)
        session.settle(20)
        assert server.turns_ms == [300]


def test_turn_detection_that_a_server_refuses_is_done_here() -> None:
    options: dict[str, Any] = {"model": "mine", "turn_detection": "server_vad"}
    with Scribe(refuses=("mine",)) as server, TranscriptionSession(engine=server.url, **options) as session:
        assert session.config.turn_detection is None
        assert session.error is not None and "turn detection" in str(session.error)
        speak(session)
        session.settle(20)
        assert [turn.text for turn in session.transcript] == ["Turn 0."]


def test_a_delay_that_a_server_refuses_is_left_out_and_other_refusals_are_raised() -> None:
    with Scribe(refuses=("delay", "keywords")) as server:
        with TranscriptionSession(engine=server.url, delay="low") as session:
            assert session.config.delay is None
            with pytest.raises(RefusedError, match="keywords"):
                session.update(keywords=["ibis"])
            assert session.config.keywords == ()
        with pytest.raises(RefusedError, match="keywords"):
            TranscriptionSession(engine=server.url, keywords=["ibis"]).start()


def test_probabilities_and_languages_are_readable() -> None:
    with Scribe() as server, TranscriptionSession(engine=server.url, logprobs=True) as session:
        speak(session)
        session.settle(20)
        (turn,) = session.transcript
        assert turn.logprobs == (("Turn 0.", -0.1),)
        assert session.transcript.df.confidence[0] == pytest.approx(0.9048, abs=1e-4)
        assert session.transcript.df.languages[0] == ("en",)


def test_speakers_are_told_apart() -> None:
    model = "gpt-4o-transcribe-diarize"
    with Scribe("segments") as server, TranscriptionSession(engine=server.url, model=model) as session:
        speak(session)
        session.settle(20)
        (turn,) = session.transcript
        assert [(s.speaker, s.start, s.end, s.text) for s in turn.segments] == [
            ("A", 0, 0.5, "Part 0."),
            ("B", 1, 1.5, "Part 1."),
        ]
        assert [row["speaker"] for row in session.transcript.df.segments[0]] == ["A", "B"]


@pytest.mark.parametrize("usage", [True, False])
def test_minutes_cost_what_the_model_costs(usage: bool) -> None:
    with Scribe(usage=usage) as server, TranscriptionSession(engine=server.url, commit=None) as session:
        speak(session, 3_000)
        session.commit()
        session.settle(20)
        (row,) = session.usage.to_dicts()
        assert (row["model"], row["seconds"]) == ("gpt-live-transcribe", 3.0)
        assert row["cost_usd"] == pytest.approx(session.usage.prices.get(row["model"]).per_minute / 20)  # type: ignore[union-attr, operator]


def test_the_recording_and_the_turns_hold_the_sound() -> None:
    with Scribe() as server, TranscriptionSession(engine=server.url, commit=None) as session:
        speak(session, 300)
        session.commit()
        session.settle(20)
        assert session.transcript[0].audio.to_pcm() == tone(300)
        assert session.recording.to_mono().samples.any()
    with Scribe() as server, TranscriptionSession(engine=server.url, commit=None, record=False) as session:
        speak(session, 300)
        session.commit()
        session.settle(20)
        assert session.transcript[0].audio.samples.size == 0


def test_changes_are_made_while_connected_or_refused_in_words() -> None:
    with Scribe() as server, TranscriptionSession(engine=server.url, languages="en") as session:
        session.update(languages=["de", "fr"], model="gpt-transcribe")
        assert server.of_type("session.update")[-1]["session"] == {
            "type": "transcription",
            "audio": {"input": {"transcription": {"model": "gpt-transcribe", "languages": ["de", "fr"]}}},
        }
        with pytest.raises(RefusedError, match="not taken back"):
            session.update(languages=())
        with pytest.raises(ConfigError, match="Unknown option 'voice'"):
            session.update(voice="marin")
        session.update(model="whisper-1", languages="en")
        assert session.config.turn_detection is not None
        speak(session)
        session.settle(20)
        assert len(session.transcript) == 1


@pytest.mark.parametrize("name", ["ask", "respond", "interrupt", "send_text", "tool", "tool_calls"])
def test_verbs_of_a_conversation_do_not_exist_and_say_why(name: str) -> None:
    session = TranscriptionSession(engine="ws://127.0.0.1:1/v1")
    with pytest.raises(AttributeError, match=f"no '{name}': .*RealtimeSession"):
        getattr(session, name)
    with pytest.raises(AttributeError, match=r"no 'x'\."):
        session.x  # noqa: B018


def test_a_stream_gives_every_turn_in_order_and_ends_with_the_session() -> None:
    texts: list[str] = []
    with Scribe("reversed") as server:
        session = TranscriptionSession(engine=server.url)
        with pytest.raises(NotConnectedError):
            next(session.stream())
        session.start()
        speak(session)
        reader = threading.Thread(target=lambda: texts.extend(turn.text for turn in session.stream()))
        reader.start()
        for _ in range(3):
            speak(session)
        session.settle(20)
        wait_until(lambda: len(texts) == 4)
        session.stop()
        reader.join(10)
        assert texts == [f"Turn {n}." for n in range(4)]
        assert [turn.text for turn in session.stream()] == texts


def test_a_stream_is_asynchronous_too() -> None:
    async def scenario(url: str) -> list[str]:
        async with TranscriptionSession(engine=url) as session:
            await session.asend_audio(tone(500), rate=24_000)
            await session.asettle(20)
            await session.asend_audio(tone(500), rate=24_000)
            texts = []
            async for turn in session.stream():
                texts.append(turn.text)
                if len(texts) == 2:
                    break
            await session.asend_audio(tone(300), rate=24_000)
            await asyncio.wait_for(session.acommit(), 20)
        return [*texts, *[turn.text async for turn in session.stream()]]

    with Scribe() as server:
        assert run(scenario(server.url)) == ["Turn 0.", "Turn 1.", "Turn 0.", "Turn 1.", "Turn 2."]


def test_a_connection_that_breaks_loses_no_words() -> None:
    with Scribe("never") as server, TranscriptionSession(engine=server.url, commit=None) as session:
        speak(session, 400)
        session.commit()
        wait_until(lambda: len(server.turns_ms) == 1)
        speak(session, 300)
        wait_until(lambda: server.heard_ms == 700)
        server.manner = "now"
        server.drop()
        wait_until(lambda: len(server.queries) == 2 and session.status == "connected", 20)
        session.commit()
        session.settle(20)
        assert [turn.text for turn in session.transcript] == ["Turn 0.", "Turn 1."]
        assert [turn.audio_ms for turn in session.transcript] == [400, 300]
        assert server.queries[1] == {"intent": ["transcription"]}
        assert server.of_type("conversation.item.create") == []


@pytest.mark.parametrize(
    "model", ["gpt-live-transcribe", "gpt-realtime-whisper", "gpt-transcribe", "whisper-1"]
)
def test_the_offline_engine_writes_down_what_is_said(model: str) -> None:
    engine = LocalEngine(ModemTranscriber(), None, ModemSpeaker(), vad="energy")
    with TranscriptionSession(engine=engine, model=model) as session:
        for sentence in ("so the bird flies", "over the hill"):
            session.send_audio(encode(sentence), rate=24_000)
            session.settle(30)
        assert [turn.text for turn in session.transcript] == ["so the bird flies", "over the hill"]
        assert [turn.status for turn in session.transcript] == ["completed", "completed"]
        assert session.error is None
        usage = session.usage.df
        assert list(usage.model) == [model, model]
        assert list(usage.seconds > 0.1) == [True, True]
        assert usage.cost_usd.sum() == 0
        kinds = set(session.events.df.type)
        live = model in ("gpt-live-transcribe", "gpt-realtime-whisper")
        assert (COMMIT in kinds) == (model != "whisper-1")
        assert not live or "conversation.item.input_audio_transcription.delta" in kinds
    session._io.call(engine.close())


def test_a_key_for_others_opens_sessions_like_this_one() -> None:
    engine = LocalEngine(ModemTranscriber(), None, ModemSpeaker(), vad="energy")
    session = TranscriptionSession(engine=engine, languages="en", keywords=["ibis"])
    assert session.client_secret().value.startswith("ek_")
    session._io.call(engine.close())


def test_a_script_can_play_the_server() -> None:
    words = [committed("i1"), transcription_delta("i1", "so"), transcription_completed("i1", "So it is.")]
    engine = ScriptedEngine(on={COMMIT: lambda command: words})
    with engine, TranscriptionSession(engine=engine) as session:
        speak(session)
        session.settle(20)
        assert [(turn.text, turn.status) for turn in session.transcript] == [("So it is.", "completed")]
