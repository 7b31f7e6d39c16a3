import pytest

from realtime_widget.local.grammar import Grammar, SpokenWord, number_rule, parse_rule
from realtime_widget.local.numbers import number_words


def grammar(rule: str, **rules: str) -> Grammar:
    return Grammar({"utterance": rule, **rules})


def test_a_rule_accepts_its_sentences_and_no_others() -> None:
    hello = grammar("( hello | hi ) [ there ] <who>", who="bob | my friend")
    assert hello.accepts(["hello", "there", "bob"])
    assert hello.accepts(["hi", "my", "friend"])
    assert not hello.accepts(["hi", "there"])
    assert not hello.accepts(["hello", "there", "bob", "bob"])
    assert hello.accepts(["bob"], "who")


@pytest.mark.parametrize("rule", ["( a", "a ]", "[ a | b"])
def test_brackets_must_match(rule: str) -> None:
    with pytest.raises(ValueError, match=r"rule|closed"):
        parse_rule(rule)


def test_an_unknown_rule_is_named() -> None:
    with pytest.raises(ValueError, match="<nobody>"):
        grammar("hello <nobody>").accepts(["hello", "bob"])


def test_a_value_is_written_as_a_whole_and_keeps_its_case() -> None:
    words = {
        "new~1~0": SpokenWord("new~1~0", "new", "New York"),
        "york~1~1": SpokenWord("york~1~1", "york", ""),
    }
    there = Grammar({"utterance": "rows in new~1~0 york~1~1"}, words=words)
    assert there.write(["rows", "in", "new~1~0", "york~1~1"]) == "Rows in New York"
    assert there.write(["new~1~0", "york~1~1"]) == "New York"
    assert there.write(["i'm", "here", "and", "i", "stay"]) == "I'm here and I stay"
    assert there.write([]) == ""
    assert {word.spelling for word in there.vocabulary} == {"rows", "in", "new", "york"}


@pytest.mark.parametrize(
    ("bounds", "inside", "outside"),
    [
        ({"minimum": 1, "maximum": 6}, [1, 6, 9], [10, -1]),
        ({"minimum": 1, "maximum": 120}, [1, 20, 21, 100, 120], [-5, 1000]),
        ({}, [0, 12, 101, 1000, 999_999, -3], [0.5]),
        ({"minimum": 0, "integer": False}, [0, 0.5, 12.25, 100], [-0.5]),
        ({"minimum": 0, "maximum": 1, "integer": False}, [0.5, 1], [20]),
    ],
)
def test_numbers_in_range_can_be_said(
    bounds: dict[str, float], inside: list[float], outside: list[float]
) -> None:
    numbers = grammar(number_rule(**bounds))  # type: ignore[arg-type]
    for number in inside:
        assert numbers.accepts(number_words(number).split()), number
    for number in outside:
        assert not numbers.accepts(number_words(number).split()), number
