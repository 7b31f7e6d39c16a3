import pytest

from realtime_widget.local.lexicon import Lexicon, find_values, fold, name_words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("get_weather", "get weather"),
        ("getWeatherNow", "get weather now"),
        ("HTTPServer", "h t t p server"),
        ("temperature_2m", "temperature two m"),
        ("What's the time?", "what's the time"),
        ("", ""),
    ],
)
def test_names_have_words(name: str, words: str) -> None:
    assert " ".join(name_words(name)) == words


def test_folding_drops_accents() -> None:
    assert fold("Zürich") == "zurich"
    assert fold("Straße") == "strasse"
    assert fold("北京") == ""


@pytest.mark.parametrize(
    ("value", "readings"),
    [
        ("Berlin", ["berlin"]),
        ("GDP", ["g d p"]),
        ("NASA", ["n a s a", "nasa"]),
        ("gpt", ["g p t"]),
        ("gpu", ["gpu", "g p u"]),
        ("C++", ["c plus plus"]),
        ("GPT-4", ["g p t four"]),
        ("room 12", ["room twelve", "room one two"]),
        ("北京", []),
        ("", []),
    ],
)
def test_values_have_readings(value: str, readings: list[str]) -> None:
    assert [" ".join(reading) for reading in Lexicon.readings(value)] == readings


def test_a_value_that_is_written_otherwise_gets_words_of_its_own() -> None:
    lexicon = Lexicon()
    assert lexicon.value("red") == "( red | r~0~0 e~0~1 d~0~2 )"
    assert lexicon.value("Zürich") == "( zurich~1~0 )"
    assert lexicon.words["zurich~1~0"].spelling == "zürich"
    assert lexicon.words["zurich~1~0"].written == "Zürich"
    assert lexicon.value("北京") is None
    assert lexicon.first_tokens("Zürich") == ("zurich~1~0",)


def test_underscores_are_written_as_spaces() -> None:
    lexicon = Lexicon()
    lexicon.value("wind_speed")
    assert lexicon.words == {}  # "wind speed" is written as it is said


def test_values_are_found_in_text() -> None:
    values = ["GPT-4", "New_York", "temperature_2m", "York", "Zürich"]
    text = "deploy gpt four to new york or ZURICH, and temperature 2M"
    assert [value for value, _ in find_values(text, values)] == [
        "GPT-4",
        "New_York",
        "Zürich",
        "temperature_2m",
    ]
    _, (start, end) = find_values(text, values)[1]
    assert text[start:end] == "new york"
    assert find_values("nothing here", values) == []
    assert find_values("anything", []) == []
