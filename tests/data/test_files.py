import os
import stat
import sys
from pathlib import Path

import pytest

from realtime_widget.data.files import replacing, write_file
from realtime_widget.errors import FileError


def test_a_file_is_written_with_the_rights_that_it_had(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_file(path, "é\n")
    assert path.read_bytes() == "é\n".encode()
    if sys.platform != "win32":
        path.chmod(0o640)
        write_file(path, b"new")
        assert path.read_bytes() == b"new" and stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["a.txt"]


def test_what_fails_leaves_the_older_file_and_no_trace(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_file(path, "old")
    with pytest.raises(ZeroDivisionError), replacing(path) as file:
        file.write(b"half")
        raise ZeroDivisionError
    with pytest.raises(FileError, match=r"a\.txt: No space left"), replacing(path) as file:
        raise OSError(28, "No space left on device")
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["a.txt"]


def test_what_cant_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"there is no folder .*Make it first"):
        write_file(tmp_path / "none" / "a.txt", "x")
    with pytest.raises(FileError, match="it is a folder"):
        write_file(tmp_path, "x")
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="Can't write"):
        write_file(tmp_path / "file" / "a.txt", "x")
    with pytest.raises(FileError, match="too long"):
        write_file(tmp_path / ("a" * 300), "x")


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_stays_one_and_a_device_is_written_to(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "link.txt").symlink_to(tmp_path / "deep" / "real.txt")
    write_file(tmp_path / "link.txt", "x")
    assert (tmp_path / "link.txt").is_symlink() and (tmp_path / "deep" / "real.txt").read_text() == "x"
    write_file("/dev/null", "x")
    assert not os.path.isfile("/dev/null")


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError):
        write_file(tmp_path / "file" / "a.txt", "x")
