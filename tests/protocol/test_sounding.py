import pytest

from realtime_widget.protocol.sounding import Cut, PartPlayback


def part(*, received: int = 24_000, dropped: int = 0, complete: bool = True) -> PartPlayback:
    return PartPlayback(
        "a", 0, 0.0, 0.0, received_samples=received, dropped_samples=dropped, complete=complete
    )


@pytest.mark.parametrize(
    ("heard", "heard_ms"), [(0, 0), (23, 0), (24, 1), (23_999, 999), (24_001, 1_000), (99_999, 1_000)]
)
def test_a_cut_lies_within_what_was_heard_and_what_had_come(heard: int, heard_ms: int) -> None:
    sound = part(received=24_010)
    cut = sound.cut(min(heard, 24_009), estimated=False)
    assert cut == Cut("a", 0, heard_ms, 1_000, estimated=False)
    assert sound.was_cut and not sound.finished


def test_what_was_heard_to_its_end_is_not_cut() -> None:
    sound = part()
    assert sound.cut(24_000, estimated=True) is None
    assert (sound.finished, sound.estimated, sound.was_cut) == (True, True, False)


@pytest.mark.parametrize("sound", [part(complete=False), part(dropped=1)])
def test_what_had_not_all_come_has_an_end_that_nobody_heard(sound: PartPlayback) -> None:
    cut = sound.cut(24_000, estimated=False)
    assert cut is not None
    assert (cut.heard_ms, cut.complete) == (1_000, False)
    assert sound.was_cut


def test_all_its_sound_is_what_was_played_and_what_came_too_late() -> None:
    assert part(dropped=240).total_samples == 24_240
    assert [part().is_whole, part(dropped=1).is_whole, part(complete=False).is_whole] == [True, False, False]


def test_where_a_clock_is_not_known_it_began_between_its_coming_and_its_being_played() -> None:
    for told_ms, start_ms, error_ms in ((-9e9, 0, 400), (100, 100, 300), (350, 350, 350), (9e9, 400, 400)):
        sound = part()
        sound.begun(told_ms, 400, None)
        assert (sound.start_ms, sound.start_error_ms) == (start_ms, error_ms)


def test_a_measured_beginning_may_lie_ahead_by_what_a_loudspeaker_takes() -> None:
    for told_ms, start_ms in ((-9e9, 0), (100, 100), (650, 650), (9e9, 1_400)):
        sound = part()
        sound.begun(told_ms, 400, 5.0)
        assert (sound.start_ms, sound.start_error_ms) == (start_ms, 5)


def test_what_is_known_better_later_counts() -> None:
    sound = part()
    sound.begun(100, 400, None)
    sound.reported_ms = 400
    sound.begun(50, 500, None)
    assert (sound.start_ms, sound.start_error_ms) == (100, 300), "no better: nothing moves"
    sound.begun(120, 600, 20.0)
    sound.begun(130, 700, 15.0)
    assert (sound.start_ms, sound.start_error_ms) == (120, 20)
    sound.begun(125, 800, 4.0)
    assert (sound.start_ms, sound.start_error_ms) == (125, 4)


def test_only_what_a_page_told_of_was_heard() -> None:
    sound = part()
    assert not sound.was_heard
    sound.reported_ms = 10
    assert not sound.was_heard, "it fell silent before it began"
    sound.played_samples = 1
    assert sound.was_heard
