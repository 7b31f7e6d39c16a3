import itertools
import random

import pytest

from realtime_widget.audio.keeping import BLOCK_BYTES, MERGED_BYTES, SPILL_BYTES, Keeper, Stretch


class Shelf(Keeper):
    """Keeps what doesn't fit in memory in a bytearray; may refuse."""

    def __init__(self, limit_bytes: int | None) -> None:
        super().__init__(limit_bytes)
        self.shelf = bytearray()
        self.full = False
        self.stored = 0

    def store(self, pcm: bytes) -> int | None:
        if self.full:
            return None
        self.stored += 1
        self.shelf += pcm
        return len(self.shelf) - len(pcm)

    def fetch(self, place: int, n_bytes: int) -> bytes:
        assert place + n_bytes <= len(self.shelf)
        return bytes(self.shelf[place : place + n_bytes])


def pieces(seed: int, n_pieces: int, *, longest: int = 9_000) -> list[bytes]:
    chance = random.Random(seed)
    return [chance.randbytes(2 * chance.randint(1, longest // 2)) for _ in range(n_pieces)]


@pytest.mark.parametrize("limit_bytes", [None, 0, 1, 30_000, 10_000_000])
def test_tracks_read_back_what_went_in_wherever_it_lies(limit_bytes: int | None) -> None:
    keeper = Shelf(limit_bytes)
    tracks = [keeper.track() for _ in range(3)]
    whole = [b""] * 3
    chance = random.Random(1)
    for pcm in pieces(2, 300):
        n = chance.randrange(3)
        tracks[n].append(pcm)
        whole[n] += pcm
    for track, sound in zip(tracks, whole, strict=True):
        assert track.n_bytes == len(sound)
        assert track.read() == sound
        for _ in range(50):
            begin, end = chance.randint(-5, len(sound) + 5), chance.randint(-5, len(sound) + 5)
            assert track.read(begin, end) == sound[max(0, begin) : max(0, end)]
            inner = track.take(begin, end)
            assert inner.read(3, 700) == inner.read()[3:700]
    assert keeper.n_memory_bytes == sum(track.n_memory_bytes for track in tracks)
    assert keeper.n_memory_bytes + keeper.n_moved_bytes == sum(map(len, whole))
    assert keeper.n_moved_bytes == len(keeper.shelf)
    if limit_bytes is not None:
        assert keeper.n_memory_bytes <= limit_bytes


def test_what_was_taken_stays_as_it_was() -> None:
    keeper = Shelf(20_000)
    track = keeper.track()
    taken: list[tuple[Stretch, bytes]] = []
    sound = b""
    for pcm in pieces(3, 200):
        track.append(pcm)
        sound += pcm
        taken.append((track.take(len(sound) // 3), sound[len(sound) // 3 :]))
    for stretch, expected in taken:
        assert stretch.n_bytes == len(expected)
        assert stretch.read() == expected


def test_the_oldest_sound_moves_first_in_large_pieces() -> None:
    keeper = Shelf(2 * SPILL_BYTES)
    first, second = keeper.track(), keeper.track()
    for n in range(700):
        (first if n % 2 else second).append(bytes([n % 251]) * 9_600)
    assert SPILL_BYTES - 9_600 <= keeper.n_memory_bytes <= 2 * SPILL_BYTES
    assert keeper.stored <= 700 * 9_600 // SPILL_BYTES
    assert first.n_memory_bytes > 0
    assert second.n_memory_bytes > 0
    third = keeper.track()
    third.append(bytes(100))
    assert third.n_memory_bytes == 100, "what came last is read most"


def test_one_track_leaves_one_trace_on_the_shelf() -> None:
    keeper = Shelf(0)
    track = keeper.track()
    for pcm in pieces(4, 500):
        track.append(pcm)
    assert len(track.take().read()) == track.n_bytes
    assert len(track._pieces) == 1


def test_small_pieces_are_merged() -> None:
    track = Keeper().track()
    for _ in range(1_000):
        track.append(bytes(960))
    assert len(track._pieces) <= 2 * 960_000 // MERGED_BYTES
    assert track.n_memory_bytes == 960_000


def test_what_cannot_move_stays() -> None:
    keeper = Shelf(10_000)
    keeper.full = True
    track = keeper.track()
    sound = pieces(5, 50)
    for pcm in sound:
        track.append(pcm)
    assert track.read() == b"".join(sound)
    assert keeper.n_memory_bytes == track.n_bytes
    keeper.full = False
    track.append(b"\1\2")
    assert track.read() == b"".join([*sound, b"\1\2"])
    assert keeper.n_memory_bytes <= 10_000


def test_without_a_limit_nothing_moves() -> None:
    keeper = Keeper()
    track = keeper.track()
    track.append(bytes(5_000_000))
    assert (keeper.n_memory_bytes, keeper.n_moved_bytes) == (5_000_000, 0)
    track.append(b"")
    assert track.n_bytes == 5_000_000


def test_long_sound_comes_in_blocks() -> None:
    keeper = Shelf(SPILL_BYTES)
    track = keeper.track()
    sound = pieces(6, 900)
    for pcm in sound:
        track.append(pcm)
    blocks = list(track.take(2).blocks())
    assert {len(block) for block in blocks[:-1]} == {BLOCK_BYTES}
    assert b"".join(blocks) == b"".join(sound)[2:]


def test_an_empty_track_has_empty_stretches() -> None:
    track = Keeper().track()
    stretches = [track.take(begin, end) for begin, end in itertools.product((0, 5), (0, None, 9))]
    assert {stretch.read() for stretch in stretches} == {b""}
    assert list(stretches[0].blocks()) == []
