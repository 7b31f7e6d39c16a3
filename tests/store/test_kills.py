"""A few kernels killed while they talk; `python -m tests.store.kills --n 50` kills many."""

from pathlib import Path

import pytest

from .kills import Kill, run


def check(kills: list[Kill]) -> None:
    assert [kill.missing for kill in kills] == [[]] * len(kills)
    assert [kill.faults for kill in kills] == [[]] * len(kills)
    assert sum(kill.n_told for kill in kills) > 0


@pytest.mark.timeout(240)
def test_sqlite_keeps_every_finished_turn(tmp_path: Path) -> None:
    check(run(f"sqlite:///{tmp_path / 'talks.db'}", 3, seed=3, kernels=3, quiet=True))


@pytest.mark.timeout(240)
def test_postgresql_keeps_every_finished_turn(postgres: str) -> None:
    check(run(postgres, 2, seed=4, kernels=2, quiet=True))
