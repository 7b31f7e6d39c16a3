import numpy as np
import pytest

from realtime_widget.audio import Clip
from realtime_widget.data import About, Conversation, StillData
from realtime_widget.data.replay.audition import MAX_LEVELS, MAX_MARKS, levels, marks, sound_file
from realtime_widget.data.replay.score import Score
from tests.data.talk import Talk


def recording(n_ms: int = 1000, user: int = 0, assistant: int = 0) -> Clip:
    samples = np.zeros((n_ms * 24, 2), np.int16)
    samples[: n_ms * 12, 0] = user
    samples[n_ms * 12 :, 1] = assistant
    return Clip(samples)


def test_levels_are_the_peaks_of_both_sides() -> None:
    found = levels(recording(1000, user=-32_768, assistant=16_384))
    values = np.frombuffer(found.values, np.uint8).reshape(-1, 2)
    assert found.step_ms == 50 and len(values) == 20
    assert values[0].tolist() == [255, 0] and values[-1].tolist() == [0, 128]


def test_levels_of_a_long_conversation_stay_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime_widget.data.replay.audition.MAX_LEVELS", 10)
    found = levels(recording(5000))
    assert len(found.values) == 2 * 10 and found.step_ms == 500
    assert MAX_LEVELS == 72_000
    assert levels(Clip(np.zeros((0, 2), np.int16))).values == b""


@pytest.mark.parametrize(
    ("packed", "kind", "begin"), [(True, "audio/ogg", b"OggS"), (False, "audio/wav", b"RIFF")]
)
def test_both_sides_are_mixed_into_one_file(packed: bool, kind: str, begin: bytes) -> None:
    pytest.importorskip("soundfile")
    made = sound_file(recording(user=20_000, assistant=20_000), packed=packed)
    assert made is not None and made[0] == kind and made[1][:4] == begin


def test_who_speaks_at_once_with_another_is_not_halved() -> None:
    both = Clip(np.full((2400, 2), 20_000, np.int16))
    made = sound_file(both, packed=False)
    assert made is not None
    assert np.frombuffer(made[1][44:], np.int16).tolist() == [32_767] * 2400


def test_one_side_alone_will_do() -> None:
    alone = Clip(np.full(2400, 16_384, np.int16))
    assert np.frombuffer(levels(alone).values, np.uint8).tolist() == [128, 128] * 2
    assert sound_file(alone, packed=False) is not None


def test_where_nothing_sounds_there_is_no_file() -> None:
    assert sound_file(recording(), packed=True) is None


def test_marks_say_who_has_the_word_when() -> None:
    talk = Talk()
    talk.spoken(0, "u1", words="How is Rome?")
    talk.called(1500, "r1", "call_1")
    talk.answered(1700, "call_1")
    talk.said(2000, "r2", "a1", "Fine", n_ms=1500)
    score = Score(StillData(Conversation.of(talk.data, About(id="0" * 32))))
    assert marks(score) == [(0, 1000, 0), (1500, 1550, 3), (2300, 3800, 1)]


def test_more_marks_than_can_be_drawn_are_put_together() -> None:
    talk = Talk()
    for place in range(2 * MAX_MARKS):
        talk.typed(place * 10.0, f"u{place}", "Hello")
    found = marks(Score(StillData(Conversation.of(talk.data, About(id="0" * 32)))))
    assert 1 <= len(found) <= MAX_MARKS and found[0][0] == 0 and found[-1][1] == (2 * MAX_MARKS - 1) * 10
