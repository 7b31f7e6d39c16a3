import pytest

from realtime_widget.local.responders.telling import error_of, join_words, spoken_value, tell_result


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "nothing"),
        (True, "yes"),
        (1 / 3, "0.333333"),
        (float("inf"), "inf"),
        ([], "an empty list"),
        ({}, "nothing"),
        (["a", "b", "c"], "a, b and c"),
        (list(range(10)), "0, 1, 2, 3, 4, 5, 6, 7 and 2 more"),
        ({"maxTemp": 3, "wind_speed": 2}, "max temp: 3, wind speed: 2"),
        ({"a": {"b": {"c": {"d": 1}}}}, "a: b: c: 1 entries"),
        ([[1, 2], [3]], "2 entries: 1 and 2; 3"),
    ],
)
def test_values_in_words(value: object, words: str) -> None:
    assert spoken_value(value) == words


def test_long_text_is_cut() -> None:
    assert len(spoken_value("word " * 1000)) < 610


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"error": "x"}, "x"),
        ({"error": None}, None),
        ({"error": True}, "It gave no reason."),
        ("error", None),
    ],
)
def test_errors_are_found(value: object, problem: str | None) -> None:
    assert error_of(value) == problem


def test_join_words() -> None:
    assert [join_words(words) for words in ([], ["a"], ["a", "b"])] == ["", "a", "a and b"]
    assert join_words(["a", "b", "c"], "or") == "a, b or c"


def test_a_result_is_a_sentence() -> None:
    told = tell_result("get rows", subject="rows", acts=False, given=["Rome"], output="5")
    assert told == "Here are the rows for Rome: 5."
