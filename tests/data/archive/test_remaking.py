from dataclasses import replace

import numpy as np
import pytest

from realtime_widget.audio import Clip
from realtime_widget.data.archive import remaking as module
from realtime_widget.data.archive.remaking import remade
from realtime_widget.data.turns import Sound, Turn, make_turn
from realtime_widget.errors import AudioError
from tests.data.talk import Talk

from .made import noise

SOUND = noise(2_400)


def turn(role: str, start_ms: int | None, heard_ms: int | None, sound: Sound | None = None) -> Turn:
    talk = Talk()
    talk.typed(0, "u1", "x")
    plain = replace(talk.data.transcript[0], role=role, start_ms=start_ms, heard_ms=heard_ms)
    values = {name: getattr(plain, name) for name in Turn.__dataclass_fields__}
    return make_turn(sound or (lambda: Clip(SOUND)), **values)


def fails() -> Clip:
    raise AudioError("It is broken.")


def test_turns_sound_where_they_began_as_far_as_they_were_heard() -> None:
    clip = remade([turn("user", 0, 100), turn("assistant", 50, 20), turn("assistant", -5, 0)])
    assert clip.samples.shape == (2_400, 2)
    assert np.array_equal(clip.samples[:, 0], SOUND)
    assert np.array_equal(clip.samples[1_200:1_680, 1], SOUND[:480]) and not clip.samples[1_680:, 1].any()


def test_what_cant_be_placed_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    others = [
        turn("system", 0, None),
        turn("user", None, None),
        turn("user", 0, None, fails),
        turn("user", 0, None, lambda: Clip(SOUND, 8_000)),
        turn("user", 10**12, None),
    ]
    assert remade(others).samples.shape == (0, 2)
    assert len(remade([*others, turn("assistant", 0, None)])) == 2_400
    monkeypatch.setattr(module, "MAX_CLIP_SAMPLES", 4_799)
    assert not len(remade([turn("user", 0, None)]))
