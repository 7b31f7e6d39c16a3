from collections.abc import Callable
from queue import Empty, SimpleQueue

import msgspec
import pytest

from realtime_widget.local.speaker.espeak import Word
from realtime_widget.local.speaker.process import MAX_PIECE_SAMPLES, SpeakerProcess
from realtime_widget.local.speaker.voices import EspeakVoice
from realtime_widget.local.speaker.wire import (
    CANCEL,
    DONE,
    PHONEMES,
    PHONEMES_DONE,
    REFUSED,
    SPEAK,
    SPEECH,
    Phonemes,
    Reply,
    Speak,
    unpack_piece,
)


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
    """A port without pipes; `on_send` is told of each frame."""

    def __init__(self) -> None:
        self.inbox = Inbox()
        self.sent: list[tuple[int, bytes]] = []
        self.on_send: Callable[[], None] = lambda: None

    def send(self, kind: int, payload: bytes = b"") -> None:
        self.sent.append((kind, payload))
        self.on_send()


class Espeak:
    """Takes a second for each word."""

    sample_rate = 22_050

    def speak(
        self, text: str, voice: EspeakVoice, rate: int, on_speech: Callable[[bytes, list[Word]], bool]
    ) -> None:
        if voice.name == "nobody":
            raise LookupError(voice.name)
        position = 0
        for index, word in enumerate(text.split()):
            announced = [Word(text.index(word, position), index * self.sample_rate)]
            position = announced[0].position + len(word)
            if not on_speech(bytes(2 * self.sample_rate), announced):
                return

    def phonemes(self, word: str) -> str:
        return f"/{word}/"


def serve(*frames: tuple[int, object], port: Port | None = None) -> Port:
    port = port or Port()
    process = SpeakerProcess(port, Espeak())  # type: ignore[arg-type]
    port.on_send = lambda: [process.intercept(*frame) for frame in getattr(port, "late", [])] and None
    for kind, body in frames:
        port.inbox.frames.put((kind, msgspec.json.encode(body)))
    with pytest.raises(End):
        process.run()
    return port


def pieces(port: Port, request_id: int) -> list[tuple[str, bytes]]:
    unpacked = [unpack_piece(payload) for kind, payload in port.sent if kind == SPEECH]
    return [(text, pcm) for found, text, pcm in unpacked if found == request_id]


def test_a_text_is_spoken_word_by_word_at_24_khz() -> None:
    port = serve((SPEAK, Speak(1, "one two three", "alloy", 1.0)))
    said = pieces(port, 1)
    assert "".join(text for text, _ in said) == "one two three"
    assert [text for text, _ in said if text] == ["one ", "two ", "three"]
    assert sum(len(pcm) for _, pcm in said) // 2 == pytest.approx(3 * 24_000, abs=50)
    assert all(len(pcm) <= 2 * MAX_PIECE_SAMPLES for _, pcm in said)
    assert port.sent[-1] == (DONE, msgspec.json.encode(Reply(1)))


def test_nothing_to_say_is_done_at_once_and_loses_no_space() -> None:
    port = serve((SPEAK, Speak(1, "  ", "alloy", 1.0)))
    assert pieces(port, 1) == [("  ", b"")]
    assert port.sent[-1][0] == DONE


def test_an_unknown_voice_is_refused_with_the_names() -> None:
    port = serve((SPEAK, Speak(1, "hi", "nobody", 1.0)), (SPEAK, Speak(2, "hi", "alloy", 1.0)))
    kind, payload = port.sent[0]
    assert kind == REFUSED
    assert b"marin" in payload
    assert pieces(port, 2)


def test_a_cancelled_text_stops_while_it_is_spoken_and_only_it() -> None:
    port = Port()
    port.late = [(CANCEL, msgspec.json.encode(Reply(1)))]  # type: ignore[attr-defined]
    serve(
        (SPEAK, Speak(1, "one two three four", "alloy", 1.0)),
        (CANCEL, Reply(1)),
        (SPEAK, Speak(2, "five six", "alloy", 1.0)),
        port=port,
    )
    assert sum(len(pcm) for _, pcm in pieces(port, 1)) < 2 * 3 * 24_000
    assert sum(len(pcm) for _, pcm in pieces(port, 2)) // 2 == pytest.approx(48_000, abs=50)


def test_words_get_their_phonemes() -> None:
    (frame,) = serve((PHONEMES, Phonemes(7, ("a", "b")))).sent
    assert frame[0] == PHONEMES_DONE
    assert msgspec.json.decode(frame[1], type=Phonemes) == Phonemes(7, ("/a/", "/b/"))
