import random

import pytest

from realtime_widget.data.archive.thrift import ThriftError, read_struct


def test_fields_come_by_their_numbers() -> None:
    # 1: i32 7, 2: true, 3: "ab", 5: list of i64 [1, -1], 6: {1: i32 2}, 7: double
    data = b"\x15\x0e\x11\x18\x02ab\x29\x26\x02\x01\x1c\x15\x04\x00\x17" + bytes(8) + b"\x00tail"
    found, end = read_struct(data, 0, len(data))
    assert found == {1: 7, 2: True, 3: b"ab", 5: [1, -1], 6: {1: 2}, 7: bytes(8)} and data[end:] == b"tail"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x15",
        b"\x1c" * 50,  # structures in structures
        b"\x19\xf9" * 50,  # lists in lists
        b"\x19\xfc\xff\xff\xff\xff\x0f",  # a list without end
        b"\x15" + b"\xff" * 20,  # a number without end
        b"\x18\x7fabc",
        b"\x1b\x00",
        b"\x1f",
    ],
)
def test_what_is_no_structure_is_refused(data: bytes) -> None:
    with pytest.raises(ThriftError):
        read_struct(data, 0, len(data))
    with pytest.raises(ThriftError):
        read_struct(data, -1, len(data))


def test_any_bytes_are_a_structure_or_an_error() -> None:
    dice = random.Random(3)
    for _ in range(2_000):
        data = dice.randbytes(dice.randrange(60))
        try:
            read_struct(data, dice.randrange(-2, 5), dice.randrange(-2, 80))
        except ThriftError:
            continue
