import pytest

from realtime_widget.testing import drop, expect, pause, refuse, reply, send
from realtime_widget.testing.steps import Drop, Expect, Pause, Refuse, Send, contains, flatten, resolve

CREATE = {"type": "response.create", "response": {"metadata": {"a": "1", "b": "2"}, "tools": [1]}}


@pytest.mark.parametrize(
    ("step", "matches"),
    [
        (expect("response.create"), True),
        (expect("response.cancel"), False),
        (expect("response.create", {"response": {"metadata": {"a": "1"}}}), True),
        (expect("response.create", response={"tools": [1]}), True),
        (expect("response.create", response={"tools": [2]}), False),
        (expect("response.create", response={"absent": None}), False),
        (expect("response.create", {"response": {}}, event_id="e"), False),
        (expect("response.create", lambda command: len(command["response"]) == 2), True),
        (expect("response.create", lambda command: False), False),
    ],
)
def test_what_is_expected_may_be_narrowed_down(step: Expect, matches: bool) -> None:
    assert step.matches(CREATE) is matches


def test_a_predicate_and_fields_exclude_each_other() -> None:
    with pytest.raises(TypeError, match="predicate"):
        expect("x", lambda command: True, a=1)


def test_lists_of_steps_dissolve() -> None:
    steps = flatten([reply({"type": "a"}), [pause(1), [drop()]], send()])
    assert [type(step) for step in steps] == [Expect, Send, Pause, Drop, Send]


@pytest.mark.parametrize("wrong", ["text", 7, None, {"type": "x"}])
def test_what_is_no_step_is_refused(wrong: object) -> None:
    with pytest.raises(TypeError, match="is no step"):
        flatten([wrong])


def test_refusing_comes_first() -> None:
    assert flatten([refuse(401)]) == [Refuse(401, "")]
    assert flatten([refuse(429, {"error": {"code": "c"}})]) == [Refuse(429, '{"error": {"code": "c"}}')]
    with pytest.raises(ValueError, match="first step"):
        flatten([send(), refuse()])


def test_events_come_in_many_forms() -> None:
    one, two = {"type": "one"}, {"type": "two"}
    assert resolve(one, {}) == [one]
    assert resolve([one, [two]], {}) == [one, two]
    assert resolve(lambda command: [one, lambda inner: command["x"]], {"x": two}) == [one, two]
    assert resolve(lambda command: [], {}) == resolve(None, {}) == []
    assert send(one, [two]).build({}) == [one, two]


def test_containing_is_deep_for_mappings_and_exact_for_the_rest() -> None:
    assert contains({"a": {"b": 1, "c": 2}}, {"a": {"b": 1}})
    assert not contains({"a": [1, 2]}, {"a": [1]})
    assert not contains(None, {"a": 1})


def test_steps_say_what_they_are() -> None:
    steps = [expect("x"), expect("x", a=1), send({}), pause(0.5), drop(1006), refuse(401)]
    assert list(map(str, steps)) == [
        "expect('x')", "expect('x', {'a': 1})", "send(<1>)", "pause(0.5)", "drop(1006)", "refuse(401)",
    ]  # fmt: skip
