"""A short run of what `make fuzz` does for as long as one likes; the same events every time."""

import random

import pytest

from .archives import archives
from .damage import Damage
from .deep import deep
from .episodes import Failure, Report, attack, run
from .flood import flood
from .structures import structured
from .witness import Witness

SEED = 7


def test_damaged_events_break_nothing_and_take_nothing_away() -> None:
    report = run(3_000, SEED)
    assert report.events >= 3_000
    assert report.verbs > 50


def test_made_up_events_break_nothing() -> None:
    structured(200, SEED)


def test_legal_orders_end_the_same() -> None:
    assert deep(100, SEED) == 100


def test_a_flood_is_lived_through() -> None:
    assert "us in the last" in flood(1_600, SEED)


def test_damaged_and_hostile_files_are_read_or_refused() -> None:
    assert "of 40 could be read" in archives(40, SEED)


def test_the_same_seed_gives_the_same_attack() -> None:
    one, other = (Damage(random.Random(SEED), ["a"]) for _ in (1, 2))
    assert [one.burst() for _ in range(20)] == [other.burst() for _ in range(20)]
    first, second = (attack(SEED, 3, Report(), n_events=60) for _ in (1, 2))
    assert first.data.transcript.text == second.data.transcript.text


def test_what_escapes_is_told_with_how_to_see_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def lose(self: Witness) -> None:
        self.protocol.conversation.items["keep_a1"].parts[0].text = "Something else."
        self.protocol.conversation.items.pop("keep_u2")
        self.data.transcript.mark(["keep_a1", "keep_u2"])

    monkeypatch.setattr(Witness, "look", lose)
    with pytest.raises(Failure, match=r"python -m tests\.fuzz --seed 7 --episode 0"):
        run(400, SEED)
