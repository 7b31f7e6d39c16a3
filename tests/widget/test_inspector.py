import threading
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from realtime_widget.data.events import Events
from realtime_widget.protocol.log import LogEntry
from realtime_widget.widget import messages
from realtime_widget.widget.inspector import Inspector
from tests.widget.pages import caught_up, talking


def entry(n: int, **fields: Any) -> LogEntry:
    values = {"direction": "in", "type": "response.created", "text": f'{{"n":{n}}}', **fields}
    return LogEntry(
        t_ms=float(n), event_id=f"ev_{n}", item_id=None, response_id=None, n_bytes=10, **values
    )  # fmt: skip


class Desk:
    """An inspector with events, time and the way to its pages in the test's hands."""

    def __init__(self, n_events: int = 0) -> None:
        self.events = Events(threading.RLock())
        self.n = 0
        self.add(n_events)
        self.sent: list[dict[str, Any]] = []
        self.due: list[tuple[float, Callable[[], None]]] = []
        self.now_s = 0.0
        self.inspector = Inspector(
            self.events, lambda message, _: self.sent.append(message), self.later, lambda: self.now_s
        )

    def later(self, delay_s: float, function: Callable[[], None]) -> None:
        self.due.append((self.now_s + delay_s, function))

    def add(self, n: int = 1, **fields: Any) -> None:
        self.events.append([entry(self.n + i, **fields) for i in range(n)])
        self.n += n

    def open(self, page: str = "p", query_id: int = 1, **fields: Any) -> None:
        self.inspector.open(messages.InspectorOpen(page=page, query_id=query_id, **fields))

    def run(self) -> None:
        """Let time pass until nothing is due."""
        while self.due:
            at_s, function = self.due.pop(0)
            self.now_s = max(self.now_s, at_s)
            function()

    def rows(self) -> list[dict[str, Any]]:
        return [row for message in self.sent for row in message["rows"]]

    def numbers(self) -> list[int]:
        return [row["number"] for row in self.rows()]


def test_a_page_that_looks_gets_the_latest_events_in_batches_then_what_comes() -> None:
    desk = Desk(2_345)
    desk.open()
    desk.run()
    assert desk.numbers() == list(range(1_345, 2_345))
    assert [len(message["rows"]) for message in desk.sent] == [200] * 5
    assert desk.now_s == pytest.approx(0.8), "five batches a second"
    assert desk.sent[-1]["n_events"] == 2_345
    desk.add(3)
    desk.run()
    assert desk.numbers()[-3:] == [2_345, 2_346, 2_347]
    row = desk.rows()[-1]
    assert (row["t_ms"], row["direction"], row["kind"], row["n_bytes"]) == (
        2_347.0, "in", "response.created", 10,
    )  # fmt: skip


def test_events_that_come_together_are_one_message() -> None:
    desk = Desk()
    desk.open()
    desk.run()
    assert [message["rows"] for message in desk.sent] == [[]], "told that there is nothing"
    for _ in range(50):
        desk.add()
    desk.run()
    assert [len(message["rows"]) for message in desk.sent] == [0, 50]


def test_nothing_is_done_while_no_page_looks() -> None:
    desk = Desk(10)
    assert desk.events._subscribers == []
    desk.open("a")
    desk.open("b")
    desk.run()
    assert sorted(message["page"] for message in desk.sent) == ["a", "b"]
    desk.inspector.close("a")
    desk.add()
    desk.run()
    assert [message["page"] for message in desk.sent[2:]] == ["b"]
    desk.inspector.close("b")
    desk.add()
    assert (desk.due, desk.events._subscribers) == ([], [])


def test_a_page_that_went_without_a_word_is_forgotten_unless_it_looks_again() -> None:
    desk = Desk(1)
    for page in ("gone", "there"):
        desk.open(page)
    desk.run()
    desk.now_s += 60
    desk.open("there", after=0)
    desk.now_s += 60
    desk.add()
    desk.run()
    assert [message["page"] for message in desk.sent[2:]] == ["there"]
    desk.open("gone", after=0)
    desk.run()
    assert desk.sent[-1]["page"] == "gone"
    assert [row["number"] for row in desk.sent[-1]["rows"]] == [1], "it goes on where it was"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"direction": "out"}, [10, 12]),
        ({"direction": "local"}, [11]),
        ({"text": " ITEM.create "}, [10]),
        ({"text": "café"}, [12]),
        ({"text": '"type":"x'}, [13]),
        ({"text": "café", "direction": "in"}, []),
    ],
)
def test_a_search_finds_text_type_and_direction(query: dict[str, Any], found: list[int]) -> None:
    desk = Desk(10)
    desk.add(direction="out", text='{"type":"conversation.item.create"}')
    desk.add(direction="local", text='{"type":"connection.lost"}')
    desk.add(direction="out", text='{"text":"Un caf\\u00e9"}')
    desk.add(text='{"type":"x.y"}')
    desk.open(**query)
    desk.run()
    assert desk.numbers() == found
    assert desk.sent[-1]["searching"] is False


def test_a_search_goes_far_back_in_small_steps() -> None:
    desk = Desk(5_000)
    desk.add(text='{"needle":1}')
    desk.add(10_000)
    desk.add(text='{"needle":2}')
    desk.open(text="needle")
    steps = 0
    while desk.due:
        steps += 1
        at_s, function = desk.due.pop(0)
        desk.now_s = at_s
        function()
    assert desk.numbers() == [5_000, 15_001]
    assert [message["searching"] for message in desk.sent] == [True, False]
    assert steps >= 8


def test_another_question_begins_anew() -> None:
    desk = Desk(5)
    desk.open(query_id=1)
    desk.run()
    desk.open(query_id=2, text='"n":3')
    desk.run()
    assert [(m["query_id"], [r["number"] for r in m["rows"]]) for m in desk.sent] == [
        (1, [0, 1, 2, 3, 4]),
        (2, [3]),
    ]


def test_a_page_that_fell_far_behind_gets_the_latest() -> None:
    desk = Desk(10)
    desk.open(after=2)
    desk.run()
    assert desk.numbers() == [3, 4, 5, 6, 7, 8, 9]
    desk.add(5_000)
    desk.run()
    assert desk.numbers()[7] == 4_010
    assert desk.numbers()[-1] == 5_009


def test_the_whole_of_an_event_is_sent_when_it_is_asked_for() -> None:
    desk = Desk(3)
    desk.add(text="x" * 250_000)
    for number in (1, 3, 99):
        desk.inspector.show("p", number)
    first, long, none = desk.sent
    assert (first["page"], first["text"]) == ("p", '{"n":1}')
    assert long["text"].endswith("… and 50000 more characters")
    assert none["text"] is None


def test_pages_look_at_a_session_while_it_runs_and_when_it_is_over() -> None:
    with talking() as (session, pages):
        session.start()
        session.ask("hello")
        pages.say("inspector.open", query_id=1)
        pages.wait("inspector.rows", lambda m: any(r["kind"] == "response.done" for r in m["rows"]))
        session.stop()
        pages.say("page.hide")
        pages.say("inspector.open", page="two", query_id=1)
        rows = pages.wait("inspector.rows", lambda m: m["page"] == "two")["rows"]
        assert {row["direction"] for row in rows} >= {"in", "out"}
        done = next(row for row in rows if row["kind"] == "response.done")
        pages.say("inspector.raw", page="two", number=done["number"])
        raw = pages.wait("inspector.raw")
        assert msgspec.json.decode(raw["text"])["type"] == "response.done"
        caught_up(session)
        assert {m["page"] for m in pages.of("inspector.raw")} == {"two"}
