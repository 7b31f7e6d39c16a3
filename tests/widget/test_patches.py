import random
from collections.abc import Callable
from typing import Any

import pytest

from realtime_widget.protocol import changes as ch
from realtime_widget.widget import views
from realtime_widget.widget.patches import TurnPatches
from realtime_widget.widget.snapshots import Snapshots
from tests.data.talk import Talk
from tests.widget.pages import Shown as ShownPage


class Shown:
    """A conversation, and patches that are told of what changes as the session's changes tell it."""

    def __init__(self) -> None:
        self.talk = Talk()
        self.patches = TurnPatches(self.talk.data)

    def typed(self, item_id: str, text: str) -> None:
        self.talk.typed(self.talk.ms + 10, item_id, text)
        self.patches.item_changed(item_id)

    def call(self, call_id: str = "c") -> None:
        self.talk.data.tool_calls.started(
            call_id=call_id, name="rows", arguments="{}", response_id=None, version=1, t_ms=self.talk.ms
        )
        self.patches.call_began(call_id)

    def call_ends(self, call_id: str = "c") -> None:
        self.talk.data.tool_calls.finished(call_id, output="3", error=None, status="done", duration_ms=2.0)


def ids(message: dict[str, Any] | None) -> list[str]:
    assert message is not None
    return [turn["id"] for turn in message["turns"]]


def test_nothing_new_is_no_message() -> None:
    shown = Shown()
    assert shown.patches.take() is None
    shown.typed("a", "one")
    assert ids(shown.patches.take()) == ["a"]
    assert shown.patches.take() is None


def test_only_what_changed_is_sent_and_the_order_only_when_it_changed() -> None:
    shown = Shown()
    shown.typed("a", "one")
    shown.typed("b", "two")
    first = shown.patches.take()
    assert ids(first) == ["a", "b"]
    assert first is not None
    assert first["order"] == {"at": 0, "cut": 0, "ids": ["a", "b"]}
    shown.patches.item_changed("a")
    second = shown.patches.take()
    assert ids(second) == ["a"]
    assert second is not None
    assert (second["order"], second["reset"], second["removed"]) == (None, False, [])


def test_a_turn_that_is_gone_is_named() -> None:
    shown = Shown()
    shown.typed("a", "one")
    shown.patches.take()
    shown.talk.feed(50, "conversation.item.deleted", item_id="a")
    shown.patches.item_removed("a")
    message = shown.patches.take()
    assert message is not None
    assert (message["removed"], message["turns"]) == (["a"], [])
    assert message["order"] == {"at": 0, "cut": 1, "ids": []}


def test_a_call_stands_in_for_its_turn_and_is_sent_again_only_when_it_changed() -> None:
    shown = Shown()
    shown.typed("a", "how many")
    shown.call()
    first = shown.patches.take()
    assert ids(first) == ["a", "call:c"]
    assert first is not None
    assert first["order"]["ids"] == ["a", "call:c"]
    assert first["turns"][1]["calls"][0]["status"] == "running"
    assert shown.patches.take() is None
    shown.call_ends()
    second = shown.patches.take()
    assert second is not None
    assert second["turns"][0]["calls"][0]["output"] == "3"
    assert shown.patches.take() is None


def test_a_page_that_comes_late_gets_everything_stand_ins_included() -> None:
    shown = Shown()
    shown.typed("a", "one")
    shown.call()
    shown.patches.take()
    snapshot, left = shown.patches.snapshot("late")
    assert (snapshot["reset"], snapshot["page"], left) == (True, "late", [])
    assert ids(snapshot) == snapshot["order"]["ids"] == ["a", "call:c"]
    assert shown.patches.take() is None


def test_what_was_said_before_is_no_news_but_in_the_snapshot() -> None:
    shown = Shown()
    shown.typed("a", "one")
    patches = TurnPatches(shown.talk.data)
    assert patches.take() is None
    snapshot, _ = patches.snapshot("late")
    assert ids(snapshot) == ["a"]
    patches.item_changed("a")
    message = patches.take()
    assert message is not None
    assert (ids(message), message["order"]) == (["a"], None)


def test_the_stand_in_goes_when_the_answer_comes() -> None:
    shown = Shown()
    talk = shown.talk
    shown.typed("a", "how many rows")
    call = {
        "id": "fc",
        "type": "function_call",
        "status": "completed",
        "name": "rows",
        "call_id": "c",
        "arguments": "{}",
    }
    talk.place(20, call)
    shown.call()
    assert ids(shown.patches.take()) == ["a", "call:c"]
    shown.call_ends()
    output = {
        "id": "fo",
        "type": "function_call_output",
        "status": "completed",
        "call_id": "c",
        "output": "3",
    }
    talk.place(30, output)
    content = [{"type": "output_text", "text": "Three."}]
    talk.place(
        40, {"id": "b", "type": "message", "role": "assistant", "status": "completed", "content": content}
    )
    shown.patches.item_changed("b")
    message = shown.patches.take()
    assert message is not None
    assert message["removed"] == ["call:c"]
    assert message["order"] == {"at": 1, "cut": 1, "ids": ["b"]}
    assert [call["call_id"] for turn in message["turns"] if turn["id"] == "b" for call in turn["calls"]] == [
        "c"
    ]
    assert shown.patches.take() is None


