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
