import copy
import pickle
from dataclasses import FrozenInstanceError, asdict, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from realtime_widget.audio import Clip
from realtime_widget.data.turns import Turn, make_turn
from realtime_widget.protocol.wording import TokenProbability

VALUES: dict[str, Any] = {
    "turn": 1,
    "id": "a1",
    "role": "assistant",
    "text": "Hi there.",
    "heard_text": "Hi",
    "status": "interrupted",
    "start_ms": 100,
    "end_ms": 600,
    "audio_ms": 1000,
    "heard_ms": 500,
    "interrupted": True,
    "tool_calls": ("c1",),
    "response_id": "r1",
    "created_at": datetime(2026, 11, 21, tzinfo=UTC),
}
CLIP = Clip(np.arange(240, dtype=np.int16))


def test_a_turn_is_a_value() -> None:
    turn = make_turn(lambda: CLIP, **VALUES)
    assert turn == make_turn(None, **VALUES) and hash(turn) == hash(Turn(**VALUES))
    assert str(turn) == "Hi there." and "0x" not in repr(turn)
    assert asdict(turn) == {
        **VALUES,
        "uncertain": False,
        "connection": 1,
        "heard_ms_estimated": False,
        "heard_text_estimated": False,
        "languages": (),
        "segments": (),
        "logprobs": (),
    }
    with pytest.raises(FrozenInstanceError):
        turn.text = "other"  # type: ignore[misc]


def test_sound_is_made_when_it_is_asked_for() -> None:
    assert make_turn(lambda: CLIP, **VALUES).audio == CLIP
    silent = make_turn(None, **VALUES).audio
    assert len(silent) == 0 and silent.rate == 24_000 and silent.samples.dtype == np.int16
    assert len(replace(make_turn(lambda: CLIP, **VALUES), text="x").audio) == 0


def test_copies_take_their_sound_along() -> None:
    turn = make_turn(lambda: CLIP, **VALUES)
    for copied in (copy.copy(turn), copy.deepcopy(turn), pickle.loads(pickle.dumps(turn))):
        assert copied == turn and copied.audio == CLIP


def test_confidence_is_the_mean_probability_of_the_pieces() -> None:
    pieces = (TokenProbability("so", -0.1), TokenProbability(" the", -0.3))
    assert make_turn(None, **VALUES, logprobs=pieces).confidence == pytest.approx(0.8187, abs=1e-4)
    assert make_turn(None, **VALUES, logprobs=(TokenProbability("so", 0.2),)).confidence == 1.0
    assert make_turn(None, **VALUES).confidence is None