class Story(Talk):
    """A conversation in which anything may happen next, told to patches as a link tells it."""

    def __init__(self, seed: int) -> None:
        self.changes: list[ch.Change] = []
        super().__init__()
        self.random = random.Random(seed)
        self.ids: list[str] = []
        self.calls_open: list[str] = []
        self.n = 0
        self.patches = TurnPatches(self.data, max_turns=4)

    def settle(self) -> None:
        changes = self.protocol.changes()
        self.data.take(self.protocol.events_received(), changes)
        for change in changes:
            if isinstance(change, ch.ItemChanged):
                self.patches.item_changed(change.item_id)
            elif isinstance(change, ch.ItemRemoved):
                self.patches.item_removed(change.item_id)
            elif isinstance(change, ch.CallReady):
                self.data.tool_calls.started(
                    change.call_id, change.name, change.arguments, change.response_id, 1, self.ms
                )
                self.patches.call_began(change.call_id)

    def new(self, kind: str) -> str:
        self.n += 1
        return f"{kind}{self.n}"

    def step(self) -> None:
        actions: list[Callable[[float], None]] = [
            self._typed, self._typed, self._many, self._in_between, self._deleted, self._begins_to_speak,
            self._answers, self._answers, self._calls, self._call_ends, self._words_come_late,
        ]  # fmt: skip
        self.random.choice(actions)(self.ms + 10)

    def _typed(self, ms: float) -> None:
        self.ids.append(self.new("u"))
        self.typed(ms, self.ids[-1], f"words {self.n}")

    def _many(self, ms: float) -> None:
        for _ in range(self.random.randrange(12)):
            self._typed(ms)

    def _in_between(self, ms: float) -> None:
        last, self.last = self.last, self.random.choice([*self.ids, "root"])
        self._typed(ms)
        self.last = last or self.last

    def _deleted(self, ms: float) -> None:
        if self.ids:
            gone = self.ids.pop(self.random.randrange(len(self.ids)))
            self.feed(ms, "conversation.item.deleted", item_id=gone)

    def _begins_to_speak(self, ms: float) -> None:
        self.spoken(ms, self.new("s"), n_ms=100)

    def _words_come_late(self, ms: float) -> None:
        if self.ids:
            self.transcribed(ms, self.random.choice(self.ids), "late words")

    def _answers(self, ms: float) -> None:
        self.ids.append(self.new("a"))
        self.wrote(ms, self.new("r"), self.ids[-1], f"answer {self.n}")

    def _calls(self, ms: float) -> None:
        self.calls_open.append(self.new("c"))
        self.called(ms, self.new("r"), self.calls_open[-1])

    def _call_ends(self, ms: float) -> None:
        if self.calls_open:
            self.answered(ms, self.calls_open.pop())

    @property
    def told(self) -> list[dict[str, Any]]:
        """What every page should show in the end, but for calls that have no turn yet."""
        rows = self.data.tool_calls.row
        return [
            views.turn_view(turn, [row for call in turn.tool_calls if (row := rows(call))])
            for turn in self.data.transcript
        ]


@pytest.mark.parametrize("seed", range(12))
def test_pages_that_come_late_and_miss_messages_end_with_exactly_the_conversation(seed: int) -> None:
    story = Story(seed)
    chance = story.random
    pages: dict[str, ShownPage] = {"first": ShownPage()}
    due: list[Callable[[], None]] = []
    lost = [""]  # the page that misses what is sent next

    def send(message: dict[str, Any], buffers: list[bytes]) -> None:
        for name, page in pages.items():
            if message.get("page") in (None, name) and name != lost[0]:
                page.apply(message)
                shown = [turn["id"] for turn in page.turns]
                assert len(set(shown)) == len(shown), "no turn twice"

    def patch() -> None:
        if (message := story.patches.take()) is not None:
            send(message, [])

    snapshots = Snapshots(story.patches, send, lambda delay_s, function: due.append(function))
    for _ in range(120):
        story.step()
        if chance.random() < 0.4:
            lost[0] = chance.choice([*pages, "", "", "", ""])
            patch()
            lost[0] = ""
        if due and chance.random() < 0.5:
            due.pop(0)()
        if len(pages) < 4 and chance.random() < 0.05:
            pages[f"late{len(pages)}"] = ShownPage()
            snapshots.send_to(f"late{len(pages) - 1}")
        for name, page in pages.items():
            if not page.in_step and chance.random() < 0.5:
                snapshots.send_to(name)
    while due or story.patches.waiting:
        patch()
        for function in (due.pop(0) for _ in range(len(due))):
            function()
    patch()
    for name, page in pages.items():
        if not page.in_step:
            snapshots.send_to(name)
    while due:
        due.pop(0)()
    for page in pages.values():
        assert page.n_left == 0
        assert [turn for turn in page.turns if not turn["id"].startswith("call:")] == story.told
        assert page.ids == story.patches.shown


def test_a_patch_of_a_long_conversation_holds_only_what_changed() -> None:
    shown = Shown()
    for n in range(450):
        shown.typed(f"t{n}", "words")
    sizes = []
    while shown.patches.waiting:
        message = shown.patches.take()
        assert message is not None
        sizes.append(len(message["turns"]))
    assert sizes == [200, 200, 50], "the latest first"
    shown.typed("last", "more")
    message = shown.patches.take()
    assert message is not None
    assert (ids(message), message["order"]) == (["last"], {"at": 450, "cut": 0, "ids": ["last"]})
