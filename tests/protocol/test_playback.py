import pytest

from realtime_widget.protocol.playback import STALE_MS, Cut, PlaybackTracker


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
