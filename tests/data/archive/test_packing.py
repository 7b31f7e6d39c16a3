import io
import zipfile

import pytest

from realtime_widget.data.archive import packing as module
from realtime_widget.data.archive.packing import Packer
from realtime_widget.errors import ConfigError


def test_it_is_a_zip_with_the_first_member_first() -> None:
    file = io.BytesIO()
    with Packer() as packer:
        packer.add("b", [b"x" * 100_000, b"y"], deflate=True)
        packer.add("a", [b"as it is"], deflate=False)
        packer.add("empty", [], deflate=True)
        packer.write(file, "head", b"first")
    with zipfile.ZipFile(file) as read:
        assert read.testzip() is None
        assert {name: read.read(name) for name in read.namelist()} == {
            "head": b"first",
            "b": b"x" * 100_000 + b"y",
            "a": b"as it is",
            "empty": b"",
        }
        info = read.getinfo("a")
        assert (info.compress_type, info.date_time, info.external_attr >> 16) == (
            0,
            (1980, 1, 1, 0, 0, 0),
            0o100644,
        )
        assert read.getinfo("b").compress_size < 1_000


def test_checksums_are_of_what_is_in_it() -> None:
    with Packer() as packer:
        packer.add("a", [b"ab", b"c"], deflate=True)
    assert packer.members[0].sha256.startswith("ba7816bf") and packer.members[0].n_bytes == 3


def test_too_many_and_too_much_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_MEMBERS", 1)
    with Packer() as packer:
        packer.add("a", [b""], deflate=False)
        with pytest.raises(ConfigError, match="audio=False"):
            packer.add("b", [b""], deflate=False)
    monkeypatch.setattr(module, "MAX_FILE_BYTES", 10)
    with Packer() as packer, pytest.raises(ConfigError, match="audio=False"):
        packer.add("a", [b"x" * 11], deflate=False)
