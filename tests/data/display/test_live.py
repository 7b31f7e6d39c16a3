from collections.abc import Callable, Iterator
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from realtime_widget.data.display import live
from tests.data.talk import Talk


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()
    live._views.clear()


class Clock:
    """Collects what is to be done later, and does it when told."""

    def __init__(self) -> None:
        self.due: list[Callable[[], None]] = []

    def __call__(self, delay_s: float, function: Callable[[], None]) -> None:
        assert delay_s >= live.BURST_S
        self.due.append(function)

    def tick(self) -> int:
        due, self.due = self.due, []
        for function in due:
            function()
        return len(due)


def talk() -> tuple[Talk, Clock]:
    conversation, clock = Talk(), Clock()
    conversation.data.schedule = clock
    return conversation, clock


def shown(output: Any) -> list[str]:
    return [o.data["text/html"] for o in output.outputs]


def test_it_follows_with_one_repaint_a_burst(shell: InteractiveShell) -> None:
    conversation, clock = talk()
    with capture_output() as first:
        view = conversation.data.transcript.live()
    assert "0 turns" in shown(first)[0]
    with capture_output() as then:
        for i in range(20):
            conversation.typed(i, f"u{i}", "<b>hello</b>")
        assert len(clock.due) == 1 and clock.tick() == 1
        conversation.typed(30, "u30", "hello")
        clock.tick()
    assert ["20 turns" in html for html in shown(then)] == [True, False]
    assert "21 turns" in shown(then)[1] and "<b>" not in shown(then)[1]
    ids = {output.transient["display_id"] for output in (*first.outputs, *then.outputs)}
    assert len(ids) == 1 and view.running


def test_stop_freezes_it(shell: InteractiveShell) -> None:
    conversation, clock = talk()
    with capture_output() as output:
        view = conversation.data.events.live()
        conversation.typed(0, "u1", "a")
        view.stop()
        view.stop()
        clock.tick()
        conversation.typed(1, "u2", "b")
    assert len(output.outputs) == 1 and not clock.due and not view.running


def test_a_cell_that_runs_again_replaces_its_view(shell: InteractiveShell) -> None:
    conversation, _ = talk()
    with capture_output():
        old = conversation.data.usage.live()
        beside = conversation.data.events.live()
        new = conversation.data.usage.live()
    assert not old.running and beside.running and new.running


def test_old_views_end_when_there_are_too_many(shell: InteractiveShell) -> None:
    talks = [talk()[0] for _ in range(live.MOST_VIEWS + 3)]
    with capture_output():
        views = [conversation.data.usage.live() for conversation in talks]
    assert [view.running for view in views] == [False] * 3 + [True] * live.MOST_VIEWS


def test_its_own_cell_shows_it_once_and_others_again(shell: InteractiveShell) -> None:
    conversation, _ = talk()
    with capture_output() as output:
        view = conversation.data.transcript.live()
        view._ipython_display_()
        assert len(output.outputs) == 1
        shell.execution_count += 1
        view._ipython_display_()
    assert len(output.outputs) == 2


def test_without_a_schedule_it_is_a_still_picture(shell: InteractiveShell) -> None:
    conversation = Talk()
    with capture_output() as output:
        view = conversation.data.transcript.live()
        conversation.typed(0, "u1", "a")
    assert len(output.outputs) == 1 and not view.running


class Picture:
    """Something to show; what it does meanwhile is the test's."""

    gone = False

    def __init__(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        self.meanwhile = meanwhile
        self.n_painted = 0

    key = property(id)

    def bundle(self, shell: Any) -> Any:
        self.n_painted += 1
        self.meanwhile()
        return {"text/html": f"picture {self.n_painted}"}, {}


def test_what_changes_while_it_is_painted_is_painted_after(shell: InteractiveShell) -> None:
    notes: list[Callable[[], None]] = []
    clock, delays = Clock(), []

    def schedule(delay_s: float, function: Callable[[], None]) -> None:
        delays.append(delay_s)
        clock(delay_s, function)

    def subscribe(note: Callable[[], None]) -> Callable[[], None]:
        notes.append(note)
        return lambda: notes.remove(note)

    picture = Picture(lambda: [note() for note in (*notes, *notes)] and None)
    with capture_output() as output:
        view = live.show_picture(picture, subscribe, schedule)
        assert len(clock.due) == 1, "the first picture was late already"
        for n in (2, 3, 4):
            assert clock.tick() == 1 and picture.n_painted == n
        picture.meanwhile = lambda: None
        assert clock.tick() == 1 and not clock.due
        notes[0]()
        view.stop()
        assert clock.tick() == 1 and picture.n_painted == 5
    assert shown(output) == [f"picture {n}" for n in range(1, 6)] and not notes
    assert all(delay_s > live.INTERVAL_S / 2 for delay_s in delays)


def test_what_takes_long_takes_half_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = [100.0]
    monkeypatch.setattr(live.time, "monotonic", lambda: now_s[0])
    pace = live.Pace()
    assert pace.pause_s == live.BURST_S
    pace.run(lambda: None)
    assert pace.pause_s == pytest.approx(live.INTERVAL_S) and 1 / live.INTERVAL_S < 10

    def slowly() -> None:
        now_s[0] += 3.0
        raise ValueError

    with pytest.raises(ValueError):
        pace.run(slowly)
    assert pace.pause_s == pytest.approx(3.0)
    now_s[0] += 2.0
    assert pace.pause_s == pytest.approx(1.0)
    now_s[0] += 9.0
    assert pace.pause_s == live.BURST_S


def test_it_ends_when_its_cell_runs_again_and_shows_something_else(shell: InteractiveShell) -> None:
    conversation, _ = talk()
    shell.get_parent = lambda: {"metadata": {"cellId": "cell 1"}}  # type: ignore[attr-defined]
    with capture_output():
        view = conversation.data.transcript.live()
        shell.run_cell("1", cell_id="another", store_history=False)
        assert view.running
        shell.run_cell("1", cell_id="cell 1", store_history=False)
    assert not view.running


def test_it_ends_with_what_it_shows(shell: InteractiveShell) -> None:
    conversation, clock = talk()
    picture = Picture()
    with capture_output():
        view = live.show_picture(picture, conversation.data.transcript.subscribe, clock)
        conversation.typed(0, "u1", "hello")
        picture.gone = True
        clock.tick()
    assert not view.running and picture.n_painted == 1
    with pytest.raises(TypeError, match="no function"):
        view()
