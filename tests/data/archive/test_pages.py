import io
import random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from realtime_widget.data.archive.pages import PageError, checked_pages

WORDS = ["a", "b" * 100, None, "c"] * 5_000


def pages(values: list[Any], **options: Any) -> tuple[int, int]:
    file = io.BytesIO()
    known: dict[str, Any] = {"use_dictionary": False, "data_page_version": "1.0", "compression": "zstd"}
    pq.write_table(pa.table({"a": values}), file, **{**known, **options})
    column = pq.ParquetFile(file).metadata.row_group(0).column(0)
    return checked_pages(file.getvalue(), column.data_page_offset, column.total_compressed_size)


def test_values_and_sizes_are_counted() -> None:
    n_values, unpacked_bytes = pages(WORDS)
    assert n_values == 20_000 and 500_000 < unpacked_bytes < 700_000
    assert pages(WORDS, data_page_size=1_000)[0] == 20_000
    assert pages([["a", "b"], [], ["c"]])[0] == 4
    assert pages([])[0] == 0


@pytest.mark.parametrize(
    "options",
    [
        {"use_dictionary": True},
        {"column_encoding": "DELTA_BYTE_ARRAY"},
        {"column_encoding": "DELTA_LENGTH_BYTE_ARRAY"},
        {"data_page_version": "2.0"},
    ],
)
def test_pages_that_stand_for_more_than_they_are_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(PageError, match="another kind"):
        pages(WORDS, **options)


@pytest.mark.parametrize(
    ("data", "n_bytes"),
    [
        (b"", 1),
        (b"\x15", 1),
        (b"\x15\x00" * 5, 10),
        (b"\x1c" * 50, 50),  # structures in structures
        (b"\x19\xfc\xff\xff\xff\xff\x0f", 7),  # a list without end
        (b"\x15" + b"\xff" * 20, 21),  # a number without end
        (b"\x1b\x00", 2),
        (b"\x00" * 9, 9),
    ],
)
def test_what_are_no_pages_is_refused(data: bytes, n_bytes: int) -> None:
    with pytest.raises(PageError):
        checked_pages(data, 0, n_bytes)


def test_any_bytes_are_pages_or_an_error() -> None:
    dice = random.Random(3)
    for _ in range(2_000):
        data = dice.randbytes(dice.randrange(60))
        try:
            checked_pages(data, dice.randrange(-2, 5), dice.randrange(-2, 60))
        except PageError:
            continue
