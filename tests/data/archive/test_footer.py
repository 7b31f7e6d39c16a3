import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from realtime_widget.data.archive import footer as module
from realtime_widget.data.archive.footer import BadTableError, read_footer


def table(columns: dict[str, Any], **options: Any) -> bytes:
    file = io.BytesIO()
    known: dict[str, Any] = {"use_dictionary": False, "data_page_version": "1.0", "compression": "none"}
    pq.write_table(pa.table(columns), file, **{**known, **options})
    return file.getvalue()


def test_columns_come_with_their_levels() -> None:
    columns = {"a": [1, None], "b": [["x"], []], "c": [[{"d": 1.0}], None]}
    leaves, n_rows = read_footer(table(columns))
    assert n_rows == 2
    told = {
        p: (leaf.physical, leaf.max_definition, leaf.max_repetition, leaf.listed_definition)
        for p, leaf in leaves.items()
    }
    assert told == {
        ("a",): (2, 1, 0, 0),
        ("b", "list", "element"): (6, 3, 1, 2),
        ("c", "list", "element", "d"): (5, 4, 1, 2),
    }
    assert all(len(leaf.chunks) == 1 for leaf in leaves.values())
    moments = table({"t": pa.array([0], type=pa.timestamp("us", tz="UTC"))})
    assert read_footer(moments)[0][("t",)].moments
    assert len(read_footer(table({"a": list(range(10))}, row_group_size=3))[0][("a",)].chunks) == 4


@pytest.mark.parametrize(
    "options", [{"compression": "snappy"}, {"compression": "zstd"}, {"use_dictionary": True}]
)
def test_what_could_grow_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(BadTableError, match="compressed"):
        read_footer(table({"a": ["x"] * 100}, **options))


@pytest.mark.parametrize(
    "data", [b"", b"PAR1", b"PAR1PAR1", b"PAR1\xff\xff\xff\xffPAR1", b"PAR1\0\0\0\0\0PAR1"]
)
def test_what_is_no_parquet_file_is_refused(data: bytes) -> None:
    with pytest.raises(BadTableError):
        read_footer(data)


def test_more_than_a_table_may_have_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for limit, value in (("MAX_ROWS", 9), ("MAX_COLUMNS", 1), ("MAX_FOOTER_BYTES", 9)):
        with monkeypatch.context() as patch, pytest.raises(BadTableError):
            patch.setattr(module, limit, value)
            read_footer(table({"a": list(range(10)), "b": list(range(10))}))
