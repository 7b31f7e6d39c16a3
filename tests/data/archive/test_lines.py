import json

import pytest

from realtime_widget.data.archive import lines
from realtime_widget.data.archive.lines import event_lines, newest, read_events
from realtime_widget.protocol.log import LogEntry

from .made import TEXTS


def entry(text: str, **values: object) -> LogEntry:
    known = {
        "t_ms": 1.5,
        "direction": "in",
        "type": "x",
        "event_id": None,
        "item_id": "i",
        "response_id": None,
    }
    return LogEntry(**{**known, "n_bytes": 3, "connection": 2, **values}, text=text)  # type: ignore[arg-type]


def test_every_text_comes_back_as_it_was() -> None:
    entries = [entry(text) for text in (*TEXTS, *(f'{{"n":{n}}}' for n in range(300)))]
    assert read_events(event_lines(entries)) == (entries, 0)


def test_a_line_is_json_with_the_event_in_it() -> None:
    (line,) = b"".join(event_lines([entry('{"type": "x", "deep": [1, {"a": null}]}')])).splitlines()
    read = json.loads(line)
    assert read["event"] == {"type": "x", "deep": [1, {"a": None}]} and read["connection"] == 2


@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_it_is_the_same_in_any_pieces(size: int) -> None:
    entries = [entry(text) for text in TEXTS]
    data = b"".join(event_lines(entries))
    assert read_events(data[i : i + size] for i in range(0, len(data), size)) == (entries, 0)


def test_what_a_later_version_adds_is_ignored_and_what_an_older_lacks_has_its_default() -> None:
    line = json.loads(b"".join(event_lines([entry("{}")])))
    del line["connection"]
    (read,), n_bad = read_events([json.dumps({**line, "new": [1]}).encode()])
    assert read == entry("{}", connection=1) and n_bad == 0


@pytest.mark.parametrize(
    "change",
    [
        {"t_ms": "1"},
        {"t_ms": 1e300},
        {"direction": "up"},
        {"type": None},
        {"item_id": 5},
        {"n_bytes": -1},
        {"n_bytes": 2**60},
        {"connection": 1.5},
        {"text": {"a": 1}},
    ],
)
def test_wrong_values_cost_their_line_only(change: dict[str, object]) -> None:
    good = b"".join(event_lines([entry("{}")]))
    bad = json.dumps({**json.loads(good), **change}).encode() + b"\n"
    assert read_events([good + bad + good]) == ([entry("{}")] * 2, 1)


def test_what_is_no_line_costs_itself_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MAX_LINE_BYTES", 1_000)
    good = b"".join(event_lines([entry("{}")]))
    deep = b'{"t_ms":' + b"[" * 900 + b"\n"
    for bad in (b"\xff\xfe\n", b"[]\n", deep, b"x" * 5_000 + b"\n", b"\0\n"):
        data = good + bad + good
        for size in (100, 10_000):
            pieces = (data[i : i + size] for i in range(0, len(data), size))
            assert read_events(pieces) == ([entry("{}")] * 2, 1)


def test_the_newest_are_kept_where_not_all_fit() -> None:
    entries = [entry('{"n":%d}' % n) for n in range(50)]  # noqa: UP031
    one = len(b"".join(event_lines(entries[-1:])))
    assert newest(entries, 10 * one) == entries[-10:] and newest(entries, 10**6) == entries
    assert newest(entries, 51 * one) == entries and not newest(entries, 10)
