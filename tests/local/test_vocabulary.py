import pytest

from realtime_widget.local import vocabulary
from realtime_widget.local.lexicon import Lexicon
from realtime_widget.local.vocabulary import CITIES, FIRST_NAMES, LANGUAGES, MONTHS, likely_values


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (("city",), CITIES),
        (("destination", "city"), CITIES),
        (("target", "language"), LANGUAGES),
        (("month",), MONTHS),
        (("name",), ()),
        (("first", "name"), FIRST_NAMES),
        (("file", "name"), ()),
        (("query",), ()),
        ((), ()),
    ],
)
def test_a_parameter_is_known_by_its_words(words: tuple[str, ...], values: tuple[str, ...]) -> None:
    assert likely_values(words) == values


def test_whose_name_it_is_is_told_by_the_tool() -> None:
    assert likely_values(("name",), ("find", "a", "customer")) == FIRST_NAMES
    assert likely_values(("name",), ("delete", "a", "file")) == ()


def test_all_values_can_be_said_and_come_once() -> None:
    for _, values in vocabulary._KINDS:
        assert len(set(values)) == len(values) > 0
        assert all(Lexicon.readings(value) for value in values)


def test_a_verb_either_asks_or_acts() -> None:
    assert not vocabulary.ASKING & vocabulary.ACTING
    assert not vocabulary.PREPOSITIONS & vocabulary.ARTICLES
