"""One conversation that never ends, under attack: what an event costs must not grow with its length."""

import math
import random
import time

from .damage import Damage
from .witness import KEPT_IDS, Witness

__all__ = ["flood"]

QUARTERS = 4


def flood(n_events: int, seed: int, *, max_slowdown: float = math.inf) -> str:
    """Raise if the last quarter of a long attack takes much longer than the first; say how it went."""
    rng = random.Random(seed)
    witness, damage = Witness(rng), Damage(rng, KEPT_IDS)
    witness.begin()
    seconds = []
    for _ in range(QUARTERS):
        frames = [frame for _ in range(n_events // QUARTERS // 8) for frame in damage.burst()]
        began = time.process_time()
        for i, frame in enumerate(frames):
            witness.feed(frame)
            if i % 200 == 0:
                witness.at(50)
                witness.look()
        seconds.append((time.process_time() - began) / len(frames))
    witness.check()
    witness.read()
    slowdown = seconds[-1] / seconds[0]
    assert slowdown < max_slowdown, f"an event took {slowdown:.1f} times as long in the end: {seconds}"
    return f"{seconds[0] * 1e6:.0f} us an event in the first quarter, {seconds[-1] * 1e6:.0f} us in the last"
