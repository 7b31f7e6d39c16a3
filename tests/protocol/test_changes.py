import dataclasses
from typing import get_args

import pytest

from realtime_widget.protocol import changes


@pytest.mark.parametrize("kind", get_args(changes.Change), ids=lambda kind: kind.__name__)
def test_a_change_is_a_frozen_value(kind: type) -> None:
    assert kind.__name__ in changes.__all__
    fields = dataclasses.fields(kind)
    value = kind(*[None for _ in fields])
    assert value == kind(*[None for _ in fields])
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, fields[0].name, 1)


def test_sound_is_in_no_repr() -> None:
    assert "pcm" not in repr(changes.AudioReceived("a", 0, b"\1\2"))
