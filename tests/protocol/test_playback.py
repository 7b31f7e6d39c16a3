import pytest

from realtime_widget.protocol.playback import MAX_OPEN, STALE_MS, Cut, PlaybackTracker


def tracker(*, player: bool = True, **sounds: float) -> PlaybackTracker:
    """A tracker of whole parts that came at 0, by the length of their sound in ms."""
    playback = PlaybackTracker()
    playback.has_player = player
    for item_id, sound_ms in sounds.items():
        playback.received(item_id, 0, int(sound_ms * 24), 0)
        playback.completed(item_id)
    return playback


def heard(playback: PlaybackTracker, item_id: str, now_ms: float) -> tuple[int, bool]:
    part = playback.get(item_id)
    assert part is not None
    samples, estimated = playback.heard_samples(part, now_ms)
    return samples // 24, estimated


def interrupt(playback: PlaybackTracker, now_ms: float, *, answered: bool | None = True) -> list[Cut]:
    return playback.cut(playback.stop(now_ms), answered=answered)


def test_a_page_tells_what_was_heard() -> None:
    playback = tracker(a=1_000)
    playback.report("a", 0, 300 * 24, 400, start_ms=90)
    part = playback.get("a")
    assert part is not None
    assert part.start_ms == 90
    assert heard(playback, "a", 900) == (300, False)
    playback.report("a", 0, 200 * 24, 500, start_ms=400)
    assert heard(playback, "a", 900) == (300, False), "an older report takes nothing back"
    assert part.start_ms == 90
    playback.report("a", 0, 99_999, 600)
    assert heard(playback, "a", 900) == (1_000, False), "no more than came"


def test_without_a_page_what_is_whole_was_heard() -> None:
    playback = tracker(player=False, a=1_000)
    assert heard(playback, "a", 10) == (1_000, False)
    assert not playback.is_playing(10)


def test_without_a_page_time_tells_how_much_of_the_rest() -> None:
    playback = PlaybackTracker()
    playback.received("a", 0, 24_000, 100)
    assert heard(playback, "a", 50) == (0, True)
    assert heard(playback, "a", 350) == (250, True)
    assert heard(playback, "a", 9_999) == (1_000, True)
    assert playback.is_playing(350)
    assert not playback.is_playing(1_200)


def test_parts_play_one_after_the_other() -> None:
    playback = tracker(a=1_000, b=500)
    b = playback.get("b")
    assert b is not None
    assert b.start_ms == 1_000
    assert playback.end_ms == 1_500
    assert [part.item_id for part in playback] == ["a", "b"]


def test_an_interruption_cuts_what_plays_and_what_waits() -> None:
    playback = tracker(a=1_000, b=500, c=500)
    playback.report("a", 0, 24_000, 1_000, finished=True)
    playback.report("b", 0, 200 * 24, 1_200)
    cuts = interrupt(playback, 1_250)
    assert [(cut.item_id, cut.heard_ms, cut.received_ms) for cut in cuts] == [("b", 200, 500), ("c", 0, 500)]
    assert not any(cut.estimated for cut in cuts[:1])
    assert not playback.is_playing(1_250)
    assert interrupt(playback, 1_300) == []
    playback.report("b", 0, 500 * 24, 1_400)
    assert heard(playback, "b", 2_000) == (200, False), "a report that comes late changes nothing"


def test_what_was_heard_to_its_end_is_not_cut() -> None:
    playback = tracker(a=1_000)
    playback.report("a", 0, 24_000, 1_000)
    assert interrupt(playback, 1_000) == []


def test_an_unfinished_part_is_cut_even_if_all_of_it_was_heard() -> None:
    playback = PlaybackTracker()
    playback.has_player = True
    playback.received("a", 0, 24_000, 0)
    playback.report("a", 0, 24_000, 1_000)
    [cut] = interrupt(playback, 1_000)
    assert (cut.heard_ms, cut.received_ms, cut.complete) == (1_000, 1_000, False)


def test_the_end_may_be_reported_before_it_is_known_and_more_than_once() -> None:
    playback = PlaybackTracker()
    playback.has_player = True
    playback.received("a", 0, 240, 0)
    playback.report("a", 0, 240, 10, finished=True)
    assert playback.is_playing(10)
    playback.completed("a", 0)
    assert not playback.is_playing(10)
    playback.report("a", 0, 240, 20, finished=True)
    playback.report("unknown", 0, 240, 20, finished=True)


