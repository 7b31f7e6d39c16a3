import gc
import os
import tempfile
import threading
import weakref
from pathlib import Path

import pytest

from realtime_widget.audio.keeping import SPILL_BYTES
from realtime_widget.data.growing import spool as spool_module
from realtime_widget.data.growing.spool import Spool
from realtime_widget.errors import RealtimeError


def sound(n: int, n_bytes: int = 9_600) -> bytes:
    return n.to_bytes(2, "little") * (n_bytes // 2)


def filled(spool: Spool, n_pieces: int = 300) -> tuple[list[bytes], object]:
    track = spool.track()
    pieces = [sound(n) for n in range(n_pieces)]
    for piece in pieces:
        track.append(piece)
    return pieces, track


@pytest.fixture(params=["pread", "seek"])
def reading(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "seek":
        monkeypatch.delattr(os, "pread", raising=False)
    return str(request.param)


@pytest.mark.usefixtures("reading")
def test_sound_beyond_the_limit_goes_to_a_file_and_comes_back() -> None:
    spool = Spool(SPILL_BYTES)
    pieces, track = filled(spool)
    assert spool.n_memory_bytes <= SPILL_BYTES
    assert spool.n_moved_bytes + spool.n_memory_bytes == 300 * 9_600
    assert track.read() == b"".join(pieces)
    assert track.read(9_600 * 7 + 3, 9_600 * 7 + 11) == pieces[7][3:11]


def test_a_short_conversation_makes_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    problems: list[RealtimeError] = []
    spool = Spool()
    spool.on_problem = problems.append
    pieces, track = filled(spool)
    assert track.read() == b"".join(pieces)
    assert not problems


def test_the_file_has_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    spool = Spool(0)
    _, track = filled(spool)
    assert track.n_memory_bytes == 0
    if os.name == "posix":
        assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_written_stays_in_memory_and_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    monkeypatch.setattr(spool_module, "TRIED_AGAIN_BYTES", 200_000)
    problems: list[RealtimeError] = []
    spool = Spool(100_000)
    spool.on_problem = problems.append
    pieces, track = filled(spool)
    assert track.read() == b"".join(pieces)
    assert spool.n_moved_bytes == 0
    assert [problem.code for problem in problems] == ["sound_file"]
    assert "TMPDIR" in str(problems[0])
    assert problems[0].recoverable
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for piece in pieces:  # by and by it is tried again
        track.append(piece)
    assert track.read() == b"".join([*pieces, *pieces])
    assert spool.n_memory_bytes <= 100_000


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    full = Path("/dev/full").open("r+b", buffering=0)  # noqa: SIM115 - closes with the spool
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: full)
    problems: list[RealtimeError] = []
    spool = Spool(0)
    spool.on_problem = problems.append
    pieces, track = filled(spool)
    assert track.read() == b"".join(pieces)
    assert len(problems) == 1


def test_what_cannot_be_read_is_silence() -> None:
    problems: list[RealtimeError] = []
    spool = Spool(0)
    spool.on_problem = problems.append
    pieces, track = filled(spool, 3)
    spool._file.truncate(9_600)
    assert track.read() == pieces[0] + bytes(19_200)
    assert [problem.code for problem in problems] == ["sound_lost"]
    spool._file.close()
    assert track.read() == bytes(28_800)
    assert len(problems) == 1


def test_the_file_closes_with_the_last_who_may_read_it() -> None:
    spool = Spool(0)
    pieces, track = filled(spool, 3)
    file, gone = spool._file, weakref.ref(spool)
    stretch = track.take()
    del spool, track
    gc.collect()
    assert stretch.read() == b"".join(pieces)
    del stretch
    gc.collect()
    assert gone() is None
    assert file.closed


@pytest.mark.usefixtures("reading")
def test_it_is_read_from_other_threads_while_it_grows() -> None:
    spool = Spool(0)
    track = spool.track()
    track.append(sound(0))
    stretch, wrong, over = track.take(), [], threading.Event()

    def read() -> None:
        while not over.is_set():
            if stretch.read() != sound(0):
                wrong.append(True)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for n in range(1, 200):
        track.append(sound(n))
    over.set()
    for reader in readers:
        reader.join()
    assert not wrong
    assert track.read() == b"".join(map(sound, range(200)))
