import msgspec
import pytest

from realtime_widget.local.refusal import Refusal, invalid_type, invalid_value, missing, refusal_of, unknown
from realtime_widget.protocol.codec import decode_command


def test_the_error_object_has_every_field() -> None:
    wire = unknown("session.foo").to_wire("e1")
    assert wire == {
        "type": "invalid_request_error",
        "code": "unknown_parameter",
        "message": "Unknown parameter: 'session.foo'.",
        "param": "session.foo",
        "event_id": "e1",
    }
    assert Refusal("x", echo=False).to_wire("e1")["event_id"] is None


def test_words() -> None:
    assert missing("a.b").message == "Missing required parameter: 'a.b'."
    assert "expected an integer, but got a decimal number" in invalid_type("x", "an integer", 1.5).message
    assert invalid_value("x", "y", "Use z.").message == "Invalid value: 'y'. Use z."
    assert len(invalid_value("x", "y" * 500, "").message) < 130


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (
            '{"type":"conversation.item.truncate","item_id":"a","content_index":0,"audio_end_ms":1.5}',
            "Invalid type for 'audio_end_ms': expected an integer, but got a decimal number instead.",
        ),
        ('{"type":"conversation.item.create"}', "Missing required parameter: 'item'."),
        ('{"type":"input_audio_buffer.append","audio":"é"}', "base64"),
        (
            '{"type":"conversation.item.create","item":{"type":"message","content":[{"type":5}]}}',
            "Invalid type for 'item.content[0].type'",
        ),
    ],
)
def test_codec_errors_become_the_servers_words(frame: str, message: str) -> None:
    with pytest.raises(msgspec.DecodeError) as caught:
        decode_command(frame)
    refusal = refusal_of(caught.value, msgspec.json.decode(frame))
    assert message in refusal.message.replace("[...]", "[0]")
