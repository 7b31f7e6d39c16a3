"""Legal orders of recorded conversations, many of them: each must end as the recorded one."""

import random

from ..protocol.recorded import RECORDED, Act
from ..protocol.reorder import arrange, edges, listen

__all__ = ["deep"]


def deep(n: int, seed: int) -> int:
    """Try `n` orders, some with events delivered again; return how many."""
    rng = random.Random(seed)
    wanted = {recorded.name: listen(recorded).outcome for recorded in RECORDED}
    for i in range(n):
        recorded = RECORDED[i % len(RECORDED)]
        order = arrange(edges(recorded.name), _wish(rng, len(recorded.steps)))
        if rng.random() < 0.5:
            for _ in range(rng.randrange(1, 8)):
                at = rng.randrange(len(order))
                if not isinstance(recorded.steps[order[at]], Act):
                    order.insert(rng.randrange(at + 1, len(order) + 1), order[at])
        outcome = listen(recorded, order, curious=rng.random() < 0.3).outcome
        assert outcome == wanted[recorded.name], f"{recorded}: another outcome in the order {order}"
    return n


def _wish(rng: random.Random, n: int) -> list[int]:
    if rng.random() < 0.5:
        return rng.sample(range(n), n)
    wish = list(range(n))
    for _ in range(rng.randrange(1, 6)):
        wish.insert(rng.randrange(n), wish.pop(rng.randrange(n)))
    return wish
