from collections.abc import Callable
from typing import Any

from realtime_widget.widget.patches import TurnPatches
from realtime_widget.widget.snapshots import Snapshots
from tests.data.talk import Talk
from tests.widget.pages import Shown


class Line:
    """A conversation of so many turns, the way to its pages, and time in the test's hands."""

    def __init__(self, n_turns: int, text: str = "words") -> None:
        self.talk = Talk()
        self.patches = TurnPatches(self.talk.data, max_turns=100)
        for n in range(n_turns):
            self.add(f"t{n}", text)
        while self.patches.take() is not None:
            pass
        self.sent: list[dict[str, Any]] = []
        self.due: list[Callable[[], None]] = []
        self.snapshots = Snapshots(
            self.patches, lambda message, _: self.sent.append(message), lambda _, f: self.due.append(f)
        )

    def add(self, item_id: str, text: str) -> None:
        self.talk.typed(self.talk.ms + 1, item_id, text)
        self.patches.item_changed(item_id)

    def run(self, n: int = 1_000) -> None:
        while self.due and n:
            n -= 1
            self.due.pop(0)()


def test_the_latest_turns_come_at_once_and_older_ones_in_batches() -> None:
    line = Line(250)
    line.snapshots.send_to("late")
    (first,) = line.sent
    assert [turn["id"] for turn in first["turns"]] == [f"t{n}" for n in range(150, 250)]
    assert (len(first["order"]["ids"]), first["n_left"]) == (250, 150)
    line.run()
    assert [message["n_left"] for message in line.sent] == [150, 50, 0]
    assert {message["page"] for message in line.sent} == {"late"}
    page = Shown()
    for message in line.sent:
        page.apply(message)
    assert [turn["id"] for turn in page.turns] == [f"t{n}" for n in range(250)]


def test_long_turns_make_small_batches() -> None:
    line = Line(60, "x" * 10_000)
    line.snapshots.send_to("late")
    line.run()
    assert max(len(message["turns"]) for message in line.sent) <= 10
    assert sum(len(message["turns"]) for message in line.sent) == 60


def test_pages_share_the_way_and_one_that_goes_gets_no_more() -> None:
    line = Line(350)
    for page in ("a", "b", "c"):
        line.snapshots.send_to(page)
    line.snapshots.forget("b")
    line.run(4)
    assert [message["page"] for message in line.sent] == ["a", "b", "c", "a", "c", "a", "c"]


def test_a_page_that_asks_again_begins_anew_and_nothing_is_sent_twice() -> None:
    line = Line(250)
    line.snapshots.send_to("a")
    line.run(1)
    line.snapshots.send_to("a")
    line.run()
    assert [message["n_left"] for message in line.sent] == [150, 50, 150, 50, 0]
    assert line.due == []


def test_what_changed_goes_to_all_before_one_gets_everything() -> None:
    line = Line(2)
    line.add("new", "words")
    line.snapshots.send_to("a")
    patch, snapshot = line.sent
    assert "page" not in patch
    assert patch["revision"] == snapshot["revision"]
    assert snapshot["order"]["ids"] == ["t0", "t1", "new"]
