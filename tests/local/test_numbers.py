import pytest

from realtime_widget.local.numbers import FoundNumber, find_numbers, number_words, words_to_number


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("roll 3 dice with twenty five sides", [3, 25]),
        ("one hundred and two", [102]),
        ("three point five", [3.5]),
        ("minus four", [-4]),
        ("between one hundred and two hundred", [100, 200]),
        ("between five and ten", [5, 10]),
        ("two thousand and twenty six", [2026]),
        ("nineteen eighty four", [1984]),
        ("nineteen oh five", [1905]),
        ("five six seven", [5, 6, 7]),
        ("12 thousand", [12_000]),
        ("1,234.5", [1234.5]),
        ("two dozen eggs", [24]),
        ("two and a half", [2.5]),
        ("-4", [-4]),
        ("3-4", [3, 4]),
        ("twenty-five", [25]),
        ("oh my, a cat", []),
        ("point five", [0.5]),
        ("three point one four one", [3.141]),
        ("three point fourteen", [3.14]),
        ("one hundred and two thousand", [102_000]),
        ("fifteen hundred", [1500]),
        ("", []),
    ],
)
def test_numbers_are_found_in_order(text: str, values: list[float]) -> None:
    assert [found.value for found in find_numbers(text)] == values


def test_spans_cover_the_words() -> None:
    assert find_numbers("set it to minus four degrees") == [FoundNumber(-4, (10, 20))]


@pytest.mark.parametrize("number", [0, 7, 13, 20, 21, 99, 100, 101, 110, 999, 1000, 1001, 102_000, 999_999])
def test_words_come_back_as_the_number(number: int) -> None:
    assert words_to_number(number_words(number)) == number


@pytest.mark.parametrize("number", [-5, 3.5, -0.25, 1234.75, 10**12 + 7, 696_776_466_619])
def test_signs_fractions_and_large_numbers_come_back_too(number: float) -> None:
    assert words_to_number(number_words(number)) == number


def test_whole_numbers_stay_whole() -> None:
    assert isinstance(words_to_number("twelve"), int)
    assert isinstance(words_to_number("twelve point oh"), float)


def test_more_than_a_number_is_none() -> None:
    assert words_to_number("two eggs") is None
    assert words_to_number("one two") is None
    assert words_to_number(" four. ") == 4


def test_what_has_no_words_is_left_in_digits() -> None:
    assert number_words(10**15) == "1000000000000000"
    assert number_words(float("inf")) == "Infinity"
