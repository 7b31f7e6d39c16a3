import asyncio

from realtime_widget.testing import expect, refuse, send
from realtime_widget.testing.connection import Play, _parse
from realtime_widget.testing.scripted import ScriptedEngine


def test_a_script_knows_where_it_stands() -> None:
    play = Play(ScriptedEngine(), [expect("x"), send()])
    assert play.waiting == "step 1 of 2, expect('x'), is still waiting; meanwhile came: nothing"
    assert play.refusal is None
    assert Play(ScriptedEngine(), []).waiting is None


def test_a_refusal_is_a_step_that_is_done_at_once() -> None:
    play = Play(ScriptedEngine(), [refuse(403)])
    assert play.refusal is not None
    play.refused()
    assert play.waiting is None


def test_frames_become_commands() -> None:
    assert _parse('{"type": "x"}') == ({"type": "x"}, b"")
    assert _parse(b'{"type": "input_audio_buffer.append", "audio": "AAA="}') == (
        {"type": "input_audio_buffer.append", "audio": 2},
        b"\0\0",
    )
    assert _parse("null")[0]["type"] == "invalid"


def test_making_one_needs_no_loop() -> None:
    assert asyncio.iscoroutinefunction(Play(ScriptedEngine(), []).run)
