from queue import Empty, SimpleQueue
from typing import Any

import msgspec
import pytest

from realtime_widget.local.phrases import sayable
from realtime_widget.local.recogniser import wire
from realtime_widget.local.recogniser.listener import Ear
from realtime_widget.local.recogniser.process import RecogniserProcess

pytestmark = pytest.mark.speech

GRAMMAR = sayable([]).grammar


class End(Exception):
    """The parent has nothing more to say."""


class Inbox:
    """Frames of a parent, and then its end."""

    def __init__(self) -> None:
        self.frames: SimpleQueue[tuple[int, bytes]] = SimpleQueue()

    def get(self) -> tuple[int, bytes]:
        try:
            return self.frames.get_nowait()
        except Empty:
            raise End from None


class Port:
    """A port without pipes."""

    def __init__(self) -> None:
        self.inbox = Inbox()
        self.sent: list[tuple[int, Any]] = []

    def send(self, kind: int, payload: bytes = b"") -> None:
        self.sent.append((kind, msgspec.json.decode(payload)))


class Listener:
    """Hears how much was said."""

    def hear(self, utterance: int, ear: Ear) -> wire.Heard:
        return wire.Heard(utterance, f"{len(ear.samples())} samples")


def serve(*frames: tuple[int, Any]) -> list[tuple[int, Any]]:
    """Return what the process answers to frames."""
    port = Port()
    for kind, payload in frames:
        port.inbox.frames.put((kind, payload if isinstance(payload, bytes) else msgspec.json.encode(payload)))
    with pytest.raises(End):
        RecogniserProcess(port, Listener()).run()  # type: ignore[arg-type]
    return port.sent


LOADED = (
    (wire.GRAMMAR, wire.GrammarFrame.of(1, GRAMMAR)),
    (wire.PRONUNCIATIONS, wire.Pronunciations(1)),
)
BEGIN = (wire.BEGIN, wire.Utterance(2, 1))
AUDIO = (wire.AUDIO, wire.AUDIO_HEAD.pack(2) + bytes(4800))
FINISH = (wire.FINISH, wire.Utterance(2))


def test_a_grammar_is_loaded_and_an_utterance_heard() -> None:
    sent = serve(*LOADED, BEGIN, AUDIO, AUDIO, FINISH)
    assert [kind for kind, _ in sent] == [wire.MISSING, wire.GRAMMAR_DONE, wire.FINAL]
    assert sent[1][1]["error"] == ""
    assert (sent[2][1]["id"], sent[2][1]["text"]) == (2, "3200 samples")


def test_what_is_over_cancelled_or_unknown_is_heard_as_nothing() -> None:
    cancel = (wire.CANCEL, wire.Utterance(2))
    assert serve(*LOADED, BEGIN, AUDIO, cancel, FINISH)[-1][1]["text"] == ""
    assert serve(*LOADED, AUDIO, cancel, FINISH)[-1][1]["text"] == ""
    dropped = (wire.DROP, wire.Utterance(1))
    assert serve(*LOADED, dropped, BEGIN, AUDIO, FINISH)[-1][1]["text"] == ""


def test_only_the_first_of_two_utterances_at_once_is_guessed_at() -> None:
    other = (wire.BEGIN, wire.Utterance(3, 1))
    sent = serve(*LOADED, BEGIN, other, AUDIO, FINISH, (wire.FINISH, wire.Utterance(3)))
    assert [body["id"] for kind, body in sent if kind == wire.FINAL] == [2, 3]


def test_a_grammar_that_does_not_load_is_told() -> None:
    broken = wire.GrammarFrame(1, {"utterance": "<gone>"}, "utterance", [])
    sent = serve((wire.GRAMMAR, broken), (wire.PRONUNCIATIONS, wire.Pronunciations(1)))
    assert "gone" in sent[-1][1]["error"]
