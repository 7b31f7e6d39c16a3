import msgspec
import pytest

from realtime_widget.local.speaker.wire import Phonemes, Reply, Speak, pack_piece, unpack_piece


@pytest.mark.parametrize("text", ["", "hello ", "Zürich 😀"])
@pytest.mark.parametrize("pcm", [b"", b"\x01\x02" * 100])
def test_a_piece_is_unpacked_as_it_was_packed(text: str, pcm: bytes) -> None:
    assert unpack_piece(pack_piece(2**31, text, pcm)) == (2**31, text, pcm)


@pytest.mark.parametrize(
    "message", [Speak(1, "hi", "alloy", 1.5), Phonemes(2, ("a", "ü")), Reply(3), Reply(4, "no such voice")]
)
def test_requests_and_replies_arrive_as_they_were_sent(message: Speak | Phonemes | Reply) -> None:
    assert msgspec.json.decode(msgspec.json.encode(message), type=type(message)) == message