def test_a_page_that_vanished_does_not_play_for_ever() -> None:
    playback = tracker(a=1_000)
    playback.report("a", 0, 100, 500)
    assert playback.is_playing(1_000 + STALE_MS - 1)
    assert not playback.is_playing(1_000 + STALE_MS + 1)


def test_what_a_leaving_page_had_not_played_was_not_heard() -> None:
    playback = tracker(a=1_000)
    playback.report("a", 0, 300 * 24, 300)
    playback.attach(False, 400)
    assert heard(playback, "a", 9_000) == (300, False)
    assert not playback.is_playing(400)
    playback.attach(True, 500)
    assert playback.has_player


def test_what_is_gone_is_forgotten() -> None:
    playback = tracker(a=1_000)
    playback.forget("a")
    playback.forget("unknown")
    assert playback.get("a") is None
    assert not playback.is_playing(0)


@pytest.mark.parametrize("index", [None, 0])
def test_all_parts_of_an_item_or_one_can_be_completed(index: int | None) -> None:
    playback = PlaybackTracker()
    playback.has_player = True
    for content_index in (0, 1):
        playback.received("a", content_index, 24, 0)
    playback.completed("a", index)
    assert [part.complete for part in playback] == [True, index is None]


def test_what_comes_after_the_silence_is_counted_and_not_played() -> None:
    playback = tracker(a=1_000)
    parts = playback.stop(300)
    assert not playback.received("a", 0, 240, 310), "no longer played"
    assert not playback.received("b", 0, 240, 320, silenced=True)
    a, b = playback.get("a"), playback.get("b")
    assert a is not None and b is not None
    assert (a.received_samples, a.dropped_samples, a.total_samples, a.is_whole) == (
        24_000,
        240,
        24_240,
        False,
    )
    assert (b.received_samples, b.cut_samples, b.was_cut) == (0, 0, True)
    assert playback.received("c", 0, 240, 330), "of another response"
    assert [cut.item_id for cut in playback.cut(parts, answered=True)] == ["a"]


def test_the_clock_goes_on_from_the_last_report() -> None:
    playback = tracker(a=1_000, b=1_000)
    playback.report("a", 0, 100 * 24, 180)
    assert [cut.heard_ms for cut in interrupt(playback, 400, answered=False)] == [320, 0]
    playback = tracker(a=1_000, b=1_000)
    playback.report("a", 0, 24_000, 1_080, finished=True)
    assert [cut.heard_ms for cut in interrupt(playback, 1_200, answered=False)] == [120]


def test_what_the_clock_says_was_heard_is_marked() -> None:
    playback = tracker(a=1_000)
    assert interrupt(playback, 3_000, answered=False) == []
    assert heard(playback, "a", 3_000) == (1_000, True)


def test_reports_decide_by_themselves_where_nobody_says_whether_a_page_answered() -> None:
    playback = tracker(a=1_000, b=1_000)
    parts = playback.stop(400)
    playback.report("a", 0, 390 * 24, 410)
    cuts = playback.cut(parts)
    assert [(cut.heard_ms, cut.estimated) for cut in cuts] == [(390, False), (0, True)]


def test_a_page_that_comes_later_plays_only_what_comes_then() -> None:
    playback = tracker(player=False, a=1_000)
    playback.attach(True, 100)
    assert not playback.is_playing(150)
    assert playback.stop(200) == []


def test_a_sound_begins_neither_before_it_came_nor_after_it_was_heard() -> None:
    for told_ms, begin_ms in ((-5_000.0, 1_000), (1_070.0, 1_070), (1e12, 1_100)):
        playback = PlaybackTracker()
        playback.has_player = True
        playback.received("a", 0, 24_000, 1_000)
        playback.report("a", 0, 100 * 24, 1_200, start_ms=told_ms)
        part = playback.get("a")
        assert part is not None
        assert part.start_ms == begin_ms


def test_a_script_that_asks_for_ever_keeps_no_list_of_all_its_answers() -> None:
    playback = PlaybackTracker()
    for n in range(3 * MAX_OPEN):
        playback.received(f"a{n}", 0, 24_000, 0)
        playback.completed(f"a{n}")
    assert len(playback.stop(0)) <= MAX_OPEN + 1
