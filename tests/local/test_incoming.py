import pytest

from realtime_widget.local.incoming import event_id_of, read_command
from realtime_widget.local.refusal import Refusal
from realtime_widget.protocol.commands import AppendInput, UpdateSession


def test_commands_come_with_their_id() -> None:
    command, event_id = read_command('{"type": "session.update", "event_id": "e", "session": {"a": null}}')
    assert isinstance(command, UpdateSession)
    assert (command.session, event_id) == ({"a": None}, "e")
    command, event_id = read_command(b'{"type": "input_audio_buffer.append", "audio": "AAE="}')
    assert isinstance(command, AppendInput)
    assert (command.audio, event_id) == (b"\0\1", None)


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("", "invalid_event"),
        (b"\xff", "invalid_event"),
        ('"x"', "invalid_event"),
        ("[" * 100_000, "invalid_event"),
        ('{"type": "x"}', "invalid_value"),
        ('{"type": 5}', "invalid_value"),
        ('{"type": "response.cancel", "x": 1}', "unknown_parameter"),
        ('{"type": "response.cancel", "event_id": "' + "x" * 513 + '"}', "string_above_max_length"),
        ('{"type": "conversation.item.create", "item": 5}', "invalid_type"),
    ],
)
def test_anything_else_is_refused(frame: str | bytes, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        read_command(frame)
    assert caught.value.code == code


def test_the_id_of_a_frame_that_is_no_command() -> None:
    assert event_id_of('{"type": "x", "event_id": "e"}') == "e"
    assert event_id_of('{"event_id": 5}') is None
    assert event_id_of("x") is None
