import numpy as np
import pytest

from realtime_widget.config.numbers import is_number, is_whole


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3)])
def test_whole_numbers_of_any_origin(value: object) -> None:
    assert is_whole(value) and is_number(value)


@pytest.mark.parametrize("value", [2.5, np.float64(2.5), np.float32(2.5)])
def test_other_numbers(value: object) -> None:
    assert is_number(value) and not is_whole(value)


@pytest.mark.parametrize("value", [True, "3", None, [3], np.array([3]), 1j])
def test_what_is_none(value: object) -> None:
    assert not is_number(value) and not is_whole(value)
