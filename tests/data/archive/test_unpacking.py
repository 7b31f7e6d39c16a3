import io
import random
import struct
import zipfile
import zlib

import pytest

from realtime_widget.data.archive import unpacking as module
from realtime_widget.data.archive.packing import LOCAL, Packer
from realtime_widget.data.archive.unpacking import Archive, BadMemberError

NAME = "events.jsonl"
MAX = 10**9


def zipped(*content: tuple[str, bytes], deflate: bool = True) -> bytes:
    file = io.BytesIO()
    with Packer() as packer:
        for name, data in content:
            packer.add(name, [data], deflate=deflate)
        packer.write(file, "manifest.json", b"{}")
    return file.getvalue()


def member(
    name: bytes, packed: bytes, *, method: int = 8, flags: int = 0, crc: int = 0, size: int = 0
) -> bytes:
    head = LOCAL.pack(b"PK\3\4", 20, flags, method, 0, 33, crc, len(packed), size, len(name), 0)
    return head + name + packed


def archive(data: bytes) -> Archive:
    return Archive(io.BytesIO(data))


@pytest.mark.parametrize("deflate", [True, False])
def test_members_come_back(deflate: bool) -> None:
    content = random.Random(1).randbytes(3_000_000)
    found = archive(zipped((NAME, content), ("audio/turn-0001.flac", b"x"), deflate=deflate))
    assert found.read(NAME, MAX) == content and found.read("audio/turn-0001.flac", MAX) == b"x"
    assert list(found.entries) == ["manifest.json", NAME, "audio/turn-0001.flac"] and not found.torn


def test_what_other_tools_packed_is_read_too() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as other:
        other.writestr("notes.txt", "hello")
        other.writestr(NAME, "words" * 1_000)
    assert list(archive(file.getvalue()).entries) == [NAME]
    assert archive(file.getvalue()).read(NAME, MAX) == b"words" * 1_000


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "/events.jsonl", "tables/../x.parquet", "tables/a/b.parquet", "C:\\x", "x\0.flac"],
)
def test_names_that_arent_known_are_never_looked_at(name: str) -> None:
    found = archive(zipped((name, b"x"), (NAME, b"y")))
    assert list(found.entries) == ["manifest.json", NAME] and not found.torn


def test_the_first_of_two_members_counts() -> None:
    assert archive(zipped((NAME, b"one"), (NAME, b"two"))).read(NAME, MAX) == b"one"


def test_a_cut_off_file_gives_what_is_whole_in_it() -> None:
    data = zipped((NAME, b"one"), ("audio/recording.flac", bytes(5_000)), deflate=False)
    for cut in (len(data) - 1, len(data) - 200):
        assert len(archive(data[:cut]).entries) == 3
    assert list(archive(data[:1_000]).entries) == ["manifest.json", NAME]
    assert not archive(data[:10]).entries and not archive(b"").entries


def test_behind_a_damaged_header_it_goes_on() -> None:
    data = zipped((NAME, b"one"), ("audio/recording.flac", b"two"))
    begin = data.index(b"PK\3\4", 10)
    found = archive(data[:begin] + b"XX" + data[begin + 2 :])
    assert found.torn and list(found.entries) == ["manifest.json", "audio/recording.flac"]


@pytest.mark.parametrize(
    "data",
    [
        member(NAME.encode(), b"xyz", flags=1),  # encrypted
        member(NAME.encode(), b"xyz", flags=8),  # sizes that follow
        member(NAME.encode(), b"xyz", method=12),  # another method
        member(NAME.encode(), b"xyz", method=0, size=4),
        member(NAME.encode(), b"xyz")[:-1],
        b"PK\3\4" * 1_000,
        b"PK\3\4" + b"\xff" * 2_000,
    ],
)
def test_members_that_cant_be_read_are_not_there(data: bytes) -> None:
    assert not archive(data).entries


def test_a_bomb_is_stopped_before_it_bursts() -> None:
    packed = zlib.compress(bytes(50_000_000))[2:-4]
    crc = zlib.crc32(bytes(50_000_000))
    with pytest.raises(BadMemberError, match="too large"):
        archive(member(NAME.encode(), packed, crc=crc, size=50_000_000)).read(NAME, 1_000_000)
    pieces = archive(member(NAME.encode(), packed, crc=crc, size=1_000)).pieces(NAME, 1_000_000)
    with pytest.raises(BadMemberError, match="larger than it says"):
        list(pieces)
    whole = archive(member(NAME.encode(), packed, crc=crc, size=50_000_000))
    assert max(map(len, whole.pieces(NAME, 10**8))) <= module.PIECE_BYTES


def test_what_is_damaged_inside_is_told() -> None:
    good = zlib.compress(b"words")[2:-4]
    for bad in (
        member(NAME.encode(), good, crc=1, size=5),
        member(NAME.encode(), good, crc=zlib.crc32(b"words"), size=6),
        member(NAME.encode(), b"\xff" * 9, crc=zlib.crc32(b"words"), size=5),
    ):
        with pytest.raises(BadMemberError):
            archive(bad).read(NAME, MAX)
    with pytest.raises(BadMemberError, match="isn't there"):
        archive(b"").read(NAME, MAX)


def test_too_large_a_file_and_too_many_members_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = zipped((NAME, b"x"), ("audio/recording.flac", b"y"))
    monkeypatch.setattr(module, "MAX_MEMBERS", 2)
    assert len(archive(data).entries) == 2
    monkeypatch.setattr(module, "MAX_FILE_BYTES", 100)
    with pytest.raises(BadMemberError, match="too large"):
        archive(data)


def test_headers_without_end_take_no_time() -> None:
    # Each of them claims a name of 64 kB and nothing else.
    head = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 0, 0, 33, 0, 0, 0, 0xFFFF, 0)
    assert not archive(head * 20_000).entries
