from types import SimpleNamespace
from typing import Any

import pytest

from realtime_widget.widget import voice_out
from realtime_widget.widget.voice_out import MAX_QUEUED_BYTES, WINDOW_BYTES, VoiceOut

MS = 48
SECOND = 1_000 * MS


class Page:
    def __init__(self) -> None:
        self.got: list[tuple[dict[str, Any], list[bytes]]] = []
        self.due: list[Any] = []
        self.voice = VoiceOut(
            lambda content, buffers: self.got.append((content, buffers)),
            lambda delay_s, function: self.due.append(function),
        )

    @property
    def lengths(self) -> list[int]:
        return [len(buffers[0]) for _, buffers in self.got if buffers]

    @property
    def sound(self) -> bytes:
        return b"".join(buffers[0] for _, buffers in self.got if buffers)

    def wait(self) -> None:
        """Let a tenth of a second pass."""
        due, self.due = self.due, []
        for function in due:
            function()

    def plays(self, item_id: str, n_bytes: int, *, finished: bool = False) -> None:
        item = SimpleNamespace(
            item_id=item_id, content_index=0, played_samples=n_bytes // 2, finished=finished
        )
        self.voice.played([item])
        self.wait()


def test_the_first_piece_leaves_at_once_and_later_ones_grow_to_100_ms_with_what_the_page_has() -> None:
    page = Page()
    for _ in range(30):
        page.voice.add("p", "item", 0, bytes(20 * MS))
    assert [length // MS for length in page.lengths] == [20, 20, 20, 40, 60, 80, 100, 100, 100]
    page.voice.end("p", "item", 0)
    assert sum(page.lengths) == 600 * MS
    assert page.got[-1][0] == {"type": "audio.end", "page": "p", "item_id": "item", "content_index": 0}
    assert page.voice.queued_bytes == 0
    assert page.voice.unplayed_bytes == 600 * MS


def test_pieces_are_numbered_and_name_their_part() -> None:
    page = Page()
    page.voice.add("p", "a", 0, bytes(4_800))
    page.voice.add("p", "b", 1, bytes(4_800))
    page.voice.add("p", "a", 0, bytes(4_800))
    assert [(c["item_id"], c["content_index"], c["seq"]) for c, _ in page.got] == [
        ("a", 0, 0), ("b", 1, 1), ("a", 0, 2),
    ]  # fmt: skip


def test_parts_are_collected_apart() -> None:
    page = Page()
    page.voice.add("p", "a", 0, b"aa")
    page.voice.add("p", "b", 0, b"bb")
    page.voice.add("p", "a", 0, b"cc")
    page.voice.add("p", "b", 0, b"dd")
    page.voice.end("p", "a", 0)
    page.voice.end("p", "b", 0)
    assert [buffers[0] for _, buffers in page.got if buffers] == [b"aa", b"bb", b"cc", b"dd"]


def test_what_waits_is_forgotten_on_clear() -> None:
    page = Page()
    page.voice.add("p", "a", 0, b"aa")
    page.voice.add("p", "a", 0, b"never")
    page.voice.clear()
    assert page.voice.queued_bytes == page.voice.unplayed_bytes == 0
    page.voice.end("p", "a", 0)
    assert [buffers for _, buffers in page.got] == [[b"aa"], []]


def test_an_end_without_sound_is_told_too() -> None:
    page = Page()
    page.voice.end("p", "a", 0)
    assert [content["type"] for content, _ in page.got] == ["audio.end"]


def test_a_page_gets_no_more_than_it_plays_in_two_minutes() -> None:
    page = Page()
    answer = b"".join(second.to_bytes(2, "little") * 24_000 for second in range(300))
    for begin in range(0, len(answer), 4_800):
        page.voice.add("p", "a", 0, answer[begin : begin + 4_800])
    page.voice.end("p", "a", 0)
    for _ in range(20):
        page.wait()
    assert WINDOW_BYTES <= len(page.sound) <= WINDOW_BYTES + SECOND
    assert page.voice.queued_bytes == len(answer) - len(page.sound)
    assert len(page.got) < 300, "what isn't wanted soon goes in larger pieces"
    assert page.got[-1][0]["type"] == "audio"
    for second in range(1, 301):
        page.plays("a", second * SECOND)
        assert page.voice.unplayed_bytes <= WINDOW_BYTES + SECOND
    page.plays("a", len(answer), finished=True)
    assert page.sound == answer
    assert page.got[-1][0]["type"] == "audio.end"
    assert page.voice.unplayed_bytes == page.voice.queued_bytes == page.voice.dropped_bytes == 0
    assert [content["seq"] for content, buffers in page.got if buffers] == list(range(len(page.lengths)))
    assert page.voice.reported_s is not None


def test_what_waits_keeps_the_order_of_its_parts() -> None:
    page = Page()
    for name in "abc":
        for _ in range(80):
            page.voice.add("p", name, 0, bytes(SECOND))
            page.wait()
        page.voice.end("p", name, 0)
    for name in "abc":
        page.wait()
        page.plays(name, 80 * SECOND, finished=True)
        page.wait()
    order = [(content["type"], content["item_id"]) for content, _ in page.got]
    assert [entry for n, entry in enumerate(order) if n == 0 or entry != order[n - 1]] == [
        (kind, name) for name in "abc" for kind in ("audio", "audio.end")
    ]
    assert page.voice.unplayed_bytes == page.voice.queued_bytes == 0


def test_parts_before_the_one_that_plays_are_over() -> None:
    page = Page()
    for name in "ab":
        page.voice.add("p", name, 0, bytes(10 * SECOND))
        page.voice.end("p", name, 0)
    page.plays("b", SECOND)
    assert page.voice.unplayed_bytes == 9 * SECOND
    page.plays("a", SECOND)  # late: it is over
    page.plays("c", SECOND)  # unknown
    page.plays("b", 100 * SECOND)  # more than there is
    assert page.voice.unplayed_bytes == 0


def test_of_a_page_that_never_plays_the_oldest_sound_is_dropped() -> None:
    page = Page()
    for _ in range(800):
        page.voice.add("p", "a", 0, bytes(SECOND))
        page.wait()
    assert page.voice.queued_bytes <= MAX_QUEUED_BYTES
    assert page.voice.dropped_bytes == 800 * SECOND - len(page.sound) - page.voice.queued_bytes > 0


def test_messages_are_paced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice_out, "SLOT_MESSAGES", 10)
    page = Page()
    page.voice._credit = 10
    for n in range(100):
        page.voice.add("p", f"item{n}", 0, b"ab")
        page.voice.end("p", f"item{n}", 0)
    assert len(page.got) == 10
    for n in range(2, 21):
        page.wait()
        assert len(page.got) == 10 * n
    page.wait()
    assert page.due == []
    assert [content["item_id"] for content, buffers in page.got if buffers] == [
        f"item{n}" for n in range(100)
    ]
