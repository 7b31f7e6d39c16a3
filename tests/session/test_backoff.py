from itertools import islice

from realtime_widget.session.backoff import Backoff


def test_pauses_double_up_to_the_longest_and_are_shorter_by_chance() -> None:
    pauses = list(islice(Backoff(first_s=1, longest_s=8, jitter=0.5).pauses(), 6))
    for pause_s, full_s in zip(pauses, [1, 2, 4, 8, 8, 8], strict=True):
        assert full_s / 2 <= pause_s <= full_s
    assert pauses != list(islice(Backoff(first_s=1, longest_s=8, jitter=0.5).pauses(), 6))


def test_without_jitter_pauses_are_exact() -> None:
    assert list(islice(Backoff(first_s=1, longest_s=3, jitter=0).pauses(), 4)) == [1, 2, 3, 3]
