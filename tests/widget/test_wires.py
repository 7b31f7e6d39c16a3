"""By which comm each page is reached."""

from typing import Any

from realtime_widget.widget.wires import Wires


class Comm:
    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def send(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        self.sent.append(content)


def test_a_page_gets_its_messages_by_the_comm_that_it_talks_through() -> None:
    wires, one, two = Wires(), Comm(), Comm()
    wires.add(one.send)
    wires.add(two.send)
    wires.heard("page", two.send)
    wires.send({"type": "audio", "page": "page"}, [])
    assert (len(one.sent), len(two.sent)) == (0, 1)


def test_what_is_for_all_goes_once_over_each_comm_in_use() -> None:
    wires, one, two, unused = Wires(), Comm(), Comm(), Comm()
    for comm in (one, two, unused):
        wires.add(comm.send)
    wires.heard("a", one.send)
    wires.heard("b", one.send)
    wires.heard("c", two.send)
    wires.send({"type": "state"}, [])
    assert [len(comm.sent) for comm in (one, two, unused)] == [1, 1, 0]


def test_before_any_page_is_heard_the_first_panel_is_used() -> None:
    wires, one, two = Wires(), Comm(), Comm()
    wires.add(one.send)
    wires.add(two.send)
    wires.heard("stranger", None)
    wires.send({"type": "state"}, [])
    wires.send({"type": "mic", "page": "stranger"}, [])
    assert [len(comm.sent) for comm in (one, two)] == [2, 0]


def test_a_panel_that_is_closed_is_used_no_more() -> None:
    wires, one, two = Wires(), Comm(), Comm()
    wires.add(one.send)
    wires.add(two.send)
    wires.heard("page", one.send)
    assert wires.remove(one.send)
    wires.heard("page", one.send)  # on its way before
    wires.send({"type": "state"}, [])
    assert [len(comm.sent) for comm in (one, two)] == [0, 1]
    assert not wires.remove(two.send)
    wires.send({"type": "state"}, [])
    assert len(two.sent) == 1


def test_a_page_that_is_gone_is_forgotten() -> None:
    wires, one, two = Wires(), Comm(), Comm()
    wires.add(one.send)
    wires.add(two.send)
    wires.heard("page", two.send)
    wires.forget("page")
    wires.send({"type": "state"}, [])
    assert [len(comm.sent) for comm in (one, two)] == [1, 0]


def test_once_closed_nobody_is_reached() -> None:
    wires, one = Wires(), Comm()
    wires.add(one.send)
    wires.heard("page", one.send)
    wires.close()
    wires.send({"type": "state"}, [])
    wires.send({"type": "audio", "page": "page"}, [])
    assert not one.sent
