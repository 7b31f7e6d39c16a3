"""A server of the protocol that nobody here wrote the client for: all that is said arrives, in order."""

import pytest

from realtime_widget import RealtimeSession
from realtime_widget.testing import tone
from tests.data.consistency import check_joins, check_times

from .foreign import ForeignServer
from .helpers import wait_until

TURNS = 60


@pytest.mark.parametrize("words", ["now", "early", "late", "never"])
def test_sixty_spoken_turns_arrive_complete_and_in_order(words: str) -> None:
    with ForeignServer(words) as server:
        with RealtimeSession(engine=server.url, turn_detection=None) as session:
            for n in range(TURNS):
                session.send_audio(tone(120, hz=200 + n), rate=24_000)
                session.commit()
                session.respond()
                session.settle(20)
            assert len(server.said) == TURNS
            owed = session.transcript.df.set_index("id").text.loc[sorted(server.unsaid)]
            assert (len(owed), set(owed)) == ((2, {""}) if words == "late" else (0, set()))
        turns = list(session.transcript)
        assert [turn.id for turn in turns] == [
            id for said in server.said for id in (said.user_item, said.item)
        ]
        assert [turn.role for turn in turns] == ["user", "assistant"] * TURNS
        for n, said in enumerate(server.said):
            user, answer = turns[2 * n : 2 * n + 2]
            assert user.audio.to_pcm() == tone(120, hz=200 + n)
            assert user.text == ("" if said.user_item in server.unsaid else said.user_text or "")
            assert answer.text == said.text
            assert answer.status == "completed"
            assert answer.audio.to_pcm() == said.pcm
        assert len(session.transcript.df) == 2 * TURNS
        assert session.error is None
        check_joins(session)
        check_times(session)


def test_sixty_written_turns() -> None:
    with ForeignServer() as server, RealtimeSession(engine=server.url) as session:
        for n in range(TURNS):
            turn = session.ask(f"question {n}")
            assert turn.text == server.said[n].text
            assert turn.audio.to_pcm() == server.said[n].pcm
        assert [turn.text for turn in session.transcript if turn.role == "user"] == [
            f"question {n}" for n in range(TURNS)
        ]
        assert session.recording.duration_ms > 30_000


@pytest.mark.parametrize("acknowledges", [True, False])
def test_speech_found_by_the_servers_turn_detection_is_answered(acknowledges: bool) -> None:
    with (
        ForeignServer("never", vad=True, acknowledges=acknowledges) as server,
        RealtimeSession(engine=server.url, turn_detection="server_vad", transcription=None) as session,
    ):
        session.send_audio(tone(300), rate=24_000)
        session.settle(20)
        session.send_audio(tone(300), rate=24_000)
        session.settle(20)
        assert len(server.said) == 2
        assert [turn.role for turn in session.transcript] == ["user", "assistant"] * 2
        wait_until(lambda: not session.listening)


def test_the_url_is_taken_in_every_form() -> None:
    with ForeignServer() as server:
        base = f"127.0.0.1:{server.port}"
        for url in (
            f"ws://{base}",
            f"http://{base}/v1",
            f"ws://{base}/v1/realtime",
            f"ws://{base}/v1/realtime?model=m",
        ):
            with RealtimeSession(engine=url, api_key="sk-test-0123456789") as session:
                assert session.ask("Hi!").text
            assert server.headers[-1]["Authorization"] == "Bearer sk-test-0123456789"
        with RealtimeSession(engine=f"ws://{base}/v1", headers={"X-Mine": "yes"}) as session:
            assert server.headers[-1]["X-Mine"] == "yes"
            assert "Authorization" not in server.headers[-1]
