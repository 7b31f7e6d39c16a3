import msgspec

from realtime_widget.data import StillData
from realtime_widget.data.trouble import found_trouble, local_events
from realtime_widget.protocol.log import LogEntry, log_local

from .conversations import Maker, conversation


def error(t_ms: float, **told: str) -> LogEntry:
    text = msgspec.json.encode({"type": "error", "error": told}).decode()
    return LogEntry(t_ms, "in", "error", None, None, None, len(text), text)


def test_what_went_wrong_stands_in_order() -> None:
    maker = Maker()
    maker.go_on(4)
    maker.events.append(error(500, code="rate_limit", message="Too fast. " * 100))
    maker.lose()
    maker.turn("assistant", "", maker.ms, maker.ms + 1, status="failed")
    maker.events.append(log_local(maker.ms + 10, "connection.rollover", {}, 2))
    maker.events.append(LogEntry(maker.ms + 11, "in", "error", None, None, None, 3, "{]"))
    found = found_trouble(StillData(maker.conversation()))
    assert [(each.kind, each.what) for each in found] == [
        ("error", "rate_limit"),
        ("connection", "The connection was lost"),
        ("connection", "Connected again"),
        ("answer", "Turn 4 is failed"),
        ("connection", "The connection was renewed ahead of its end"),
        ("error", "error"),
    ]
    assert len(found[0].words) == 500 and found[1].words == "1006"


def test_a_conversation_without_trouble_has_none() -> None:
    assert found_trouble(StillData(conversation(12))) == ()


def test_events_are_found_wherever_they_are() -> None:
    maker = Maker()
    maker.events += [
        log_local(i, "connection.opened" if i % 5000 == 0 else "x", {}, 1) for i in range(1, 10_001)
    ]
    data = StillData(maker.conversation())
    assert [e.t_ms for e in local_events(data.events, "connection.opened")] == [0, 5000, 10_000]
