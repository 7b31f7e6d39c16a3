from typing import Any

from realtime_widget.widget.voice_out import MIN_BYTES, VoiceOut

MS = 48


class Page:
    def __init__(self) -> None:
        self.got: list[tuple[dict[str, Any], list[bytes]]] = []
        self.voice = VoiceOut(lambda content, buffers: self.got.append((content, buffers)))

    @property
    def lengths(self) -> list[int]:
        return [len(buffers[0]) for _, buffers in self.got if buffers]


def test_the_first_piece_leaves_at_once_and_later_ones_in_100_ms() -> None:
    page = Page()
    for _ in range(20):
        page.voice.add("p", "item", 0, bytes(20 * MS))
    assert page.lengths[0] == 20 * MS
    assert set(page.lengths[1:]) == {MIN_BYTES}
    page.voice.end("p", "item", 0)
    assert sum(page.lengths) == 400 * MS
    assert page.got[-1][0] == {"type": "audio.end", "page": "p", "item_id": "item", "content_index": 0}


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
    page.voice.end("p", "a", 0)
    assert [buffers for _, buffers in page.got] == [[b"aa"], []]


def test_an_end_without_sound_is_told_too() -> None:
    page = Page()
    page.voice.end("p", "a", 0)
    assert [content["type"] for content, _ in page.got] == ["audio.end"]
