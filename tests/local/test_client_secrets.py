from typing import Any

import pytest

from realtime_widget.local.client_secrets import MAX_SECRETS, ClientSecrets
from realtime_widget.local.refusal import Refusal


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_secret_carries_the_effective_session_until_it_expires() -> None:
    clock = Clock()
    secrets = ClientSecrets(clock=clock)
    body = {"session": {"type": "realtime", "model": "m2", "instructions": "Hi."}}
    answer = secrets.create(body, model="m")
    assert answer["value"].startswith("ek_")
    assert answer["expires_at"] == 1600
    assert answer["session"]["object"] == "realtime.session"
    assert (answer["session"]["model"], answer["session"]["instructions"]) == ("m2", "Hi.")
    assert answer["session"]["expires_at"] == 0
    grant = secrets.find(answer["value"])
    assert grant is not None
    assert grant.session == answer["session"]
    clock.now = 1600
    with pytest.raises(Refusal, match="expired"):
        secrets.find(answer["value"])


def test_a_secret_may_be_for_a_transcription_session() -> None:
    audio = {"input": {"transcription": {"model": "gpt-live-transcribe"}}}
    answer = ClientSecrets().create({"session": {"type": "transcription", "audio": audio}}, model="m")
    session = answer["session"]
    assert (session["type"], session["object"]) == ("transcription", "realtime.transcription_session")
    assert session["audio"]["input"]["turn_detection"] is None
    assert "model" not in session


def test_unknown_keys_bring_nothing() -> None:
    assert ClientSecrets().find("sk-whatever") is None
    assert ClientSecrets().find(None) is None


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ([], "body"),
        ({"x": 1}, "x"),
        ({"expires_after": {"seconds": 9}}, "expires_after.seconds"),
        ({"session": {"type": "transcription", "model": "m"}}, "session.model"),
        ({"session": {"model": "m"}}, "session.type"),
    ],
)
def test_wrong_bodies_are_refused(body: Any, param: str) -> None:
    with pytest.raises(Refusal) as caught:
        ClientSecrets().create(body, model="m")
    assert caught.value.param == param


def test_the_oldest_are_forgotten() -> None:
    secrets = ClientSecrets()
    values = [secrets.create({}, model="m")["value"] for _ in range(MAX_SECRETS + 1)]
    assert secrets.find(values[0]) is None
    assert secrets.find(values[1]) is not None
