from dataclasses import replace

import pytest

from realtime_widget.data import StillData
from realtime_widget.data.pictures.scene import Scene, Seam, scene
from tests.data.conversations import Maker


def shown(maker: Maker) -> Scene:
    data = StillData(maker.conversation())
    return scene(data, data.transcript.rows())


def test_nothing_said_is_an_empty_scene() -> None:
    assert shown(Maker()) == Scene()


def test_what_was_cut_off_goes_on_until_the_next_answer_is_waited_for() -> None:
    maker = Maker()
    maker.ask("Hello?")
    maker.answer("A long answer that nobody wants to hear to its end, not even if it were short", cut_at=0.2)
    cut = shown(maker).said[1]
    assert cut.interrupted and cut.end_ms - cut.start_ms == maker.turns[1].audio_ms
    assert cut.heard_end_ms - cut.start_ms == pytest.approx(maker.turns[1].heard_ms, abs=1)
    maker.ms -= 400
    maker.ask("Wait!")
    spoken_ms = maker.ms
    maker.answer("Yes?")
    now = shown(maker)
    assert now.said[1].end_ms == pytest.approx(spoken_ms, abs=1) and now.n_interrupted == 1
    assert [(round(a), round(b)) for a, b in now.overlaps] == [(now.said[2].start_ms, cut.heard_end_ms)]
    assert len(now.gaps) == 2 and now.gaps[1].start_ms == pytest.approx(spoken_ms, abs=1)


def test_both_at_once_most_of_the_time_is_an_interpreter() -> None:
    maker = Maker()
    for place in range(4):
        maker.turn("user", "Guten Tag", 1000 * place, 1000 * place + 900)
        maker.turn("assistant", "Good day", 1000 * place + 300, 1000 * place + 1200)
    assert shown(maker).overlaps == ()


def test_calls_at_once_stand_apart_and_running_ones_last_until_now() -> None:
    maker = Maker()
    maker.ask("Go!")
    maker.call("one", "r1", status="running")
    maker.call("two", "r1", duration_ms=100)
    maker.call("three", "r1", status="timed_out")
    maker.answer("Done", calls=())
    maker.turn("assistant", "and now", maker.ms + 1000, None)
    calls = shown(maker).calls
    assert [call.slot for call in calls] == [0, 1, 1] and [call.failed for call in calls] == [
        False,
        False,
        True,
    ]
    assert calls[0].end_ms == round(maker.ms + 1000) and shown(maker).said[-1].running


def test_what_came_faster_than_it_is_spoken_has_its_calls_and_its_wait_before_it() -> None:
    maker = Maker()
    maker.ask("How many rows?")
    maker.answer("312", calls=(("rows", "done"),))
    turn, call, row = maker.turns[1], maker.calls[0], maker.latency[0]
    assert turn.start_ms is not None and call.started_ms is not None and row.voice_to_voice_ms is not None
    before_ms = turn.start_ms - call.started_ms
    maker.turns[1] = replace(turn, start_ms=turn.start_ms + 10_000, end_ms=turn.start_ms + 11_000)
    laid_out = shown(maker)
    assert laid_out.calls[0].start_ms == pytest.approx(laid_out.said[1].start_ms - before_ms, abs=1)
    (gap,) = laid_out.gaps
    assert gap.end_ms == laid_out.said[1].start_ms and gap.end_ms - gap.start_ms == pytest.approx(
        row.voice_to_voice_ms
    )


def test_seams_are_found_where_there_was_another_connection() -> None:
    maker = Maker()
    maker.go_on(4)
    lost_ms = maker.ms
    maker.lose(gap_ms=500)
    maker.go_on(4)
    assert shown(maker).seams == (Seam(lost_ms, lost_ms + 500, planned=False),)


def test_others_than_both_sides_have_lanes_too() -> None:
    maker = Maker(typed=True)
    maker.turn("system", "Be brief", 100, 100)
    assert shown(maker).roles == ("user", "assistant", "system")
